// SPDX-License-Identifier: Apache-2.0
// A landing's attributes as bytes whose order is the order of docs/attribution.md 5.2: channel, advertiser, campaign, ad group, ad, absent
// last; then a landing that has a ttclid before one that has not. So the state keeps the right one without knowing what they mean.
#pragma once
#include "attribution/attribute.h"
#include "state/store.h"

// Appends the attributes. A NUL inside a text is escaped, so texts keep their order.
void landing_attrs_encode(const struct landing *landing, struct buf *out);

// A stored click as a landing; texts with NUL are copied into the arena, all others are views into the click. FATAL store_corrupt.
int landing_attrs_decode(const struct state_click *click, struct arena *arena, struct landing *out, struct err *err) MUST_USE;
