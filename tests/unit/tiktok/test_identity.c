// SPDX-License-Identifier: Apache-2.0
// Identifiers leave only as SHA-256 of what TikTok would normalise them to; what is a digest already passes, what is empty vanishes.
#include "tiktok/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;
static struct digest *digest;

static void assert_identity(struct view (*identify)(struct view text, struct digest *digest, struct arena *arena), const char *raw,
	const char *expected)
{
	struct view got = identify(view_text(raw), digest, &arena);

	assert_true(view_is_set(got));
	assert_int_equal(got.n, DIGEST_HEX);
	assert_memory_equal(got.p, expected, DIGEST_HEX);
}

static void assert_absent(struct view (*identify)(struct view text, struct digest *digest, struct arena *arena), const char *raw)
{
	assert_false(view_is_set(identify(view_text(raw), digest, &arena)));
}

static void emails_are_trimmed_and_lowered(void **state)
{
	(void)state;
	assert_identity(identity_email, " ALICE_abc@gmail.com ", "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f");
	assert_identity(identity_email, "\tJane.Doe@Example.COM\n", "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d");
}

static void phones_keep_a_leading_plus_and_digits(void **state)
{
	(void)state;
	assert_identity(identity_phone, "(+1)2133734253", "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd");
	assert_identity(identity_phone, "+1+213 373+4253+", "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd");
	assert_identity(identity_phone, "+33 6 12 34 56 78", "42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8");
	assert_identity(identity_phone, "+54 (9) 11-2345-6789", "790e47a4a8aeeed031d32be19de28e8880e89e80de18371c042874fc0367303c");
}

static void no_plus_is_invented(void **state)
{
	struct view with = identity_phone(VIEW_LIT("+12133734253"), digest, &arena);
	struct view without = identity_phone(VIEW_LIT("12133734253"), digest, &arena);
	struct view later = identity_phone(VIEW_LIT("1+2133734253"), digest, &arena);

	(void)state;
	assert_false(view_eq(with, without));
	assert_true(view_eq(without, later));
}

static void external_ids_are_only_trimmed(void **state)
{
	(void)state;
	assert_identity(identity_external_id, "user_123", "80fba0ae1c48e3978e43e4efc365e14e12ea0c830ba8ba5b9a2dafc7e3f2ab8b");
	assert_identity(identity_external_id, " Cust-0042 ", "ad286f91dcd219ecec032064d462c7066dbf6b1704fbdf02f8c52944832e17ea");
}

static void external_ids_are_lowered_where_the_site_does(void **state)
{
	(void)state;
	assert_identity(identity_external_id_lower, " Cust-0042 ", "04f18369b9f09f7908b299d2535b6d99d3df2e17e8f953553f269e38ed7281d8");
}

static void names_lose_all_white_space(void **state)
{
	(void)state;
	assert_identity(identity_name, "Ana María", "4ecf742e504f725c6fd5fcb79182224f1b346179b41d933aa3a588724f2e2cff");
	assert_identity(identity_name, "\tANA  maría ", "4ecf742e504f725c6fd5fcb79182224f1b346179b41d933aa3a588724f2e2cff");
	assert_identity(identity_name, "94107", "c884a209ebe08750a7d13db63bd02233b375bd79786cbe329ab11586cc35dead");
	assert_absent(identity_name, " \t ");
}

static void advertising_ids_are_trimmed_and_lowered(void **state)
{
	(void)state;
	assert_identity(identity_device, "AEBE52E7-03EE-455A-B3C4-E57283966239",
		"aab766791ab90f208a8bcb342fd935b3012e81ca20b1f7cf707caf804bbd813c");
	assert_identity(identity_device, " 38400000-8cf0-11bd-b23e-10b96e40000d\n",
		"d4181bb455a74b3bc8b37c75ac9b2c702eb6b9930bd040b861403b31ca85634d");
	assert_absent(identity_device, "00000000-0000-0000-0000-000000000000");
	assert_absent(identity_device, "");
}

static void digests_pass_through_in_lower_case(void **state)
{
	static const char hex[] = "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f";
	static const char shouted[] = " 848A771458438FC2EC420560D769FB9B9B86851EE338EC56517BAABD79D3BB4F\n";

	(void)state;
	assert_identity(identity_email, hex, hex);
	assert_identity(identity_email, shouted, hex);
	assert_identity(identity_phone, hex, hex);
	assert_identity(identity_phone, shouted, hex);
	assert_identity(identity_external_id, hex, hex);
	assert_identity(identity_external_id, shouted, hex);
	assert_identity(identity_external_id_lower, shouted, hex);
	assert_identity(identity_name, shouted, hex);
	assert_identity(identity_device, shouted, hex);
}

static void almost_a_digest_is_text(void **state)
{
	static const char hex[] = "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4g";
	struct view got = identity_external_id(view_text(hex), digest, &arena),
				shorter = identity_external_id(view_of(hex, 63), digest, &arena);

	(void)state;
	assert_memory_not_equal(got.p, hex, DIGEST_HEX);
	assert_int_equal(shorter.n, DIGEST_HEX);
}

static void what_is_empty_becomes_absent(void **state)
{
	static const char *const nothings[] = {NULL, "", " ", "\t\r\n \v\f"};

	(void)state;
	for (size_t i = 0; i < sizeof nothings / sizeof *nothings; i++) {
		assert_absent(identity_email, nothings[i]);
		assert_absent(identity_phone, nothings[i]);
		assert_absent(identity_external_id, nothings[i]);
	}
	assert_absent(identity_phone, "n/a");
	assert_absent(identity_phone, "+");
}

// The same address has one digest in every release: only ASCII letters change.
static void other_letters_keep_their_case(void **state)
{
	struct view upper = identity_email(VIEW_LIT("\xC3\x84@x.DE"), digest, &arena);
	struct view same = identity_email(VIEW_LIT("\xC3\x84@X.de"), digest, &arena);
	struct view lower = identity_email(VIEW_LIT("\xC3\xA4@x.de"), digest, &arena);

	(void)state;
	assert_true(view_eq(upper, same));
	assert_false(view_eq(upper, lower));
}

static int setup(void **state)
{
	(void)state;
	digest = digest_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	digest_free(&digest);
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emails_are_trimmed_and_lowered),
		cmocka_unit_test(phones_keep_a_leading_plus_and_digits),
		cmocka_unit_test(no_plus_is_invented),
		cmocka_unit_test(external_ids_are_only_trimmed),
		cmocka_unit_test(external_ids_are_lowered_where_the_site_does),
		cmocka_unit_test(names_lose_all_white_space),
		cmocka_unit_test(advertising_ids_are_trimmed_and_lowered),
		cmocka_unit_test(digests_pass_through_in_lower_case),
		cmocka_unit_test(almost_a_digest_is_text),
		cmocka_unit_test(what_is_empty_becomes_absent),
		cmocka_unit_test(other_letters_keep_their_case),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
