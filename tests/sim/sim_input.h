// SPDX-License-Identifier: Apache-2.0
// A case's config and its inputs in their order of arrival: few users and ids, so that everything collides; good records, late ones, ones that say
// otherwise than before, and rubbish.
#pragma once
#include "config/config.h"
#include "tests/sim/sim_random.h"

enum sim_times {
	SIM_CALM,  // nothing is late, whenever it is committed
	SIM_TIGHT, // real clocks, a short lateness: records come late, clicks expire, credits freeze
	SIM_WILD,  // any int64 there is
};

struct sim_input {
	int topic;
	int32_t partition;
	int64_t offset;    // where it will be
	int64_t timestamp; // of Kafka
	int64_t time;      // of the event
	struct view key, value;
	bool marker; // an offset without a record
};

struct sim_inputs {
	enum sim_times times;
	struct config *config;
	struct sim_input *list;
	size_t n;
	struct arena arena;
};

// `scratch`: a directory for the config's file.
void sim_input_make(struct sim_random *random, const char *scratch, int32_t partitions, struct sim_inputs *out);
void sim_input_clear(struct sim_inputs *inputs);
// The same record of a tenant that nobody knows: it moves the stream as this one does and is a dead letter for sure.
void sim_input_disown(struct sim_inputs *inputs, size_t i);
