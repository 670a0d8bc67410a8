// SPDX-License-Identifier: Apache-2.0
// Promise: what is told of a day is the sum of what its conversions say now, whatever the order of arrival, commits, aborts, kills and lost disks; deleted conversions
// take their part out, and what has not changed is not told again.
#include "tests/unit/processors/roas_case.h"

#include "base/own.h"
#include "base/when.h"
#include "processors/roas-orders/roas_orders.h"
#include "runtime/topics_partition.h"
#include "tests/unit/config/given.h"

#define NOON INT64_C(1772323200000) // 2026-03-01T00:00Z
#define HOUR INT64_C(3600000)
#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)

static const char config_text[] = "tenants:\n  - id: lima\n    time_zone: America/Lima\n  - id: shop\n";

struct fixture {
	struct config *config;
	struct roas_orders_role *role;
	struct roas_case *c;
	struct wire_header header;
	struct wire_reader *reader;
	struct arena arena;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	given_setup(state);
	case_ok(contract_setup(&case_err));
	f->config = given_config(config_text);
	case_ok(roas_orders_role_new(f->config, NULL, &f->role, &case_err));
	case_ok(wire_header_for(contract_attributed_conversion, NULL, "t", &f->header, &case_err));
	f->reader = wire_reader_new(contract_daily_sum, WIRE_AVRO, NULL);
	f->c = case_new(roas_orders_processor(), f->role);
	case_start(f->c);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	case_free(&f->c);
	roas_orders_role_free(&f->role);
	config_free(&f->config);
	wire_reader_free(&f->reader);
	arena_clear(&f->arena);
	free(f);
	return given_teardown(state);
}

// ---- conversions

// What a conversion says; `gone`: it was deleted.
struct says {
	bool gone;
	int64_t time;
	int status, outcome;
	int64_t units, refunded;
	const char *currency;
};

static struct attributed_conversion conversion(const char *tenant, const char *goal, const char *id, const struct says *says)
{
	int64_t value = says->units * MICROS, s = says->status;
	bool confirmed = s == STATUS_CONFIRMED || s == STATUS_SHIPPED || s == STATUS_DELIVERED || s == STATUS_REFUNDED;
	bool delivered = s == STATUS_DELIVERED || s == STATUS_REFUNDED;

	return (struct attributed_conversion){.tenant = view_text(tenant),
		.user = VIEW_LIT("u"),
		.goal = view_text(goal),
		.conversion_id = view_text(id),
		.order_id = VIEW_ABSENT,
		.event = VIEW_LIT("Purchase"),
		.conversion_time = says->time,
		.outcome = (int8_t)says->outcome,
		.model = VIEW_LIT("linear"),
		.participation_group = VIEW_LIT("click"),
		.currency = view_text(says->currency),
		.value_basis = VIEW_LIT("placed"),
		.revenue = {value, confirmed ? value : 0, delivered ? value : 0, delivered ? value - says->refunded * MICROS : 0},
		.conversions = {ONE, confirmed ? ONE : 0, delivered ? ONE : 0},
		.status = (int8_t)s,
		.status_time = says->time,
		.refunded_micros = TIME_ABSENT,
		.context_time = TIME_ABSENT,
		.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT}};
}

static void put(struct fixture *f, const char *tenant, const char *goal, const char *id, const struct says *says)
{
	OWN(buf_clear) struct buf key = {0}, value = {0};
	struct attributed_conversion c = conversion(tenant, goal, id, says);

	buf_addf(&key, "%s|u|%s|%s", tenant, goal, id);
	wire_write(&f->header, contract_attributed_conversion, &c, &value);
	case_put(f->c, buf_view(&key), says->gone ? VIEW_ABSENT : buf_view(&value));
}

static bool told(struct fixture *f, const char *key, struct daily_sum *out)
{
	const struct roas_output *o = case_output(f->c, key);

	if (o)
		case_ok(wire_read(f->reader, o->value, &f->arena, out, &case_err));
	return o != NULL;
}

// ---- stories

static void a_day_is_the_sum_of_all_its_conversions(void **state)
{
	// Attributed or not, without consent, cancelled: revenue is revenue. By goal, currency and UTC day; the day is the tenant's.
	struct fixture *f = *state;
	struct daily_sum sum;

	put(f, "lima", "buy", "1", &(struct says){.time = NOON + 2 * HOUR, .outcome = OUTCOME_ATTRIBUTED, .units = 10, .currency = "PEN"});
	put(f, "lima", "buy", "2", &(struct says){.time = NOON + 4 * HOUR, .outcome = OUTCOME_NO_CONSENT, .units = 20, .currency = "PEN"});
	put(f, "lima", "buy", "3",
		&(struct says){.time = NOON - HOUR, .outcome = OUTCOME_CANCELLED, .status = STATUS_CANCELLED, .units = 5, .currency = "PEN"});
	put(f, "lima", "buy", "4", &(struct says){.time = NOON + 5 * HOUR, .outcome = OUTCOME_NOT_FIRST, .units = 7, .currency = "PEN"});
	case_settle(f->c);
	assert_true(told(f, "lima|orders:0|2026-02-28", &sum)); // until 05:00Z
	assert_int_equal(2, sum.parts.n);
	assert_true(view_eq(sum.parts.p[0].rate_day, VIEW_LIT("2026-02-28")));
	assert_int_equal(5 * MICROS, sum.parts.p[0].revenue.placed_micros);
	assert_int_equal(30 * MICROS, sum.parts.p[1].revenue.placed_micros);
	assert_int_equal(2 * ONE, sum.parts.p[1].conversions.placed_nanos);
	assert_false(sum.parts.p[1].attributed);
	assert_true(told(f, "lima|orders:0|2026-03-01", &sum));
	assert_int_equal(7 * MICROS, sum.parts.p[0].revenue.placed_micros);
}

static void the_life_of_an_order_moves_its_sums(void **state)
{
	// Placed, shipped, delivered, a part refunded; another one comes back whole.
	struct fixture *f = *state;
	struct says one = {.time = NOON, .units = 50, .currency = "EUR"}, two = one;
	struct daily_sum sum;

	put(f, "shop", "buy", "1", &one);
	one.status = STATUS_DELIVERED;
	one.refunded = 20;
	put(f, "shop", "buy", "1", &one);
	two.status = STATUS_RETURNED;
	put(f, "shop", "buy", "2", &two);
	case_settle(f->c);
	assert_true(told(f, "shop|orders:0|2026-03-01", &sum));
	const struct daily_part *p = &sum.parts.p[0];
	assert_int_equal(1, sum.parts.n);
	assert_int_equal(100 * MICROS, p->revenue.placed_micros);
	assert_int_equal(50 * MICROS, p->revenue.delivered_micros);
	assert_int_equal(30 * MICROS, p->revenue.net_micros);
	assert_int_equal(2 * ONE, p->conversions.placed_nanos);
	assert_int_equal(ONE, p->conversions.delivered_nanos);
	assert_int_equal(2 * ONE, p->shipped_nanos);
	assert_int_equal(ONE, p->returned_nanos);
}

static void what_has_not_changed_is_not_told(void **state)
{
	// A record that changes only credits, or says the same again; and its sum lies where the tenant's sums lie.
	struct fixture *f = *state;
	struct says one = {.time = NOON, .units = 50, .currency = "EUR", .outcome = OUTCOME_NO_CLICK};

	put(f, "shop", "buy", "1", &one);
	case_settle(f->c);
	size_t before = f->c->told;

	one.outcome = OUTCOME_ATTRIBUTED;
	put(f, "shop", "buy", "1", &one);
	put(f, "shop", "buy", "1", &one);
	case_settle(f->c);
	assert_int_equal(1, before);
	assert_int_equal(before, f->c->told);
	assert_int_equal(topics_partition_of(VIEW_LIT("shop|"), 8), case_output(f->c, "shop|orders:0|2026-03-01")->partition);
}

static void a_deleted_conversion_takes_its_part_out(void **state)
{
	// And a day without conversions is told as deleted.
	struct fixture *f = *state;
	struct says one = {.time = NOON, .units = 50, .currency = "EUR"}, gone = {.gone = true, .currency = "EUR"};
	struct daily_sum sum;

	put(f, "shop", "buy", "1", &one);
	put(f, "shop", "buy", "2", &one);
	put(f, "shop", "buy", "1", &gone);
	case_settle(f->c);
	assert_true(told(f, "shop|orders:0|2026-03-01", &sum));
	assert_int_equal(50 * MICROS, sum.parts.p[0].revenue.placed_micros);
	put(f, "shop", "buy", "2", &gone);
	put(f, "shop", "buy", "9", &gone); // never heard of
	case_settle(f->c);
	assert_false(told(f, "shop|orders:0|2026-03-01", &sum));
}

static void a_lost_disk_tells_days_that_only_the_topic_knew(void **state)
{
	// The order moved to an earlier day beyond the commit; compaction has taken what it said before, so only the old output still has it.
	struct fixture *f = *state;
	struct says one = {.time = NOON + 24 * HOUR, .units = 50, .currency = "EUR"}, other = {.time = NOON, .units = 1, .currency = "EUR"};
	struct daily_sum sum;

	put(f, "shop", "buy", "0", &other);
	put(f, "shop", "buy", "1", &one);
	case_settle(f->c);
	assert_true(told(f, "shop|orders:0|2026-03-02", &sum));
	case_kill(f->c);
	one.time = NOON;
	put(f, "shop", "buy", "1", &one);
	case_lose_disk(f->c);
	case_compact(f->c, true);
	case_start(f->c);
	case_settle(f->c);
	assert_false(told(f, "shop|orders:0|2026-03-02", &sum));
	assert_true(told(f, "shop|orders:0|2026-03-01", &sum));
	assert_int_equal(51 * MICROS, sum.parts.p[0].revenue.placed_micros);
}

static void a_record_without_a_key_is_refused(void **state)
{
	// It is a dead letter; the next record is taken.
	struct fixture *f = *state;
	struct says one = {.time = NOON, .units = 50, .currency = "EUR"};
	struct shard_stats stats;
	struct daily_sum sum;

	case_put(f->c, VIEW_ABSENT, VIEW_LIT("x"));
	case_put(f->c, VIEW_ABSENT, VIEW_ABSENT);
	put(f, "shop", "buy", "1", &one);
	case_settle(f->c);
	shard_stats(f->c->shard, &stats);
	assert_int_equal(2, stats.dead_letters);
	assert_true(told(f, "shop|orders:0|2026-03-01", &sum));
}

// ---- the law

enum { IDS = 40, GOALS = 2, DAYS = 4 };

static const char *const tenants[] = {"lima", "shop"}, *const goals[GOALS] = {"buy", "lead"}, *const currencies[] = {"EUR", "PEN"};

struct world {
	struct says says[2][GOALS][IDS];
	bool heard[2][GOALS][IDS];
};

// What a day of a goal and currency must be, from what each conversion says now. Lima is five hours behind UTC all year.
static int64_t expected(const struct world *w, int tenant, int goal, const char *currency, const char *day, const char *rate_day)
{
	int64_t sum = 0;
	char local[WHEN_ISO_SIZE], utc[WHEN_ISO_SIZE];

	for (int i = 0; i < IDS; i++) {
		const struct says *s = &w->says[tenant][goal][i];

		if (!w->heard[tenant][goal][i] || s->gone || strcmp(s->currency, currency) != 0)
			continue;
		when_print_iso(s->time - (tenant == 0 ? 5 * HOUR : 0), local);
		when_print_iso(s->time, utc);
		if (strncmp(local, day, 10) == 0 && strncmp(utc, rate_day, 10) == 0)
			sum += s->units * MICROS;
	}
	return sum;
}

static int64_t found(struct fixture *f, int tenant, int goal, const char *currency, const char *day, const char *rate_day)
{
	char key[64];
	struct daily_sum sum;

	snprintf(key, sizeof key, "%s|orders:0|%s", tenants[tenant], day);
	if (!told(f, key, &sum))
		return 0;
	for (size_t i = 0; i < sum.parts.n; i++) {
		const struct daily_part *p = &sum.parts.p[i];

		if (view_eq(p->goal, view_text(goals[goal])) && view_eq(p->currency, view_text(currency)) &&
			view_eq(p->rate_day, view_text(rate_day)))
			return p->revenue.placed_micros;
	}
	return 0;
}

static void compare(struct fixture *f, const struct world *w, uint64_t seed)
{
	char day[WHEN_ISO_SIZE], rate_day[WHEN_ISO_SIZE];

	for (int n = 0; n < 2 * GOALS * 2 * (DAYS + 3) * 2; n++) {
		int tenant = n & 1, goal = n >> 1 & 1, currency = n >> 2 & 1, next = n >> 3 & 1, number = (n >> 4) - 2;

		when_print_day((int32_t)(NOON / (24 * HOUR)) + number, day);
		when_print_day((int32_t)(NOON / (24 * HOUR)) + number + next, rate_day);
		int64_t want = expected(w, tenant, goal, currencies[currency], day, rate_day);
		int64_t got = found(f, tenant, goal, currencies[currency], day, rate_day);

		if (want != got)
			fail_msg("seed %llu: %s %s %s %s of %s: %lld, not %lld", (unsigned long long)seed, tenants[tenant], goals[goal],
				currencies[currency], day, rate_day, (long long)got, (long long)want);
	}
	arena_reset(&f->arena);
}

static void something_is_said(struct fixture *f, struct world *w, uint64_t *seed)
{
	int tenant = (int)(case_random(seed) % 2), goal = (int)(case_random(seed) % GOALS), id = (int)(case_random(seed) % IDS);
	struct says *s = &w->says[tenant][goal][id];
	char name[16];

	s->gone = case_random(seed) % 8 == 0;
	s->time = NOON + (int64_t)(case_random(seed) % (DAYS * 24)) * HOUR;
	s->status = (int)(case_random(seed) % 7);
	s->units = (int64_t)(case_random(seed) % 1000) + 1;
	s->currency = currencies[case_random(seed) % 2];
	w->heard[tenant][goal][id] = true;
	snprintf(name, sizeof name, "%d", id);
	put(f, tenants[tenant], goals[goal], name, s);
}

static void trouble(struct roas_case *c, uint64_t *seed)
{
	uint64_t what = case_random(seed) % 12;

	if (what < 5)
		case_commit(c);
	else if (what < 7)
		case_abort(c);
	else if (what < 9) {
		case_kill(c);
		if (what == 8)
			case_lose_disk(c);
		if (case_random(seed) % 2)
			case_compact(c, what == 8);
		case_start(c);
	} else if (what == 9) {
		case_commit(c);
		case_ok(store_flush(shard_store(c->shard), &case_err));
	}
}

static void whatever_happens_the_sums_are_those_of_a_batch(void **state)
{
	// Random records in random transactions, aborts, kills, flushes, lost disks, compaction.
	struct fixture *f;

	for (uint64_t seed = 1; seed <= 25; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15;
		struct world w = {0};

		teardown(state);
		setup(state);
		f = *state;
		for (int i = 0; i < 300; i++) {
			something_is_said(f, &w, &random);
			if (case_random(&random) % 4 == 0)
				case_work(f->c, case_random(&random) % 20);
			if (case_random(&random) % 10 == 0) {
				if (shard_is_dirty(f->c->shard) && case_random(&random) % 2)
					case_commit(f->c);
				trouble(f->c, &random);
			}
		}
		case_settle(f->c);
		compare(f, &w, seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_day_is_the_sum_of_all_its_conversions, setup, teardown),
		cmocka_unit_test_setup_teardown(the_life_of_an_order_moves_its_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(what_has_not_changed_is_not_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_deleted_conversion_takes_its_part_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_disk_tells_days_that_only_the_topic_knew, setup, teardown),
		cmocka_unit_test_setup_teardown(a_record_without_a_key_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(whatever_happens_the_sums_are_those_of_a_batch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
