// SPDX-License-Identifier: Apache-2.0
// What the conversions said, version by version, and what the ledger said of it, transaction by transaction; and whether the two and TikTok agree.
#pragma once
#include "schemas/records.h"
#include "schemas/wire.h"
#include "tests/sim/sim_kafka.h"
#include "tests/sim_sink/sink_tiktok.h"

enum { SINK_CONVERSIONS = 48, SINK_VERSIONS = 400, SINK_CLICKS = 3 };

// A conversion as one record told it; or an order's status.
struct sink_version {
	int conversion;
	int8_t status;       // of an order
	int64_t status_time; // likewise
	bool cancelled;
	bool clicks[SINK_CLICKS];
	int64_t values[SINK_CLICKS]; // micros
};

struct sink_conversion {
	int tenant;
	int64_t time;
	bool told;
};

struct sink_event {
	struct export_result last;
	int conversion;
	size_t txn;
};

struct sink_model {
	struct sink_conversion conversions[SINK_CONVERSIONS];
	struct sink_version versions[SINK_VERSIONS];
	size_t version_count;
	struct sink_event events[SINK_EVENTS];
	size_t event_count, txns, letters;
	struct wire_reader *results;
	struct arena arena;
	struct sim_kafka *kafka;
	uint64_t verdicts[8];
	bool orders; // each status that is mapped is told once
};

void sink_model_begin(struct sink_model *model, struct sim_kafka *kafka, bool orders); // hooks itself to the cluster
void sink_model_end(struct sink_model *model);

// What the newest version of the conversion says; NULL: nothing yet.
const struct sink_version *sink_model_latest(const struct sink_model *model, int conversion);
// What an event of this click is worth in this version.
int64_t sink_model_value(const struct sink_version *version, int click);

// The event is put: its intent must be committed, without a verdict, and the bytes those of the first time.
void sink_model_put(const struct sink_model *model, const struct send_event *event, const struct sink_told *told);
// The shard has it in this state: so must the ledger, as far as it is committed.
void sink_model_check_state(const struct sink_model *model, struct view event_id, bool paused);
// All is quiet: everything that was asked for has its verdict, and TikTok and the conversions agree with it.
void sink_model_check_end(const struct sink_model *model);
