// SPDX-License-Identifier: Apache-2.0
// Each mapped status of an order that came from a TikTok page is told once; too many at once wait in rows and are found later.
#include "tests/unit/processors/export_case.h"

#include "processors/events-sink/order_step.h"

static const char config[] =
	"events_sink: {resend_within: 2d}\n"
	"tenants:\n"
	"  - id: mugs\n"
	"    tiktok: {advertiser_id: '72', access_token: '${file:mugs.token}'}\n"
	"  - id: shop\n"
	"    tiktok:\n"
	"      advertiser_id: '71'\n"
	"      access_token: '${file:shop.token}'\n"
	"    order_sync: {statuses: {placed: CREATE_ORDER, shipped: MOVE_ORDER}, merchant_id: m-1, shop_id: h-7, shop_name: Sol, country: PE}\n";

static struct export_case *travel(void)
{
	struct export_case *k = case_new_of(events_sink_orders_processor(), config);

	if (wire_header_for(contract_order, NULL, "x", &k->header, &k->err) != 0)
		fail_msg("%s", k->err.words);
	case_settle(k);
	return k;
}

static struct property properties[] = {{VIEW_LIT("length_of_stay"), VIEW_LIT("3")}, {VIEW_LIT("amount_of_room"), VIEW_LIT("1")},
	{VIEW_LIT("check_in_date"), VIEW_LIT("2026-08-01")}, {VIEW_LIT("check_out_date"), VIEW_LIT("2026-08-04")},
	{VIEW_LIT("total_value"), VIEW_LIT("330.00")}, {VIEW_LIT("payment_value"), VIEW_LIT("330.00")}};
static struct item room = {.id = VIEW_LIT("room-2"), .name = VIEW_LIT("Double"), .quantity = 1};

static struct order stay(const char *id)
{
	return (struct order){.tenant = VIEW_LIT("shop"),
		.user = VIEW_LIT("u"),
		.order_id = view_text(id),
		.status = STATUS_PLACED,
		.status_time = CASE_NOW - HOUR,
		.placed_at = CASE_NOW - HOUR,
		.value = VIEW_LIT("330.00"),
		.currency = VIEW_LIT("PEN"),
		.items = {&room, 1},
		.properties = {properties, sizeof properties / sizeof properties[0]},
		.context = {.page_url = VIEW_LIT("https://hotel.example/p?ttoclid=opfed89"),
			.ttclid_time = TIME_ABSENT,
			.limited_data_use = FLAG_ABSENT}};
}

static int step(struct export_case *k, const struct order *o)
{
	struct buf bytes = {0};

	wire_write(&k->header, contract_order, o, &bytes);
	struct record r = {.input = EXPORT_INPUT,
		.partition = 3,
		.timestamp = case_now - MINUTE,
		.key = VIEW_LIT("shop|u"),
		.value = arena_dup(&k->arena, buf_view(&bytes))};
	buf_clear(&bytes);
	return case_step_record(k, &r);
}

static void told(struct export_case *k, const struct order *o)
{
	if (step(k, o) != 0)
		fail_msg("%s", k->err.words);
}

static void test_an_order_is_told_as_it_comes(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	told(k, &o);
	assert_int_equal(tiktok.put_count, 0);
	case_commit(k);
	assert_true(k->result_count == 1 && tiktok.put_count == 1);
	const struct export_result *r = case_last(k);
	assert_int_equal(r->verdict, EXPORT_INTENT);
	assert_text_equal(r->destination, EXPORT_TO_ORDERS);
	assert_text_equal(r->event, "CREATE_ORDER");
	assert_text_equal(r->advertiser_id, "71");
	assert_int_equal(r->event_id.n, 32);
	assert_true(view_eq(tiktok.puts[0].json, r->payload) && tiktok.puts[0].address.api == EVENT_API_ORDER);
	struct ledger_row row = case_row(k, "shop|u||b1");
	assert_true(view_is_set(row.record) && row.first_seen == case_now - MINUTE);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	assert_int_equal(case_last(k)->value_now_micros, TIME_ABSENT);
	assert_int_equal(k->s->outbox.open, 0);
	assert_false(view_is_set(case_row(k, "shop|u||b1").record)); // nothing of it is needed any more
	case_free(k);
}

static void test_a_status_is_told_once(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	told(k, &o);
	told(k, &o);
	case_commit(k);
	told(k, &o);
	o.value = VIEW_LIT("1.00"); // another record of the same
	told(k, &o);
	case_commit(k);
	assert_true(k->result_count == 1 && tiktok.put_count == 1);
	o.status = STATUS_SHIPPED;
	case_now += HOUR;
	told(k, &o);
	o.status_time++; // shipped again
	told(k, &o);
	o.order_id = VIEW_LIT("b2");
	told(k, &o);
	o.user = VIEW_LIT("v");
	told(k, &o);
	case_commit(k);
	assert_true(k->result_count == 5 && tiktok.put_count == 5);
	struct ledger_row row = case_row(k, "shop|u||b1");
	assert_true(row.event_count == 3 && row.first_seen == CASE_NOW - MINUTE); // the row goes by its first status
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(view_eq(k->results[i].event_id, k->results[j].event_id));
	case_free(k);
}

static void test_an_abort_tells_it_again(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	told(k, &o);
	case_abort(k);
	assert_true(tiktok.put_count == 0 && k->s->outbox.open == 0 && k->s->tenants[1].open == 0);
	told(k, &o);
	case_commit(k);
	assert_true(k->result_count == 2 && tiktok.put_count == 1);
	assert_true(view_eq(k->results[0].event_id, k->results[1].event_id));
	case_free(k);
}

static void test_what_concerns_tiktok_not_is_counted(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	o.status = STATUS_DELIVERED; // not mapped
	told(k, &o);
	o = stay("b2");
	o.context.page_url = VIEW_LIT("https://hotel.example/p"); // came from elsewhere
	told(k, &o);
	o = stay("b3");
	o.tenant = VIEW_LIT("mugs"); // tells no orders
	told(k, &o);
	o.tenant = VIEW_LIT("nobody");
	told(k, &o);
	assert_true(k->s->counts.not_exported == 4 && k->s->counts.records == 4 && k->result_count == 0);
	case_commit(k);
	assert_int_equal(tiktok.put_count, 0);
	case_free(k);
}

static void test_what_tiktok_needs_is_named(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	o.items.n = 0;
	assert_int_equal(step(k, &o), -1);
	assert_int_equal(k->err.class, ERR_POISON);
	assert_string_equal(k->err.code, "missing_field");
	assert_true(k->result_count == 0 && k->s->outbox.open == 0);
	case_commit(k);
	case_free(k);
}

// Records that waited in Kafka for long have their time still before them.
static void test_a_backlog_is_sent(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	case_now += 10 * DAY;
	case_tick(k);
	case_now += 5;
	case_tick(k);
	struct buf bytes = {0};
	wire_write(&k->header, contract_order, &o, &bytes);
	struct record r = {.input = EXPORT_INPUT,
		.partition = 3,
		.timestamp = CASE_NOW,
		.key = VIEW_LIT("shop|u"),
		.value = arena_dup(&k->arena, buf_view(&bytes))};
	buf_clear(&bytes);
	assert_int_equal(case_step_record(k, &r), 0);
	case_commit(k);
	assert_int_equal(tiktok.put_count, 1);
	assert_int_equal(case_last(k)->intent_time, case_now);
	assert_int_equal(tiktok.puts[0].until_ms, case_now + 2 * DAY);
	case_free(k);
}

static void test_too_many_at_once_are_found_later(void **state)
{
	enum { MANY = EXPORT_OPEN_TENANT_MAX + 40 };

	(void)state;
	struct export_case *k = travel();
	for (int i = 0; i < MANY; i++) {
		char id[16];

		snprintf(id, sizeof id, "b%d", i);
		struct order o = stay(id);
		told(k, &o);
	}
	case_commit(k);
	assert_true(k->result_count == MANY && tiktok.put_count == EXPORT_OPEN_TENANT_MAX && k->s->tenants[1].parked);
	case_now += MINUTE;
	case_settle(k);
	assert_int_equal(tiktok.put_count, EXPORT_OPEN_TENANT_MAX);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	case_settle(k);
	struct order late = stay("late");
	told(k, &late); // behind those that wait already
	case_commit(k);
	case_now += MINUTE;
	case_settle(k);
	assert_int_equal(tiktok.put_count, EXPORT_OPEN_TENANT_MAX);
	assert_int_equal(k->s->tenants[1].open, EXPORT_OPEN_TENANT_MAX - 1);
	for (size_t i = 1; i < EXPORT_OPEN_TENANT_MAX; i++) {
		tiktok_answers(i, SEND_ACCEPTED, 0);
		if (tiktok.answer_count == 64)
			case_settle(k);
	}
	case_settle(k);
	case_now += MINUTE;
	case_settle(k);
	assert_int_equal(tiktok.put_count, MANY + 1);
	assert_int_equal(k->s->tenants[1].open, 41);
	assert_false(k->s->tenants[1].parked);
	case_free(k);
}

static void test_after_a_restart_no_more_than_there_is_room_for(void **state)
{
	enum { MANY = EXPORT_OPEN_TENANT_MAX + 40 };

	(void)state;
	struct export_case *k = travel();
	for (int i = 0; i < MANY; i++) {
		char id[16];

		snprintf(id, sizeof id, "b%d", i);
		struct order o = stay(id);
		told(k, &o);
	}
	tiktok.room = SEND_NO_ROOM;
	case_commit(k);
	case_restart(k);
	case_settle(k);
	assert_int_equal(k->s->tenants[1].open, EXPORT_OPEN_TENANT_MAX);
	assert_true(k->s->tenants[1].parked);
	case_free(k);
}

// Rows that came from the ledger alone.
static void test_an_order_without_its_record_is_sent_again(void **state)
{
	(void)state;
	struct export_case *k = travel();
	struct order o = stay("b1");

	told(k, &o);
	case_commit(k);
	struct ledger_key key = ledger_key(case_last(k), &k->arena);
	struct ledger_row row = case_row(k, "shop|u||b1");
	assert_int_equal(row.event_count, 1);
	row.record = VIEW_ABSENT;
	ledger_write(k->store, &key, &row, &k->s->spare);
	case_commit(k);
	case_restart(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	assert_true(view_eq(tiktok.puts[0].json, tiktok.puts[1].json));
	tiktok_answers(1, SEND_REFUSED, 40002);
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_REFUSED && k->letter_count == 1);
	case_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_order_is_told_as_it_comes),
		cmocka_unit_test(test_a_status_is_told_once),
		cmocka_unit_test(test_an_abort_tells_it_again),
		cmocka_unit_test(test_what_concerns_tiktok_not_is_counted),
		cmocka_unit_test(test_what_tiktok_needs_is_named),
		cmocka_unit_test(test_a_backlog_is_sent),
		cmocka_unit_test(test_too_many_at_once_are_found_later),
		cmocka_unit_test(test_after_a_restart_no_more_than_there_is_room_for),
		cmocka_unit_test(test_an_order_without_its_record_is_sent_again),
	};

	return GIVEN_TESTS(tests);
}
