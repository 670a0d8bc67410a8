// SPDX-License-Identifier: Apache-2.0
// The four bases of an order's value (docs/attribution.md 3). Minor units.
#pragma once
#include "attribution/attribute.h"

// The contract's order of statuses, which is also their rank.
enum revenue_status { REV_PLACED, REV_CONFIRMED, REV_SHIPPED, REV_DELIVERED, REV_CANCELLED, REV_RETURNED, REV_REFUNDED };
#define REVENUE_NO_REFUND (-1)

void revenue_of_order(enum revenue_status status, int64_t value, int64_t refunded, struct amounts *out);
void revenue_of_conversion(int64_t value, struct amounts *out);
bool revenue_refund_is_clamped(int64_t value, int64_t refunded);
