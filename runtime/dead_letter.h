// SPDX-License-Identifier: Apache-2.0
// A record that cannot be used, to the dead letter topic: as it came, with the reason in headers (Kafka Connect's names, KIP-298 and KIP-1034, plus
// `lookback.reason`).
#pragma once
#include "runtime/bus.h"

struct dead_letter_options {
	int topic;
	const char *source_topic;
	bool digest; // SHA-256 of the value instead of the value
};

// The reason is err->code, the message "<code>: <words>". A value that is `too_large`, or larger than the topic takes, goes as size and SHA-256 alone; where
// key or headers are too large for the topic, they stay away, too. FATAL: the topic takes nothing.
int dead_letter_send(struct bus *bus, const struct dead_letter_options *options, const struct record *record, const struct err *reason,
	struct err *err) MUST_USE;
