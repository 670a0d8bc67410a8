// SPDX-License-Identifier: Apache-2.0
// Each answer has its consequence for exactly the events it is about: delivered, tried again with the same bytes, slowed down, paused, or refused alone.
#include "base/log.h"
#include "base/now.h"
#include "tests/unit/tiktok/stage_send.h"

#define HTML "<html>\r\n<head><title>502 Bad Gateway</title></head></html>\r\n"

// What the first `n` requests of a test are answered; all others are accepted.
static struct {
	struct stub_reply *first;
	int n;
	int code;
	int64_t asked_ms[STUB_KEPT];
} play;

static void answer_first(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	if (q->number < STUB_KEPT)
		play.asked_ms[q->number] = now_steady_ms();
	if (q->number < play.n)
		*r = *play.first;
	else
		stage_ok(api, q, r);
}

static void start_with(int n, struct stub_reply reply, struct send_options options)
{
	play.n = n;
	play.first = malloc(sizeof reply);
	*play.first = reply;
	stage_start(answer_first, options);
}

static struct stub_reply code_reply(int code)
{
	static struct stub_reply r;

	memset(&r, 0, sizeof r);
	stage_reply(&r, code, "what it says");
	return r;
}

static int end(void **state)
{
	stage_end(state);
	free(play.first);
	play.first = NULL;
	play.n = 0;
	return 0;
}

// The first request of a test has this fate, the second meets a token that is refused.
static enum stub_how first_how;
static int first_code;

static void answer_then_refuse(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	stage_reply(r, q->number ? 40105 : first_code, "what it says");
	if (q->number == 0)
		r->how = first_how;
}

static int64_t maybe_after(enum stub_how how, int code)
{
	first_how = how;
	first_code = code;
	stage_start(answer_then_refuse, stage_options());
	for (uint64_t i = 0; i < 3; i++)
		stage_put(i, "shop", "");
	stage_await(3);
	int64_t maybe_ms = stage_answer(0)->maybe_ms;
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(stage_answer(i)->verdict, SEND_PAUSED);
		assert_int_equal(stage_answer(i)->maybe_ms, maybe_ms);
	}
	stage_end(NULL);
	return maybe_ms;
}

static void a_request_without_an_answer_may_have_been_taken(void **state)
{
	static const struct {
		enum stub_how how;
		int code;
		bool maybe;
	} cases[] = {{STUB_RESET, 0, true}, {STUB_TRUNCATE, 0, true}, {STUB_ANSWER, 50000, true}, {STUB_ANSWER, 40100, false},
		{STUB_ANSWER, 40102, false}, {STUB_ANSWER, 40002, false}, {STUB_ANSWER, 40105, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t before = now_wall_ms(), maybe_ms = maybe_after(cases[i].how, cases[i].code);

		if (cases[i].maybe)
			assert_in_range(maybe_ms, before, now_wall_ms());
		else
			assert_int_equal(maybe_ms, 0);
	}
}

// One event, whose first request is answered with `code`.
static void assert_code(int code, enum send_verdict verdict, int attempts, uint64_t throttled)
{
	struct send_numbers numbers;

	start_with(1, code_reply(code), stage_options());
	stage_put(1, "shop", "");
	stage_await(1);
	const struct send_answer *a = stage_answer(1);
	sender_numbers(stage.sender, &numbers);
	if (a->verdict != verdict || a->attempts != attempts || numbers.throttled != throttled || stage_requests() != attempts)
		fail_msg("code %d: verdict %d, %d attempts, %llu throttled", code, a->verdict, a->attempts, (unsigned long long)numbers.throttled);
	assert_int_equal(a->code, verdict == SEND_ACCEPTED ? 0 : code);
	assert_string_equal(a->message, verdict == SEND_ACCEPTED ? "" : "what it says");
	assert_string_equal(a->request_id, "20260722110455010192188045120ABCDE");
	assert_int_equal(numbers.waiting, 0);
	assert_int_equal(numbers.down_since_ms, 0);
	end(NULL);
}

static void each_code_has_its_consequence(void **state)
{
	static const int delivered[] = {0, 20001, 40050};
	static const int again[] = {40101, 40102, 40200, 40201, 40202, 40700, 50000, 50002, 51001, 51010, 51039, 52000, 53102, 65000, 12345};
	static const int throttled[] = {40016, 40100, 40132, 40133, 51021, 61000};
	static const int paused[] = {40001, 40003, 40103, 40104, 40105, 40106, 40107, 40110, 40112, 40113, 40114, 40117, 40118, 40124, 40125,
		40130, 40131, 40300, 40301, 40309};
	static const int refused[] = {40000, 40002, 40006, 40007, 40008, 40011, 40012, 40051, 40061, 40062, 40063, 40067, 40400, 40900, 41001,
		41002, 49999, 70001};

	(void)state;
	for (size_t i = 0; i < sizeof delivered / sizeof *delivered; i++)
		assert_code(delivered[i], SEND_ACCEPTED, 1, 0);
	for (size_t i = 0; i < sizeof again / sizeof *again; i++)
		assert_code(again[i], SEND_ACCEPTED, 2, 0);
	for (size_t i = 0; i < sizeof throttled / sizeof *throttled; i++)
		assert_code(throttled[i], SEND_ACCEPTED, 2, 1);
	for (size_t i = 0; i < sizeof paused / sizeof *paused; i++)
		assert_code(paused[i], SEND_PAUSED, 1, 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_code(refused[i], SEND_REFUSED, 1, 0);
}

static void some_codes_are_tried_a_few_times(void **state)
{
	static const struct {
		int code, attempts;
		enum send_verdict verdict;
	} cases[] = {{40101, 3, SEND_PAUSED}, {40102, 3, SEND_PAUSED}, {40700, 4, SEND_REFUSED}, {12345, 4, SEND_REFUSED}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_with(100, code_reply(cases[i].code), stage_options());
		stage_put(1, "shop", "");
		stage_await(1);
		assert_int_equal(stage_answer(1)->verdict, cases[i].verdict);
		assert_int_equal(stage_answer(1)->attempts, cases[i].attempts);
		assert_int_equal(stage_answer(1)->code, cases[i].code);
		end(NULL);
	}
}

static void refuse_culprits(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	if (strstr(q->body, "culprit"))
		stage_reply(r, play.code, "Batch.0.properties.value: not a number");
	else
		stage_reply(r, 0, "OK");
}

static int bisect(const bool *is_culprit, int code)
{
	struct send_options options = stage_options();

	options.batch_age_ms = INT32_MAX;
	play.code = code;
	stage_start(refuse_culprits, options);
	for (uint64_t i = 0; i < 1000; i++)
		stage_put(i, "shop", is_culprit[i] ? ",\"culprit\":1" : "");
	stage_await(1000);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(stage_answer(i)->verdict, is_culprit[i] ? SEND_REFUSED : SEND_ACCEPTED);
		assert_int_equal(stage_answer(i)->code, is_culprit[i] ? code : 0);
		assert_string_equal(stage_answer(i)->message, is_culprit[i] ? "Batch.0.properties.value: not a number" : "");
	}
	int requests = stage_requests();
	end(NULL);
	return requests;
}

static void a_refused_request_is_bisected_to_its_culprits(void **state)
{
	static const int codes[] = {40000, 40002, 40007, 40062};
	static bool none[1000], one[1000], some[1000], all[1000];

	(void)state;
	one[617] = true;
	some[0] = some[1] = some[499] = some[500] = some[999] = true;
	memset(all, true, sizeof all);
	assert_int_equal(bisect(none, 40002), 1);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		assert_in_range(bisect(one, codes[i]), 19, 21); // one request, and two for each halving
	assert_in_range(bisect(some, 40002), 40, 101);
	assert_int_equal(bisect(all, 40002), 1999);
}

// All of it is refused, whatever the events: nothing is bisected.
static void a_wrong_request_is_refused_as_a_whole(void **state)
{
	(void)state;
	play.code = 40063;
	stage_start(refuse_culprits, stage_options());
	for (uint64_t i = 0; i < 100; i++)
		stage_put(i, "shop", ",\"culprit\":1");
	stage_await(100);
	assert_true(stage_requests() < 20); // as many as the age made of them
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(stage_answer(i)->verdict, SEND_REFUSED);
}

static void refuse_many(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	int n = 0;

	(void)api;
	for (const char *at = q->body; (at = strstr(at, "\"event_id\"")); at++)
		n++;
	stage_reply(r, n > 100 ? 40061 : 0, "too many");
}

static void a_request_that_is_too_large_is_split(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.batch_age_ms = INT32_MAX;
	stage_start(refuse_many, options);
	for (uint64_t i = 0; i < 1000; i++)
		stage_put(i, "shop", "");
	stage_await(1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(stage_answer(i)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_requests(), 1 + 2 + 4 + 8 + 16);
}

// A partial success for five events with tickets 0 to 4; `data` as the first request is answered.
static void partial(const char *data)
{
	static struct stub_reply r;
	struct send_options options = stage_options();

	options.batch_events = 5;
	options.batch_age_ms = INT32_MAX;
	memset(&r, 0, sizeof r);
	snprintf(r.body, sizeof r.body, "{\"code\":20001,\"message\":\"partial\",\"request_id\":\"R1\",\"data\":%s}", data);
	start_with(1, r, options);
	for (uint64_t i = 0; i < 5; i++)
		stage_put(i, "shop", "");
}

static void assert_only_refused(uint64_t ticket, int code, const char *message)
{
	stage_await(5);
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(stage_answer(i)->verdict, i == ticket ? SEND_REFUSED : SEND_ACCEPTED);
		assert_int_equal(stage_answer(i)->code, i == ticket ? code : 0);
		assert_string_equal(stage_answer(i)->message, i == ticket ? message : "");
		assert_string_equal(stage_answer(i)->request_id, "R1");
	}
	end(NULL);
}

static void a_partial_success_fails_only_those_it_names(void **state)
{
	(void)state;
	partial("{\"failed_events\":[{\"index\":2,\"event_id\":\"e2\",\"code\":40002,\"message\":\"why\"}]}");
	assert_only_refused(2, 40002, "why");
	partial("{\"failed_events\":[{\"index\":\"3\",\"code\":40002}]}");
	assert_only_refused(3, 40002, "");
	partial("{\"failed_events\":[{\"event_id\":\"e4\"}]}");
	assert_only_refused(4, 20001, "");
	partial("{\"failed_events\":[{\"index\":0,\"event_id\":\"e1\",\"code\":40062,\"message\":\"m\"}]}"); // counted from 1: the id is right
	assert_only_refused(1, 40062, "m");
	partial("{}");
	assert_only_refused(99, 0, "");
	partial("{\"failed_events\":[{\"index\":77,\"code\":40002},{\"event_id\":\"unknown\"},{},7]}");
	assert_only_refused(99, 0, "");
	partial("{\"failed_events\":\"all\"}");
	assert_only_refused(99, 0, "");
}

static void a_partial_success_sends_again_what_may_go_again(void **state)
{
	(void)state;
	partial(
		"{\"failed_events\":[{\"index\":1,\"code\":50000},{\"index\":3,\"code\":40105,\"message\":\"token\"},{\"index\":4,\"code\":40050}]}");
	stage_await(5);
	assert_int_equal(stage_requests(), 2);
	assert_string_equal(stage.api->kept[1].body,
		"{\"event_source\":\"web\",\"event_source_id\":\"CPIXEL\",\"data\":[{\"event_id\":\"e1\"}]}");
	assert_int_equal(stage_answer(0)->attempts, 1);
	assert_int_equal(stage_answer(1)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_answer(1)->attempts, 2);
	assert_int_equal(stage_answer(2)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_answer(3)->verdict, SEND_PAUSED);
	assert_int_equal(stage_answer(3)->code, 40105);
	assert_int_equal(stage_answer(4)->verdict, SEND_ACCEPTED);
	end(NULL);
}

static struct stub_reply raw(enum stub_how how, int status, const char *body)
{
	static struct stub_reply r;

	memset(&r, 0, sizeof r);
	r.how = how;
	r.status = status;
	snprintf(r.body, sizeof r.body, "%s", body);
	return r;
}

static void assert_same_bytes_again(struct stub_reply reply, int times)
{
	struct send_options options = stage_options();
	struct send_numbers numbers;

	options.batch_events = 3;
	options.batch_age_ms = INT32_MAX;
	options.retry_most_ms = 5;
	options.timeout_ms = reply.how == STUB_HOLD ? 60 : options.timeout_ms;
	start_with(times, reply, options);
	for (uint64_t i = 0; i < 3; i++)
		stage_put(i, "shop", "");
	stage_await(3);
	assert_int_equal(stage_requests(), times + 1);
	for (int i = 1; i <= times; i++) {
		assert_int_equal(stage.api->kept[i].body_n, stage.api->kept[0].body_n);
		assert_string_equal(stage.api->kept[i].body, stage.api->kept[0].body);
	}
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.retries, times);
	assert_int_equal(numbers.down_since_ms, 0);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(stage_answer(i)->verdict, SEND_ACCEPTED);
		assert_int_equal(stage_answer(i)->attempts, times + 1);
	}
	end(NULL);
}

static void what_is_no_answer_is_asked_again_with_the_same_bytes(void **state)
{
	(void)state;
	assert_same_bytes_again(raw(STUB_ANSWER, 502, HTML), 30);
	assert_same_bytes_again(raw(STUB_ANSWER, 200, HTML), 2);
	assert_same_bytes_again(raw(STUB_ANSWER, 200, ""), 2);
	assert_same_bytes_again(raw(STUB_ANSWER, 200, "{\"code\":0,\"mess"), 2);
	assert_same_bytes_again(raw(STUB_ANSWER, 200, "{\"code\":0,\"code\":40002}"), 2);
	assert_same_bytes_again(raw(STUB_ANSWER, 403, "[]"), 2);
	assert_same_bytes_again(raw(STUB_ANSWER, 200, "{\"status\":\"ok\"}"), 8);
	assert_same_bytes_again(raw(STUB_ANSWER, 503, "{\"message\":\"Service Unavailable\"}"), 12);
	assert_same_bytes_again(raw(STUB_ANSWER, 429, HTML), 2);
	assert_same_bytes_again(raw(STUB_TRUNCATE, 200, "{\"code\":0,\"message\":\"OK\",\"request_id\":\"R\",\"data\":{}}"), 2);
	assert_same_bytes_again(raw(STUB_RESET, 0, ""), 2);
	assert_same_bytes_again(raw(STUB_HOLD, 0, ""), 2);
	assert_same_bytes_again(code_reply(50000), 30);
}

static void json_that_is_not_the_apis_ends_in_a_refusal(void **state)
{
	(void)state;
	start_with(100, raw(STUB_ANSWER, 404, "{\"error\":\"no such page\"}"), stage_options());
	stage_put(1, "shop", "");
	stage_await(1);
	assert_int_equal(stage_answer(1)->verdict, SEND_REFUSED);
	assert_int_equal(stage_answer(1)->code, SEND_CODE_PROTOCOL);
	assert_int_equal(stage_answer(1)->attempts, 9);
	assert_string_equal(stage_answer(1)->message, "the answer, status 404, is JSON without a code");
}

static void an_outage_is_told_since_when(void **state)
{
	struct send_numbers numbers;
	int64_t before = now_wall_ms();

	(void)state;
	start_with(STUB_KEPT, raw(STUB_ANSWER, 502, HTML), stage_options());
	stage_put(1, "shop", "");
	stub_api_await_requests(stage.api, 3); // so the first one's answer was seen
	sender_numbers(stage.sender, &numbers);
	assert_in_range(numbers.down_since_ms, before, now_wall_ms());
	assert_int_equal(numbers.waiting, 1);
	pthread_mutex_lock(&stage.api->lock);
	play.n = 0;
	pthread_mutex_unlock(&stage.api->lock);
	stage_await(1);
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.down_since_ms, 0);
}

static void nobody_listening_is_an_outage(void **state)
{
	struct send_options options = stage_options();
	struct send_numbers numbers = {0};

	(void)state;
	stage_start(stage_ok, options);
	options.endpoint = "http://127.0.0.1:1/";
	struct sender *sender = sender_new(&options);
	struct send_box *box = send_box_new(sender, -1);
	char id[32];
	struct send_event event = stage_event(1, "shop", "{}", id, sizeof id);
	assert_int_equal(send_put(box, &event), SEND_TAKEN);
	for (int64_t end_ms = now_steady_ms() + STAGE_DEADLINE_MS; numbers.retries < 3 && now_steady_ms() < end_ms;)
		sender_numbers(sender, &numbers);
	assert_true(numbers.retries >= 3);
	assert_true(numbers.down_since_ms > 0);
	assert_int_equal(numbers.waiting, 1);
	send_box_free(&box);
	sender_free(&sender);
}

static void a_throttled_app_waits_and_so_does_everybody(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.throttle_first_ms = 40;
	options.throttle_most_ms = 100;
	options.requests_in_flight = 1;
	options.batch_events = 1;
	start_with(2, code_reply(40100), options);
	stage_put(1, "a", "");
	stage_put(2, "b", "");
	stage_put(3, "c", "");
	stage_await(3);
	assert_int_equal(stage_requests(), 5);
	assert_true(play.asked_ms[1] - play.asked_ms[0] >= 40);
	assert_true(play.asked_ms[2] - play.asked_ms[1] >= 80); // twice as long
}

static void retry_after_is_obeyed(void **state)
{
	struct stub_reply reply = code_reply(40100);

	(void)state;
	reply.retry_after = 1;
	start_with(1, reply, stage_options());
	stage_put(1, "shop", "");
	stage_await(1);
	assert_true(play.asked_ms[1] - play.asked_ms[0] >= 1000);
}

static void throttle_loud(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	stage_reply(r, strstr(q->token, "loud") ? 40133 : 0, "Advertiser (1)'s QPS (21) reaches QPS limit 20");
}

static void a_throttled_advertiser_waits_alone(void **state)
{
	struct send_options options = stage_options();
	struct send_numbers numbers;

	(void)state;
	options.throttle_first_ms = options.throttle_most_ms = 60000;
	options.batch_events = 1;
	stage_start(throttle_loud, options);
	stage_put(1, "loud", "");
	stub_api_await_requests(stage.api, 1);
	for (uint64_t i = 10; i < 20; i++)
		stage_put(i, "quiet", "");
	stage_await(10);
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.waiting, 1);
	assert_int_equal(numbers.throttled, 1);
}

static void refuse_token_one(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	stage_reply(r, strcmp(q->token, "secret-b-1") == 0 ? 40105 : 0,
		"Access token 0123456789abcdef0123456789abcdef01234567 is incorrect or has been revoked. Ask me@shop.test");
}

static void a_refused_token_pauses_its_tenant_alone(void **state)
{
	static const char *const tenants[] = {"a", "b", "c"};
	struct send_options options = stage_options();
	uint64_t ticket = 0;
	int asked = 0;

	(void)state;
	options.batch_events = 1;
	stage_start(refuse_token_one, options);
	for (int round = 0; round < 10; round++) {
		for (int t = 0; t < 3; t++)
			stage_put(ticket++, tenants[t], "");
		stage_await(ticket); // also those of `b`: nobody is kept waiting
	}
	for (uint64_t i = 0; i < ticket; i++) {
		const struct send_answer *a = stage_answer(i);

		assert_int_equal(a->verdict, i % 3 == 1 ? SEND_PAUSED : SEND_ACCEPTED);
		assert_int_equal(a->code, i % 3 == 1 ? 40105 : 0);
		assert_int_equal(a->attempts, i % 3 != 1 || i == 1 ? 1 : 0);
		assert_int_equal(a->token_version, 1);
	}
	assert_string_equal(stage_answer(28)->message, "Access token … is incorrect or has been revoked. Ask …");
	for (int i = 0; i < stage_requests(); i++)
		asked += strcmp(stage.api->kept[i].token, "secret-b-1") == 0;
	assert_int_equal(asked, 1);
	stage.token_version = 2;
	stage_put(ticket, "b", "");
	stage_await(ticket + 1);
	assert_int_equal(stage_answer(ticket)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_answer(ticket)->token_version, 2);
}

static void refuse_all_of_b(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	stage_reply(r, strstr(q->token, "secret-b-") ? 40001 : 0, "No permission to operate pixel code: CPIXEL.");
}

// Permission may be given without a new token.
static void after_a_while_a_refused_token_is_tried_again(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	options.pause_ms = 1;
	stage_start(refuse_all_of_b, options);
	for (uint64_t i = 0; stage_requests() < 3; i++) {
		stage_put(i, "b", "");
		stage_await(i + 1);
		assert_int_equal(stage_answer(i)->verdict, SEND_PAUSED);
		assert_int_equal(stage_answer(i)->code, 40001);
	}
}

static void stumble(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	stage_reply(r, strstr(q->body, "stumbling") ? 50000 : 0, "");
}

static void an_event_that_tiktok_stumbles_over_holds_up_no_others(void **state)
{
	struct send_options options = stage_options();
	uint64_t other = 1000;

	(void)state;
	options.batch_events = 16;
	options.retry_most_ms = 4;
	options.batch_age_ms = 1;
	stage_start(stumble, options);
	for (uint64_t i = 0; i < 16; i++)
		stage_put(i, "shop", i == 11 ? ",\"stumbling\":1" : "");
	while (stage.answers_n < 15 + other - 1000) { // others pass all the while
		stage_put(other++, "calm", "");
		while (!stage.answered[other - 1])
			stage_await_some(stage.answers_n + 1);
	}
	for (uint64_t i = 0; i < 16; i++)
		assert_int_equal(stage.answered[i], i != 11);
}

static atomic_int asked_of_down;

static void fail_then_hold_down(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	bool down = strstr(q->token, "down");

	(void)api;
	stage_reply(r, down && asked_of_down == 0 ? 50000 : 0, "");
	if (down && asked_of_down++ > 0)
		r->how = STUB_HOLD;
}

static void put_and_await_calm(uint64_t from)
{
	for (uint64_t i = from; i < from + 8; i++)
		stage_put(i, "calm", "");
	stage_await_some(stage.answers_n + 8);
}

static void put_and_await_failure(const char *tenant)
{
	struct send_numbers numbers = {0};

	stage_put(1, tenant, "");
	while (numbers.retries == 0)
		sender_numbers(stage.sender, &numbers);
}

static void a_tenant_whose_requests_fail_holds_one_slot(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	asked_of_down = 0;
	options.batch_events = 1;
	stage_start(fail_then_hold_down, options);
	put_and_await_failure("down");
	for (uint64_t i = 2; i < 8; i++)
		stage_put(i, "down", "");
	stub_api_await_held(stage.api, 1);
	put_and_await_calm(100);
	put_and_await_calm(200);
	assert_int_equal(asked_of_down, 2);
}

static void a_tenant_whose_requests_fail_waits_with_all_of_them(void **state)
{
	struct send_options options = stage_options();

	(void)state;
	asked_of_down = 0;
	options.batch_events = 1;
	options.retry_first_ms = options.retry_most_ms = 100000000;
	stage_start(fail_then_hold_down, options);
	put_and_await_failure("down");
	stage_put(2, "down", "");
	put_and_await_calm(100);
	assert_int_equal(asked_of_down, 1);
}

static void in_an_outage_nothing_is_halved(void **state)
{
	struct send_options options = stage_options();
	struct send_numbers numbers;

	(void)state;
	options.batch_events = 16;
	options.retry_most_ms = 2;
	start_with(40, code_reply(50000), options);
	for (uint64_t i = 0; i < 16; i++)
		stage_put(i, "shop", "");
	stage_await(16);
	sender_numbers(stage.sender, &numbers);
	assert_int_equal(numbers.bisected, 0);
	assert_int_equal(stage_requests(), 41);
}

static void no_request_carries_an_event_beyond_its_time(void **state)
{
	struct send_options options = stage_options();
	char id[32];

	(void)state;
	options.batch_events = 3;
	options.batch_age_ms = INT32_MAX;
	stage_start(stage_ok, options);
	for (uint64_t i = 0; i < 3; i++) {
		struct send_event event = stage_event(i, "shop", i == 1 ? "{\"n\":1}" : "{\"n\":0}", id, sizeof id);

		event.until_ms = i == 1 ? now_wall_ms() : i == 2 ? now_wall_ms() + 1000000 : 0;
		assert_int_equal(send_put(stage.box, &event), SEND_TAKEN);
	}
	stage_await(3);
	assert_int_equal(stage_answer(0)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_answer(1)->verdict, SEND_EXPIRED);
	assert_int_equal(stage_answer(2)->verdict, SEND_ACCEPTED);
	assert_int_equal(stage_requests(), 1);
	assert_null(strstr(stage.api->kept[0].body, "{\"n\":1}"));
}

static void earlier_attempts_are_counted_on(void **state)
{
	char id[32];

	(void)state;
	start_with(1, code_reply(50000), stage_options());
	struct send_event event = stage_event(1, "shop", "{}", id, sizeof id);
	event.attempts = 5;
	assert_int_equal(send_put(stage.box, &event), SEND_TAKEN);
	stage_await(1);
	assert_int_equal(stage_answer(1)->attempts, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_has_its_consequence),
		cmocka_unit_test(some_codes_are_tried_a_few_times),
		cmocka_unit_test(a_refused_request_is_bisected_to_its_culprits),
		cmocka_unit_test(a_request_without_an_answer_may_have_been_taken),
		cmocka_unit_test_teardown(a_wrong_request_is_refused_as_a_whole, end),
		cmocka_unit_test_teardown(a_request_that_is_too_large_is_split, end),
		cmocka_unit_test(a_partial_success_fails_only_those_it_names),
		cmocka_unit_test(a_partial_success_sends_again_what_may_go_again),
		cmocka_unit_test(what_is_no_answer_is_asked_again_with_the_same_bytes),
		cmocka_unit_test_teardown(json_that_is_not_the_apis_ends_in_a_refusal, end),
		cmocka_unit_test_teardown(an_outage_is_told_since_when, end),
		cmocka_unit_test_teardown(nobody_listening_is_an_outage, end),
		cmocka_unit_test_teardown(a_throttled_app_waits_and_so_does_everybody, end),
		cmocka_unit_test_teardown(retry_after_is_obeyed, end),
		cmocka_unit_test_teardown(a_throttled_advertiser_waits_alone, end),
		cmocka_unit_test_teardown(a_refused_token_pauses_its_tenant_alone, end),
		cmocka_unit_test_teardown(after_a_while_a_refused_token_is_tried_again, end),
		cmocka_unit_test_teardown(an_event_that_tiktok_stumbles_over_holds_up_no_others, end),
		cmocka_unit_test_teardown(a_tenant_whose_requests_fail_holds_one_slot, end),
		cmocka_unit_test_teardown(a_tenant_whose_requests_fail_waits_with_all_of_them, end),
		cmocka_unit_test_teardown(in_an_outage_nothing_is_halved, end),
		cmocka_unit_test_teardown(no_request_carries_an_event_beyond_its_time, end),
		cmocka_unit_test_teardown(earlier_attempts_are_counted_on, end),
	};

	log_setup(LOG_ERROR, LOG_LOGFMT); // what goes wrong here is meant to
	return cmocka_run_group_tests(tests, NULL, NULL);
}
