// SPDX-License-Identifier: Apache-2.0
// A JSON object into a bound struct.
#pragma once
#include "schemas/shape.h"

// POISON bad_record. What is left to the caller's judgement says records.h.
int parse_record(const struct shape *shape, struct view text, struct arena *arena, void *record, struct err *err) MUST_USE;
