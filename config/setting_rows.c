// SPDX-License-Identifier: Apache-2.0
// Every setting, in the order of the reference page.
#include "config/setting.h"

#include "config/config.h"

#define OF_CONFIG(field) .scope = SETTING_OF_CONFIG, .offset = offsetof(struct config, field), .size = sizeof(((struct config *)0)->field)
#define OF_TENANT(field) .scope = SETTING_OF_TENANT, .offset = offsetof(struct tenant, field), .size = sizeof(((struct tenant *)0)->field)
#define OF_GOAL(field) .scope = SETTING_OF_GOAL, .offset = offsetof(struct goal, field), .size = sizeof(((struct goal *)0)->field)
// clang-format off
#define TOPIC(name, text, why) \
	{.key = "topics." #name, OF_CONFIG(topics.name), .type = SETTING_TEXT, .fallback = (text), .max = 249, \
		.form = FORM_TOPIC, .about = (why)}
#define FORMAT(name) \
	{.key = "format." #name, OF_CONFIG(format.name), .type = SETTING_WORD, .words = format_word, .fallback = "avro", \
		.about = "How records of `topics." #name "` are encoded."}
// clang-format on
#define TEXTS_LENGTH 4096
#define MINUTE (60 * 1000LL)
#define DAY (24 * 60 * MINUTE)
#define WINDOW_LONGEST (3650 * DAY)
#define KIB 1024LL
#define GIB (KIB * KIB * KIB)

// The i-th of these words, NULL behind the last.
static const char *word_at(int i, int count, const char *const *words)
{
	return i >= 0 && i < count ? words[i] : NULL;
}

static const char *format_word(int i)
{
	return word_at(i, 2, (const char *const[]){"avro", "json"});
}

static const char *level_word(int i)
{
	return word_at(i, 4, (const char *const[]){"debug", "info", "warn", "error"});
}

static const char *log_format_word(int i)
{
	return word_at(i, 2, (const char *const[]){"logfmt", "json"});
}

static const char *letter_word(int i)
{
	return word_at(i, 2, (const char *const[]){"original", "digest"});
}

// The enums of a goal are named by attribution/.
static const char *source_word(int i)
{
	return i <= GOAL_CONVERSIONS ? goal_source_name((enum goal_source)i) : NULL;
}

static const char *basis_word(int i)
{
	return i < GOAL_BASES ? goal_basis_name((enum goal_basis)i) : NULL;
}

static const char *model_word(int i)
{
	return i <= MODEL_CUSTOM ? goal_model_name((enum goal_model)i) : NULL;
}

static const char *group_word(int i)
{
	return i <= GROUP_CHANNEL ? goal_group_name((enum goal_group)i) : NULL;
}

static const char *export_word(int i)
{
	return i <= EXPORT_LAST_TOUCH_ONLY ? goal_export_name((enum goal_export)i) : NULL;
}

// clang-format off
const struct setting setting_rows[] = {
	{.key = "run", OF_CONFIG(run), .type = SETTING_TEXT, .fallback = "live", .max = 64, .form = FORM_NAME,
		.about = "Names the consumer groups, transactional ids, the state's folder and, in a replay, the output topics."},
	{.key = "start", OF_CONFIG(start), .type = SETTING_START, .fallback = "earliest",
		.about = "Where the inputs are read from when the run has never committed: the oldest record, the newest, or the first one at a "
			"time."},
	{.key = "kafka.bootstrap_servers", OF_CONFIG(kafka.bootstrap_servers), .type = SETTING_TEXT,
		.fallback = "localhost:9092", .max = TEXTS_LENGTH,
		.about = "The brokers to ask first, `host:port`, separated by commas."},
	{.key = "kafka.properties", OF_CONFIG(kafka.properties), .type = SETTING_PROPERTIES, .fallback = "{}",
		.about = "Any property of librdkafka, passed through: security, compression, time-outs. What exactly-once hangs on is not the "
			"user's to set."},
	{.key = "schema_registry.url", OF_CONFIG(schema_registry.url), .type = SETTING_TEXT, .optional = true,
		.max = TEXTS_LENGTH, .form = FORM_URL,
		.about = "A Confluent-compatible registry. Null: no registry; records carry the fingerprint of a built-in contract (Avro "
			"single-object encoding)."},
	{.key = "schema_registry.user", OF_CONFIG(schema_registry.user), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "For basic authentication at the registry."},
	{.key = "schema_registry.password", OF_CONFIG(schema_registry.password), .type = SETTING_TEXT, .optional = true,
		.max = TEXTS_LENGTH,
		.about = "For basic authentication at the registry; best as `${ENV}` or `${file:path}`."},
	{.key = "schema_registry.ca_file", OF_CONFIG(schema_registry.ca_file), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "Certificates (PEM) to check the registry's with, in place of the system's."},
	{.key = "schema_registry.register_schemas", OF_CONFIG(schema_registry.register_schemas), .type = SETTING_BOOL, .fallback = "true",
		.about = "Register the contracts of our output topics at start. False: they must be there already."},
	TOPIC(clicks, "clicks", "Input: landings on the shop's pages that came from ads."),
	TOPIC(orders, "orders", "Input: one record per status change of an order."),
	TOPIC(conversions, "conversions", "Input: other events worth crediting."),
	TOPIC(attributed_conversions, "attributed-conversions", "Output: the latest result of each conversion and goal; compacted."),
	TOPIC(attribution_credits, "attribution-credits", "Output: changes of credit, to be added up."),
	TOPIC(export_results, "export-results", "Output of the events sink: what was sent and what came back."),
	TOPIC(report_snapshots, "report-snapshots", "Output of spend ingest: report rows."),
	TOPIC(ad_entities, "ad-entities", "Output of spend ingest: advertisers, campaigns, ad groups, ads."),
	TOPIC(roas, "roas", "Output of the ROAS join: revenue against spend."),
	TOPIC(connections, "connections", "Advertiser accounts and their sealed tokens."),
	TOPIC(dead_letters, "dead-letters", "Input records that could not be used, with the reason in their headers."),
	{.key = "topic_defaults.partitions", OF_CONFIG(topic_defaults.partitions), .type = SETTING_INTEGER, .fallback = "8",
		.min = 1, .max = 10000,
		.about = "Partitions of each topic that `topics create` makes. A run keeps its count for life."},
	{.key = "topic_defaults.replication_factor", OF_CONFIG(topic_defaults.replication_factor), .type = SETTING_INTEGER,
		.fallback = "1", .min = 1, .max = 32,
		.about = "Copies of each partition that `topics create` asks for; 3 in production."},
	{.key = "admin.listen", OF_CONFIG(admin), .type = SETTING_LISTEN, .fallback = "127.0.0.1:9404",
		.about = "Address of health checks, `/metrics` and `/status`. Port 0: a free one, told in the log."},
	{.key = "log.level", OF_CONFIG(log.level), .type = SETTING_WORD, .words = level_word, .fallback = "info",
		.about = "The least important events to log."},
	{.key = "log.format", OF_CONFIG(log.format), .type = SETTING_WORD, .words = log_format_word, .fallback = "logfmt",
		.about = "How a line of the log is written."},
	{.key = "max_record", OF_CONFIG(max_record), .type = SETTING_SIZE, .fallback = "256KiB", .min = KIB, .max = 16 * KIB * KIB,
		.about = "Larger input records are dead letters (`too_large`)."},
	{.key = "dead_letters.value", OF_CONFIG(dead_letter_digest), .type = SETTING_WORD, .words = letter_word, .fallback = "original",
		.about = "What a dead letter carries: the record as it came, or its SHA-256."},
	{.key = "keep_query", OF_CONFIG(keep_query), .type = SETTING_BOOL, .fallback = "false",
		.about = "True: URLs in outputs keep their whole query. False: only click ids and campaign parameters."},
	FORMAT(clicks),
	FORMAT(orders),
	FORMAT(conversions),
	{.key = "state.directory", OF_CONFIG(state.directory), .type = SETTING_TEXT, .fallback = "./state", .max = TEXTS_LENGTH,
		.about = "Where the shards' stores are kept. Losing it costs a restore, no data."},
	{.key = "state.memory", OF_CONFIG(state.memory), .type = SETTING_SIZE, .fallback = "1GiB", .min = 64 * KIB * KIB, .max = 1024 * GIB,
		.about = "Budget of the whole process: tables, caches and client queues are shares of it."},
	{.key = "attribution.workers", OF_CONFIG(attribution.workers), .type = SETTING_INTEGER, .fallback = "auto",
		.min = 1, .max = 256, .word = "auto", .word_value = 0,
		.about = "Threads, each with a consumer and a producer; `auto` is one per core."},
	{.key = "attribution.commit_interval", OF_CONFIG(attribution.commit_interval_ms), .type = SETTING_DURATION,
		.fallback = "500ms", .min = 1, .max = MINUTE,
		.about = "How often a transaction is committed: results can be read after about that long."},
	{.key = "attribution.allowed_lateness", OF_CONFIG(attribution.allowed_lateness_ms), .type = SETTING_DURATION,
		.fallback = "7d", .min = 0, .max = 365 * DAY,
		.about = "Records older than their input's stream time by more than this are dead letters (`too_late`)."},
	{.key = "attribution.max_future", OF_CONFIG(attribution.max_future_ms), .type = SETTING_DURATION, .fallback = "10m",
		.min = 0, .max = 365 * DAY,
		.about = "Records whose event time is later than their Kafka timestamp by more than this are dead letters (`future_time`)."},
	{.key = "attribution.order_lifetime", OF_CONFIG(attribution.order_lifetime_ms), .type = SETTING_DURATION,
		.fallback = "180d", .min = 1, .max = WINDOW_LONGEST,
		.about = "How long after it was placed an order takes status changes; at least twice `allowed_lateness`."},
	{.key = "attribution.failure_budget", OF_CONFIG(attribution.failure_budget_percent), .type = SETTING_PERCENT,
		.fallback = "50%", .min = 0, .max = 100,
		.about = "More bad records than this share of an input's last 10,000 stop the run: something is wrong with the input, not with "
			"a record."},
	{.key = "tenants_directory", OF_CONFIG(tenants_directory), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "A folder of `*.yaml` files, each one an entry of `tenants`. Null: none."},
	{.key = "tenants", OF_CONFIG(tenants), .type = SETTING_TENANTS, .fallback = "[]",
		.about = "The shops; each tenant's goals are its own."},
	{.key = "id", OF_TENANT(id), .type = SETTING_VIEW, .max = 64, .form = FORM_NAME,
		.about = "The tenant as records name it."},
	{.key = "max_lookback", OF_TENANT(max_lookback_ms), .type = SETTING_DURATION, .fallback = "7d", .min = 1, .max = WINDOW_LONGEST,
		.about = "No goal's `lookback` is longer. Sizes the state, and says how far back clicks must be readable: twice this and twice "
			"`allowed_lateness`."},
	{.key = "goals", OF_TENANT(goals), .type = SETTING_GOALS, .fallback = "[]",
		.about = "What counts as a conversion, and who gets the credit. Each goal gives results of its own."},
	{.key = "name", OF_GOAL(name), .type = SETTING_VIEW, .max = 64, .form = FORM_NAME,
		.about = "Part of the outputs' keys: a changed goal needs a new name or a replay."},
	{.key = "source", OF_GOAL(source), .type = SETTING_WORD, .words = source_word, .fallback = "orders",
		.about = "Which input the goal looks at."},
	{.key = "event", OF_GOAL(event), .type = SETTING_VIEW, .fallback = "Purchase", .max = 256,
		.about = "Of `conversions`: the event name that is selected, required. Of `orders`: the name that the output gives."},
	{.key = "value_property", OF_GOAL(value_property), .type = SETTING_VIEW, .optional = true, .max = 256,
		.about = "Of `conversions`: take the value from this property. Null: from `value`."},
	{.key = "value_basis", OF_GOAL(value_basis), .type = SETTING_WORD, .words = basis_word, .fallback = "placed",
		.about = "Which revenue the goal's value is; outputs carry the other bases too."},
	{.key = "lookback", OF_GOAL(lookback_ms), .type = SETTING_DURATION, .fallback = "7d", .min = 1, .max = WINDOW_LONGEST,
		.about = "Touchpoints this long before the conversion are eligible, both ends included."},
	{.key = "model", OF_GOAL(model), .type = SETTING_WORD, .words = model_word, .fallback = "participation",
		.about = "How credit is shared among the eligible touchpoints."},
	{.key = "participation_group", OF_GOAL(participation_group), .type = SETTING_WORD, .words = group_word, .fallback = "click",
		.about = "`participation`: each distinct one of these gets the whole."},
	{.key = "half_life", OF_GOAL(half_life_ms), .type = SETTING_DURATION, .fallback = "7d", .min = 1, .max = WINDOW_LONGEST,
		.about = "`time_decay`: a touchpoint this much older weighs half."},
	{.key = "weights", OF_GOAL(weights), .type = SETTING_WEIGHTS, .optional = true, .min = 0, .max = 1000,
		.about = "`custom`, required there: first, middle, last; not all 0."},
	{.key = "only_first_conversion", OF_GOAL(only_first_conversion), .type = SETTING_BOOL, .fallback = "true",
		.about = "Credit a user's first conversion only."},
	{.key = "first_scope", OF_GOAL(first_scope_ms), .type = SETTING_DURATION, .fallback = "lifetime", .min = 1,
		.max = WINDOW_LONGEST, .word = "lifetime", .word_value = GOAL_LIFETIME,
		.about = "A user who did not convert for so long counts as new again; `lifetime`: never."},
	{.key = "where", OF_GOAL(where), .type = SETTING_WHERE, .fallback = "{}",
		.about = "Field of the record: values. Records that differ do not exist for this goal, as `{context.shop_id: [pe, mx]}`."},
	{.key = "channels", OF_GOAL(channels), .type = SETTING_CHANNELS, .fallback = "[]",
		.about = "Touchpoints of other channels are dropped. Empty: all count."},
	{.key = "export", OF_GOAL(export), .type = SETTING_WORD, .words = export_word, .fallback = "none",
		.about = "What the events sink sends. IP address and user agent are carried only if not `none`."},
	{.key = "max_touchpoints", OF_GOAL(max_touchpoints), .type = SETTING_INTEGER, .fallback = "100", .min = 1,
		.max = GOAL_TOUCHPOINTS_MAX,
		.about = "The newest this many are credited; with more the result says `truncated`."},
};
// clang-format on
const size_t setting_row_count = sizeof setting_rows / sizeof setting_rows[0];
