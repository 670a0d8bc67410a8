// SPDX-License-Identifier: Apache-2.0
// A cluster's topics: read, compared, and created where missing. Nothing that exists is ever changed. No answer of a broker is waited for longer than 20 s.
#pragma once
#include "runtime/topics.h"

struct rd_kafka_s; // any client of runtime/kafka.h

// What the cluster has of each wanted topic. A topic whose settings may not be seen has `described` false. RETRY: no broker answers.
int topics_live_read(struct rd_kafka_s *client, const struct topics_wanted *wanted, size_t count, struct topics_found *found,
	struct err *err) MUST_USE;

// Existence and counts alone: one request.
int topics_live_counts(struct rd_kafka_s *client, const struct topics_wanted *wanted, size_t count, struct topics_found *found,
	struct err *err) MUST_USE;

enum topics_outcome {
	TOPICS_CREATED,
	TOPICS_WOULD_CREATE, // dry run; the broker has checked it
	TOPICS_EXISTS,       // as wanted
	TOPICS_DIFFERS,      // exists, with differences
	TOPICS_REFUSED,      // by the broker, or it would not fit those that exist: `problem`
};

struct topics_result {
	struct topics_wanted wanted;
	struct topics_found found;
	enum topics_outcome outcome;
	struct topics_difference differences[TOPICS_DIFFERENCES_MAX];
	size_t difference_count;
	char problem[400];
};

const char *topics_outcome_name(enum topics_outcome outcome); // "created", "would create", …

// Creates what is missing (a dry run asks the broker to check it) and says of every topic what became of it.
int topics_live_create(const struct config *config, bool dry_run, struct topics_result out[TOPICS_COUNT], struct err *err) MUST_USE;
