// SPDX-License-Identifier: Apache-2.0
#include "runtime/validate_rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/when.h"

void validate_findings_clear(struct validate_findings *findings)
{
	free(findings->p);
	*findings = (struct validate_findings){0};
}

void validate_find(struct validate_findings *findings, enum validate_level level, const char *code, const char *subject, const char *fmt,
	...)
{
	struct validate_finding *f = realloc(findings->p, (findings->n + 1) * sizeof *f);
	va_list args;

	if (!f)
		err_out_of_memory();
	findings->p = f;
	f += findings->n++;
	f->level = level;
	snprintf(f->code, sizeof f->code, "%s", code);
	snprintf(f->subject, sizeof f->subject, "%s", subject);
	va_start(args, fmt);
	vsnprintf(f->words, sizeof f->words, fmt, args);
	va_end(args);
}

static bool is_shard_topic(const struct topics_wanted *w)
{
	return w->by_shard && w->needed;
}

int validate_partitions(const struct topics_wanted *wanted, const struct topics_found *found)
{
	int count = 0;

	for (int i = 0; i < TOPICS_COUNT; i++) {
		if (!is_shard_topic(&wanted[i]))
			continue;
		if (!found[i].exists || (count && found[i].partitions != count))
			return 0;
		count = found[i].partitions;
	}
	return count;
}

static void list_counts(const struct topics_wanted *wanted, const struct topics_found *found, struct buf *out)
{
	for (int i = 0; i < TOPICS_COUNT; i++)
		if (is_shard_topic(&wanted[i]) && found[i].exists)
			buf_addf(out, "%s%s has %d", out->n ? ", " : "", wanted[i].name, found[i].partitions);
	buf_add_byte(out, 0);
}

static bool counts_differ(const struct topics_wanted *wanted, const struct topics_found *found)
{
	int count = 0;

	for (int i = 0; i < TOPICS_COUNT; i++) {
		if (!is_shard_topic(&wanted[i]) || !found[i].exists)
			continue;
		if (count && found[i].partitions != count)
			return true;
		count = found[i].partitions;
	}
	return false;
}

static void judge_counts(const struct topics_wanted *wanted, const struct topics_found *found, struct validate_findings *out)
{
	OWN(buf_clear) struct buf list = {0};

	if (!counts_differ(wanted, found))
		return;
	list_counts(wanted, found, &list);
	validate_find(out, VALIDATE_PROBLEM, "partitions_differ", "partitions",
		"%s: inputs and topics written by shard must have one partition count; create them anew with the same number of partitions (a run "
		"that has begun keeps its count: replay into a new run)",
		list.p);
}

// Topic, what it has, what it must have.
struct case_of {
	const struct topics_wanted *wanted;
	const struct topics_found *found;
	const struct topics_difference *difference;
	const struct config *config;
};

static void say_retention(const struct case_of *c, struct validate_findings *out)
{
	char wants[WHEN_ISO_SIZE], has[WHEN_ISO_SIZE];
	int64_t least_ms = topics_clicks_retention_ms(c->config), has_ms = 0;
	bool known = when_parse_integer(view_text(c->difference->has), &has_ms) == 0;

	validate_find(out, VALIDATE_PROBLEM, "clicks_retention", c->wanted->name,
		"keeps clicks for %s, but a lost shard must look back 2 max_lookback + 2 allowed_lateness = %s; set retention.ms=%" PRId64
		" or more (or shorten max_lookback)",
		known ? when_print_duration(has_ms, has) : c->difference->has, when_print_duration(least_ms, wants), least_ms);
}

static void say_limit(const struct case_of *c, struct validate_findings *out)
{
	validate_find(out, VALIDATE_PROBLEM, "output_limit", c->wanted->name,
		"takes records up to max.message.bytes=%s, but by max_record and max_touchpoints ours may have %" PRIu32
		" bytes; set max.message.bytes=%" PRIu32,
		c->difference->has, topics_record_limit(c->config), topics_message_limit(c->config));
}

static void say_policy(const struct case_of *c, struct validate_findings *out)
{
	validate_find(out, VALIDATE_PROBLEM, "cleanup_policy", c->wanted->name,
		"has cleanup.policy=%s and would lose records that count; set %s", c->difference->has, c->difference->wants);
}

static void say_future(const struct case_of *c, struct validate_findings *out)
{
	validate_find(out, VALIDATE_WARNING, "future_timestamps", c->wanted->name,
		"takes the producer's timestamps whatever they say (message.timestamp.after.max.ms=%s), so one record from the future can keep a segment "
		"from expiring; set message.timestamp.after.max.ms=3600000, or message.timestamp.type=LogAppendTime",
		c->difference->has);
}

static void say_other(const struct case_of *c, struct validate_findings *out)
{
	validate_find(out, VALIDATE_WARNING, "topic_setting", c->wanted->name, "has %s=%s; wanted: %s", c->difference->what, c->difference->has,
		c->difference->wants);
}

static bool is_needed_clicks(const struct topics_wanted *w)
{
	return w->id == TOPICS_CLICKS && w->needed;
}

static bool is_needed(const struct topics_wanted *w)
{
	return w->needed;
}

static bool is_any(const struct topics_wanted *w)
{
	(void)w;
	return true;
}

// First that holds. Counts are judged together; they need not be those of topic_defaults.
static const struct {
	const char *what;
	bool (*applies)(const struct topics_wanted *w);
	void (*say)(const struct case_of *c, struct validate_findings *out);
} rules[] = {
	{"partitions", is_any, NULL},
	{"replication_factor", is_any, NULL},
	{"retention.ms", is_needed_clicks, say_retention},
	{"max.message.bytes", is_needed, say_limit},
	{"cleanup.policy", is_needed, say_policy},
	{"message.timestamp.after.max.ms", is_any, say_future},
};

static void say(const struct case_of *c, struct validate_findings *out)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (strcmp(rules[i].what, c->difference->what) != 0 || !rules[i].applies(c->wanted))
			continue;
		if (rules[i].say)
			rules[i].say(c, out);
		return;
	}
	say_other(c, out);
}

static void judge_topic(const struct config *config, const struct topics_wanted *wanted, const struct topics_found *found,
	struct validate_findings *out)
{
	struct topics_difference differences[TOPICS_DIFFERENCES_MAX];

	if (!found->exists) {
		validate_find(out, wanted->needed ? VALIDATE_PROBLEM : VALIDATE_WARNING, "topic_missing", wanted->name,
			"does not exist, or this client may not see it; run `lookback topics create`%s",
			wanted->needed ? "" : " (needed by other roles)");
		return;
	}
	if (!found->described)
		validate_find(out, VALIDATE_WARNING, "topic_unseen", wanted->name,
			"its settings may not be read, so retention and limits are not checked; allow DescribeConfigs on it");
	size_t n = topics_compare(wanted, found, differences);

	for (size_t i = 0; i < n; i++)
		say(&(struct case_of){wanted, found, &differences[i], config}, out);
}

void validate_rules(const struct config *config, const struct topics_wanted *wanted, const struct topics_found *found,
	struct validate_findings *out)
{
	judge_counts(wanted, found, out);
	for (int i = 0; i < TOPICS_COUNT; i++)
		judge_topic(config, &wanted[i], &found[i], out);
}
