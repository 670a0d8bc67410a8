// SPDX-License-Identifier: Apache-2.0
// Promise: a shop's day is the sum of the latest part of each of its sources, whatever the order of arrival, commits, aborts, kills and lost disks; it is told when it
// has changed, and told anew when costs or rates have.
#include "tests/unit/processors/roas_case.h"

#include "base/own.h"
#include "base/when.h"
#include "processors/roas-totals/roas_totals.h"
#include "tests/unit/config/given.h"

#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)

struct fixture {
	struct config *config;
	struct rates *rates;
	struct roas_totals_role *role;
	struct roas_case *c;
	struct wire_header header;
	struct wire_reader *reader;
	struct arena arena;
};

static void make_role(struct fixture *f, const char *text)
{
	f->config = given_config(text);
	case_ok(roas_totals_role_new(f->config, f->rates, NULL, &f->role, &case_err));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	given_setup(state);
	case_ok(contract_setup(&case_err));
	case_ok(rates_load(NULL, &f->rates, &case_err));
	make_role(f, "tenants:\n  - id: lima\n  - id: shop\n    currency: EUR\n    time_zone: America/Lima\n");
	case_ok(wire_header_for(contract_daily_sum, NULL, "t", &f->header, &case_err));
	f->reader = wire_reader_new(contract_tenant_day, WIRE_AVRO, NULL);
	f->c = case_new(roas_totals_processor(), f->role);
	case_start(f->c);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	case_free(&f->c);
	roas_totals_role_free(&f->role);
	config_free(&f->config);
	rates_free(&f->rates);
	wire_reader_free(&f->reader);
	arena_clear(&f->arena);
	free(f);
	return given_teardown(state);
}

// What a source says of a day; `gone`: deleted.
struct says {
	bool gone;
	int64_t spend, placed, delivered; // units
};

static void put(struct fixture *f, const char *tenant, const char *source, const char *day, const struct says *s)
{
	OWN(buf_clear) struct buf key = {0}, value = {0};
	bool orders = source[0] == 'o';
	struct daily_part part = {.goal = orders ? VIEW_LIT("buy") : VIEW_LIT(""),
		.currency = VIEW_LIT("EUR"),
		.rate_day = view_text(day),
		.spend_micros = orders ? 0 : s->spend * MICROS,
		.revenue = {s->placed * MICROS, s->placed * MICROS, s->delivered * MICROS, s->delivered * MICROS},
		.conversions = {ONE, ONE, ONE}};
	struct daily_sum sum = {view_text(tenant), view_text(source), view_text(day), {&part, 1}};

	buf_addf(&key, "%s|%s|%s", tenant, source, day);
	wire_write(&f->header, contract_daily_sum, &sum, &value);
	case_put(f->c, buf_view(&key), s->gone ? VIEW_ABSENT : buf_view(&value));
}

static bool told(struct fixture *f, const char *key, struct tenant_day *out)
{
	const struct roas_output *o = case_output(f->c, key);

	if (o)
		case_ok(wire_read(f->reader, o->value, &f->arena, out, &case_err));
	return o != NULL;
}

static void a_day_is_the_sum_of_its_sources(void **state)
{
	// Two accounts and two shards of orders; what a source says later replaces what it said.
	struct fixture *f = *state;
	struct tenant_day day;

	put(f, "shop", "advertiser:1", "2026-03-01", &(struct says){.spend = 60});
	put(f, "shop", "advertiser:2", "2026-03-01", &(struct says){.spend = 999});
	put(f, "shop", "orders:0", "2026-03-01", &(struct says){.placed = 300, .delivered = 100});
	put(f, "shop", "orders:1", "2026-03-01", &(struct says){.placed = 200, .delivered = 200});
	put(f, "shop", "advertiser:2", "2026-03-01", &(struct says){.spend = 40});
	case_settle(f->c);
	assert_true(told(f, "shop|2026-03-01", &day));
	assert_int_equal(100 * MICROS, day.spend_micros);
	assert_int_equal(500 * MICROS, day.goals.p[0].placed_micros);
	assert_int_equal(5 * ONE, day.goals.p[0].blended_roas_nanos);
	assert_int_equal(3 * ONE, day.goals.p[0].delivered_blended_roas_nanos);
	assert_int_equal(ONE / 5, day.goals.p[0].mer_nanos);
	assert_true(view_eq(day.tenant, VIEW_LIT("shop")) && view_eq(day.day, VIEW_LIT("2026-03-01")));
	assert_true(view_eq(day.day_zone, VIEW_LIT("America/Lima")));
	assert_int_equal(0, case_output(f->c, "shop|2026-03-01")->partition); // the shard's own
}

static void what_has_not_changed_is_not_told(void **state)
{
	// The same part again; and the last part that is deleted takes the day with it.
	struct fixture *f = *state;
	struct tenant_day day;

	put(f, "lima", "advertiser:1", "2026-03-01", &(struct says){.spend = 60});
	case_settle(f->c);
	assert_int_equal(1, f->c->told);
	put(f, "lima", "advertiser:1", "2026-03-01", &(struct says){.spend = 60});
	case_settle(f->c);
	assert_int_equal(1, f->c->told);
	put(f, "lima", "advertiser:1", "2026-03-01", &(struct says){.gone = true});
	put(f, "lima", "advertiser:1", "2026-03-02", &(struct says){.gone = true});
	case_settle(f->c);
	assert_int_equal(2, f->c->told);
	assert_false(told(f, "lima|2026-03-01", &day));
}

static void other_costs_tell_all_days_anew(void **state)
{
	// At the next start, without any new record; an equal config tells nothing.
	struct fixture *f = *state;
	struct tenant_day day;

	put(f, "shop", "advertiser:1", "2026-03-01", &(struct says){.spend = 10});
	put(f, "shop", "orders:0", "2026-03-01", &(struct says){.placed = 100, .delivered = 100});
	put(f, "lima", "orders:0", "2026-03-01", &(struct says){.placed = 100});
	case_settle(f->c);
	assert_true(told(f, "shop|2026-03-01", &day));
	assert_true(day.goals.p[0].profit_micros == TIME_ABSENT);
	case_ok(store_flush(shard_store(f->c->shard), &case_err));
	case_kill(f->c);
	case_start(f->c);
	case_settle(f->c);
	assert_int_equal(2, f->c->told);
	case_kill(f->c);
	roas_totals_role_free(&f->role);
	config_free(&f->config);
	make_role(f, "tenants:\n  - id: lima\n  - id: shop\n    currency: EUR\n    time_zone: America/Lima\n    costs: {cogs: 30}\n");
	f->c->role = f->role;
	case_start(f->c);
	case_settle(f->c);
	assert_int_equal(3, f->c->told);
	assert_true(told(f, "shop|2026-03-01", &day));
	assert_int_equal(60 * MICROS, day.goals.p[0].profit_micros);
}

static void bad_records_are_refused(void **state)
{
	// No key, a key of another shape, another key than the record's own, what does not decode.
	struct fixture *f = *state;
	struct shard_stats stats;
	struct tenant_day day;

	case_put(f->c, VIEW_ABSENT, VIEW_LIT("x"));
	case_put(f->c, VIEW_LIT("shop|2026-03-01"), VIEW_LIT("x"));
	case_put(f->c, VIEW_LIT("shop|orders:0|2026-02-30"), VIEW_ABSENT);
	case_put(f->c, VIEW_LIT("shop|orders:0|2026-03-01"), VIEW_LIT("x"));
	put(f, "shop", "orders:0", "2026-03-02", &(struct says){.placed = 1});
	struct view value = f->c->records[f->c->record_count - 1].value;
	case_put(f->c, VIEW_LIT("shop|orders:7|2026-03-02"), value);
	case_settle(f->c);
	shard_stats(f->c->shard, &stats);
	assert_int_equal(5, stats.dead_letters);
	assert_true(told(f, "shop|2026-03-02", &day));
	assert_int_equal(MICROS, day.goals.p[0].placed_micros);
}

// ---- the law

enum { SOURCES = 5, DAYS = 6 };

static const char *const sources[SOURCES] = {"advertiser:1", "advertiser:2", "orders:0", "orders:1", "orders:10"};

struct world {
	struct says says[SOURCES][DAYS];
	bool heard[SOURCES][DAYS];
};

static void compare_day(struct fixture *f, const struct world *w, int number, uint64_t seed)
{
	char key[32];
	struct tenant_day day;
	int64_t spend = 0, placed = 0;
	bool reported = false, any = false;

	for (int s = 0; s < SOURCES; s++) {
		if (!w->heard[s][number] || w->says[s][number].gone)
			continue;
		any = true;
		reported |= s < 2;
		spend += s < 2 ? w->says[s][number].spend : 0;
		placed += s < 2 ? 0 : w->says[s][number].placed;
	}
	snprintf(key, sizeof key, "shop|2026-03-%02d", number + 1);
	bool is = told(f, key, &day);
	int64_t got = is && day.goals.n > 0 ? day.goals.p[0].placed_micros : 0;

	if (is != any || (any && day.spend_micros != (reported ? spend * MICROS : TIME_ABSENT)) || got != placed * MICROS)
		fail_msg("seed %llu: %s", (unsigned long long)seed, key);
	if (any && placed > 0 && spend > 0)
		assert_true(day.goals.p[0].blended_roas_nanos == (placed * ONE + spend / 2) / spend || (placed * ONE * 2) % spend == 0);
	arena_reset(&f->arena);
}

static void something_is_said(struct fixture *f, struct world *w, uint64_t *seed)
{
	int source = (int)(case_random(seed) % SOURCES), number = (int)(case_random(seed) % DAYS);
	struct says *s = &w->says[source][number];
	char day[16];

	*s = (struct says){case_random(seed) % 4 == 0, (int64_t)(case_random(seed) % 1000), (int64_t)(case_random(seed) % 1000), 0};
	w->heard[source][number] = true;
	snprintf(day, sizeof day, "2026-03-%02d", number + 1);
	put(f, "shop", sources[source], day, s);
}

static void trouble(struct roas_case *c, uint64_t *seed)
{
	uint64_t what = case_random(seed) % 8;

	if (what < 3)
		case_commit(c);
	else if (what < 5)
		case_abort(c);
	else if (what < 7) {
		case_kill(c);
		if (what == 6)
			case_lose_disk(c);
		if (case_random(seed) % 2)
			case_compact(c, what == 6);
		case_start(c);
	} else {
		case_commit(c);
		case_ok(store_flush(shard_store(c->shard), &case_err));
	}
}

static void whatever_happens_the_days_are_those_of_a_batch(void **state)
{
	// Random records in random transactions, aborts, kills, flushes, lost disks, compaction.
	for (uint64_t seed = 1; seed <= 25; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15;
		struct world w = {0};

		teardown(state);
		setup(state);
		struct fixture *f = *state;
		for (int i = 0; i < 200; i++) {
			something_is_said(f, &w, &random);
			if (case_random(&random) % 4 == 0)
				case_work(f->c, case_random(&random) % 20);
			if (case_random(&random) % 10 == 0)
				trouble(f->c, &random);
		}
		case_settle(f->c);
		for (int day = 0; day < DAYS; day++)
			compare_day(f, &w, day, seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_day_is_the_sum_of_its_sources, setup, teardown),
		cmocka_unit_test_setup_teardown(what_has_not_changed_is_not_told, setup, teardown),
		cmocka_unit_test_setup_teardown(other_costs_tell_all_days_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_records_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(whatever_happens_the_days_are_those_of_a_batch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
