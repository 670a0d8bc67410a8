// SPDX-License-Identifier: Apache-2.0
// The ring holds every key that can be read, and seals with the one the config names.
#include "runtime/seal_ring.h"
#include "tests/unit/config/given.h"

#include <sys/resource.h>

static const char two[] = "seal: {current: k2, keys: {k1: '${file:one}', k2: '${file:two}', k3: '${file:gone}'}}\ntenants: [{id: shop}]\n";
static const struct seal_owner shop = {{"shop", 4}, {"7100", 4}};

static struct config *with_keys(void)
{
	given_file("one", "0000000000000000000000000000000000000000000000000000000000000000");
	given_file("two", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n");
	return given_config(two);
}

static void what_one_seals_the_other_opens(void **state)
{
	OWN(config_free) struct config *config = with_keys();
	OWN(seal_free) struct seal *sealing = NULL;
	OWN(buf_clear) struct buf sealed = {0}, clear = {0};
	struct err err, problem;

	(void)state;
	assert_int_equal(seal_ring_for_sealing(config, &sealing, &err), 0);
	assert_int_equal(seal_close(sealing, &shop, VIEW_LIT("token"), &sealed, &err), 0);
	assert_true(view_eq(seal_key_id(buf_view(&sealed)), VIEW_LIT("k2")));
	OWN(seal_free) struct seal *ring = seal_ring_read(config, &problem);
	assert_true(view_eq(seal_current_id(ring), VIEW_LIT("k2")));
	assert_int_equal(seal_open(ring, &shop, buf_view(&sealed), &clear, &err), 0);
	assert_string_equal(problem.code, "file_unreadable"); // k3, which the text does not need
	assert_non_null(strstr(problem.words, "seal.keys.k3"));
}

static void a_current_key_that_cannot_be_read_seals_nothing(void **state)
{
	OWN(config_free) struct config *config = with_keys();
	OWN(seal_free) struct seal *sealing = NULL;
	struct err err;

	(void)state;
	given_file("two", "hunter2");
	assert_int_equal(seal_ring_for_sealing(config, &sealing, &err), -1);
	assert_string_equal(err.code, "seal_key");
	assert_non_null(strstr(err.words, "seal.keys.k2"));
	assert_null(strstr(err.words, "hunter2"));
	assert_null(sealing);
}

static void who_read_keys_leaves_no_core(void **state)
{
	OWN(config_free) struct config *config = with_keys();
	struct err problem;
	OWN(seal_free) struct seal *ring = seal_ring_read(config, &problem);
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_true(limit.rlim_cur <= 1 && limit.rlim_max <= 1);
}

static void without_a_key_it_says_how_to_make_one(void **state)
{
	OWN(config_free) struct config *config = given_config("tenants: [{id: shop}]\n");
	OWN(seal_free) struct seal *sealing = NULL;
	struct err err;

	(void)state;
	assert_int_equal(seal_ring_for_sealing(config, &sealing, &err), -1);
	assert_non_null(strstr(err.words, "openssl rand -base64 32"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_seals_the_other_opens),
		cmocka_unit_test(a_current_key_that_cannot_be_read_seals_nothing),
		cmocka_unit_test(who_read_keys_leaves_no_core),
		cmocka_unit_test(without_a_key_it_says_how_to_make_one),
	};

	return GIVEN_TESTS(tests);
}
