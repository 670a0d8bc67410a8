// SPDX-License-Identifier: Apache-2.0
// Promise: a manifest comes back as it was written, a damaged one is refused, and a comparison names each tenant and goal that differs, and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/manifest.h"

static char directory[64];

static struct manifest sample(struct manifest_tenant tenants[2])
{
	tenants[0] = (struct manifest_tenant){VIEW_LIT("shop-1"), VIEW_LIT("app lookback=1d\npurchase lookback=7d where={a b}\n")};
	tenants[1] = (struct manifest_tenant){VIEW_LIT("shop-2"), VIEW_LIT("")};
	return (struct manifest){MANIFEST_FORMAT, VIEW_LIT("live"), VIEW_LIT("MkU3OEVBNTcwNTJENDM2Qg"), 12, tenants, 2};
}

static void assert_text(struct view v, const char *text)
{
	assert_true(view_eq(v, view_text(text)));
}

static void write_sample(void)
{
	struct manifest_tenant tenants[2];
	struct manifest m = sample(tenants);
	struct err err;

	assert_int_equal(manifest_write(directory, &m, &err), 0);
}

static void test_comes_back(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	struct manifest m;
	struct err err;
	bool found;

	(void)state;
	assert_int_equal(manifest_read(directory, &arena, &m, &found, &err), 0);
	assert_false(found);
	write_sample();
	write_sample(); // over the first
	assert_int_equal(manifest_read(directory, &arena, &m, &found, &err), 0);
	assert_true(found);
	assert_int_equal(m.format, MANIFEST_FORMAT);
	assert_int_equal(m.partitions, 12);
	assert_text(m.run, "live");
	assert_text(m.cluster, "MkU3OEVBNTcwNTJENDM2Qg");
	assert_int_equal(m.tenant_count, 2);
	assert_text(m.tenants[0].id, "shop-1");
	assert_text(m.tenants[0].goals, "app lookback=1d\npurchase lookback=7d where={a b}\n");
	assert_text(m.tenants[1].id, "shop-2");
	assert_text(m.tenants[1].goals, "");
}

static long read_file(char *bytes, size_t room)
{
	char path[96];

	snprintf(path, sizeof path, "%s/manifest", directory);
	OWN(own_file) FILE *f = fopen(path, "r");
	assert_non_null(f);
	return (long)fread(bytes, 1, room, f);
}

static void write_file(const char *bytes, size_t n)
{
	char path[96];

	snprintf(path, sizeof path, "%s/manifest", directory);
	OWN(own_file) FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
}

static void test_every_cut_is_refused(void **state)
{
	char bytes[1024];
	struct err err;
	bool found;

	(void)state;
	write_sample();
	long n = read_file(bytes, sizeof bytes);
	for (long cut = 0; cut < n; cut++) {
		OWN(arena_clear) struct arena arena = {0};
		struct manifest m;

		write_file(bytes, (size_t)cut);
		assert_int_equal(manifest_read(directory, &arena, &m, &found, &err), -1);
		assert_string_equal(err.code, "manifest_bad");
	}
}

static void test_another_format_is_told_and_not_read(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	static const char future[] = "lookback-state 77\nsomething else\n";
	struct manifest_tenant tenants[2];
	struct manifest m, now = sample(tenants);
	struct manifest_difference *differences;
	struct err err;
	bool found;

	(void)state;
	write_sample();
	write_file(future, sizeof future - 1);
	assert_int_equal(manifest_read(directory, &arena, &m, &found, &err), 0);
	assert_int_equal(manifest_compare(&m, &now, &arena, &differences), 1);
	assert_int_equal(differences[0].change, MANIFEST_OTHER_FORMAT);
	assert_text(differences[0].before, "77");
	assert_text(differences[0].after, "1");
}

static void test_a_line_break_cannot_forge_lines(void **state)
{
	struct manifest_tenant tenants[2];
	struct manifest m = sample(tenants);
	struct err err;

	(void)state;
	m.run = VIEW_LIT("live\ncluster other");
	assert_int_equal(manifest_write(directory, &m, &err), -1);
	assert_string_equal(err.code, "manifest_bad");
}

static void test_differences(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	struct manifest_tenant old_tenants[2], new_tenants[2];
	struct manifest old = sample(old_tenants), new = sample(new_tenants);
	struct manifest_difference *d;

	(void)state;
	assert_int_equal(manifest_compare(&old, &new, &arena, &d), 0);

	new.cluster = VIEW_LIT("another");
	new.run = VIEW_LIT("replay");
	new.partitions = 13;
	new_tenants[0].goals = VIEW_LIT("aside lookback=1d\npurchase lookback=8d where={a b}\n");
	new_tenants[1].id = VIEW_LIT("shop-3");
	assert_int_equal(manifest_compare(&old, &new, &arena, &d), 8);
	assert_int_equal(d[0].change, MANIFEST_OTHER_CLUSTER);
	assert_int_equal(d[1].change, MANIFEST_OTHER_RUN);
	assert_text(d[1].after, "replay");
	assert_int_equal(d[2].change, MANIFEST_OTHER_PARTITIONS);
	assert_text(d[2].before, "12");
	assert_int_equal(d[3].change, MANIFEST_GOAL_REMOVED);
	assert_text(d[3].goal, "app");
	assert_int_equal(d[4].change, MANIFEST_GOAL_ADDED);
	assert_text(d[4].goal, "aside");
	assert_int_equal(d[5].change, MANIFEST_GOAL_CHANGED);
	assert_text(d[5].tenant, "shop-1");
	assert_text(d[5].goal, "purchase");
	assert_text(d[5].before, "purchase lookback=7d where={a b}");
	assert_text(d[5].after, "purchase lookback=8d where={a b}");
	assert_int_equal(d[6].change, MANIFEST_TENANT_REMOVED);
	assert_text(d[6].tenant, "shop-2");
	assert_int_equal(d[7].change, MANIFEST_TENANT_ADDED);
	assert_text(d[7].tenant, "shop-3");
}

static void test_a_directory_that_cannot_be_is_told(void **state)
{
	struct manifest_tenant tenants[2];
	struct manifest m = sample(tenants);
	struct err err;

	(void)state;
	assert_int_equal(manifest_write("/proc/nothing/here", &m, &err), -1);
	assert_string_equal(err.code, "state_directory");
	assert_int_equal(err.class, ERR_FATAL);
}

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/test_manifest.%d/run/role", (int)getpid());
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf /tmp/test_manifest.%d", (int)getpid());
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_cut_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_format_is_told_and_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_line_break_cannot_forge_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_differences, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_directory_that_cannot_be_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
