// SPDX-License-Identifier: Apache-2.0
// A landing's attributes as bytes whose order is the order of docs/attribution.md 5.2: channel, advertiser, campaign, ad group, ad, absent
// last; then a landing that has a ttclid before one that has not. So the state keeps the right one without knowing what they mean. They are most of
// a click's bytes, in memory and on disk: the digits of TikTok's ids take half a byte each, and its channel one.
#pragma once
#include "attribution/attribute.h"
#include "state/store.h"

// Appends the attributes.
void landing_attrs_encode(const struct landing *landing, struct buf *out);

// Reads what `landing_attrs_encode` wrote and goes on behind it; time and identity are left alone. What does not decode makes the cursor bad.
void landing_attrs_read(struct cursor *c, struct arena *arena, struct landing *out);

// A stored click as a landing; numbers and texts with NUL are made in the arena, all others are views into the click. FATAL store_corrupt.
int landing_attrs_decode(const struct state_click *click, struct arena *arena, struct landing *out, struct err *err) MUST_USE;
