// SPDX-License-Identifier: Apache-2.0
// Promise: whoever a conversion belongs to is found, goal by goal, from a store that lives or is only read; each form says the same, and says why.
#include "processors/attribution/explain.h"

#include <ftw.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "processors/attribution/kept_output.h"
#include "processors/attribution/landing_attrs.h"
#include "processors/attribution/person.h"
#include "runtime/topics_partition.h"
#include "schemas/contract.h"
#include "state/budget.h"
#include "state/store.h"

static const int64_t T = 1772000000000, HOUR = 3600000, DAY = 86400000;

static struct goal goals[] = {
	{.name = {"purchase", 8},
		.model = MODEL_LINEAR,
		.lookback_ms = 259200000,
		.only_first_conversion = true,
		.first_scope_ms = GOAL_LIFETIME,
		.max_touchpoints = 100},
};
static struct tenant shop = {.id = {"shop", 4}, .max_lookback_ms = 604800000, .goals = goals, .goal_count = 1};

struct world {
	char directory[64];
	struct budget *budget;
	struct store *store;
	struct config config;
	struct rules *rules;
	struct position position;
	struct arena arena;
};

static void must(int failed, const struct err *err)
{
	if (failed)
		fail_msg("%s: %s", err->code, err->words);
}

static void add_click(struct world *w, const char *user, const char *id, int64_t time)
{
	OWN(buf_clear) struct buf attrs = {0};
	struct landing l = {.time = time, .id = view_text(id), .is_ttclid = true, .channel = VIEW_LIT("tiktok"), .campaign = VIEW_LIT("k\"1")};

	landing_attrs_encode(&l, &attrs);
	struct state_click click = {time, l.id, buf_view(&attrs)};

	store_add_click(w->store, store_hash(view_text(user)), view_text(user), &click);
}

// As attribution publishes it; `user` is tenant|user; `click` NULL: no credit.
struct output {
	const char *user, *goal, *id;
	int64_t time;
	int outcome;
	const char *click;
};

static void add_output(struct world *w, const struct output *o)
{
	OWN(buf_clear) struct buf value = {0}, index = {0};
	struct credit credit = {.click_id = view_text(o->click),
		.ttclid = view_text(o->click),
		.click_time = T - HOUR,
		.channel = VIEW_LIT("tiktok"),
		.share_nanos = 1000000000,
		.value_micros = 79900000};
	struct attributed_conversion c = {.tenant = VIEW_LIT("shop"),
		.user = view_text(o->user + 5),
		.goal = view_text(o->goal),
		.conversion_id = view_text(o->id),
		.event = VIEW_LIT("Purchase"),
		.conversion_time = o->time,
		.outcome = (int8_t)o->outcome,
		.model = VIEW_LIT("linear"),
		.participation_group = VIEW_LIT("click"),
		.lookback_ms = 3 * DAY,
		.currency = VIEW_LIT("EUR"),
		.value_basis = VIEW_LIT("placed"),
		.value_micros = 79900000,
		.status = STATUS_PLACED,
		.status_time = o->time,
		.refunded_micros = TIME_ABSENT,
		.context_time = TIME_ABSENT,
		.credits = {&credit, o->click ? 1 : 0},
		.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT, .consent = CONSENT_UNKNOWN}};

	kept_output_encode(&c, &value);
	buf_addf(&index, "shop|%s", o->id);
	struct state_conversion row = {person_known_key(c.goal, c.conversion_id, &w->arena), o->time, buf_view(&value)};

	store_put_conversion(w->store, store_hash(view_text(o->user)), view_text(o->user), &row, buf_view(&index));
}

static int open_world(void **state)
{
	static struct world w;
	struct err err = {0};

	w = (struct world){.directory = "/tmp/lookback-explain-XXXXXX", .config = {.tenants = &shop, .tenant_count = 1}};
	w.config.attribution.allowed_lateness_ms = DAY;
	assert_non_null(mkdtemp(w.directory));
	must(contract_setup(&err), &err);
	must(rules_new(&w.config, &w.rules, &err), &err);
	must(budget_new(256 << 20, 1, 0, &w.budget, &err), &err);
	must(store_open(&(struct store_options){.directory = w.directory, .budget = w.budget, .flood_keep = FLOOD_KEEP}, &w.store, &err), &err);
	w.position = (struct position){.horizon = POSITION_NO_TIME, .partitions = 4};
	add_click(&w, "shop|ada", "c1", T - HOUR);
	add_click(&w, "shop|ada", "old", T - 5 * DAY);
	add_output(&w, &(struct output){"shop|ada", "purchase", "o1", T, OUTCOME_ATTRIBUTED, "c1"});
	add_output(&w, &(struct output){"shop|ada", "purchase", "o2", T + HOUR, OUTCOME_NOT_FIRST, NULL});
	add_output(&w, &(struct output){"shop|ada", "retired", "o1", T, OUTCOME_NO_CLICK, NULL});
	add_output(&w, &(struct output){"shop|bob", "purchase", "o1", T, OUTCOME_NO_CLICK, NULL}); // the same id, another user
	*state = &w;
	return 0;
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *walk)
{
	(void)info, (void)flag, (void)walk;
	return remove(path);
}

static int close_world(void **state)
{
	struct world *w = *state;

	store_close(&w->store);
	budget_free(&w->budget);
	rules_free(&w->rules);
	arena_clear(&w->arena);
	return nftw(w->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// What is answered, with a closing byte; absent if nobody knows.
static bool ask(struct world *w, const char *id, const char *user, enum processor_form form, struct buf *out)
{
	const struct explain_source source = {w->rules, w->store, &w->position};
	const struct processor_question q = {VIEW_LIT("shop"), view_text(id), view_text(user), form};
	struct err err = {0};
	bool found = false;

	must(explain_answer(&source, &q, out, &found, &err), &err);
	buf_add_byte(out, 0);
	return found;
}

static void assert_says(const struct buf *text, const char *words)
{
	if (!strstr(text->p, words))
		fail_msg("\"%s\" is not in:\n%s", words, text->p);
}

static void test_table(void **state)
{
	OWN(buf_clear) struct buf text = {0};

	assert_true(ask(*state, "o1", "ada", QUESTION_TABLE, &text));
	assert_says(&text, "conversion o1 of user ada, tenant shop, goal purchase, shard ");
	assert_says(&text, "attributed: 1 click(s) within the lookback of 3d");
	assert_says(&text, "value    79.90 EUR (placed)");
	assert_says(&text, "outside_window");
	assert_says(&text, "goal retired");
	assert_says(&text, "this goal is no longer in the configuration");
	assert_null(strstr(text.p, "bob"));
}

static void test_not_first_names_the_first(void **state)
{
	OWN(buf_clear) struct buf text = {0};

	assert_true(ask(*state, "o2", NULL, QUESTION_TABLE, &text));
	assert_says(&text, "not_first: only_first_conversion: o1 at 2026-02-25T06:13:20.000Z came before it");
}

static void test_json_of_every_user(void **state)
{
	OWN(buf_clear) struct buf text = {0};

	buf_add_text(&text, "[");
	assert_true(ask(*state, "o1", NULL, QUESTION_JSON, &text));
	text.p[text.n - 1] = ']';
	json_t *all = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(all);
	assert_int_equal(json_array_size(all), 3); // ada's two goals, bob's one
	size_t i, clicks = 0;
	json_t *each;

	json_array_foreach(all, i, each)
	{
		assert_string_equal(json_string_value(json_object_get(each, "conversion_id")), "o1");
		clicks += json_array_size(json_object_get(each, "clicks"));
	}
	assert_int_equal(clicks, 2);
	json_decref(all);
}

static void test_keys(void **state)
{
	OWN(buf_clear) struct buf text = {0}, expected = {0};

	assert_true(ask(*state, "o2", NULL, QUESTION_KEYS, &text));
	buf_addf(&expected, "key\t%d\t", (int)topics_partition_of(VIEW_LIT("shop|ada"), 4));
	for (const char *c = "shop|ada|purchase|o2"; *c; c++)
		buf_addf(&expected, "%02x", (unsigned)*c);
	buf_add_text(&expected, "\n");
	buf_add_byte(&expected, 0);
	assert_string_equal(text.p, expected.p);
}

static void test_unknown(void **state)
{
	OWN(buf_clear) struct buf text = {0};

	assert_false(ask(*state, "o9", NULL, QUESTION_JSON, &text));
	assert_false(ask(*state, "o1", "eve", QUESTION_JSON, &text));
	assert_string_equal(text.p, "");
}

static void test_settled_and_past_retention(void **state)
{
	struct world *w = *state;
	OWN(buf_clear) struct buf text = {0};

	w->position.horizon = T + 12 * DAY;
	assert_true(ask(w, "o1", "ada", QUESTION_TABLE, &text));
	assert_says(&text, "settled: no record that is still accepted can change which clicks count");
	assert_says(&text, "clicks before 2026-02-22T06:13:20.000Z are past retention"); // horizon - 1 d - 2 * 7 d
}

// What `lookback explain` does when nothing runs.
static void test_from_a_store_that_is_only_read(void **state)
{
	struct world *w = *state;
	OWN(buf_clear) struct buf text = {0};
	struct err err = {0};

	must(store_commit(w->store, VIEW_LIT("position"), &err), &err);
	must(store_flush(w->store, &err), &err);
	store_close(&w->store);
	must(store_open(&(struct store_options){.directory = w->directory, .flood_keep = FLOOD_KEEP, .read_only = true}, &w->store, &err),
		&err);
	assert_true(ask(w, "o1", NULL, QUESTION_TABLE, &text));
	assert_says(&text, "of user ada");
	assert_says(&text, "of user bob");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_not_first_names_the_first, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_json_of_every_user, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_keys, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_unknown, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_settled_and_past_retention, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_from_a_store_that_is_only_read, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
