// SPDX-License-Identifier: Apache-2.0
// Readers of many accounts are read to their end, each with its own token; a long one does not keep others waiting; what is dropped asks no more and is forgotten.
#include "tiktok/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "base/own.h"
#include "tests/unit/tiktok/stub_api.h"
#include "tiktok/account.h"
#include "tiktok/structure.h"

enum { PAGES = 20, PATIENCE_MS = 20000 };

static atomic_int forgotten;

struct context {
	atomic_int rows;
};

static void take_rows(void *context, const void *rows, size_t n)
{
	(void)rows;
	((struct context *)context)->rows += (int)n;
}

static void forget(void *context)
{
	free(context);
	forgotten++;
}

// Of /advertiser/info/ one account; of structure one campaign a page.
static void answer(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	const char *page = strstr(q->path, "page=");
	int number = page ? (int)strtol(page + 5, NULL, 10) : 1;
	char campaign[64];

	(void)api;
	snprintf(campaign, sizeof campaign, "{\"campaign_id\":\"%d\"}", 1000 + number);
	if (strcmp(q->token, "revoked") == 0)
		snprintf(r->body, sizeof r->body,
			"{\"code\":40105,\"message\":\"Access token is incorrect or has been revoked.\",\"request_id\":\"R\",\"data\":{}}");
	else if (strstr(q->path, "/advertiser/info/"))
		snprintf(r->body, sizeof r->body,
			"{\"code\":0,\"message\":\"OK\",\"request_id\":\"R\",\"data\":{\"list\":[{\"advertiser_id\":\"700\",\"currency\":\"EUR\"}]}}");
	else
		snprintf(r->body, sizeof r->body,
			"{\"code\":0,\"message\":\"OK\",\"request_id\":\"R\",\"data\":{\"list\":[%s],"
			"\"page_info\":{\"page\":%d,\"page_size\":1,\"total_number\":%d,\"total_page\":%d}}}",
			number > PAGES ? "" : campaign, number, PAGES, PAGES);
	if (strcmp(q->token, "held") == 0)
		r->how = STUB_HOLD;
}

struct case_ {
	struct stub_api *api;
	struct fetcher *fetcher;
	struct fetch_box *box;
};

static struct case_ case_new(int in_flight)
{
	struct case_ c = {.api = stub_api_new(answer)};

	c.fetcher = fetcher_new(&(struct fetch_options){
		.endpoint = c.api->url,
		.requests_in_flight = in_flight,
		.timeout_ms = 10000,
		.app_per_second = 10000,
		.advertiser_per_second = 10000,
	});
	c.box = fetch_box_new(c.fetcher);
	forgotten = 0;
	return c;
}

static void case_free(struct case_ *c)
{
	fetch_box_free(&c->box);
	fetcher_free(&c->fetcher);
	stub_api_free(&c->api);
}

static void put(struct case_ *c, uint64_t ticket, const char *token, struct reader *reader)
{
	struct context *context = calloc(1, sizeof *context);

	fetch_put(c->box,
		&(struct fetch_job){
			.ticket = ticket,
			.token = view_text(token),
			.app_id = VIEW_LIT("app"),
			.reader = reader,
			.rows = take_rows,
			.context = context,
			.forget = forget,
		});
}

static struct reader *info(void)
{
	const struct view id = VIEW_LIT("700");

	return account_reader_new(&id, 1, &(struct reader_limits){0});
}

static struct reader *campaigns(void)
{
	return structure_reader_new(STRUCTURE_CAMPAIGN, VIEW_LIT("700"), &(struct reader_limits){.page_size = 1});
}

// The next answer, and how many rows it brought.
static struct fetch_answer take(struct case_ *c, int *rows)
{
	struct fetch_answer a = {0};

	for (int i = 0; i < PATIENCE_MS && !fetch_take(c->box, &a); i++)
		usleep(1000);
	if (!a.ticket)
		fail_msg("no answer came");
	*rows = ((struct context *)a.context)->rows;
	free(a.context);
	return a;
}

static int requests(struct case_ *c)
{
	pthread_mutex_lock(&c->api->lock);
	int n = c->api->number;
	pthread_mutex_unlock(&c->api->lock);
	return n;
}

static void test_each_is_read_to_its_end(void **state)
{
	struct case_ c = case_new(4);
	uint64_t seen = 0;
	int rows;

	(void)state;
	for (uint64_t i = 1; i <= 40; i++)
		put(&c, i, "good", i % 2 ? info() : campaigns());
	for (int i = 0; i < 40; i++) {
		struct fetch_answer a = take(&c, &rows);

		if (a.verdict != CALL_OK)
			fail_msg("%s: %s", call_verdict_name(a.verdict), a.message);
		assert_int_equal(rows, a.ticket % 2 ? 1 : PAGES);
		seen += a.ticket;
	}
	assert_int_equal(seen, 40 * 41 / 2);
	struct fetch_numbers n;
	fetch_numbers(c.fetcher, &n);
	assert_int_equal(n.requests, requests(&c));
	assert_int_equal(n.verdicts[CALL_OK], n.requests);
	assert_int_equal(n.waiting, 0);
	assert_int_equal(n.in_flight, 0);
	case_free(&c);
}

static void test_a_long_one_keeps_nobody_waiting(void **state)
{
	struct case_ c = case_new(1);
	int rows, at = 0;

	(void)state;
	put(&c, 1, "held", campaigns());
	stub_api_await_held(c.api, 1); // so that the others are there before it goes on
	put(&c, 2, "good", campaigns());
	put(&c, 3, "good", info());
	stub_api_let_go(c.api);
	for (int i = 0; i < 3; i++)
		take(&c, &rows);
	while (!strstr(c.api->kept[at].path, "/advertiser/info/"))
		at++;
	assert_true(at <= 3);
	case_free(&c);
}

static void test_a_refused_token_is_asked_with_once(void **state)
{
	struct case_ c = case_new(2);
	int rows;

	(void)state;
	put(&c, 1, "revoked", campaigns());
	struct fetch_answer a = take(&c, &rows);
	assert_int_equal(a.verdict, CALL_REAUTHORISE);
	assert_int_equal(a.code, 40105);
	assert_string_equal(a.request_id, "R");
	assert_int_equal(rows, 0);
	assert_int_equal(requests(&c), 1);
	assert_string_equal(c.api->kept[0].token, "revoked");
	case_free(&c);
}

static void test_what_is_dropped_asks_no_more(void **state)
{
	struct case_ c = case_new(4);
	int rows;

	(void)state;
	put(&c, 1, "held", campaigns());
	stub_api_await_held(c.api, 1);
	fetch_drop(c.box, 1);
	stub_api_let_go(c.api);
	put(&c, 2, "good", info());
	assert_int_equal(take(&c, &rows).ticket, 2);
	for (int i = 0; i < PATIENCE_MS && !forgotten; i++)
		usleep(1000);
	assert_int_equal(forgotten, 1);
	assert_int_equal(requests(&c), 2);
	assert_false(fetch_any(c.box));
	case_free(&c);
}

static void test_a_box_goes_while_its_requests_are_under_way(void **state)
{
	struct case_ c = case_new(4);

	(void)state;
	put(&c, 1, "held", campaigns());
	put(&c, 2, "good", info());
	stub_api_await_held(c.api, 1);
	for (int i = 0; i < PATIENCE_MS && !fetch_any(c.box); i++)
		usleep(1000);
	fetch_box_free(&c.box);
	assert_true(forgotten >= 1); // what was answered and not taken
	stub_api_let_go(c.api);
	case_free(&c);
	assert_int_equal(forgotten, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_read_to_its_end),
		cmocka_unit_test(test_a_long_one_keeps_nobody_waiting),
		cmocka_unit_test(test_a_refused_token_is_asked_with_once),
		cmocka_unit_test(test_what_is_dropped_asks_no_more),
		cmocka_unit_test(test_a_box_goes_while_its_requests_are_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
