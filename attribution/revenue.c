// SPDX-License-Identifier: Apache-2.0
#include "attribution/revenue.h"

static int64_t refund_that_counts(enum revenue_status status, int64_t value, int64_t refunded)
{
	if (refunded == REVENUE_NO_REFUND)
		return status == REV_REFUNDED ? value : 0;
	return refunded < value ? refunded : value;
}

void revenue_of_order(enum revenue_status status, int64_t value, int64_t refunded, struct amounts *out)
{
	CHECK(value >= 0 && refunded >= REVENUE_NO_REFUND);

	bool delivered = status == REV_DELIVERED || status == REV_REFUNDED;
	bool confirmed = delivered || status == REV_CONFIRMED || status == REV_SHIPPED;

	out->basis[GOAL_PLACED] = value;
	out->basis[GOAL_CONFIRMED] = confirmed ? value : 0;
	out->basis[GOAL_DELIVERED] = delivered ? value : 0;
	out->basis[GOAL_NET] = delivered ? value - refund_that_counts(status, value, refunded) : 0;
	out->counts[GOAL_PLACED] = true;
	out->counts[GOAL_CONFIRMED] = confirmed;
	out->counts[GOAL_DELIVERED] = delivered;
}

void revenue_of_conversion(int64_t value, struct amounts *out)
{
	CHECK(value >= 0);
	for (int basis = 0; basis < GOAL_BASES; basis++)
		out->basis[basis] = value;
	for (int basis = 0; basis < GOAL_NET; basis++)
		out->counts[basis] = true;
}

bool revenue_refund_is_clamped(int64_t value, int64_t refunded)
{
	return refunded > value;
}
