// SPDX-License-Identifier: Apache-2.0
// A ticket begins and ends with transactions: what is aborted is as it was at the last commit, and an id never finds another one's ticket.
#include "processors/events-sink/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static size_t ends, ended_tenant;

static void ended(void *context, const struct ticket *ticket)
{
	assert_ptr_equal(context, &ends);
	ends++;
	ended_tenant = ticket->tenant;
}

static void commit(struct outbox *o)
{
	ends = 0;
	outbox_committed(o, ended, &ends);
}

static void abort_all(struct outbox *o)
{
	ends = 0;
	outbox_aborted(o, ended, &ends);
}

static uint64_t added(struct outbox *o, enum ticket_state state, size_t tenant)
{
	char name[8] = "row", id[8] = "event";
	uint64_t ticket = outbox_add(o, state, tenant, view_text(name), view_text(id), 77, 3);

	memset(name, 'x', sizeof name);
	memset(id, 'x', sizeof id);
	return ticket;
}

static void test_a_ticket_is_ready_once_its_intent_is_committed(void **state)
{
	struct outbox o = {0};

	(void)state;
	uint64_t id = added(&o, TICKET_WRITTEN, 2);
	struct ticket *t = outbox_find(&o, id);
	assert_non_null(t);
	assert_int_equal(t->state, TICKET_WRITTEN);
	assert_true(view_eq(t->name, VIEW_LIT("row")) && view_eq(t->event_id, VIEW_LIT("event")));
	assert_true(t->tenant == 2 && t->since_ms == 77 && t->attempts == 3);
	assert_true(o.open == 1 && o.ready == 0);
	assert_true(outbox_id(&o, t) == id);
	commit(&o);
	assert_int_equal(ends, 0);
	assert_int_equal(outbox_find(&o, id)->state, TICKET_READY);
	assert_true(o.open == 1 && o.ready == 1);
	abort_all(&o); // of the next transaction, which changed nothing
	assert_int_equal(outbox_find(&o, id)->state, TICKET_READY);
	assert_true(ends == 0 && o.ready == 1);
	outbox_clear(&o);
	assert_true(o.open == 0 && o.count == 0);
}

static void test_an_intent_that_is_aborted_never_was(void **state)
{
	struct outbox o = {0};

	(void)state;
	uint64_t ready = added(&o, TICKET_READY, 0), written = added(&o, TICKET_WRITTEN, 5);
	abort_all(&o);
	assert_int_equal(ends, 1);
	assert_int_equal(ended_tenant, 5);
	assert_null(outbox_find(&o, written));
	assert_non_null(outbox_find(&o, ready));
	assert_true(o.open == 1 && o.ready == 1);
	commit(&o);
	assert_int_equal(ends, 0);
	outbox_clear(&o);
}

static void test_a_verdict_ends_the_ticket_with_its_transaction(void **state)
{
	struct outbox o = {0};

	(void)state;
	uint64_t id = added(&o, TICKET_READY, 4);
	outbox_set(&o, outbox_find(&o, id), TICKET_SENT);
	assert_int_equal(o.ready, 0);
	outbox_move(&o, outbox_find(&o, id), TICKET_JUDGED);
	abort_all(&o);
	assert_int_equal(ends, 0);
	assert_int_equal(outbox_find(&o, id)->state, TICKET_SENT);
	outbox_move(&o, outbox_find(&o, id), TICKET_JUDGED);
	assert_non_null(outbox_find(&o, id));
	commit(&o);
	assert_int_equal(ends, 1);
	assert_int_equal(ended_tenant, 4);
	assert_null(outbox_find(&o, id));
	assert_int_equal(o.open, 0);
	commit(&o);
	assert_int_equal(ends, 0);
	outbox_clear(&o);
}

static void test_a_place_that_is_used_again_has_another_id(void **state)
{
	struct outbox o = {0};

	(void)state;
	uint64_t first = added(&o, TICKET_READY, 0), other = added(&o, TICKET_READY, 1);
	outbox_move(&o, outbox_find(&o, first), TICKET_JUDGED);
	commit(&o);
	uint64_t second = added(&o, TICKET_READY, 2);
	assert_int_equal((uint32_t)first, (uint32_t)second);
	assert_true(first != second);
	assert_null(outbox_find(&o, first));
	assert_int_equal(outbox_find(&o, second)->tenant, 2);
	assert_int_equal(outbox_find(&o, other)->tenant, 1);
	assert_null(outbox_find(&o, 99));
	assert_null(outbox_find(&o, UINT64_MAX));
	outbox_clear(&o);
}

static void test_a_ticket_that_changes_twice_goes_back_to_the_commit(void **state)
{
	struct outbox o = {0};

	(void)state;
	uint64_t id = added(&o, TICKET_READY, 0);
	struct ticket *t = outbox_find(&o, id);
	outbox_set(&o, t, TICKET_SENT);
	outbox_move(&o, t, TICKET_PAUSED);
	outbox_move(&o, t, TICKET_WRITTEN); // its tenant went on before the commit
	t->since_ms = 99;
	abort_all(&o);
	assert_int_equal(ends, 0);
	assert_true(t->state == TICKET_SENT && t->since_ms == 77);
	assert_true(o.ready == 0 && o.sent == 1 && o.paused == 0);
	outbox_move(&o, t, TICKET_PAUSED);
	outbox_move(&o, t, TICKET_WRITTEN);
	t->since_ms = 99;
	commit(&o);
	assert_true(t->state == TICKET_READY && t->since_ms == 99 && o.ready == 1);
	outbox_move(&o, t, TICKET_PAUSED);
	outbox_move(&o, t, TICKET_JUDGED);
	commit(&o);
	assert_int_equal(ends, 1);
	assert_null(outbox_find(&o, id));
	outbox_clear(&o);
}

static void test_many_tickets_come_and_go(void **state)
{
	enum { MANY = 1000 };
	struct outbox o = {0};
	uint64_t ids[MANY];

	(void)state;
	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < MANY; i++)
			ids[i] = added(&o, TICKET_WRITTEN, i);
		assert_int_equal(o.open, MANY);
		commit(&o);
		assert_true(o.ready == MANY && o.count == MANY);
		for (size_t i = 0; i < MANY; i++) {
			assert_int_equal(outbox_find(&o, ids[i])->tenant, i);
			outbox_move(&o, outbox_find(&o, ids[i]), TICKET_JUDGED);
		}
		if (round % 2) {
			abort_all(&o);
			assert_true(ends == 0 && o.open == MANY && o.ready == MANY);
			for (size_t i = 0; i < MANY; i++)
				outbox_move(&o, outbox_find(&o, ids[i]), TICKET_JUDGED);
		}
		commit(&o);
		assert_true(ends == MANY && o.open == 0 && o.ready == 0);
	}
	outbox_clear(&o);
}

// Which tenants' tickets are READY, one digit each, in their order.
static const char *line(struct outbox *o)
{
	static char digits[16];
	size_t n = 0;

	for (const struct ticket *t = outbox_ready(o, NULL); t; t = outbox_ready(o, t))
		digits[n++] = (char)('0' + t->tenant);
	digits[n] = '\0';
	assert_int_equal(n, o->ready);
	return digits;
}

static void test_ready_tickets_stand_in_the_order_of_their_intents(void **state)
{
	struct outbox o = {0};
	uint64_t ids[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		ids[i] = added(&o, TICKET_WRITTEN, i);
	assert_string_equal(line(&o), "");
	commit(&o);
	assert_string_equal(line(&o), "012345");
	outbox_set(&o, outbox_find(&o, ids[0]), TICKET_SENT);
	outbox_set(&o, outbox_find(&o, ids[3]), TICKET_PAUSED);
	outbox_move(&o, outbox_find(&o, ids[5]), TICKET_JUDGED);
	assert_string_equal(line(&o), "124");
	outbox_set(&o, outbox_find(&o, ids[3]), TICKET_READY);
	abort_all(&o);
	assert_string_equal(line(&o), "12435");
	outbox_move(&o, outbox_find(&o, ids[1]), TICKET_JUDGED);
	outbox_move(&o, outbox_find(&o, ids[2]), TICKET_JUDGED);
	commit(&o);
	added(&o, TICKET_WRITTEN, 7); // in places that were used before
	added(&o, TICKET_WRITTEN, 8);
	commit(&o);
	assert_string_equal(line(&o), "43578");
	outbox_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ticket_is_ready_once_its_intent_is_committed),
		cmocka_unit_test(test_an_intent_that_is_aborted_never_was),
		cmocka_unit_test(test_a_verdict_ends_the_ticket_with_its_transaction),
		cmocka_unit_test(test_a_place_that_is_used_again_has_another_id),
		cmocka_unit_test(test_a_ticket_that_changes_twice_goes_back_to_the_commit),
		cmocka_unit_test(test_many_tickets_come_and_go),
		cmocka_unit_test(test_ready_tickets_stand_in_the_order_of_their_intents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
