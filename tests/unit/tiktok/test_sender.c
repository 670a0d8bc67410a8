// SPDX-License-Identifier: Apache-2.0
// Events go out in few requests, each of one tenant and address, and each event is answered once.
#include "tests/unit/tiktok/stage_send.h"

static void a_request_is_what_tiktok_documents(void **state)
{
	(void)state;
	stage_start(stage_ok, stage_options());
	stage_put(1, "shop", "");
	stage_put(2, "shop", ",\"event\":\"Purchase\"");
	stage_await(2);
	assert_int_equal(stage_requests(), 1);
	const struct stub_request *q = &stage.api->kept[0];
	assert_string_equal(q->path, "/open_api/v1.3/event/track/");
	assert_string_equal(q->token, "secret-shop-1");
	assert_false(q->clear_token);
	assert_string_equal(q->body,
		"{\"event_source\":\"web\",\"event_source_id\":\"CPIXEL\",\"data\":[{\"event_id\":\"e1\"},{\"event_id\":\"e2\",\"event\":\"Purchase\"}]}");
	assert_int_equal(stage_answer(1)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_answer(1)->code, 0);
	assert_int_equal(stage_answer(1)->attempts, 1);
	assert_int_equal(stage_answer(1)->token_version, 1);
	assert_string_equal(stage_answer(2)->request_id, "20260722110455010192188045120ABCDE");
	assert_string_equal(stage_answer(2)->message, "");
}

static void put_at(uint64_t ticket, struct event_address address, const char *json)
{
	char id[32];
	struct send_event event = stage_event(ticket, "shop", json, id, sizeof id);

	event.address = address;
	assert_int_equal(send_put(stage.box, &event), SEND_TAKEN);
}

static bool was_asked(const char *path, const char *body)
{
	for (int i = 0; i < stage_requests(); i++) {
		if (strcmp(stage.api->kept[i].path, path) == 0 && strcmp(stage.api->kept[i].body, body) == 0)
			return true;
	}
	return false;
}

static void each_address_has_requests_of_its_own(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.order_path = "hotel/orders/";
	options.order_header = "X-Token";
	stage_start(stage_ok, options);
	put_at(1, (struct event_address){EVENT_API_TRACK, EVENT_SOURCE_WEB, VIEW_LIT("A"), VIEW_ABSENT}, "{\"n\":1}");
	put_at(2, (struct event_address){EVENT_API_TRACK, EVENT_SOURCE_APP, VIEW_LIT("A"), VIEW_ABSENT}, "{\"n\":2}");
	put_at(3, (struct event_address){EVENT_API_TRACK, EVENT_SOURCE_WEB, VIEW_LIT("A"), VIEW_LIT("T\"1")}, "{\"n\":3}");
	put_at(4, (struct event_address){EVENT_API_OFFLINE, EVENT_SOURCE_OFFLINE, VIEW_LIT("77"), VIEW_ABSENT}, "{\"n\":4}");
	put_at(5, (struct event_address){EVENT_API_TRACK, EVENT_SOURCE_CRM, VIEW_LIT("B"), VIEW_ABSENT}, "{\"n\":5}");
	put_at(6, (struct event_address){EVENT_API_ORDER, EVENT_SOURCE_WEB, VIEW_LIT("o"), VIEW_ABSENT}, "{\"order_info\":6}");
	put_at(7, (struct event_address){EVENT_API_ORDER, EVENT_SOURCE_WEB, VIEW_LIT("o"), VIEW_ABSENT}, "{\"order_info\":7}");
	stage_await(7);
	assert_int_equal(stage_requests(), 7);
	assert_true(was_asked("/open_api/v1.3/event/track/", "{\"event_source\":\"web\",\"event_source_id\":\"A\",\"data\":[{\"n\":1}]}"));
	assert_true(was_asked("/open_api/v1.3/event/track/", "{\"event_source\":\"app\",\"event_source_id\":\"A\",\"data\":[{\"n\":2}]}"));
	assert_true(was_asked("/open_api/v1.3/event/track/",
		"{\"event_source\":\"web\",\"event_source_id\":\"A\",\"test_event_code\":\"T\\\"1\",\"data\":[{\"n\":3}]}"));
	assert_true(was_asked("/open_api/v1.3/offline/batch/", "{\"event_set_id\":\"77\",\"batch\":[{\"n\":4}]}"));
	assert_true(was_asked("/open_api/v1.3/event/track/", "{\"event_source\":\"crm\",\"event_source_id\":\"B\",\"data\":[{\"n\":5}]}"));
	assert_true(was_asked("/open_api/v1.3/hotel/orders/", "{\"order_info\":6}"));
	assert_true(was_asked("/open_api/v1.3/hotel/orders/", "{\"order_info\":7}"));
}

static int events_in(const struct stub_request *q)
{
	int n = 0;

	for (const char *at = q->body; (at = strstr(at, "\"event_id\"")); at++)
		n++;
	return n;
}

static void a_full_batch_does_not_wait(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.batch_events = 100;
	options.batch_age_ms = INT32_MAX;
	stage_start(stage_ok, options);
	for (uint64_t i = 0; i < 300; i++)
		stage_put(i, "shop", "");
	stage_await(300);
	assert_int_equal(stage_requests(), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(events_in(&stage.api->kept[i]), 100);
}

static void a_body_stays_under_its_size(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.batch_bytes = 500;
	stage_start(stage_ok, options);
	for (uint64_t i = 100; i < 200; i++)
		stage_put(i, "shop", "");
	stage_await(100);
	assert_true(stage_requests() >= 5);
	for (int i = 0; i < stage_requests(); i++) {
		assert_true(stage.api->kept[i].body_n <= 500);
		assert_false(stage.api->kept[i].expects);
	}
}

static void large_bodies_are_not_asked_for_first(void **state)
{
	char *extra = malloc(1500001);
	char id[32];

	(void)state;
	stage_start(stage_ok, stage_options());
	memset(extra, 'x', 1500000);
	memcpy(extra, "{\"x\":\"", 6);
	memcpy(extra + 1499998, "\"}", 3);
	struct send_event event = stage_event(1, "shop", extra, id, sizeof id);
	assert_int_equal(send_put(stage.box, &event), SEND_TAKEN);
	stage_await(1);
	free(extra);
	assert_false(stage.api->kept[0].expects);
	assert_true(stage.api->kept[0].body_n > 1500000);
}

static void the_older_offline_api_takes_eighty(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.batch_age_ms = 50;
	stage_start(stage_ok, options);
	for (uint64_t i = 0; i < 160; i++)
		put_at(i, (struct event_address){EVENT_API_OFFLINE, EVENT_SOURCE_OFFLINE, VIEW_LIT("77"), VIEW_ABSENT}, "{\"event_id\":1}");
	stage_await(160);
	assert_int_equal(stage_requests(), 2);
	assert_int_equal(events_in(&stage.api->kept[0]), 80);
	assert_int_equal(events_in(&stage.api->kept[1]), 80);
}

static atomic_bool down;
static atomic_int taken;

static void down_at_first(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api, (void)q;
	if (atomic_load(&down)) {
		stage_reply(r, 50000, "not now");
		return;
	}
	stage_reply(r, 0, "OK");
	atomic_fetch_add(&taken, 1);
}

static void what_comes_in_an_outage_leaves_in_few_requests(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	atomic_store(&down, true);
	atomic_store(&taken, 0);
	options.batch_age_ms = 1;
	options.retry_first_ms = options.retry_most_ms = 50;
	stage_start(down_at_first, options);
	for (uint64_t i = 0; i < 100; i++) {
		stage_put(i, "shop", "");
		usleep(2000);
	}
	atomic_store(&down, false);
	stage_await(100);
	assert_in_range(atomic_load(&taken), 1, 20); // each was old enough for a request of its own
}

static void hold_all(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	stage_ok(api, q, r);
	r->how = STUB_HOLD;
}

static void hold_noisy(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	stage_ok(api, q, r);
	if (strstr(q->token, "noisy"))
		r->how = STUB_HOLD;
}

static void one_tenants_backlog_leaves_room_and_a_slot_for_others(void **state)
{
	struct send_options options = stage_options();
	uint64_t n = 0;

	(void)state;
	options.batch_events = 10;
	options.tenant_batches = 8;
	options.all_batches = 8;
	stage_start(hold_noisy, options);
	while (stage_try(n, "noisy", "") == SEND_TAKEN)
		n++;
	assert_int_equal(n, 80);
	assert_int_equal(stage_try(n, "noisy", ""), SEND_NO_ROOM_TENANT);
	stub_api_await_held(stage.api, 3); // of four slots
	for (uint64_t i = 1000; i < 1010; i++)
		stage_put(i, "quiet", ""); // all are at their top, one batch may always be
	assert_int_equal(stage_try(1010, "quiet", ""), SEND_NO_ROOM);
	stage_await(10);
	assert_int_equal(stage_answer(1000)->verdict, SEND_ACCEPTED);
	stub_api_let_go(stage.api);
	stage_await(90);
	stage_put(2000, "noisy", ""); // there is room again
	stage_await(91);
}

// Requests of two tenants that are both ready follow each other.
static void tenants_take_turns(void **state)
{
	struct send_options options = stage_options();
	uint64_t ticket = 0;

	(void)state;
	options.batch_events = 10;
	options.requests_in_flight = 1;
	stage_start(hold_all, options);
	for (int i = 0; i < 10; i++)
		stage_put(ticket++, "first", "");
	stub_api_await_held(stage.api, 1);
	for (int i = 0; i < 80; i++)
		stage_put(ticket++, "many", "");
	for (int i = 0; i < 20; i++)
		stage_put(ticket++, "few", "");
	stub_api_let_go(stage.api);
	stage_await(ticket);
	assert_int_equal(stage_requests(), 11);
	assert_non_null(strstr(stage.api->kept[1].token, "many"));
	assert_non_null(strstr(stage.api->kept[2].token, "few"));
	assert_non_null(strstr(stage.api->kept[3].token, "many"));
	assert_non_null(strstr(stage.api->kept[4].token, "few"));
}

static void what_is_waiting_and_in_flight_is_counted(void **state)
{
	struct send_options options = stage_options();
	struct send_numbers numbers;

	(void)state;
	options.batch_events = 10;
	options.batch_age_ms = INT32_MAX;
	stage_start(hold_all, options);
	for (uint64_t i = 0; i < 15; i++)
		stage_put(i, "shop", "");
	stub_api_await_held(stage.api, 1);
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.waiting, 15);
	assert_int_equal(numbers.in_flight, 10);
	assert_int_equal(numbers.requests, 1);
	assert_int_equal(numbers.down_since_ms, 0);
	stub_api_let_go(stage.api);
	stage_await(10);
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.waiting, 5);
	assert_int_equal(numbers.in_flight, 0);
}

static void a_box_may_go_while_its_events_are_under_way(void **state)
{
	struct send_options options = stage_options();
	struct send_box *other;
	struct send_numbers numbers;
	char id[32];

	(void)state;
	options.batch_events = 2;
	options.requests_in_flight = 1;
	options.batch_age_ms = INT32_MAX;
	stage_start(hold_all, options);
	other = send_box_new(stage.sender, -1);
	struct send_event event = stage_event(1, "shop", "{\"event_id\":\"of-other\"}", id, sizeof id);
	assert_int_equal(send_put(other, &event), SEND_TAKEN); // in flight, with one of ours
	stage_put(1, "shop", "");
	stub_api_await_held(stage.api, 1);
	assert_int_equal(send_put(other, &event), SEND_TAKEN); // ready, alone in its request
	assert_int_equal(send_put(other, &event), SEND_TAKEN);
	assert_int_equal(send_put(other, &event), SEND_TAKEN); // ready, with one of ours
	stage_put(2, "shop", "");
	assert_int_equal(send_put(other, &event), SEND_TAKEN); // in an open batch
	send_box_free(&other);
	assert_null(other);
	stub_api_let_go(stage.api);
	stage_await(2);
	assert_int_equal(stage_requests(), 2); // what nobody waits for is not sent
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.waiting, 1);
}

static void a_sender_ends_with_requests_in_flight(void **state)
{
	(void)state;
	stage_start(hold_all, stage_options());
	for (uint64_t i = 0; i < 4000; i++)
		stage_put(i, "shop", "");
	stub_api_await_held(stage.api, 2);
	send_box_free(&stage.box);
	sender_free(&stage.sender); // does not wait for the answers
	assert_null(stage.sender);
}

static void a_sender_that_did_nothing_ends(void **state)
{
	(void)state;
	stage_start(hold_all, stage_options());
}

static void a_missing_token_pauses_after_some_tries(void **state)
{
	(void)state;
	stage_start(stage_ok, stage_options());
	stage.token_version = 0;
	stage_put(1, "shop", "");
	stage_await(1);
	assert_int_equal(stage_answer(1)->verdict, SEND_PAUSED);
	assert_int_equal(stage_answer(1)->code, 0);
	assert_int_equal(stage_answer(1)->token_version, 0);
	assert_int_equal(stage_answer(1)->attempts, 0);
	assert_string_equal(stage_answer(1)->message, "tenant shop has no token: connect it");
	assert_int_equal(stage_requests(), 0);
	stage.token_version = 3;
	stage_put(2, "shop", "");
	stage_await(2);
	assert_int_equal(stage_answer(2)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_answer(2)->token_version, 3);
}

static int hostile_token(void *context, struct view tenant, struct buf *token, uint64_t *version, struct err *err)
{
	(void)context, (void)tenant, (void)err;
	buf_add_text(token, "good\r\nX-Injected: yes");
	*version = 1;
	return 0;
}

static void a_token_cannot_bring_headers(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.tokens.get = hostile_token;
	stage_start(stage_ok, options);
	stage_put(1, "shop", "");
	stage_await(1);
	assert_int_equal(stage_answer(1)->verdict, SEND_PAUSED);
	assert_null(strstr(stage_answer(1)->message, "Injected"));
	assert_int_equal(stage_requests(), 0);
}

// Also when all its events are answered and it was only slow to take the answers.
static void who_was_told_that_there_is_no_room_is_woken(void **state)
{
	struct send_options options = stage_options();
	struct send_numbers numbers = {.waiting = 1};
	uint64_t count, n = 0;

	(void)state;
	options.batch_events = 1;
	options.tenant_batches = options.all_batches = 1000;
	stage_start(stage_ok, options);
	for (; n < 16; n++)
		stage_put(n, "shop", "");
	while (numbers.waiting)
		sender_numbers(stage.sender, &numbers);
	assert_int_equal(stage_try(n, "shop", ""), SEND_NO_ROOM);
	assert_int_equal(read(stage.wake_fd, &count, sizeof count), sizeof count);
	assert_int_equal(read(stage.wake_fd, &count, sizeof count), -1);
	stage_take();
	assert_int_equal(stage.answers_n, 16);
	assert_int_equal(read(stage.wake_fd, &count, sizeof count), sizeof count);
	stage_put(n, "shop", "");
	stage_await(17);
}

struct producer {
	struct send_box *box;
	int wake_fd;
	uint64_t answered;
};

static void put_some(struct producer *p, uint64_t from, uint64_t to, bool bad)
{
	char id[32], tenant[16];

	for (uint64_t i = from; i < to; i++) {
		snprintf(tenant, sizeof tenant, "t%llu", (unsigned long long)i % 5);
		struct send_event event = stage_event(i, tenant, bad && i % 97 == 0 ? "{\"bad\":1}" : "{\"fine\":1}", id, sizeof id);

		while (send_put(p->box, &event) != SEND_TAKEN) {
			struct send_answer some[64];
			struct pollfd waiting = {p->wake_fd, POLLIN, 0};
			uint64_t count;

			if (poll(&waiting, 1, STAGE_DEADLINE_MS) == 1 && read(p->wake_fd, &count, sizeof count) < 0)
				abort();
			for (size_t n; (n = send_take(p->box, some, 64));)
				p->answered += n;
		}
	}
}

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct send_answer some[64];
	uint64_t count;

	put_some(p, 0, 3000, true);
	while (p->answered < 3000) {
		for (size_t n; (n = send_take(p->box, some, 64));)
			p->answered += n;
		struct pollfd waiting = {p->wake_fd, POLLIN, 0};
		if (p->answered < 3000 && (poll(&waiting, 1, STAGE_DEADLINE_MS) != 1 || read(p->wake_fd, &count, sizeof count) < 0))
			return NULL;
	}
	return p;
}

static void refuse_bad(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	stage_reply(r, strstr(q->body, "bad") ? 40002 : q->number % 7 == 3 ? 50000 : 0, "m");
}

static void shards_share_a_sender(void **state)
{
	struct send_options options = stage_options();
	struct producer producers[4];
	pthread_t threads[4];
	void *done;

	(void)state;
	options.batch_events = 50;
	stage_start(refuse_bad, options);
	for (int i = 0; i < 4; i++) {
		int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

		producers[i] = (struct producer){send_box_new(stage.sender, fd), fd, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_ptr_equal(done, &producers[i]);
		assert_int_equal(producers[i].answered, 3000);
		send_box_free(&producers[i].box);
		close(producers[i].wake_fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_request_is_what_tiktok_documents, stage_end),
		cmocka_unit_test_teardown(each_address_has_requests_of_its_own, stage_end),
		cmocka_unit_test_teardown(a_full_batch_does_not_wait, stage_end),
		cmocka_unit_test_teardown(a_body_stays_under_its_size, stage_end),
		cmocka_unit_test_teardown(large_bodies_are_not_asked_for_first, stage_end),
		cmocka_unit_test_teardown(the_older_offline_api_takes_eighty, stage_end),
		cmocka_unit_test_teardown(what_comes_in_an_outage_leaves_in_few_requests, stage_end),
		cmocka_unit_test_teardown(one_tenants_backlog_leaves_room_and_a_slot_for_others, stage_end),
		cmocka_unit_test_teardown(tenants_take_turns, stage_end),
		cmocka_unit_test_teardown(what_is_waiting_and_in_flight_is_counted, stage_end),
		cmocka_unit_test_teardown(a_box_may_go_while_its_events_are_under_way, stage_end),
		cmocka_unit_test_teardown(a_sender_ends_with_requests_in_flight, stage_end),
		cmocka_unit_test_teardown(a_sender_that_did_nothing_ends, stage_end),
		cmocka_unit_test_teardown(a_missing_token_pauses_after_some_tries, stage_end),
		cmocka_unit_test_teardown(a_token_cannot_bring_headers, stage_end),
		cmocka_unit_test_teardown(who_was_told_that_there_is_no_room_is_woken, stage_end),
		cmocka_unit_test_teardown(shards_share_a_sender, stage_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
