// SPDX-License-Identifier: Apache-2.0
// Writer's schema against reader's contract, resolved once into a flat program; run bounds-checked over the bytes, no allocation per
// text: texts are views into the input. Lengths, block counts, depth and total elements are limited.
#pragma once
#include "schemas/contract.h"

struct plan;

// FATAL-free: a writer's schema that cannot be resolved (missing field without default, incompatible type) is POISON `bad_record` naming the
// field. `writer_schema` is JSON text.
int plan_new(const struct contract *reader, struct view writer_schema, struct plan **out, struct err *err) MUST_USE;
void plan_free(struct plan **plan);

// From now on texts are taken as they are: whether they are UTF-8 is not looked at. For bytes that have been decoded, or were encoded, by this program before.
void plan_trust(struct plan *plan);

// Decodes one datum that must fill `bytes` exactly. Arrays and maps are taken from `arena`.
int plan_decode(const struct plan *plan, struct view bytes, struct arena *arena, void *record, struct err *err) MUST_USE;
