// SPDX-License-Identifier: Apache-2.0
#include "runtime/validate.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/own.h"
#include "runtime/processor.h"
#include "runtime/topics_live.h"
#include "runtime/validate_brokers.h"
#include "runtime/validate_rules.h"
#include "runtime/validate_sample.h"
#include "schemas/registry.h"

struct seen {
	struct topics_wanted wanted[TOPICS_COUNT];
	struct topics_found found[TOPICS_COUNT];
};

static void need(struct topics_wanted *wanted, const struct processor *p)
{
	const char *keys[TOPICS_COUNT];

	CHECK(p->topic_count <= TOPICS_COUNT);
	for (int i = 0; i < p->topic_count; i++)
		keys[i] = p->topics[i].key;
	topics_need(wanted, keys, (size_t)p->topic_count);
	for (int i = 0; i < TOPICS_COUNT; i++)
		for (int k = 0; k < p->topic_count; k++)
			wanted[i].by_shard |= p->by_shard >> k & 1 && strcmp(wanted[i].key, keys[k]) == 0;
}

// `processor` NULL: attribution's topics are needed.
static int look(const struct config *config, const struct processor *processor, rd_kafka_t *client, struct seen *seen, struct err *err)
{
	topics_plan(config, seen->wanted);
	if (processor)
		need(seen->wanted, processor);
	return topics_live_read(client, seen->wanted, TOPICS_COUNT, seen->found, err);
}

// ---- at start

static size_t count_problems(const struct validate_findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->p[i].level == VALIDATE_PROBLEM;
	return n;
}

static void log_warnings(const struct validate_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->p[i].level == VALIDATE_WARNING && strcmp(f->p[i].code, "topic_missing") != 0) // other roles say so themselves
			log_event(LOG_WARN, "topic_warning", LOG_S("code", f->p[i].code), LOG_S("topic", f->p[i].subject),
				LOG_S("words", f->p[i].words));
}

static int refuse(const struct validate_findings *f, struct err *err)
{
	size_t problems = count_problems(f);

	for (size_t i = 0; i < f->n; i++) {
		const struct validate_finding *p = &f->p[i];

		if (p->level != VALIDATE_PROBLEM)
			continue;
		if (problems == 1)
			return err_set(err, ERR_FATAL, p->code, "%s %s", p->subject, p->words);
		return err_set(err, ERR_FATAL, p->code, "%s %s (and %zu more: `lookback validate --live`)", p->subject, p->words, problems - 1);
	}
	return 0;
}

int validate_start(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t *partitions,
	struct err *err)
{
	OWN(validate_findings_clear) struct validate_findings findings = {0};
	struct seen seen;

	if (look(config, processor, client, &seen, err) != 0)
		return -1;
	validate_rules(config, seen.wanted, seen.found, &findings);
	log_warnings(&findings);
	if (refuse(&findings, err) != 0)
		return -1;
	*partitions = validate_partitions(seen.wanted, seen.found);
	CHECK(*partitions > 0);
	return 0;
}

int validate_assignment(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t partitions,
	struct err *err)
{
	struct seen seen = {0};

	topics_plan(config, seen.wanted);
	need(seen.wanted, processor);
	if (topics_live_counts(client, seen.wanted, TOPICS_COUNT, seen.found, err) != 0)
		return -1;
	int now = validate_partitions(seen.wanted, seen.found);

	if (now == partitions)
		return 0;
	if (now > 0)
		return err_set(err, ERR_FATAL, "partitions_changed",
			"the topics by shard have %d partitions, this run has %" PRId32 ": a run keeps its count; replay into a new run", now,
			partitions);
	return err_set(err, ERR_FATAL, "partitions_differ",
		"the partition counts of inputs and topics by shard differ now, or one is gone: they must all have %" PRId32
		" (`lookback validate --live` lists them)",
		partitions);
}

// ---- live

// The three parts hold no tab or newline of their own.
static void add_part(struct buf *report, const char *text, const char *end)
{
	for (; *text; text++)
		buf_add_byte(report, *text == '\t' || *text == '\n' ? ' ' : (uint8_t)*text);
	buf_add_text(report, end);
}

static void add_findings(const struct validate_findings *f, struct buf *report, bool *differs)
{
	static const char *const levels[] = {"ok", "warning", "problem"};

	for (size_t i = 0; i < f->n; i++) {
		add_part(report, levels[f->p[i].level], "\t");
		add_part(report, f->p[i].subject, "\t");
		add_part(report, f->p[i].words, "\n");
		*differs |= f->p[i].level == VALIDATE_PROBLEM;
	}
}

static bool says_nothing_of(const struct validate_findings *f, const char *subject)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->p[i].subject, subject) == 0)
			return false;
	return true;
}

static void praise(const struct seen *seen, struct validate_findings *out)
{
	for (int i = 0; i < TOPICS_COUNT; i++)
		if (seen->found[i].exists && says_nothing_of(out, seen->wanted[i].name))
			validate_find(out, VALIDATE_OK, "topic", seen->wanted[i].name, "%d partitions, settings as wanted", seen->found[i].partitions);
}

static void judge_cluster(const struct config *config, rd_kafka_t *client, struct validate_findings *out)
{
	struct seen seen;
	struct err err = {0};

	if (look(config, NULL, client, &seen, &err) != 0) {
		validate_find(out, VALIDATE_PROBLEM, "brokers_unreachable", "brokers", "%s: no answer (%.300s); check kafka.bootstrap_servers",
			config->kafka.bootstrap_servers, err.words);
		return;
	}
	validate_find(out, VALIDATE_OK, "brokers", "brokers", "%s answers", config->kafka.bootstrap_servers);
	validate_brokers(config, client, out);
	validate_rules(config, seen.wanted, seen.found, out);
	praise(&seen, out);
	for (int i = 0; i < TOPICS_COUNT; i++)
		if (seen.wanted[i].input && seen.found[i].exists)
			validate_sample(config, client, seen.wanted[i].name, seen.found[i].partitions, out);
}

static void judge_registry(const struct config *config, struct validate_findings *out)
{
	OWN(registry_free) struct registry *registry = NULL;
	struct registry_options options = {.url = config->schema_registry.url,
		.user = config->schema_registry.user,
		.password = config->schema_registry.password,
		.ca_file = config->schema_registry.ca_file};
	struct err err = {0};

	if (!options.url)
		return;
	if (registry_new(&options, &registry, &err) != 0 || registry_ping(registry, &err) != 0)
		validate_find(out, VALIDATE_PROBLEM, "registry_unavailable", "schema registry", "%s", err.words);
	else
		validate_find(out, VALIDATE_OK, "registry", "schema registry", "it answers");
}

int validate_live(const struct config *config, struct buf *report, bool *differs, struct err *err)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	OWN(validate_findings_clear) struct validate_findings findings = {0};
	const struct kafka_options options = {.config = config,
		.kind = KAFKA_UNCOMMITTED,
		.client_id = "lookback-validate",
		.partition_queue_bytes = 1 << 20};

	*differs = false;
	if (kafka_new(&options, &client, err) != 0)
		return -1;
	judge_cluster(config, client, &findings);
	judge_registry(config, &findings);
	add_findings(&findings, report, differs);
	return 0;
}
