// SPDX-License-Identifier: Apache-2.0
// What is printed says how an account stands and what to do, and never a token, clear or sealed; texts from outside do not steer a terminal.
#include "cli/connections_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "tiktok/connection.h"

enum { NOW_MS = 1800000000 };
static const int64_t HOUR_MS = 3600000;

static struct connections_desk desk;
static struct err err;

static int begin(void **state)
{
	(void)state;
	assert_int_equal(contract_setup(&err), 0);
	desk.seal = seal_new();
	return seal_add_key(desk.seal, VIEW_LIT("k1"), VIEW_LIT("0000000000000000000000000000000000000000000000000000000000000000"), &err);
}

static int end(void **state)
{
	(void)state;
	seal_free(&desk.seal);
	return 0;
}

static struct sync_status status = {.tenant = {"shop", 4},
	.advertiser_id = {"7100", 4},
	.state = SYNC_EXPIRED,
	.generation = 2,
	.reason = {"expired", 7},
	.message = {"the token is revoked: reconnect", 31},
	.code = 40105,
	.currency = {"EUR", 3},
	.last_attempt = TIME_ABSENT,
	.last_sync = NOW_MS - 5 * 3600000,
	.next_sync = NOW_MS + 120000,
	.disconnected_at = TIME_ABSENT};

// A book of three: one that is read, one whose token does not open, one that is gone.
static void fill(struct connections_account *accounts, struct connection *c, struct buf *sealed)
{
	for (int i = 0; i < 2; i++) {
		c[i] = (struct connection){.tenant = VIEW_LIT("shop"),
			.advertiser_id = i ? VIEW_LIT("7200") : VIEW_LIT("7100"),
			.state = CONNECTION_ACTIVE,
			.generation = 2,
			.grant_id = VIEW_LIT("grant"),
			.app_id = VIEW_LIT("app"),
			.name = VIEW_LIT("Mugs \033[31m & more"),
			.authorized_at = NOW_MS,
			.changed_at = NOW_MS};
		assert_int_equal(connection_seal(desk.seal, &c[i], VIEW_LIT("hunter2"), &sealed[i], &err), 0);
		accounts[i] = (struct connections_account){.tenant = c[i].tenant,
			.advertiser_id = c[i].advertiser_id,
			.connection = &c[i],
			.highest = i ? 3 : 2};
	}
	accounts[0].status = &status;
	accounts[2] =
		(struct connections_account){.tenant = VIEW_LIT("shop"), .advertiser_id = VIEW_LIT("7300"), .highest = 1, .status = &status};
}

static void shows_no_token(const struct buf *out)
{
	assert_null(memmem(out->p, out->n, "hunter2", 7));
	assert_null(memmem(out->p, out->n, "v1.k1", 5));
	assert_null(memchr(out->p, '\033', out->n));
}

static void has(const struct buf *out, const char *words)
{
	if (!memmem(out->p, out->n, words, strlen(words)))
		fail_msg("\"%s\" is not in: %.*s", words, (int)out->n, out->p);
}

static void test_a_table_says_how_each_stands(void **state)
{
	struct connections_account accounts[3];
	struct connection c[2];
	struct buf both[2] = {{0}, {0}};
	OWN(buf_clear) struct buf out = {0};
	const struct connections_book book = {.accounts = accounts, .n = 3};

	(void)state;
	fill(accounts, c, both);
	connections_print_table(&desk, &book, NOW_MS, &out);
	shows_no_token(&out);
	has(&out, "Mugs ?[31m & more");
	has(&out, "active        expired  5 h ago    in 2 min   the token is revoked: reconnect\n");
	has(&out, "generation 2, but 3 has been seen");
	has(&out, "7300        -                  disconnected  expired");
	buf_clear(&both[0]);
	buf_clear(&both[1]);
}

static void test_json_has_every_field_but_the_token(void **state)
{
	struct connections_account accounts[3];
	struct connection c[2];
	struct buf both[2] = {{0}, {0}};
	OWN(buf_clear) struct buf out = {0};
	const struct connections_book book = {.accounts = accounts, .n = 3};

	(void)state;
	fill(accounts, c, both);
	connections_print_json(&desk, &book, &out);
	json_t *list = json_loadb(out.p, out.n, 0, NULL);
	json_t *first = json_array_get(list, 0), *last = json_array_get(list, 2);

	assert_int_equal(json_array_size(list), 3);
	assert_null(memmem(out.p, out.n, "hunter2", 7));
	assert_null(memmem(out.p, out.n, "v1.k1", 5));
	assert_null(json_object_get(first, "token"));
	assert_string_equal(json_string_value(json_object_get(first, "sealed_with")), "k1");
	assert_string_equal(json_string_value(json_object_get(first, "state")), "active");
	assert_int_equal(json_integer_value(json_object_get(first, "generation")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "sync"), "code")), 40105);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "sync"), "last_sync")), NOW_MS - 5 * HOUR_MS);
	assert_string_equal(json_string_value(json_object_get(last, "state")), "disconnected");
	assert_true(json_is_null(json_object_get(last, "generation")));
	json_decref(list);
	buf_clear(&both[0]);
	buf_clear(&both[1]);
}

static void test_one_account_is_told_line_by_line(void **state)
{
	struct connections_account accounts[3];
	struct connection c[2];
	struct buf both[2] = {{0}, {0}};
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	fill(accounts, c, both);
	connections_print_one(&desk, &accounts[0], &out);
	shows_no_token(&out);
	has(&out, "sealed with key  k1\n");
	has(&out, "TikTok's code    40105\n");
	has(&out, "what to know     the token is revoked: reconnect\n");
	buf_clear(&both[0]);
	buf_clear(&both[1]);
}

static void test_an_unusable_record_is_said(void **state)
{
	const struct connections_account unusable = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("7100"),
		.problem = "it was copied there"};
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	connections_print_one(&desk, &unusable, &out);
	has(&out, "unusable\n");
	has(&out, "it was copied there\n");
}

static void test_what_was_written_is_told(void **state)
{
	const struct connections_grant_account account = {.advertiser_id = VIEW_LIT("7100"),
		.name = VIEW_LIT("Mugs"),
		.currency = VIEW_LIT("EUR")};
	const struct connections_print_written row = {&account, 3, CONNECTION_ACTIVE};
	OWN(buf_clear) struct buf table = {0}, json = {0};

	(void)state;
	connections_print_written(&row, 1, false, &table);
	has(&table, "7100        Mugs  EUR       -          -       active\n");
	connections_print_written(&row, 1, true, &json);
	has(&json, "\"time_zone\": null, \"status\": null, \"state\": \"active\", \"generation\": 3}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_table_says_how_each_stands),
		cmocka_unit_test(test_json_has_every_field_but_the_token),
		cmocka_unit_test(test_one_account_is_told_line_by_line),
		cmocka_unit_test(test_an_unusable_record_is_said),
		cmocka_unit_test(test_what_was_written_is_told),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
