// SPDX-License-Identifier: Apache-2.0
// A tenant's token is the one that its file, variable or seal holds now, within a second; what is wrong is said without the token.
#include "processors/events-sink/sink_tokens.h"
#include "schemas/wire.h"
#include "tiktok/connection.h"

#include "base/now.h"
#include "crypto/seal.h"
#include "tests/unit/config/given.h"

#include <pthread.h>

// The clock that the tokens look at.
static int64_t steady_ms = 5000;

int64_t now_steady_ms(void)
{
	return __atomic_load_n(&steady_ms, __ATOMIC_RELAXED);
}

int64_t now_steady_us(void)
{
	return now_steady_ms() * 1000;
}

int64_t now_wall_ms(void)
{
	return now_steady_ms();
}

static void second_later(void)
{
	__atomic_add_fetch(&steady_ms, 1000, __ATOMIC_RELAXED);
}

static uint64_t has(struct sink_tokens *tokens, const char *tenant, const char *expected)
{
	OWN(seal_wipe) struct buf token = {0};
	uint64_t version = 0;
	struct err err;

	if (sink_tokens_get(tokens, view_text(tenant), &token, &version, &err) != 0)
		fail_msg("%s", err.words);
	assert_true(view_eq(buf_view(&token), view_text(expected)));
	assert_true(version != 0);
	assert_true(sink_tokens_version(tokens, view_text(tenant)) == version);
	return version;
}

static void has_none(struct sink_tokens *tokens, const char *tenant, const char *code, const char *words)
{
	OWN(seal_wipe) struct buf token = {0};
	uint64_t version = 7;
	struct err err;

	assert_int_equal(sink_tokens_get(tokens, view_text(tenant), &token, &version, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, code);
	assert_string_equal(err.words, words);
	assert_int_equal(token.n, 0);
	assert_true(version == 0);
	assert_true(sink_tokens_version(tokens, view_text(tenant)) == 0);
}

#define TENANT(token) "tenants: [{id: shop, tiktok: {advertiser_id: '7100', access_token: " token "}}]\n"

static void test_a_token_is_where_the_config_says(void **state)
{
	(void)state;
	setenv("GIVEN_TOKEN", "from-a-variable", 1);
	given_file("token", "from-a-file\r\n");
	OWN(config_free)
	struct config *c = given_config("tenants:\n  - {id: a, tiktok: {access_token: '${GIVEN_TOKEN}'}}\n  - {id: b, tiktok: {access_token: "
									"'${file:token}'}}\n  - {id: c, tiktok: {access_token: literal}}\n");
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	uint64_t a = has(t, "a", "from-a-variable"), b = has(t, "b", "from-a-file"), l = has(t, "c", "literal");
	assert_true(a != b && b != l && a != l);
	struct send_tokens source = sink_tokens_source(t);
	OWN(buf_clear) struct buf token = {0};
	uint64_t version;
	struct err err;
	assert_int_equal(source.get(source.context, VIEW_LIT("b"), &token, &version, &err), 0);
	assert_true(version == b && view_eq(buf_view(&token), VIEW_LIT("from-a-file")));
}

static void test_a_renewed_token_is_found_within_a_second(void **state)
{
	(void)state;
	given_file("token", "first");
	OWN(config_free) struct config *c = given_config(TENANT("'${file:token}'"));
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	uint64_t first = has(t, "shop", "first");
	given_file("token", "second");
	assert_true(has(t, "shop", "first") == first); // the file is left in peace for a second
	second_later();
	uint64_t second = has(t, "shop", "second");
	assert_true(first != second);
	given_file("token", "first");
	second_later();
	assert_true(has(t, "shop", "first") == first); // the same token, the same version
	unlink("token");
	second_later();
	has_none(t, "shop", "token_unreadable", "tenant shop: tiktok.access_token: token: No such file or directory");
	given_file("token", "third");
	second_later();
	has(t, "shop", "third");
}

static void test_what_is_no_token_is_said_without_it(void **state)
{
	static const char no_token[] = "tenant shop: tiktok.access_token is no token: 1 to 4096 printable characters without blanks";
	char long_one[4098];

	(void)state;
	OWN(config_free) struct config *c = given_config(TENANT("'${file:token}'"));
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	given_file("token", "\n \n");
	has_none(t, "shop", "token_unreadable", "tenant shop: tiktok.access_token is empty; write the token into it");
	static const char *const bad[] = {"hunter2\nX-Injected: 1", "two words", "caf\xc3\xa9", "a\x01"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		given_file("token", bad[i]);
		second_later();
		has_none(t, "shop", "token_unreadable", no_token);
	}
	memset(long_one, 'a', sizeof long_one);
	long_one[4097] = '\0';
	given_file("token", long_one);
	second_later();
	has_none(t, "shop", "token_unreadable", no_token);
	long_one[4096] = '\0';
	given_file("token", long_one);
	second_later();
	has(t, "shop", long_one);
}

static void test_a_missing_token_is_named(void **state)
{
	(void)state;
	unsetenv("GIVEN_TOKEN");
	OWN(config_free)
	struct config *c = given_config("tenants: [{id: a}, {id: b, tiktok: {access_token: '${GIVEN_TOKEN}'}}]\n");
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	has_none(t, "a", "token_missing", "tenant a has no access token; set its tiktok.access_token, best as ${file:PATH}");
	has_none(t, "b", "token_unreadable", "tenant b: tiktok.access_token: environment variable GIVEN_TOKEN is not set");
	has_none(t, "z", "token_missing", "tenant z is not in the configuration");
}

static const char key1[] = "0101010101010101010101010101010101010101010101010101010101010101";
static const char key2[] = "0202020202020202020202020202020202020202020202020202020202020202";

static void sealed_file(const char *key_id, const char *key, const char *tenant, const char *clear)
{
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf text = {0};
	const struct seal_owner owner = {view_text(tenant), VIEW_LIT("7100")};
	struct err err;

	assert_int_equal(seal_add_key(seal, view_text(key_id), view_text(key), &err), 0);
	assert_int_equal(seal_close(seal, &owner, view_text(clear), &text, &err), 0);
	buf_add(&text, "\n", 2);
	given_file("token", text.p);
}

static void test_a_sealed_token_is_opened(void **state)
{
	(void)state;
	given_file("k1", key1);
	given_file("k2", key2);
	OWN(config_free)
	struct config *c = given_config("seal: {current: k2, keys: {k1: '${file:k1}', k2: '${file:k2}'}}\n" TENANT("'${file:token}'"));
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	sealed_file("k1", key1, "shop", "hunter2");
	uint64_t old_key = has(t, "shop", "hunter2");
	sealed_file("k2", key2, "shop", "hunter2");
	second_later();
	assert_true(has(t, "shop", "hunter2") == old_key); // another seal, the same token
	unlink("k1");                                      // no matter: this one has the other key
	second_later();
	has(t, "shop", "hunter2");
	sealed_file("k1", key1, "shop", "hunter2");
	second_later();
	has_none(t, "shop", "token_unreadable", "tenant shop: tiktok.access_token: seal.keys.k1: k1: No such file or directory");
	sealed_file("k3", key1, "shop", "hunter2");
	given_file("k1", key1);
	second_later();
	has_none(t, "shop", "token_unreadable", "tenant shop: tiktok.access_token: sealed with key k3, which seal.keys does not have");
	sealed_file("k1", key1, "other", "hunter2");
	second_later();
	has_none(t, "shop", "token_unreadable",
		"tenant shop: tiktok.access_token: the sealed text does not open for tenant shop and advertiser 7100: it was changed or cut, or sealed for "
		"others or with another key of that id; seal the token again");
}

static void test_a_sealed_token_may_stand_in_the_config(void **state)
{
	(void)state;
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf yaml = {0};
	const struct seal_owner owner = {VIEW_LIT("shop"), VIEW_LIT("7100")};
	struct err err;

	assert_int_equal(seal_add_key(seal, VIEW_LIT("k1"), view_text(key1), &err), 0);
	buf_addf(&yaml, "seal: {keys: {k1: '%s'}}\ntenants: [{id: shop, tiktok: {advertiser_id: '7100', access_token: ", key1);
	assert_int_equal(seal_close(seal, &owner, VIEW_LIT("hunter2"), &yaml, &err), 0);
	buf_add(&yaml, "}}]\n", 5);
	OWN(config_free) struct config *c = given_config(yaml.p);
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	has(t, "shop", "hunter2");
}

// ---- of the topic

static const char connected[] =
	"kafka: {bootstrap_servers: '127.0.0.1:1'}\nseal: {keys: {k1: '${file:k1}'}}\n"
	"tenants: [{id: shop, tiktok: {advertiser_id: '7100'}, goals: [{name: p, source: orders, export: per_credit}]},\n"
	"  {id: own, tiktok: {advertiser_id: '7200', access_token: '${file:token}'}}]\n";

static struct connection connection_of(int64_t generation)
{
	return (struct connection){.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("7100"),
		.state = CONNECTION_ACTIVE,
		.generation = generation,
		.grant_id = VIEW_LIT("g"),
		.app_id = VIEW_LIT("a"),
		.name = VIEW_ABSENT,
		.scope = VIEW_ABSENT};
}

// As the topic has it, under `under`.
static void hear(struct sink_tokens *t, const char *under, const struct connection *c)
{
	OWN(buf_clear) struct buf value = {0};
	struct wire_header header;
	struct err err;

	assert_int_equal(wire_header_for(contract_connection, NULL, "connections", &header, &err), 0);
	if (c)
		wire_write(&header, contract_connection, c, &value);
	sink_tokens_hear(t, &(struct record){.key = view_text(under), .value = c ? buf_view(&value) : VIEW_ABSENT});
}

static void hear_sealed(struct sink_tokens *t, const char *key, const char *under, int64_t generation, const char *clear)
{
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf sealed = {0};
	struct connection c = connection_of(generation);
	struct err err;

	assert_int_equal(seal_add_key(seal, VIEW_LIT("k1"), view_text(key), &err), 0);
	assert_int_equal(connection_seal(seal, &c, view_text(clear), &sealed, &err), 0);
	hear(t, under, &c);
}

static struct sink_tokens *follower(struct config **config)
{
	struct err err;

	given_file("k1", key1);
	given_file("token", "own-token");
	assert_int_equal(contract_setup(&err), 0);
	*config = given_config(connected);
	struct sink_tokens *t = sink_tokens_new(*config);

	sink_tokens_follow(t, NULL); // nobody listens there: what is heard is heard from us
	return t;
}

static void test_a_connection_gives_the_token_at_once(void **state)
{
	OWN(config_free) struct config *c = NULL;
	OWN(sink_tokens_free) struct sink_tokens *t = follower(&c);
	OWN(seal_wipe) struct buf token = {0};
	uint64_t version;
	struct err err;

	(void)state;
	assert_int_equal(sink_tokens_get(t, VIEW_LIT("shop"), &token, &version, &err), -1);
	assert_string_equal(err.code, "token_unknown");
	hear_sealed(t, key1, "shop|7100", 1, "first");
	uint64_t first = has(t, "shop", "first");
	hear_sealed(t, key1, "shop|7100", 2, "second");
	assert_true(has(t, "shop", "second") != first);
	hear_sealed(t, key1, "shop|7101", 3, "anothers");
	hear_sealed(t, key1, "own|7200", 3, "not-this");
	has(t, "shop", "second");
	has(t, "own", "own-token");
	hear(t, "shop|7100", NULL);
	assert_int_equal(sink_tokens_get(t, VIEW_LIT("shop"), &token, &version, &err), -1);
	assert_true(sink_tokens_version(t, VIEW_LIT("shop")) == 0);
	hear_sealed(t, key1, "shop|7100", 1, "again");
	has(t, "shop", "again");
}

static void test_an_unusable_connection_is_said(void **state)
{
	OWN(config_free) struct config *c = NULL;
	OWN(sink_tokens_free) struct sink_tokens *t = follower(&c);
	struct connection erasing = connection_of(9);

	(void)state;
	hear_sealed(t, key1, "shop|7100", 5, "fifth");
	has(t, "shop", "fifth");
	hear_sealed(t, key1, "shop|7100", 4, "fourth");
	has_none(t, "shop", "token_unreadable",
		"connections: tenant shop, advertiser 7100: the record is of generation 4, but 5 has been seen: an old record came back, and its token is not used; "
		"find out who wrote it, then `lookback connections reconnect shop 7100`");
	hear_sealed(t, key2, "shop|7100", 6, "sixth"); // another key under the same id
	has_none(t, "shop", "token_unreadable",
		"connections: tenant shop, advertiser 7100: the sealed token does not open: it was changed or cut, belongs to another account, or seal.keys has "
		"another key under the id k1; put the right key there, or `lookback connections reconnect shop 7100`");
	hear_sealed(t, key1, "shop|7100", 6, "sixth");
	has(t, "shop", "sixth");
	erasing.state = CONNECTION_ERASING;
	hear(t, "shop|7100", &erasing);
	has_none(t, "shop", "token_unreadable",
		"connections: tenant shop, advertiser 7100: the connection has no token: what is known of the account is being erased");
	sink_tokens_hear(t, &(struct record){.key = VIEW_LIT("shop|7100"), .value = VIEW_LIT("no record")});
	assert_true(sink_tokens_version(t, VIEW_LIT("shop")) == 0);
	sink_tokens_hear(t, &(struct record){.key = VIEW_LIT("no key"), .value = VIEW_ABSENT});
}

static void test_what_is_not_heard_again_is_gone(void **state)
{
	OWN(config_free) struct config *c = NULL;
	OWN(sink_tokens_free) struct sink_tokens *t = follower(&c);

	(void)state;
	hear_sealed(t, key1, "shop|7100", 1, "first");
	has(t, "shop", "first");
	sink_tokens_hear_anew(t);
	has(t, "shop", "first"); // until all is heard
	hear_sealed(t, key1, "shop|7100", 1, "first");
	sink_tokens_heard_all(t);
	has(t, "shop", "first");
	sink_tokens_hear_anew(t);
	sink_tokens_heard_all(t);
	assert_true(sink_tokens_version(t, VIEW_LIT("shop")) == 0);
}

static void *ask_often(void *context)
{
	for (int i = 0; i < 300; i++) {
		OWN(seal_wipe) struct buf token = {0};
		uint64_t version;
		struct err err;

		if (i % 20 == 0)
			second_later();
		if (sink_tokens_get(context, i % 2 ? VIEW_LIT("a") : VIEW_LIT("b"), &token, &version, &err) != 0 || version == 0 ||
			!view_eq(buf_view(&token), i % 2 ? VIEW_LIT("first") : VIEW_LIT("second")))
			return context;
	}
	return NULL;
}

static void test_threads_ask_at_the_same_time(void **state)
{
	pthread_t threads[4];
	void *bad;

	(void)state;
	given_file("t1", "first");
	given_file("t2", "second");
	OWN(config_free)
	struct config *c =
		given_config("tenants: [{id: a, tiktok: {access_token: '${file:t1}'}}, {id: b, tiktok: {access_token: '${file:t2}'}}]\n");
	OWN(sink_tokens_free) struct sink_tokens *t = sink_tokens_new(c);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, t), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_is_where_the_config_says),
		cmocka_unit_test(test_a_renewed_token_is_found_within_a_second),
		cmocka_unit_test(test_what_is_no_token_is_said_without_it),
		cmocka_unit_test(test_a_missing_token_is_named),
		cmocka_unit_test(test_a_sealed_token_is_opened),
		cmocka_unit_test(test_a_sealed_token_may_stand_in_the_config),
		cmocka_unit_test(test_a_connection_gives_the_token_at_once),
		cmocka_unit_test(test_an_unusable_connection_is_said),
		cmocka_unit_test(test_what_is_not_heard_again_is_gone),
		cmocka_unit_test(test_threads_ask_at_the_same_time),
	};

	return GIVEN_TESTS(tests);
}
