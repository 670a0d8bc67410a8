// SPDX-License-Identifier: Apache-2.0
// Promise: keys that a producer put elsewhere, or formed otherwise, are counted and the setting to change is named; no report repeats a key.
#include "runtime/validate_keys.h"

#include <librdkafka/rdkafka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"
#include "runtime/topics_partition.h"

static struct tenant shop = {.id = {"shop", 4}};

// The config's own lookup needs a loaded config; here one tenant is enough.
const struct tenant *config_tenant(const struct config *config, struct view id)
{
	(void)config;
	return view_eq(id, shop.id) ? &shop : NULL;
}

static struct validate_keys keys_of(void)
{
	return (struct validate_keys){.topic = "clicks", .partitions = 8};
}

static const struct validate_finding *found(const struct validate_findings *all, const char *code)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->p[i].code, code) == 0)
			return &all->p[i];
	return NULL;
}

static void look(struct validate_keys *k, struct view key, int32_t partition, int64_t offset)
{
	validate_key(k, &(struct validate_place){partition, offset}, key);
}

static void test_good_keys_are_fine(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct validate_keys k = keys_of();

	for (int i = 0; i < 100; i++) {
		char key[32];
		int n = snprintf(key, sizeof key, "shop|user-%d", i);

		look(&k, view_of(key, (size_t)n), topics_partition_of(view_of(key, (size_t)n), 8), i);
	}
	validate_keys_report(&k, &f);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.p[0].level, VALIDATE_OK);
	assert_string_equal(f.p[0].words, "100 sampled keys are where murmur2 puts them");
}

static void test_nothing_seen_is_no_praise(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct validate_keys k = keys_of();

	validate_keys_report(&k, &f);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.p[0].level, VALIDATE_OK);
	assert_non_null(strstr(f.p[0].words, "no record yet"));
}

static void test_crc32_is_recognised(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct validate_keys k = keys_of();

	for (int i = 0; i < 100; i++) {
		char key[32];
		size_t n = (size_t)snprintf(key, sizeof key, "shop|user-%d", i);
		int32_t there = rd_kafka_msg_partitioner_consistent(NULL, key, n, 8, NULL, NULL);

		assert_int_equal(validate_crc32_partition(view_of(key, n), 8), there);
		look(&k, view_of(key, n), there, i);
	}
	validate_keys_report(&k, &f);
	const struct validate_finding *bad = found(&f, "keys_misplaced");

	assert_non_null(bad);
	assert_int_equal(bad->level, VALIDATE_PROBLEM);
	assert_non_null(strstr(bad->words, "of 100 sampled keys are not in the partition"));
	assert_non_null(strstr(bad->words, "set partitioner=murmur2_random in that producer"));
	assert_null(strstr(bad->words, "user-"));
}

static void test_other_partitioners(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct validate_keys k = keys_of();

	look(&k, VIEW_LIT("shop|a"), (topics_partition_of(VIEW_LIT("shop|a"), 8) + 1) % 8, 41);
	look(&k, VIEW_LIT("shop|b"), (topics_partition_of(VIEW_LIT("shop|b"), 8) + 2) % 8, 42);
	look(&k, VIEW_LIT("shop|c"), topics_partition_of(VIEW_LIT("shop|c"), 8), 43);
	validate_keys_report(&k, &f);
	assert_non_null(found(&f, "keys_misplaced"));
	assert_non_null(strstr(found(&f, "keys_misplaced")->words, "2 of 3 sampled keys"));
	assert_non_null(strstr(found(&f, "keys_misplaced")->words, "offset 41"));
}

static void test_forms(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct validate_keys k = keys_of();
	const struct view keys[] = {
		VIEW_ABSENT,                  // no key
		VIEW_LIT(""),                 // neither
		VIEW_LIT("shop"),             // no user
		VIEW_LIT("shop|"),            // nor here
		VIEW_LIT("|user"),            // no tenant
		VIEW_LIT("my shop|user"),     // no tenant's name
		VIEW_LIT("\0\0\0\0\7shop|u"), // framed
		VIEW_LIT("shop|\xff"),        // not UTF-8
		VIEW_LIT("other|user"),
		VIEW_LIT("shop|a@b.example"),
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		look(&k, keys[i], keys[i].n ? topics_partition_of(keys[i], 8) : 0, (int64_t)i);
	assert_int_equal(k.without, 2);
	assert_int_equal(k.malformed, 6);
	assert_int_equal(k.unknown_tenant, 1);
	assert_int_equal(k.with_at, 1);
	assert_int_equal(k.misplaced, 0);
	validate_keys_report(&k, &f);
	assert_int_equal(f.n, 4);
	assert_int_equal(found(&f, "keys_missing")->level, VALIDATE_PROBLEM);
	assert_int_equal(found(&f, "keys_malformed")->level, VALIDATE_PROBLEM);
	assert_int_equal(found(&f, "keys_unknown_tenant")->level, VALIDATE_WARNING);
	assert_int_equal(found(&f, "keys_with_at")->level, VALIDATE_WARNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_keys_are_fine),
		cmocka_unit_test(test_nothing_seen_is_no_praise),
		cmocka_unit_test(test_crc32_is_recognised),
		cmocka_unit_test(test_other_partitioners),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
