// SPDX-License-Identifier: Apache-2.0
#include "runtime/topics.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/when.h"

static const int64_t HOUR_MS = 3600000, DAY_MS = 86400000;
static const uint32_t STOCK_MESSAGE_BYTES = 1048588; // Kafka's default of max.message.bytes

// ---- limits

static int64_t longest_lookback_ms(const struct config *config)
{
	int64_t longest = config->tenant_count ? 0 : 7 * DAY_MS;

	for (size_t i = 0; i < config->tenant_count; i++)
		if (config->tenants[i].max_lookback_ms > longest)
			longest = config->tenants[i].max_lookback_ms;
	return longest;
}

static uint64_t most_touchpoints(const struct config *config)
{
	int most = 0;

	for (size_t i = 0; i < config->tenant_count; i++)
		for (size_t k = 0; k < config->tenants[i].goal_count; k++)
			if (config->tenants[i].goals[k].max_touchpoints > most)
				most = config->tenants[i].goals[k].max_touchpoints;
	return (uint64_t)most;
}

uint32_t topics_record_limit(const struct config *config)
{
	uint64_t record = config->max_record;
	uint64_t bytes = 2 * most_touchpoints(config) * (2 * record + TOPICS_CREDIT_FIXED) + 8 * record + TOPICS_CONVERSION_FIXED;

	return bytes < TOPICS_RECORD_MAX ? (uint32_t)bytes : TOPICS_RECORD_MAX;
}

uint32_t topics_message_limit(const struct config *config)
{
	return topics_record_limit(config) + TOPICS_ENVELOPE;
}

int64_t topics_clicks_retention_ms(const struct config *config)
{
	return 2 * longest_lookback_ms(config) + 2 * config->attribution.allowed_lateness_ms;
}

// ---- what each topic must be

static struct topics_setting *add(struct topics_wanted *t, const char *name, enum topics_rule rule)
{
	CHECK(t->setting_count < TOPICS_SETTINGS_MAX);
	struct topics_setting *s = &t->settings[t->setting_count++];

	s->name = name;
	s->rule = rule;
	return s;
}

static void add_text(struct topics_wanted *t, const char *name, enum topics_rule rule, const char *text)
{
	snprintf(add(t, name, rule)->create, TOPICS_VALUE, "%s", text);
}

static void add_number(struct topics_wanted *t, const char *name, enum topics_rule rule, int64_t bound, int64_t create)
{
	struct topics_setting *s = add(t, name, rule);

	s->bound = bound;
	snprintf(s->create, sizeof s->create, "%" PRId64, create);
}

static void same_number(struct topics_wanted *t, const char *name, enum topics_rule rule, int64_t number)
{
	add_number(t, name, rule, number, number);
}

// A day more than needed, for workers that are behind. Orders and conversions stay as long as clicks, so that a replay finds them together.
static void want_input(struct topics_wanted *t, const struct config *config)
{
	int64_t least_ms = topics_clicks_retention_ms(config);
	int64_t room = (int64_t)config->max_record + (64 << 10);
	bool clicks = t->id == TOPICS_CLICKS;

	t->input = true;
	t->by_shard = true;
	add_text(t, "cleanup.policy", TOPICS_SAME, "delete");
	add_number(t, "retention.ms", clicks ? TOPICS_AT_LEAST : TOPICS_ADVICE, least_ms, least_ms + DAY_MS);
	same_number(t, "retention.bytes", clicks ? TOPICS_AT_LEAST : TOPICS_ADVICE, -1);
	same_number(t, "message.timestamp.after.max.ms", TOPICS_AT_MOST, HOUR_MS);
	same_number(t, "max.message.bytes", TOPICS_ADVICE, room > STOCK_MESSAGE_BYTES ? room : STOCK_MESSAGE_BYTES);
}

static void want_output(struct topics_wanted *t, const struct config *config)
{
	same_number(t, "max.message.bytes", TOPICS_AT_LEAST, topics_message_limit(config));
}

// The head of the log is compacted within `lag_ms`, so that a restore reads little more than one record per key.
static void want_compacted(struct topics_wanted *t, const char *policy, int64_t lag_ms)
{
	add_text(t, "cleanup.policy", TOPICS_SAME, policy);
	same_number(t, "max.compaction.lag.ms", TOPICS_ADVICE, lag_ms);
	same_number(t, "segment.ms", TOPICS_ADVICE, lag_ms);
	add_text(t, "min.cleanable.dirty.ratio", TOPICS_ADVICE, "0.3");
}

static void want_kept(struct topics_wanted *t, enum topics_rule rule, int64_t retention_ms)
{
	add_text(t, "cleanup.policy", TOPICS_SAME, "delete");
	same_number(t, "retention.ms", rule, retention_ms);
	same_number(t, "retention.bytes", rule, -1);
}

// Nothing is sent twice as long as the ledger is there: at least twice as long as an order can change.
static int64_t ledger_retention_ms(const struct config *config)
{
	int64_t least = 2 * config->attribution.order_lifetime_ms;

	return config->events_sink.ledger_retention_ms > least ? config->events_sink.ledger_retention_ms : least;
}

static void want(struct topics_wanted *t, const struct config *config)
{
	switch (t->id) {
	case TOPICS_CLICKS:
	case TOPICS_ORDERS:
	case TOPICS_CONVERSIONS:
		want_input(t, config);
		return;
	case TOPICS_ATTRIBUTED:
		t->by_shard = true;
		want_compacted(t, "compact", DAY_MS);
		want_output(t, config);
		return;
	case TOPICS_CREDITS: // summed up from the beginning, for ever
		want_kept(t, TOPICS_AT_LEAST, -1);
		want_output(t, config);
		return;
	case TOPICS_EXPORT_RESULTS:
		t->by_shard = true;
		want_compacted(t, "compact,delete", DAY_MS);
		same_number(t, "retention.ms", TOPICS_AT_LEAST, ledger_retention_ms(config));
		want_output(t, config);
		return;
	case TOPICS_REPORT_SNAPSHOTS:
	case TOPICS_AD_ENTITIES:
	case TOPICS_SYNC_STATUS:
	case TOPICS_DAILY_SUMS:
	case TOPICS_TENANT_DAYS:
	case TOPICS_ROAS:
		want_compacted(t, "compact", DAY_MS);
		return;
	case TOPICS_CONNECTIONS: // a token that was replaced or revoked must soon be gone
		want_compacted(t, "compact", HOUR_MS);
		same_number(t, "delete.retention.ms", TOPICS_ADVICE, DAY_MS);
		return;
	case TOPICS_DEAD_LETTERS:
		want_kept(t, TOPICS_ADVICE, 30 * DAY_MS);
		want_output(t, config);
		return;
	case TOPICS_COUNT:
		break;
	}
	CHECK(!"a topic without rules");
}

void topics_plan(const struct config *config, struct topics_wanted out[TOPICS_COUNT])
{
	const struct {
		const char *key, *name;
	} topics[TOPICS_COUNT] = {
		[TOPICS_CLICKS] = {"clicks", config->topics.clicks},
		[TOPICS_ORDERS] = {"orders", config->topics.orders},
		[TOPICS_CONVERSIONS] = {"conversions", config->topics.conversions},
		[TOPICS_ATTRIBUTED] = {"attributed_conversions", config->topics.attributed_conversions},
		[TOPICS_CREDITS] = {"attribution_credits", config->topics.attribution_credits},
		[TOPICS_EXPORT_RESULTS] = {"export_results", config->topics.export_results},
		[TOPICS_REPORT_SNAPSHOTS] = {"report_snapshots", config->topics.report_snapshots},
		[TOPICS_AD_ENTITIES] = {"ad_entities", config->topics.ad_entities},
		[TOPICS_ROAS] = {"roas", config->topics.roas},
		[TOPICS_CONNECTIONS] = {"connections", config->topics.connections},
		[TOPICS_SYNC_STATUS] = {"sync_status", config->topics.sync_status},
		[TOPICS_DAILY_SUMS] = {"daily_sums", config->topics.daily_sums},
		[TOPICS_TENANT_DAYS] = {"tenant_days", config->topics.tenant_days},
		[TOPICS_DEAD_LETTERS] = {"dead_letters", config->topics.dead_letters},
	};

	for (int i = 0; i < TOPICS_COUNT; i++) {
		out[i] = (struct topics_wanted){.id = (enum topics_id)i,
			.key = topics[i].key,
			.name = topics[i].name,
			.partitions = config->topic_defaults.partitions,
			.replication_factor = config->topic_defaults.replication_factor,
			.needed = i <= TOPICS_CREDITS || i == TOPICS_DEAD_LETTERS};
		want(&out[i], config);
		if (out[i].replication_factor >= 3)
			same_number(&out[i], "min.insync.replicas", TOPICS_ADVICE, 2);
	}
}

void topics_need(struct topics_wanted wanted[TOPICS_COUNT], const char *const *keys, size_t count)
{
	for (int i = 0; i < TOPICS_COUNT; i++) {
		wanted[i].needed = false;
		for (size_t k = 0; k < count; k++)
			wanted[i].needed |= strcmp(wanted[i].key, keys[k]) == 0;
	}
}

// ---- comparison

// Is each word of comma-separated `a` in `b`?
static bool words_within(const char *a, const char *b)
{
	while (*a) {
		size_t n = strcspn(a, ", ");
		const char *at = b;

		while (*at && (strcspn(at, ", ") != n || strncmp(at, a, n) != 0)) {
			at += strcspn(at, ", ");
			at += strspn(at, ", ");
		}
		if (n && !*at)
			return false;
		a += n;
		a += strspn(a, ", ");
	}
	return true;
}

static bool number_fits(const struct topics_setting *s, const char *text)
{
	int64_t has;

	if (when_parse_integer(view_text(text), &has) != 0)
		return false;
	if (s->rule == TOPICS_AT_MOST)
		return has <= s->bound;
	return has == -1 || (s->bound != -1 && has >= s->bound);
}

static bool fits(const struct topics_setting *s, const struct topics_found *found, const char *has)
{
	if (s->rule == TOPICS_ADVICE)
		return true;
	if (strcmp(s->name, "message.timestamp.after.max.ms") == 0 && found->append_time)
		return true;
	if (s->rule == TOPICS_SAME)
		return words_within(has, s->create) && words_within(s->create, has);
	return number_fits(s, has);
}

static void say_wanted(const struct topics_setting *s, char *out, size_t room)
{
	if (s->rule == TOPICS_SAME)
		snprintf(out, room, "%s", s->create);
	else if (s->rule == TOPICS_AT_LEAST && s->bound == -1)
		snprintf(out, room, "-1 (unlimited)");
	else
		snprintf(out, room, "at %s %" PRId64, s->rule == TOPICS_AT_LEAST ? "least" : "most", s->bound);
}

static size_t compare_count(const char *what, int has, int wants, struct topics_difference *out)
{
	if (has == wants)
		return 0;
	out->what = what;
	snprintf(out->has, sizeof out->has, "%d", has);
	snprintf(out->wants, sizeof out->wants, "%d", wants);
	return 1;
}

size_t topics_compare(const struct topics_wanted *wanted, const struct topics_found *found,
	struct topics_difference out[TOPICS_DIFFERENCES_MAX])
{
	size_t n = 0;

	if (!found->exists)
		return 0;
	n += compare_count("partitions", found->partitions, wanted->partitions, &out[n]);
	n += compare_count("replication_factor", found->replication_factor, wanted->replication_factor, &out[n]);
	for (size_t i = 0; found->described && i < wanted->setting_count; i++) {
		const struct topics_setting *s = &wanted->settings[i];

		if (fits(s, found, found->values[i]))
			continue;
		out[n].what = s->name;
		snprintf(out[n].has, sizeof out[n].has, "%s", found->values[i][0] ? found->values[i] : "(unknown to this broker)");
		say_wanted(s, out[n].wants, sizeof out[n].wants);
		n++;
	}
	return n;
}
