// SPDX-License-Identifier: Apache-2.0
// What is encoded is added behind what the buffer holds, whole or, at its ceiling, not at all from there on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/inside.h"

static struct err err;

static int set_up(void **state)
{
	(void)state;
	return contract_setup(&err);
}

static const struct click example = {.tenant = VIEW_LIT("tenant"),
	.user = VIEW_LIT("user"),
	.event_time = 1772359200123,
	.ttclid = VIEW_LIT("0123456789"),
	.channel = VIEW_LIT("tiktok"),
	.consent = CONSENT_DENIED};

static void records_follow_each_other(void **state)
{
	OWN(buf_clear) struct buf one = {0}, many = {0};

	(void)state;
	contract_encode(contract_click, &example, &one);
	for (size_t i = 0; i < 100; i++) {
		buf_add_text(&many, "--");
		contract_encode(contract_click, &example, &many);
		assert_int_equal(many.n, (i + 1) * (one.n + 2));
		assert_memory_equal(many.p + many.n - one.n, one.p, one.n);
		assert_memory_equal(many.p + many.n - one.n - 2, "--", 2);
	}
}

static void the_ceiling_holds_at_every_size(void **state)
{
	OWN(buf_clear) struct buf whole = {0};

	(void)state;
	contract_encode(contract_click, &example, &whole);
	for (size_t ceiling = 1; ceiling <= whole.n + 1; ceiling++) {
		OWN(buf_clear) struct buf out = {.ceiling = ceiling};

		contract_encode(contract_click, &example, &out);
		assert_true(out.n <= ceiling);
		assert_int_equal(out.full, ceiling < whole.n);
		assert_memory_equal(out.p, whole.p, out.n);
		size_t n = out.n;
		contract_encode(contract_click, &example, &out); // full stays full, and nothing is added
		assert_true(out.full);
		assert_true(ceiling >= whole.n || out.n == n);
	}
}

static void what_is_missing_is_written_as_something_valid(void **state)
{
	struct order missing = {.status = ENUM_MISSING,
		.context.consent = ENUM_UNKNOWN,
		.context.event_source = ENUM_MISSING,
		.context.ttclid_time = TIME_ABSENT,
		.context.limited_data_use = FLAG_ABSENT};
	OWN(buf_clear) struct buf out = {0};
	OWN(plan_free) struct plan *plan = NULL;
	OWN(arena_clear) struct arena arena = {0};
	struct order back;

	(void)state;
	contract_encode(contract_order, &missing, &out);
	assert_int_equal(plan_new(contract_order, view_text(contract_schema(contract_order)), &plan, &err), 0);
	assert_int_equal(plan_decode(plan, buf_view(&out), &arena, &back, &err), 0);
	assert_int_equal(back.status, STATUS_PLACED);
	assert_int_equal(back.context.consent, CONSENT_UNKNOWN);
	assert_int_equal(back.context.event_source, EVENT_SOURCE_WEB);
	assert_int_equal(back.context.limited_data_use, FLAG_ABSENT);
	assert_true(back.tenant.p && back.tenant.n == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_follow_each_other),
		cmocka_unit_test(the_ceiling_holds_at_every_size),
		cmocka_unit_test(what_is_missing_is_written_as_something_valid),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
