// SPDX-License-Identifier: Apache-2.0
// Promise: a state directory of another cluster is moved aside, a goal that changed its meaning or another partition count is refused, and what may
// change may change.
#include "runtime/state_owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/own.h"

struct place {
	char root[40], directory[64];
	struct goal goals[2];
	struct tenant tenant;
	struct config config;
	struct state_owner id;
};

static int make(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	assert_non_null(p);
	snprintf(p->root, sizeof p->root, "/tmp/state-owner-XXXXXX");
	assert_non_null(mkdtemp(p->root));
	snprintf(p->directory, sizeof p->directory, "%s/live/attribution", p->root);
	p->goals[0] = (struct goal){.name = VIEW_LIT("purchase"), .event = VIEW_LIT("Purchase"), .lookback_ms = 1000, .max_touchpoints = 100};
	p->goals[1] = (struct goal){.name = VIEW_LIT("signup"), .event = VIEW_LIT("Signup"), .lookback_ms = 1000, .max_touchpoints = 100};
	p->tenant = (struct tenant){.id = VIEW_LIT("shop"), .max_lookback_ms = 1000, .goals = p->goals, .goal_count = 1};
	p->config = (struct config){.run = "live", .tenants = &p->tenant, .tenant_count = 1};
	p->id = (struct state_owner){p->directory, &p->config, "cluster-1", 4};
	*state = p;
	return 0;
}

static int clean(void **state)
{
	struct place *p = *state;
	char command[80];

	snprintf(command, sizeof command, "rm -rf '%s'", p->root);
	int failed = system(command);
	free(p);
	return failed;
}

static bool exists(const struct place *p, const char *suffix)
{
	char path[128];

	snprintf(path, sizeof path, "%s%s", p->directory, suffix);
	return access(path, F_OK) == 0;
}

static void check_and_write(struct place *p)
{
	struct err err = {0};

	if (state_owner_check(&p->id, &err) != 0 || state_owner_write(&p->id, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
}

static void assert_refused(struct place *p, const char *code, const char *word)
{
	struct err err = {0};

	assert_int_equal(state_owner_check(&p->id, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, code);
	assert_non_null(strstr(err.words, word));
	assert_true(exists(p, "/manifest")); // nothing is moved
}

// The same again is the same, and a directory without a manifest is nobody's.
static void test_its_own_directory(void **state)
{
	struct place *p = *state;

	check_and_write(p);
	check_and_write(p);
	assert_true(exists(p, "/manifest"));
	assert_false(exists(p, ".aside-1"));
}

static void test_a_strangers_directory_is_moved_aside(void **state)
{
	struct place *p = *state;

	check_and_write(p);
	p->id.cluster = "cluster-2";
	check_and_write(p);
	assert_true(exists(p, ".aside-1/manifest"));
	assert_true(exists(p, "/manifest"));
	p->id.cluster = "cluster-3";
	check_and_write(p);
	assert_true(exists(p, ".aside-2/manifest"));
}

static void test_another_partition_count_is_refused(void **state)
{
	struct place *p = *state;

	check_and_write(p);
	p->id.partitions = 6;
	assert_refused(p, "partitions_changed", "4 partitions, its topics have 6");
}

static void test_a_changed_goal_is_refused_by_name(void **state)
{
	struct place *p = *state;

	check_and_write(p);
	p->goals[0].lookback_ms = 999;
	assert_refused(p, "goals_changed", "goal purchase");
}

static void test_goals_may_be_added(void **state)
{
	struct place *p = *state;

	check_and_write(p);
	p->tenant.goal_count = 2;
	check_and_write(p);
}

// A goal that was removed has outputs under its name: it may come back as it was, never as another.
static void test_a_removed_goal_keeps_its_name(void **state)
{
	struct place *p = *state;

	p->tenant.goal_count = 2;
	check_and_write(p);
	p->tenant.goal_count = 1;
	check_and_write(p);
	p->tenant.goal_count = 2;
	check_and_write(p);
	p->tenant.goal_count = 1;
	check_and_write(p);
	p->goals[1].lookback_ms = 1;
	p->tenant.goal_count = 2;
	assert_refused(p, "goals_changed", "goal signup");
}

static void test_a_removed_tenant_keeps_its_goals(void **state)
{
	struct place *p = *state;

	check_and_write(p);
	p->config.tenant_count = 0;
	check_and_write(p);
	p->goals[0].lookback_ms = 999;
	p->config.tenant_count = 1;
	assert_refused(p, "goals_changed", "goal purchase");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_its_own_directory, make, clean),
		cmocka_unit_test_setup_teardown(test_a_strangers_directory_is_moved_aside, make, clean),
		cmocka_unit_test_setup_teardown(test_another_partition_count_is_refused, make, clean),
		cmocka_unit_test_setup_teardown(test_a_changed_goal_is_refused_by_name, make, clean),
		cmocka_unit_test_setup_teardown(test_goals_may_be_added, make, clean),
		cmocka_unit_test_setup_teardown(test_a_removed_goal_keeps_its_name, make, clean),
		cmocka_unit_test_setup_teardown(test_a_removed_tenant_keeps_its_goals, make, clean),
	};

	log_setup(LOG_ERROR + 1, LOG_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
