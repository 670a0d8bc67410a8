// SPDX-License-Identifier: Apache-2.0
#include "cli/exports_scan.h"

#include <inttypes.h>

#include "base/own.h"
#include "cli/options.h"
#include "runtime/topic_scan.h"
#include "schemas/registry.h"
#include "schemas/wire.h"

struct scanning {
	const struct exports_scan *scan;
	struct wire_reader *reader;
	struct arena arena;
};

static int hear(void *context, const struct record *record, struct err *err)
{
	struct scanning *s = context;
	struct export_result result;

	if (!s->scan->wants(s->scan->context, record))
		return 0;
	if (!view_is_set(record->value))
		return s->scan->hear(s->scan->context, record, NULL, err);
	arena_reset(&s->arena);
	if (wire_read(s->reader, record->value, &s->arena, &result, err) != 0)
		return err_prefix(err, "%s [%d] at offset %" PRId64, s->scan->config->topics.export_results, (int)record->partition,
			record->offset);
	return s->scan->hear(s->scan->context, record, &result, err);
}

static void partition_end(void *context, int32_t partition)
{
	const struct exports_scan *scan = ((const struct scanning *)context)->scan;

	if (scan->partition_end)
		scan->partition_end(scan->context, partition);
}

static int scan_with(const struct exports_scan *scan, struct registry *registry, struct err *err)
{
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract_export_result, WIRE_AVRO, registry);
	struct scanning s = {.scan = scan, .reader = reader};
	const struct topic_scan topic = {.config = scan->config,
		.topic = scan->config->topics.export_results,
		.client_id = "lookback-exports",
		.since_ms = scan->since_ms,
		.hear = hear,
		.partition_end = partition_end,
		.context = &s};
	int failed = topic_scan(&topic, err);

	arena_clear(&s.arena);
	return failed;
}

int exports_scan(const struct exports_scan *scan, struct err *err)
{
	OWN(registry_free) struct registry *registry = NULL;

	if (contract_setup(err) != 0 || options_registry(scan->config, false, &registry, err) != 0)
		return -1;
	return scan_with(scan, registry, err);
}
