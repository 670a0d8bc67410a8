// SPDX-License-Identifier: Apache-2.0
// The default of a field, turned once from JSON into the bytes that the C struct holds.
#pragma once
#include "schemas/shape.h"

// `at` is where the value of `slot` goes. Lists and texts live in `keep`. FATAL-free: POISON bad_schema if the default does not fit the type.
int fallback_fill(const struct slot *slot, const struct json_t *json, struct arena *keep, void *at, struct err *err) MUST_USE;
