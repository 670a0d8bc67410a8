// SPDX-License-Identifier: Apache-2.0
// What was sealed opens for its owner alone, unchanged to the last bit, with any key that is still there.
#include "crypto/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/own.h"
#include "crypto/base64.h"

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char ones[] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"; // 32 bytes 01
static const struct seal_owner shop = {{"shop", 4}, {"7100", 4}};
static struct err err;

static void add_key(struct seal *seal, const char *id, const char *text)
{
	if (seal_add_key(seal, view_text(id), view_text(text), &err) != 0)
		fail_msg("%s", err.words);
}

static void close_text(const struct seal *seal, const char *clear, struct buf *out)
{
	if (seal_close(seal, &shop, view_text(clear), out, &err) != 0)
		fail_msg("%s", err.words);
}

static void opens_to(const struct seal *seal, struct view sealed, const char *clear)
{
	OWN(seal_wipe) struct buf out = {0};

	if (seal_open(seal, &shop, sealed, &out, &err) != 0)
		fail_msg("%s", err.words);
	assert_true(view_eq(buf_view(&out), view_text(clear)));
}

static void does_not_open(const struct seal *seal, const struct seal_owner *owner, struct view sealed, const char *code)
{
	OWN(seal_wipe) struct buf out = {0};

	buf_add_text(&out, "kept");
	if (seal_open(seal, owner, sealed, &out, &err) == 0)
		fail_msg("%.*s was opened", VIEW_ARG(sealed));
	assert_string_equal(err.code, code);
	assert_int_equal(err.class, ERR_FATAL);
	assert_true(view_eq(buf_view(&out), VIEW_LIT("kept")));
}

static void what_is_sealed_opens(void **state)
{
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf first = {0}, second = {0};

	(void)state;
	add_key(seal, "k1", zeros);
	close_text(seal, "the token", &first);
	close_text(seal, "the token", &second);
	assert_memory_equal(first.p, "v1.k1.", 6);
	assert_null(memchr(first.p, '\n', first.n));
	assert_false(view_eq(buf_view(&first), buf_view(&second))); // another nonce each time
	opens_to(seal, buf_view(&first), "the token");
	opens_to(seal, buf_view(&second), "the token");
	buf_add_text(&first, " \r\n");
	opens_to(seal, buf_view(&first), "the token"); // as a file has it
}

// Sealed by Python's cryptography: AESGCM(bytes(32)).encrypt(bytes(range(12)), b"hunter2", b"v1.\x02k1\x04shop\x047100").
static void the_format_is_as_described(void **state)
{
	OWN(seal_free) struct seal *seal = seal_new();

	(void)state;
	add_key(seal, "k1", zeros);
	opens_to(seal, VIEW_LIT("v1.k1.AAECAwQFBgcICQoL4L5dJmWPvQsegjI6zi94mlYa2wpZEzk"), "hunter2");
}

// Each byte of the text, replaced by each other value.
static void no_byte_can_be_changed(void **state)
{
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf sealed = {0};
	OWN(seal_wipe) struct buf out = {0};

	(void)state;
	add_key(seal, "k1", zeros);
	add_key(seal, "k2", zeros); // the same key under another id opens nothing either
	assert_int_equal(seal_use(seal, VIEW_LIT("k1"), &err), 0);
	close_text(seal, "twelve bytes", &sealed);
	for (size_t i = 0; i < sealed.n; i++) {
		char before = sealed.p[i];

		for (int value = 0; value < 256; value++) {
			bool white_end = i == sealed.n - 1 && strchr(" \t\r\n", value) && value; // taken off; what is left is cut

			sealed.p[i] = (char)value;
			if ((char)value == before)
				continue;
			if (seal_open(seal, &shop, buf_view(&sealed), &out, &err) == 0)
				fail_msg("byte %zu may be %d", i, value);
			assert_true(white_end || strcmp(err.code, "seal_broken") == 0 || strcmp(err.code, "seal_key") == 0);
		}
		sealed.p[i] = before;
	}
	assert_int_equal(out.n, 0);
	for (size_t n = 0; n < sealed.n; n++)
		does_not_open(seal, &shop, view_of(sealed.p, n), "seal_broken");
	buf_add_text(&sealed, "A");
	does_not_open(seal, &shop, buf_view(&sealed), "seal_broken");
}

static void it_opens_for_its_owner_alone(void **state)
{
	static const struct seal_owner others[] = {
		{{"shop", 4}, {"7101", 4}},
		{{"shoq", 4}, {"7100", 4}},
		{{"shop7", 5}, {"100", 3}}, // the same bytes, cut elsewhere
		{{"", 0}, {"shop7100", 8}},
		{{NULL, 0}, {NULL, 0}},
	};
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf sealed = {0};

	(void)state;
	add_key(seal, "k1", zeros);
	close_text(seal, "hunter2", &sealed);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		does_not_open(seal, &others[i], buf_view(&sealed), "seal_broken");
	assert_null(strstr(err.words, "hunter2"));
}

static void a_key_follows_another(void **state)
{
	OWN(seal_free) struct seal *old = seal_new();
	OWN(seal_free) struct seal *both = seal_new();
	OWN(seal_free) struct seal *fresh = seal_new();
	OWN(buf_clear) struct buf before = {0}, after = {0}, again = {0};

	(void)state;
	add_key(old, "k1", zeros);
	close_text(old, "token", &before);
	add_key(both, "k1", zeros);
	add_key(both, "k2", ones); // the last one seals
	close_text(both, "token", &after);
	assert_memory_equal(after.p, "v1.k2.", 6);
	opens_to(both, buf_view(&before), "token");
	opens_to(both, buf_view(&after), "token");
	assert_int_equal(seal_use(both, VIEW_LIT("k1"), &err), 0);
	close_text(both, "token", &again);
	assert_memory_equal(again.p, "v1.k1.", 6);
	add_key(fresh, "k2", ones);
	does_not_open(fresh, &shop, buf_view(&before), "seal_key");
	assert_string_equal(err.words, "sealed with key k1, which seal.keys does not have");
	opens_to(fresh, buf_view(&after), "token");
	assert_int_equal(seal_use(fresh, VIEW_LIT("k1"), &err), -1);
}

static void another_key_of_the_same_id_opens_nothing(void **state)
{
	OWN(seal_free) struct seal *mine = seal_new();
	OWN(seal_free) struct seal *theirs = seal_new();
	OWN(buf_clear) struct buf sealed = {0};

	(void)state;
	add_key(mine, "k1", zeros);
	add_key(theirs, "k1", ones);
	close_text(mine, "token", &sealed);
	does_not_open(theirs, &shop, buf_view(&sealed), "seal_broken");
	add_key(theirs, "k1", zeros); // of one id the last key counts
	opens_to(theirs, buf_view(&sealed), "token");
}

static void keys_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {"", "hunter2", "00", "AQEB", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
		"000000000000000000000000000000000000000000000000000000000000000g", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ!="};
	static const char *const bad_ids[] = {"", "a.b", "a b", "\xc3\xa9", "123456789012345678901234567890123"};
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(seal_add_key(seal, VIEW_LIT("k9"), view_text(bad[i]), &err), -1);
		assert_string_equal(err.code, "seal_key");
		assert_non_null(strstr(err.words, "k9"));
		assert_null(strstr(err.words, "hunter2"));
	}
	for (size_t i = 0; i < sizeof bad_ids / sizeof bad_ids[0]; i++)
		assert_int_equal(seal_add_key(seal, view_text(bad_ids[i]), view_text(zeros), &err), -1);
	assert_int_equal(seal_close(seal, &shop, VIEW_LIT("x"), &out, &err), -1);
	assert_string_equal(err.code, "seal_key");
}

static void nothing_and_too_much_is_not_sealed(void **state)
{
	OWN(seal_free) struct seal *seal = seal_new();
	OWN(own_free) char *large = calloc(1, SEAL_CLEAR_MAX + 1);
	OWN(buf_clear) struct buf out = {0}, back = {0};

	(void)state;
	add_key(seal, "k1", zeros);
	assert_int_equal(seal_close(seal, &shop, VIEW_LIT(""), &out, &err), -1);
	assert_string_equal(err.code, "seal_text");
	assert_int_equal(seal_close(seal, &shop, view_of(large, SEAL_CLEAR_MAX + 1), &out, &err), -1);
	assert_int_equal(out.n, 0);
	assert_int_equal(seal_close(seal, &shop, view_of(large, SEAL_CLEAR_MAX), &out, &err), 0);
	assert_int_equal(seal_open(seal, &shop, buf_view(&out), &back, &err), 0);
	assert_int_equal(back.n, SEAL_CLEAR_MAX);
}

static void sealed_texts_are_told_from_tokens(void **state)
{
	(void)state;
	assert_true(seal_is_sealed(VIEW_LIT("v1.k1.AAAA\n")));
	assert_false(seal_is_sealed(VIEW_LIT("v1.k1")));
	assert_false(seal_is_sealed(VIEW_LIT("v2.k1.AAAA")));
	assert_false(seal_is_sealed(VIEW_LIT("d41d8cd98f00b204e9800998ecf8427e")));
	assert_false(seal_is_sealed(VIEW_LIT("")));
	assert_false(seal_is_sealed(VIEW_LIT("v1..AAAA")));
}

static void it_is_known_which_key_sealed(void **state)
{
	OWN(seal_free) struct seal *seal = seal_new();

	(void)state;
	assert_false(view_is_set(seal_current_id(seal)));
	add_key(seal, "k1", zeros);
	add_key(seal, "k2", ones);
	assert_true(view_eq(seal_current_id(seal), VIEW_LIT("k2")));
	assert_true(view_eq(seal_key_id(VIEW_LIT(" v1.k1.AAAA\n")), VIEW_LIT("k1")));
	assert_false(view_is_set(seal_key_id(VIEW_LIT("v1.k1"))));
}

static void a_wiped_buffer_holds_nothing(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_add_text(&text, "the token");
	seal_wipe(&text);
	assert_null(text.p);
	assert_int_equal(text.n, 0);
	seal_wipe(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_opens),
		cmocka_unit_test(the_format_is_as_described),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(it_opens_for_its_owner_alone),
		cmocka_unit_test(a_key_follows_another),
		cmocka_unit_test(another_key_of_the_same_id_opens_nothing),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test(nothing_and_too_much_is_not_sealed),
		cmocka_unit_test(sealed_texts_are_told_from_tokens),
		cmocka_unit_test(it_is_known_which_key_sealed),
		cmocka_unit_test(a_wiped_buffer_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
