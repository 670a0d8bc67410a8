// SPDX-License-Identifier: Apache-2.0
// A connection's token opens for its own tenant, advertiser and generation, and no older than what was seen.
#include "tiktok/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/own.h"

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char ones[] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
static const char secret[] = "d41d8cd98f00b204e9800998ecf8427ed41d8cd9";
static struct err err;

static struct seal *ring(const char *id, const char *key)
{
	struct seal *seal = seal_new();

	assert_int_equal(seal_add_key(seal, view_text(id), view_text(key), &err), 0);
	return seal;
}

static struct connection account(int64_t generation)
{
	return (struct connection){.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("7100"),
		.state = CONNECTION_ACTIVE,
		.generation = generation,
		.grant_id = VIEW_LIT("g"),
		.app_id = VIEW_LIT("a")};
}

static struct connection sealed_by(const struct seal *seal, int64_t generation, struct buf *sealed)
{
	struct connection c = account(generation);

	if (connection_seal(seal, &c, view_text(secret), sealed, &err) != 0)
		fail_msg("%s", err.words);
	return c;
}

static void opens(const struct seal *seal, const struct connection *c, int64_t seen)
{
	OWN(seal_wipe) struct buf token = {0};

	if (connection_open(seal, c, seen, &token, &err) != 0)
		fail_msg("%s", err.words);
	assert_true(view_eq(buf_view(&token), view_text(secret)));
}

// The words name whose connection it is and what to do, and no part of the token, clear or sealed.
static void is_refused(const struct seal *seal, const struct connection *c, int64_t seen, const char *code, const char *words)
{
	OWN(seal_wipe) struct buf token = {0};
	char account[128];

	buf_add_text(&token, "kept");
	assert_int_equal(connection_open(seal, c, seen, &token, &err), -1);
	assert_string_equal(err.code, code);
	assert_int_equal(err.class, ERR_PAUSE);
	snprintf(account, sizeof account, "tenant %.*s, advertiser %.*s: ", VIEW_ARG(c->tenant), VIEW_ARG(c->advertiser_id));
	assert_int_equal(strncmp(err.words, account, strlen(account)), 0);
	if (!strstr(err.words, words))
		fail_msg("\"%s\" is not in \"%s\"", words, err.words);
	assert_null(strstr(err.words, "d41d8cd9"));
	assert_null(strstr(err.words, "v1."));
	assert_true(view_eq(buf_view(&token), VIEW_LIT("kept")));
}

static void what_was_sealed_opens(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = sealed_by(seal, 3, &sealed);

	(void)state;
	assert_true(seal_is_sealed(c.token));
	assert_null(memmem(c.token.p, c.token.n, secret, 8));
	opens(seal, &c, 0);
	opens(seal, &c, 2);
	opens(seal, &c, 3);
}

static void several_records_may_share_a_buffer(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(buf_clear) struct buf sealed = {0};

	(void)state;
	assert_non_null(buf_reserve(&sealed, 1024));
	struct connection first = sealed_by(seal, 1, &sealed), second = sealed_by(seal, 2, &sealed);

	opens(seal, &first, 0);
	opens(seal, &second, 0);
}

static void an_older_generation_than_was_seen_is_refused(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = sealed_by(seal, 3, &sealed);

	(void)state;
	is_refused(seal, &c, 4, "connection_rolled_back", "generation 3, but 4 has been seen");
	is_refused(seal, &c, INT64_MAX, "connection_rolled_back", "lookback connections reconnect shop 7100");
}

static void a_number_that_is_not_the_sealed_one_is_refused(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = sealed_by(seal, 3, &sealed);

	(void)state;
	c.generation = 4;
	is_refused(seal, &c, 4, "connection_generation", "says generation 4, but its token was sealed as 3");
	c.generation = 2;
	is_refused(seal, &c, 0, "connection_generation", "reconnect shop 7100");
}

static void it_opens_for_its_own_account_alone(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = sealed_by(seal, 1, &sealed), other = c;

	(void)state;
	other.advertiser_id = VIEW_LIT("7101");
	is_refused(seal, &other, 0, "connection_broken", "belongs to another account");
	other = c;
	other.tenant = VIEW_LIT("else");
	is_refused(seal, &other, 0, "connection_broken", "reconnect else 7100");
	other.tenant = VIEW_LIT("shop7");
	other.advertiser_id = VIEW_LIT("100");
	is_refused(seal, &other, 0, "connection_broken", "changed or cut");
}

static void what_was_changed_or_cut_is_refused(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = sealed_by(seal, 1, &sealed);

	(void)state;
	for (size_t i = 6; i < sealed.n; i++) { // behind "v1.k1."
		char before = sealed.p[i];

		sealed.p[i] = before == 'A' ? 'B' : 'A';
		is_refused(seal, &c, 0, "connection_broken", "changed or cut");
		sealed.p[i] = before;
	}
	for (size_t n = 0; n < sealed.n; n++) {
		c.token = view_of(sealed.p, n);
		is_refused(seal, &c, 0, "connection_broken", "changed or cut");
	}
}

static void a_wrong_or_missing_key_opens_nothing(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(seal_free) struct seal *wrong = ring("k1", ones);
	OWN(seal_free) struct seal *other = ring("k2", zeros);
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = sealed_by(seal, 1, &sealed);

	(void)state;
	is_refused(wrong, &c, 0, "connection_broken", "another key under the id k1");
	is_refused(other, &c, 0, "connection_key_missing", "sealed with key k1, which seal.keys does not have");
	opens(seal, &c, 0);
}

static void a_record_without_a_token_says_so(void **state)
{
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	struct connection c = account(1);

	(void)state;
	is_refused(seal, &c, 0, "connection_no_token", "connect the account again");
	c.state = CONNECTION_ERASING;
	is_refused(seal, &c, 0, "connection_no_token", "being erased");
}

// A text of `lookback tokens seal`, and others that somebody with the key may have sealed for the account.
static void a_sealed_text_that_is_no_connections_is_refused(void **state)
{
	static const char *const texts[] = {secret, "1", "1 ", " token", "x token", "1 two words", "1\ttoken", "99999999999999999999 token"};
	static const struct seal_owner owner = {{"shop", 4}, {"7100", 4}};
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	struct connection c = account(1);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		OWN(buf_clear) struct buf sealed = {0};

		assert_int_equal(seal_close(seal, &owner, view_text(texts[i]), &sealed, &err), 0);
		c.token = buf_view(&sealed);
		is_refused(seal, &c, 0, "connection_broken", "not the token of a connection");
	}
}

static void what_is_no_token_is_not_sealed(void **state)
{
	static char large[CONNECTION_TOKEN_MAX + 1];
	const struct view bad[] = {VIEW_LIT(""), VIEW_LIT("two words"), VIEW_LIT("line\n"), VIEW_LIT("\xc3\xa9"), {large, sizeof large}};
	OWN(seal_free) struct seal *seal = ring("k1", zeros);
	OWN(seal_free) struct seal *empty = seal_new();
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = account(1);

	(void)state;
	memset(large, 'a', sizeof large);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(connection_seal(seal, &c, bad[i], &sealed, &err), -1);
		assert_string_equal(err.code, "connection_token");
	}
	assert_int_equal(connection_seal(seal, &c, view_of(large, CONNECTION_TOKEN_MAX), &sealed, &err), 0);
	assert_int_equal(connection_seal(empty, &c, VIEW_LIT("token"), &sealed, &err), -1);
	assert_string_equal(err.code, "seal_key");
	c.generation = 0;
	assert_int_equal(connection_seal(seal, &c, VIEW_LIT("token"), &sealed, &err), -1);
	assert_string_equal(err.code, "connection_generation");
}

static void a_key_says_whose_connection_it_is(void **state)
{
	static const char *const bad[] = {"", "shop", "|7100", "shop|", "shop|7100|1"};
	OWN(buf_clear) struct buf key = {0};
	struct connection c = account(1);
	struct view tenant, advertiser;

	(void)state;
	connection_add_key(c.tenant, c.advertiser_id, &key);
	assert_true(view_eq(buf_view(&key), VIEW_LIT("shop|7100")));
	assert_true(connection_split_key(buf_view(&key), &tenant, &advertiser));
	assert_true(view_eq(tenant, c.tenant) && view_eq(advertiser, c.advertiser_id));
	assert_int_equal(connection_check_key(&c, buf_view(&key), &err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(connection_split_key(view_text(bad[i]), &tenant, &advertiser));
		assert_int_equal(connection_check_key(&c, view_text(bad[i]), &err), -1);
	}
	assert_int_equal(connection_check_key(&c, VIEW_LIT("shop|7101"), &err), -1);
	assert_string_equal(err.code, "connection_misplaced");
	assert_non_null(strstr(err.words, "stands under the key shop|7101"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(several_records_may_share_a_buffer),
		cmocka_unit_test(an_older_generation_than_was_seen_is_refused),
		cmocka_unit_test(a_number_that_is_not_the_sealed_one_is_refused),
		cmocka_unit_test(it_opens_for_its_own_account_alone),
		cmocka_unit_test(what_was_changed_or_cut_is_refused),
		cmocka_unit_test(a_wrong_or_missing_key_opens_nothing),
		cmocka_unit_test(a_record_without_a_token_says_so),
		cmocka_unit_test(a_sealed_text_that_is_no_connections_is_refused),
		cmocka_unit_test(what_is_no_token_is_not_sealed),
		cmocka_unit_test(a_key_says_whose_connection_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
