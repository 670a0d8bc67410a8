// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_scan.h"

#include <inttypes.h>

#include "base/own.h"
#include "cli/options.h"
#include "runtime/topic_scan.h"
#include "schemas/registry.h"
#include "schemas/wire.h"

struct roas_scanning {
	const struct roas_scan *scan;
	struct wire_reader *reader;
	struct arena arena;
};

static int hear(void *context, const struct record *record, struct err *err)
{
	struct roas_scanning *s = context;

	if (!view_is_set(record->key) || !s->scan->wants(s->scan->context, record->key))
		return 0;
	if (!view_is_set(record->value))
		return s->scan->hear(s->scan->context, record->key, NULL, err);
	arena_reset(&s->arena);
	void *decoded = arena_take(&s->arena, s->scan->record_bytes);

	if (wire_read(s->reader, record->value, &s->arena, decoded, err) != 0)
		return err_prefix(err, "%s [%d] at offset %" PRId64, s->scan->topic, (int)record->partition, record->offset);
	return s->scan->hear(s->scan->context, record->key, decoded, err);
}

static void partition_end(void *context, int32_t partition)
{
	const struct roas_scan *scan = ((const struct roas_scanning *)context)->scan;

	(void)partition;
	if (scan->partition_end)
		scan->partition_end(scan->context);
}

static int scan_with(const struct roas_scan *scan, struct registry *registry, struct err *err)
{
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(scan->contract, WIRE_AVRO, registry);
	struct roas_scanning s = {.scan = scan, .reader = reader};
	const struct topic_scan topic = {.config = scan->config,
		.topic = scan->topic,
		.client_id = "lookback-roas",
		.since_ms = INT64_MIN,
		.hear = hear,
		.partition_end = partition_end,
		.context = &s};
	int failed = topic_scan(&topic, err);

	arena_clear(&s.arena);
	return failed;
}

int roas_scan(const struct roas_scan *scan, struct err *err)
{
	OWN(registry_free) struct registry *registry = NULL;

	if (contract_setup(err) != 0 || options_registry(scan->config, false, &registry, err) != 0)
		return -1;
	return scan_with(scan, registry, err);
}
