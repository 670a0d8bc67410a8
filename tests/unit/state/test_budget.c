// SPDX-License-Identifier: Apache-2.0
// Promise: the shares add up to no more than the total, the largest table is the one that is asked to go, and too little memory is said in numbers.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "state/budget.h"

enum { MIB = 1024 * 1024 };

static void test_shares_fit(void **state)
{
	static const struct {
		int shards, clients;
	} cases[] = {{1, 1}, {8, 1}, {8, 4}, {64, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct budget *b;
		struct err err;
		uint64_t shards = (uint64_t)cases[i].shards, clients = (uint64_t)cases[i].clients;

		assert_int_equal(budget_new(2048ull * MIB, cases[i].shards, cases[i].clients, &b, &err), 0);
		uint64_t known = clients * budget_client_queue_bytes(b) + shards * budget_filter_share(b);
		assert_true(known < budget_total(b) / 3);
		assert_true(budget_client_queue_bytes(b) >= 6 * MIB);
		assert_true(budget_used(b) < budget_total(b));
		budget_free(&b);
	}
}

static void test_too_small_names_what_works(void **state)
{
	struct budget *b;
	struct err err;

	(void)state;
	assert_int_equal(budget_new(32 * MIB, 8, 2, &b, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "budget_too_small");
	char *number = strstr(err.words, "at least ");
	assert_non_null(number);
	unsigned long least = strtoul(number + strlen("at least "), NULL, 10);
	assert_int_equal(budget_new((uint64_t)least * MIB, 8, 2, &b, &err), 0);
	budget_free(&b);
	assert_int_equal(budget_new((uint64_t)(least - 1) * MIB, 8, 2, &b, &err), -1);
}

static void test_the_largest_goes(void **state)
{
	struct budget_member small = {0}, large = {0};
	struct budget *b;
	struct err err;

	(void)state;
	assert_int_equal(budget_new(256 * MIB, 2, 1, &b, &err), 0);
	budget_join(b, &small);
	budget_join(b, &large);
	small.active_bytes = 4 * MIB;
	large.active_bytes = 20 * MIB;
	assert_int_equal(budget_advise(b, &large), BUDGET_GO_ON);
	large.active_bytes = 80 * MIB;
	assert_int_equal(budget_advise(b, &small), BUDGET_GO_ON);
	assert_true(large.asked);
	assert_int_equal(budget_advise(b, &large), BUDGET_FREEZE);
	assert_false(large.asked);

	large.active_bytes = 0;
	large.frozen_bytes = 80 * MIB; // on its way: nobody else need go
	assert_int_equal(budget_advise(b, &small), BUDGET_GO_ON);
	large.frozen_bytes = 200 * MIB;
	assert_int_equal(budget_advise(b, &small), BUDGET_WAIT);
	budget_leave(b, &small);
	budget_leave(b, &large);
	budget_free(&b);
}

static void test_what_was_asked_goes_even_when_it_is_small(void **state)
{
	struct budget_member member = {.asked = true};
	struct budget *b;
	struct err err;

	(void)state;
	assert_int_equal(budget_new(256 * MIB, 1, 1, &b, &err), 0);
	budget_join(b, &member);
	assert_int_equal(budget_advise(b, &member), BUDGET_FREEZE);
	assert_int_equal(budget_advise(b, &member), BUDGET_GO_ON);
	budget_leave(b, &member);
	budget_free(&b);
}

static struct region region_of(size_t bytes)
{
	struct region r;

	region_init(&r);
	while (r.committed < bytes)
		region_take(&r, MIB);
	region_reset(&r);
	return r;
}

static void test_kept_memory_is_counted_lent_and_given_up_first(void **state)
{
	struct region region = region_of(40 * MIB), taken;
	struct budget_member member = {0};
	struct budget *b;
	struct err err;

	(void)state;
	assert_int_equal(budget_new(256 * MIB, 1, 1, &b, &err), 0);
	budget_join(b, &member);
	uint64_t before = budget_used(b);
	budget_keep_region(b, &region);
	assert_null(region.base);
	uint64_t kept = budget_used(b) - before;
	assert_in_range(kept, 24 * MIB, 26 * MIB); // a fifth of some 129 MiB
	budget_take_region(b, &taken);
	assert_int_equal(taken.committed, kept);
	assert_int_equal(budget_used(b), before);
	budget_take_region(b, &region);
	assert_null(region.base); // there is no other

	budget_keep_region(b, &taken);
	member.active_bytes = 45 * MIB;
	assert_false(budget_is_short(b));
	assert_int_equal(budget_used(b), before + kept + 45 * MIB);
	member.frozen_bytes = 75 * MIB; // what is kept goes, nobody need wait
	assert_false(budget_is_short(b));
	assert_int_equal(budget_advise(b, &member), BUDGET_GO_ON);
	assert_int_equal(budget_used(b), before + 120 * MIB);
	member.spare_bytes = 40 * MIB; // what a table has and does not use
	assert_true(budget_is_short(b));
	budget_leave(b, &member);
	budget_free(&b);
}

static struct budget *shared;
static _Atomic int running, most;

static void *flush(void *context)
{
	(void)context;
	for (int i = 0; i < 200; i++) {
		budget_flush_begin(shared);
		int now = ++running;
		if (now > most)
			most = now;
		sched_yield();
		running--;
		budget_flush_end(shared);
	}
	return NULL;
}

static void test_few_flushes_at_once(void **state)
{
	pthread_t threads[6];
	struct err err;

	(void)state;
	assert_int_equal(budget_new(256 * MIB, 6, 1, &shared, &err), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, flush, NULL), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(most, 1, 2);
	budget_free(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares_fit),
		cmocka_unit_test(test_too_small_names_what_works),
		cmocka_unit_test(test_the_largest_goes),
		cmocka_unit_test(test_what_was_asked_goes_even_when_it_is_small),
		cmocka_unit_test(test_kept_memory_is_counted_lent_and_given_up_first),
		cmocka_unit_test(test_few_flushes_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
