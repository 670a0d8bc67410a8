// SPDX-License-Identifier: Apache-2.0
// A digest is SHA-256 in lower-case hex, and one context gives each text its own digest whatever came before.
#include "crypto/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_digest(struct digest *digest, struct view text, const char *expected)
{
	char hex[DIGEST_HEX + 1];

	digest_sha256(digest, text, hex);
	assert_string_equal(hex, expected);
}

// The examples of FIPS 180-2 and the digest of nothing.
static void published_texts_have_their_digests(void **state)
{
	static char million[1000000];

	memset(million, 'a', sizeof million);
	assert_digest(*state, VIEW_LIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(*state, VIEW_LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_digest(*state, view_of(million, sizeof million), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	assert_digest(*state, VIEW_LIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_digest(*state, VIEW_ABSENT, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void zero_bytes_count(void **state)
{
	char one[DIGEST_HEX + 1], two[DIGEST_HEX + 1];

	digest_sha256(*state, view_of("a\0b", 3), one);
	digest_sha256(*state, view_of("a\0c", 3), two);
	assert_string_not_equal(one, two);
}

static void freeing_clears_and_may_be_repeated(void **state)
{
	struct digest *digest = digest_new();

	(void)state;
	digest_free(&digest);
	assert_null(digest);
	digest_free(&digest);
}

static int setup(void **state)
{
	*state = digest_new();
	return 0;
}

static int teardown(void **state)
{
	digest_free((struct digest **)state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(published_texts_have_their_digests, setup, teardown),
		cmocka_unit_test_setup_teardown(zero_bytes_count, setup, teardown),
		cmocka_unit_test(freeing_clears_and_may_be_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
