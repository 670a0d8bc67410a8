// SPDX-License-Identifier: Apache-2.0
// A record's context as outputs may hold it: email, phone and external id hashed, ip and user agent only if the goal exports, URLs without what is
// private (docs/attribution.md 3).
#pragma once
#include "crypto/digest.h"
#include "processors/attribution/rules.h"

void match_context_make(const struct rules *rules, struct digest *digest, const struct goal *goal, const struct context *in,
	struct arena *arena, struct context *out);

// Of the context only event_source stays, and consent denied.
void match_context_deny(struct context *context);

// All defaults.
void match_context_none(struct context *out);

// Does the record bring a context: is some field set other than event_source, consent and limited_data_use?
bool match_context_brings(const struct context *context, const struct items *items, const struct properties *properties);
