// SPDX-License-Identifier: Apache-2.0
// The topics that a config needs and how they must be set up. Pure: what a cluster has is read by topics_live.h.
#pragma once
#include "config/config.h"

enum topics_id {
	TOPICS_CLICKS,
	TOPICS_ORDERS,
	TOPICS_CONVERSIONS,
	TOPICS_ATTRIBUTED,
	TOPICS_CREDITS,
	TOPICS_EXPORT_RESULTS,
	TOPICS_REPORT_SNAPSHOTS,
	TOPICS_AD_ENTITIES,
	TOPICS_ROAS,
	TOPICS_CONNECTIONS,
	TOPICS_SYNC_STATUS,
	TOPICS_DAILY_SUMS,
	TOPICS_TENANT_DAYS,
	TOPICS_DEAD_LETTERS,
	TOPICS_COUNT,
};

enum { TOPICS_SETTINGS_MAX = 8, TOPICS_VALUE = 48 };

enum topics_rule {
	TOPICS_ADVICE,   // given to a topic that we create; any other value will do
	TOPICS_SAME,     // this, as a comma-separated set
	TOPICS_AT_LEAST, // -1 is unlimited
	TOPICS_AT_MOST,
};

struct topics_setting {
	const char *name;
	enum topics_rule rule;
	int64_t bound;             // AT_LEAST, AT_MOST
	char create[TOPICS_VALUE]; // what `topics create` sets
};

struct topics_wanted {
	enum topics_id id;
	const char *key;  // in config `topics`
	const char *name; // of the topic
	int partitions, replication_factor;
	bool by_shard; // an input, or written by shard: all of these that are needed have one partition count
	bool input;
	bool needed; // by the roles that are asked about: without it they do not start
	struct topics_setting settings[TOPICS_SETTINGS_MAX];
	size_t setting_count;
};

// All of them, in the order of enum topics_id; those of attribution are marked as needed. Texts are the config's.
void topics_plan(const struct config *config, struct topics_wanted out[TOPICS_COUNT]);
// Marks these as needed, and no others: keys in config `topics`.
void topics_need(struct topics_wanted wanted[TOPICS_COUNT], const char *const *keys, size_t count);

// The largest record (key and value) that we ever write, and therefore our producers' `message.max.bytes`; what is larger is POISON too_large before
// it meets a broker. With N the largest max_touchpoints and M max_record:
//
//   min(TOPICS_RECORD_MAX, 2 N (2 M + TOPICS_CREDIT_FIXED) + 8 M + TOPICS_CONVERSION_FIXED)
//
// because an AttributedConversion has N credits twice (`credits`, `previous`); all texts of a credit come from one click record, so they are at most
// M together, and click_id may say the ttclid a second time; the rest comes from one order or conversion record, whose items grow by at most
// seven when absent fields are written out, plus the ids in the key. A dead letter (key and value of an input) is at most 2 M.
uint32_t topics_record_limit(const struct config *config);

// What `max.message.bytes` of the topics that we write must be: room for a dead letter's headers (those of the input too) and a batch's own bytes.
uint32_t topics_message_limit(const struct config *config);

enum {
	TOPICS_CREDIT_FIXED = 160,      // numbers, lengths and tags of a Credit at their longest
	TOPICS_CONVERSION_FIXED = 8192, // numbers, names of the config, hashes
	TOPICS_ENVELOPE = 1088 << 10,   // 1 MiB of headers, as a stock topic takes them, and 64 KiB
	// A stock broker takes requests up to 100 MiB (socket.request.max.bytes), stock librdkafka readers answers up to 100,000,000 bytes
	// (receive.message.max.bytes): 95 MiB and the envelope are below both. It holds 1,000 touchpoints twice with ids of 24,000 bytes each.
	TOPICS_MESSAGE_MAX = 95 << 20,
	TOPICS_RECORD_MAX = TOPICS_MESSAGE_MAX - TOPICS_ENVELOPE,
};

// How long a lost shard must be able to look back: 2 Wm + 2 L of the tenant with the longest max_lookback.
int64_t topics_clicks_retention_ms(const struct config *config);

// What a cluster has of one topic.
struct topics_found {
	bool exists;
	int partitions, replication_factor;
	bool append_time;                               // message.timestamp.type=LogAppendTime
	char values[TOPICS_SETTINGS_MAX][TOPICS_VALUE]; // by the wanted settings; "" where the broker does not know the setting
	bool described;                                 // false: not allowed to see the settings, `values` say nothing
};

struct topics_difference {
	const char *what; // "partitions", "replication_factor", or a setting
	char has[TOPICS_VALUE], wants[TOPICS_VALUE + 16];
};

enum { TOPICS_DIFFERENCES_MAX = TOPICS_SETTINGS_MAX + 2 };

// Returns how many were put out. Nothing for a topic that does not exist.
size_t topics_compare(const struct topics_wanted *wanted, const struct topics_found *found,
	struct topics_difference out[TOPICS_DIFFERENCES_MAX]);
