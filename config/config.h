// SPDX-License-Identifier: Apache-2.0
// The effective configuration: defaults, then files, then environment (LOOKBACK_…), then flags; each value remembers its origin. One table of
// setting rows drives parsing, `config print`, `config reference` and `config schema`. The only room that knows YAML.
#pragma once
#include "attribution/goal.h"
#include "base/arena.h"
#include "base/log.h"

enum config_format { CONFIG_AVRO, CONFIG_JSON };
enum config_start { CONFIG_EARLIEST, CONFIG_LATEST, CONFIG_AT };

struct config_property { // of librdkafka, passed through
	const char *name, *value;
	bool secret; // came from ${ENV} or ${file:…}, or its name says so: never printed
};

struct config {
	const char *run;
	enum config_start start;
	int64_t start_time;
	struct {
		const char *bootstrap_servers;
		struct config_property *properties;
		size_t property_count;
	} kafka;
	struct {
		const char *url, *user, *password, *ca_file; // url NULL: built-in contracts
		bool register_schemas;
	} schema_registry;
	struct {
		const char *clicks, *orders, *conversions, *attributed_conversions, *attribution_credits, *export_results, *report_snapshots,
			*ad_entities, *roas, *connections, *sync_status, *daily_sums, *tenant_days, *dead_letters;
	} topics;
	struct {
		int partitions, replication_factor;
	} topic_defaults;
	struct {
		const char *host;
		int port; // 0: chosen
	} admin;
	struct {
		enum log_level level;
		enum log_format format;
	} log;
	uint32_t max_record;
	bool dead_letter_digest;
	bool keep_query;
	struct {
		enum config_format clicks, orders, conversions;
	} format;
	struct {
		const char *directory;
		uint64_t memory;
		bool compress;
	} state;
	struct {
		int workers; // 0: one per core
		int64_t commit_interval_ms, allowed_lateness_ms, max_future_ms, order_lifetime_ms;
		int failure_budget_percent;
	} attribution;
	struct {
		int workers; // 0: one per core
		int64_t commit_interval_ms;
		const char *endpoint, *ca_file; // ca_file NULL: the system's
		int batch;                      // events of a request
		uint64_t batch_bytes;
		int64_t batch_age_ms;
		int requests_in_flight;
		int64_t request_timeout_ms;
		int app_rate, advertiser_rate; // requests a second
		int64_t max_event_age_ms, resend_within_ms, ledger_retention_ms;
		const char *order_path, *order_header; // of tenants' order_sync
	} events_sink;
	struct { // TikTok's reporting and account interfaces
		const char *endpoint, *ca_file, *portal;
		const char *app_id;
		const char *secret; // as it is written: config_expand_secret
		int app_rate, advertiser_rate, requests_in_flight;
		int64_t request_timeout_ms;
	} marketing_api;
	struct {
		int workers; // 0: one per core
		int64_t commit_interval_ms, every_ms;
		const char *at; // "03:30" in the account's time zone, instead of every_ms; NULL: none
		int64_t first_ms, trailing_ms, purge_after_ms;
		bool utc_days;
	} spend_ingest;
	struct {
		int workers; // 0: one per core
		int64_t commit_interval_ms;
		const char *rates_file; // NULL: none
	} roas_join;
	struct {
		const char *current;           // id of the key that seals; NULL: nothing is sealed
		struct destination_pair *keys; // id -> the key as it stands in the file, sorted by id: config_expand_secret
		size_t key_count;
	} seal;
	const char *tenants_directory;
	struct tenant *tenants; // sorted by id
	size_t tenant_count;
	struct arena arena; // everything above lives here
	struct config_origins *origins;
};

struct config_flag { // from the command line: dotted key and text
	const char *key, *value;
};

// `file` NULL: none. FATAL file_unreadable, file_too_large, or config_invalid: file, line, column, what is wrong, the nearest known key, as many
// problems as fit into the words.
int config_load(const char *file, const struct config_flag *flags, size_t flag_count, struct config **out, struct err *err) MUST_USE;
// The same with up to 20 problems in `problems`, a line each; the error then only counts them.
int config_load_verbose(const char *file, const struct config_flag *flags, size_t flag_count, struct config **out, struct buf *problems,
	struct err *err) MUST_USE;
void config_free(struct config **config);

bool config_exports(const struct tenant *tenant); // does one of its goals?

// What the events sink needs beside what every role needs: an advertiser and source ids for each goal that exports, a ledger that is kept for long enough, and
// secrets that can be read now. A line for each of up to 20 problems. FATAL config_invalid counts them. Nothing exports: no problem.
int config_check_events_sink(const struct config *config, struct buf *problems, struct err *err) MUST_USE;

// What spend ingest needs beside what every role needs: a time of day that is one and, if it `runs`, keys that can be read now. Otherwise as above.
int config_check_spend_ingest(const struct config *config, bool runs, struct buf *problems, struct err *err) MUST_USE;

// "04:30" as minutes since midnight. 0 or -1.
int config_minute_of_day(struct view text, int *minute) MUST_USE;

// A secret that the config keeps as it is written (tiktok.access_token, seal.keys): its references are read now, so that a renewed one is found.
// Appends to `out`, whose owner wipes it; nothing of it stays elsewhere. FATAL config_reference, file_unreadable, file_too_large: names the
// variable or the file, never a value.
int config_expand_secret(struct view written, struct buf *out, struct err *err) MUST_USE;

const struct tenant *config_tenant(const struct config *config, struct view id); // NULL: unknown

// A tenant's goals and max_lookback as canonical text: equal text, equal meaning. One line per goal, sorted by name; the line begins with the goal's name.
void config_canonical_goals(const struct tenant *tenant, struct buf *out);

void config_print(const struct config *config, bool json, struct buf *out); // effective values with origin; secrets as ***
void config_reference(struct buf *out);                                     // Markdown page
void config_schema(struct buf *out);                                        // JSON Schema
