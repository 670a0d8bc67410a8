// SPDX-License-Identifier: Apache-2.0
// What must hold of a cluster's topics before a run may begin, judged from what the config wants and what the cluster has. Pure.
#pragma once
#include "runtime/topics.h"

enum validate_level { VALIDATE_OK, VALIDATE_WARNING, VALIDATE_PROBLEM };

struct validate_finding {
	enum validate_level level;
	char code[40];     // one word, as in `struct err`
	char subject[256]; // a topic, or what else was looked at
	char words[420];   // what is wrong and what to set
};

// Grows; p[0 … n). Zero-initialised is empty.
struct validate_findings {
	struct validate_finding *p;
	size_t n;
};

void validate_findings_clear(struct validate_findings *findings);
void validate_find(struct validate_findings *findings, enum validate_level level, const char *code, const char *subject, const char *fmt,
	...) PRINTF_LIKE(5, 6);

// Of topics that are needed: missing; partition counts of topics by shard that differ; records that would not fit; clicks that do not stay
// long enough; policies that lose records. Of the others: warnings. `wanted` and `found` have TOPICS_COUNT elements.
void validate_rules(const struct config *config, const struct topics_wanted *wanted, const struct topics_found *found,
	struct validate_findings *out);

// The partition count that all topics by shard of the role have; 0 if they differ or one is missing.
int validate_partitions(const struct topics_wanted *wanted, const struct topics_found *found);
