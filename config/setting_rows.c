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

static const char *compression_word(int i)
{
	return word_at(i, 2, (const char *const[]){"none", "lz4"});
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

static const char *send_word(int i)
{
	return word_at(i, 2, (const char *const[]){"attributed", "all"});
}

static const char *export_at_word(int i)
{
	return word_at(i, 3, (const char *const[]){"placed", "confirmed", "delivered"});
}

static const char *event_id_word(int i)
{
	return word_at(i, 3, (const char *const[]){"default", "ttclid_date", "conversion_id"});
}

static const char *destination_source_word(int i)
{
	return word_at(i, 5, (const char *const[]){"auto", "web", "app", "offline", "crm"});
}

static const char *view_content_word(int i)
{
	return word_at(i, 3, (const char *const[]){"both", "page_view", "view_item"});
}

static const char *offline_api_word(int i)
{
	return word_at(i, 2, (const char *const[]){"events_api", "legacy"});
}

static const char *days_word(int i)
{
	return word_at(i, 2, (const char *const[]){"account", "utc"});
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
	TOPIC(sync_status, "sync-status", "How far the reading of each advertiser account's reports has come, and what is in its way."),
	TOPIC(daily_sums, "daily-sums", "What each advertiser account and each shard of orders adds to its tenant's day."),
	TOPIC(tenant_days, "tenant-days", "Spend, revenue and profit of each shop and day."),
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
	{.key = "state.compression", OF_CONFIG(state.compress), .type = SETTING_WORD, .words = compression_word, .fallback = "none",
		.about = "Of the stores' files. `lz4` halves them and what is written, for a tenth more CPU; a change holds for files written after it."},
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
	{.key = "events_sink.workers", OF_CONFIG(events_sink.workers), .type = SETTING_INTEGER, .fallback = "auto",
		.min = 1, .max = 256, .word = "auto", .word_value = 0,
		.about = "Threads, each with a consumer and a producer; `auto` is one per core."},
	{.key = "events_sink.commit_interval", OF_CONFIG(events_sink.commit_interval_ms), .type = SETTING_DURATION,
		.fallback = "500ms", .min = 1, .max = MINUTE,
		.about = "How often a transaction is committed; an event is sent after its intent has been."},
	{.key = "events_sink.endpoint", OF_CONFIG(events_sink.endpoint), .type = SETTING_TEXT,
		.fallback = "https://business-api.tiktok.com/open_api/v1.3/", .max = TEXTS_LENGTH, .form = FORM_URL,
		.about = "TikTok's API, or a stand-in for tests; ends with `/`. Tokens travel in clear to an address that begins with `http://`."},
	{.key = "events_sink.ca_file", OF_CONFIG(events_sink.ca_file), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "Certificates (PEM) to check the endpoint's with, in place of the system's."},
	{.key = "events_sink.batch", OF_CONFIG(events_sink.batch), .type = SETTING_INTEGER, .fallback = "1000", .min = 1, .max = 1000,
		.about = "Most events of a request."},
	{.key = "events_sink.batch_bytes", OF_CONFIG(events_sink.batch_bytes), .type = SETTING_SIZE, .fallback = "1MiB", .min = 16 * KIB,
		.max = 16 * KIB * KIB,
		.about = "Largest body of a request; an event that is larger goes alone. TikTok names no limit."},
	{.key = "events_sink.batch_age", OF_CONFIG(events_sink.batch_age_ms), .type = SETTING_DURATION, .fallback = "1s", .min = 0,
		.max = MINUTE,
		.about = "A request is sent at the latest when its first event has waited for so long."},
	{.key = "events_sink.requests_in_flight", OF_CONFIG(events_sink.requests_in_flight), .type = SETTING_INTEGER, .fallback = "8",
		.min = 1, .max = 256,
		.about = "Most requests of the process that wait for an answer at a time."},
	{.key = "events_sink.request_timeout", OF_CONFIG(events_sink.request_timeout_ms), .type = SETTING_DURATION, .fallback = "30s",
		.min = 100, .max = 10 * MINUTE,
		.about = "A request without an answer after so long is made again."},
	{.key = "events_sink.app_rate", OF_CONFIG(events_sink.app_rate), .type = SETTING_INTEGER, .fallback = "10", .min = 1, .max = 10000,
		.about = "Most requests a second of one process; TikTok counts them per app, so several processes need to share what it allows."},
	{.key = "events_sink.advertiser_rate", OF_CONFIG(events_sink.advertiser_rate), .type = SETTING_INTEGER, .fallback = "20", .min = 1,
		.max = 10000,
		.about = "Most requests a second for one advertiser."},
	{.key = "events_sink.max_event_age", OF_CONFIG(events_sink.max_event_age_ms), .type = SETTING_DURATION, .fallback = "28d",
		.min = MINUTE, .max = WINDOW_LONGEST,
		.about = "Conversions older than this are not sent any more (`too_old`): TikTok's click window ends then."},
	{.key = "events_sink.resend_within", OF_CONFIG(events_sink.resend_within_ms), .type = SETTING_DURATION, .fallback = "2d", .min = 0,
		.max = 2 * DAY,
		.about = "An event whose answer was lost is sent again, byte for byte, for so long after the first attempt; TikTok drops the "
			"duplicate within 48 hours. Later it is `unknown`."},
	{.key = "events_sink.ledger_retention", OF_CONFIG(events_sink.ledger_retention_ms), .type = SETTING_DURATION, .fallback = "400d",
		.min = DAY, .max = 2 * WINDOW_LONGEST,
		.about = "How long is known what was sent, so that nothing is sent twice; at least twice `attribution.order_lifetime`."},
	{.key = "events_sink.order_path", OF_CONFIG(events_sink.order_path), .type = SETTING_TEXT, .fallback = "order/sync/", .max = 256,
		.about = "Where orders of travel (`order_sync`) are told, below `endpoint`; TikTok shows its partners the address."},
	{.key = "events_sink.order_header", OF_CONFIG(events_sink.order_header), .type = SETTING_TEXT, .fallback = "Access-Token", .max = 64,
		.form = FORM_NAME,
		.about = "The header that the token of such a request stands in."},
	{.key = "marketing_api.endpoint", OF_CONFIG(marketing_api.endpoint), .type = SETTING_TEXT,
		.fallback = "https://business-api.tiktok.com/open_api/v1.3/", .max = TEXTS_LENGTH, .form = FORM_URL,
		.about = "TikTok's API for accounts, structure and reports, or a stand-in for tests; ends with `/`."},
	{.key = "marketing_api.ca_file", OF_CONFIG(marketing_api.ca_file), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "Certificates (PEM) to check the endpoint's with, in place of the system's."},
	{.key = "marketing_api.portal", OF_CONFIG(marketing_api.portal), .type = SETTING_TEXT,
		.fallback = "https://business-api.tiktok.com/portal/auth", .max = TEXTS_LENGTH, .form = FORM_URL,
		.about = "The page on which a user agrees that our app may read an account."},
	{.key = "marketing_api.app_id", OF_CONFIG(marketing_api.app_id), .type = SETTING_TEXT, .optional = true, .max = 64, .form = FORM_NAME,
		.about = "Your developer app at TikTok; its scopes need to be reading ones only."},
	{.key = "marketing_api.secret", OF_CONFIG(marketing_api.secret), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.as_written = true,
		.about = "The app's secret: `${file:PATH}` or `${NAME}`. Used to exchange a code for a token and to revoke one."},
	{.key = "marketing_api.app_rate", OF_CONFIG(marketing_api.app_rate), .type = SETTING_INTEGER, .fallback = "8", .min = 1, .max = 10000,
		.about = "Most requests a second to one path, of one process; TikTok counts them per app, so several processes share what it allows."},
	{.key = "marketing_api.advertiser_rate", OF_CONFIG(marketing_api.advertiser_rate), .type = SETTING_INTEGER, .fallback = "10", .min = 1,
		.max = 10000,
		.about = "Most requests a second to one path for one advertiser."},
	{.key = "marketing_api.requests_in_flight", OF_CONFIG(marketing_api.requests_in_flight), .type = SETTING_INTEGER, .fallback = "8",
		.min = 1, .max = 256,
		.about = "Most requests of the process that wait for an answer at a time."},
	{.key = "marketing_api.request_timeout", OF_CONFIG(marketing_api.request_timeout_ms), .type = SETTING_DURATION, .fallback = "1m",
		.min = 100, .max = 10 * MINUTE,
		.about = "A request without an answer after so long is made again."},
	{.key = "spend_ingest.workers", OF_CONFIG(spend_ingest.workers), .type = SETTING_INTEGER, .fallback = "1",
		.min = 1, .max = 256, .word = "auto", .word_value = 0,
		.about = "Threads, each with a consumer and a producer; `auto` is one per core. TikTok's limits are reached long before one is busy."},
	{.key = "spend_ingest.commit_interval", OF_CONFIG(spend_ingest.commit_interval_ms), .type = SETTING_DURATION,
		.fallback = "500ms", .min = 1, .max = MINUTE,
		.about = "How often a transaction is committed."},
	{.key = "spend_ingest.every", OF_CONFIG(spend_ingest.every_ms), .type = SETTING_DURATION, .fallback = "6h", .min = MINUTE, .max = 7 * DAY,
		.about = "How long after a reading the next one begins."},
	{.key = "spend_ingest.at", OF_CONFIG(spend_ingest.at), .type = SETTING_TEXT, .optional = true, .max = 5,
		.about = "Instead of `every`: once a day at this time in the account's time zone, as `04:30`. TikTok's figures of a day are not whole before noon of the next."},
	{.key = "spend_ingest.first", OF_CONFIG(spend_ingest.first_ms), .type = SETTING_DURATION, .fallback = "90d", .min = DAY, .max = 730 * DAY,
		.about = "How far back the first reading of an account goes, the newest days first."},
	{.key = "spend_ingest.trailing", OF_CONFIG(spend_ingest.trailing_ms), .type = SETTING_DURATION, .fallback = "28d", .min = DAY,
		.max = 90 * DAY,
		.about = "How many days each later reading takes again: TikTok credits conversions to the day of their click for up to 28 days."},
	{.key = "spend_ingest.days", OF_CONFIG(spend_ingest.utc_days), .type = SETTING_WORD, .words = days_word, .fallback = "account",
		.about = "`account`: days of the account's time zone, as in TikTok Ads Manager. `utc`: days of UTC, for all accounts alike."},
	{.key = "spend_ingest.purge_after", OF_CONFIG(spend_ingest.purge_after_ms), .type = SETTING_DURATION, .fallback = "30d", .min = 0,
		.max = WINDOW_LONGEST,
		.about = "How long after it was disconnected what was read of an account is deleted."},
	{.key = "roas_join.workers", OF_CONFIG(roas_join.workers), .type = SETTING_INTEGER, .fallback = "1",
		.min = 1, .max = 256, .word = "auto", .word_value = 0,
		.about = "Threads, each with a consumer and a producer; `auto` is one per core."},
	{.key = "roas_join.commit_interval", OF_CONFIG(roas_join.commit_interval_ms), .type = SETTING_DURATION,
		.fallback = "500ms", .min = 1, .max = MINUTE,
		.about = "How often a transaction is committed."},
	{.key = "roas_join.rates_file", OF_CONFIG(roas_join.rates_file), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "Exchange rates by day, CSV: `day,from,to,rate`. Money of another currency than the row's has no number without one."},
	{.key = "seal.current", OF_CONFIG(seal.current), .type = SETTING_TEXT, .optional = true, .max = 32, .form = FORM_NAME,
		.about = "The key of `seal.keys` that new sealed texts get. Null: the only one, if there is just one."},
	{.key = "seal.keys", OF_CONFIG(seal.keys), .type = SETTING_PAIRS, .fallback = "{}", .max = TEXTS_LENGTH, .as_written = true,
		.about = "Keys of 32 bytes, as base64 or hex, by id; what is sealed by any of them can be opened: `{2026a: '${file:/run/secrets/seal}'}`. "
			"Read when they are needed. `openssl rand -base64 32` makes one."},
	{.key = "tenants_directory", OF_CONFIG(tenants_directory), .type = SETTING_TEXT, .optional = true, .max = TEXTS_LENGTH,
		.about = "A folder of `*.yaml` files, each one an entry of `tenants`. Null: none."},
	{.key = "tenants", OF_CONFIG(tenants), .type = SETTING_TENANTS, .fallback = "[]",
		.about = "The shops; each tenant's goals are its own."},
	{.key = "id", OF_TENANT(id), .type = SETTING_VIEW, .max = 64, .form = FORM_NAME,
		.about = "The tenant as records name it."},
	{.key = "max_lookback", OF_TENANT(max_lookback_ms), .type = SETTING_DURATION, .fallback = "7d", .min = 1, .max = WINDOW_LONGEST,
		.about = "No goal's `lookback` is longer. Sizes the state, and says how far back clicks must be readable: twice this and twice "
			"`allowed_lateness`."},
	{.key = "time_zone", OF_TENANT(time_zone), .type = SETTING_VIEW, .fallback = "UTC", .max = 64, .form = FORM_ZONE,
		.about = "The shop's time zone (IANA), for the days of what no advertiser account is known for. A run keeps it for life."},
	{.key = "currency", OF_TENANT(currency), .type = SETTING_VIEW, .optional = true, .max = 3, .form = FORM_CURRENCY,
		.about = "The currency (ISO 4217) of sums over accounts. Null: that of the parts, where all have the same."},
	{.key = "costs.cogs", OF_TENANT(costs.cogs), .type = SETTING_VIEW, .optional = true, .max = 32,
		.about = "Cost of the goods of a delivered order, in `currency`. With any of the `costs`, `tenant-days` and `lookback roas --pnl` tell "
			"profit and loss; what is null costs nothing."},
	{.key = "costs.cogs_percent", OF_TENANT(costs.cogs_percent), .type = SETTING_VIEW, .optional = true, .max = 32,
		.about = "Cost of goods as a percentage of delivered revenue, refunds not deducted, 0 to 100 with up to four decimals; added to `costs.cogs`."},
	{.key = "costs.shipping", OF_TENANT(costs.shipping), .type = SETTING_VIEW, .optional = true, .max = 32,
		.about = "Cost of sending an order out, whether or not it came back."},
	{.key = "costs.return", OF_TENANT(costs.returned), .type = SETTING_VIEW, .optional = true, .max = 32,
		.about = "Cost of an order that came back whole: the way back, handling."},
	{.key = "costs.fee", OF_TENANT(costs.fee), .type = SETTING_VIEW, .optional = true, .max = 32,
		.about = "Fee of a delivered order: payment, cash on delivery."},
	{.key = "costs.fee_percent", OF_TENANT(costs.fee_percent), .type = SETTING_VIEW, .optional = true, .max = 32,
		.about = "Fees as a percentage of delivered revenue, refunds not deducted, 0 to 100 with up to four decimals; added to `costs.fee`."},
	{.key = "tiktok.advertiser_id", OF_TENANT(tiktok.advertiser_id), .type = SETTING_VIEW, .optional = true, .max = 64, .form = FORM_NAME,
		.about = "The advertiser that events are sent for. Null: nothing of this tenant is sent."},
	{.key = "tiktok.access_token", OF_TENANT(tiktok.access_token), .type = SETTING_VIEW, .optional = true, .max = TEXTS_LENGTH,
		.as_written = true,
		.about = "The advertiser's token: `${file:PATH}` or `${NAME}`, or sealed (`lookback tokens seal`). Read again while the sink runs, so "
			"that a renewed one is found. Null: from the `connections` topic."},
	{.key = "tiktok.pixel_code", OF_TENANT(tiktok.pixel_code), .type = SETTING_VIEW, .optional = true, .max = 128, .form = FORM_NAME,
		.about = "Where web events go: the pixel's code."},
	{.key = "tiktok.app_id", OF_TENANT(tiktok.app_id), .type = SETTING_VIEW, .optional = true, .max = 128, .form = FORM_NAME,
		.about = "Where app events go: TikTok's id of the app."},
	{.key = "tiktok.offline_event_set_id", OF_TENANT(tiktok.offline_event_set_id), .type = SETTING_VIEW, .optional = true, .max = 128,
		.form = FORM_NAME,
		.about = "Where offline events go: TikTok's id of the event set."},
	{.key = "tiktok.crm_event_set_id", OF_TENANT(tiktok.crm_event_set_id), .type = SETTING_VIEW, .optional = true, .max = 128,
		.form = FORM_NAME,
		.about = "Where CRM events go: TikTok's id of the event set."},
	{.key = "order_sync.statuses", OF_TENANT(tiktok.order_sync.statuses), .type = SETTING_PAIRS, .fallback = "{}", .max = 64,
		.about = "For shops that sell travel: an order's status and TikTok's word for it, as `{cancelled: CANCEL_ORDER}`; others are not told. "
			"Empty: off."},
	{.key = "order_sync.merchant_id", OF_TENANT(tiktok.order_sync.merchant_id), .type = SETTING_VIEW, .optional = true, .max = 256,
		.about = "The merchant's id, known to TikTok. Null: of the order's properties."},
	{.key = "order_sync.shop_id", OF_TENANT(tiktok.order_sync.shop_id), .type = SETTING_VIEW, .optional = true, .max = 256,
		.about = "The shop's (hotel's) id. Null: of the order's properties."},
	{.key = "order_sync.shop_name", OF_TENANT(tiktok.order_sync.shop_name), .type = SETTING_VIEW, .optional = true, .max = 256,
		.about = "The shop's (hotel's) name. Null: of the order's properties."},
	{.key = "order_sync.country", OF_TENANT(tiktok.order_sync.country), .type = SETTING_VIEW, .optional = true, .max = 64,
		.about = "The country of its orders. Null: of the order's properties."},
	{.key = "order_sync.fields", OF_TENANT(tiktok.order_sync.fields), .type = SETTING_PAIRS, .fallback = "{}", .max = 1024,
		.about = "Field of the order's information: what stands in it, as `{extra.no_show: '{properties.noshow}'}`."},
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
	{.key = "max_touchpoints", OF_GOAL(max_touchpoints), .type = SETTING_INTEGER, .fallback = "100", .min = 1,
		.max = GOAL_TOUCHPOINTS_MAX,
		.about = "The newest this many are credited; with more the result says `truncated`."},
	{.key = "export", OF_GOAL(export), .type = SETTING_WORD, .words = export_word, .fallback = "none",
		.about = "What the events sink sends: an event for each credited touchpoint with its part of the value, or one for the last. IP address and user agent are carried only if not `none`."},
	{.key = "send", OF_GOAL(destination.send), .type = SETTING_WORD, .words = send_word, .fallback = "attributed",
		.about = "`all`: conversions that no click is known for, too."},
	{.key = "export_at", OF_GOAL(destination.at), .type = SETTING_WORD, .words = export_at_word, .fallback = "placed",
		.about = "The state of an order that its events wait for."},
	{.key = "export_delay", OF_GOAL(destination.delay_ms), .type = SETTING_DURATION, .fallback = "10m", .min = 0, .max = 28 * DAY,
		.about = "How long a conversion rests after it was first seen: late clicks still count, and what is sent cannot be taken back."},
	{.key = "event_id", OF_GOAL(destination.event_id), .type = SETTING_WORD, .words = event_id_word, .fallback = "default",
		.about = "What TikTok knows duplicates by: a hash of tenant, goal, conversion and click; the click id and the day; or the conversion's "
			"id as the site's pixel sends it (with `export: last_touch_only`)."},
	{.key = "destination.source", OF_GOAL(destination.source), .type = SETTING_WORD, .words = destination_source_word, .fallback = "auto",
		.about = "The kind of event. `auto`: app if the conversion has an app, else as its context says."},
	{.key = "destination.pixel_code", OF_GOAL(destination.pixel_code), .type = SETTING_VIEW, .optional = true, .max = 128, .form = FORM_NAME,
		.about = "In place of the tenant's `tiktok.pixel_code`."},
	{.key = "destination.app_id", OF_GOAL(destination.app_id), .type = SETTING_VIEW, .optional = true, .max = 128, .form = FORM_NAME,
		.about = "In place of the tenant's `tiktok.app_id`."},
	{.key = "destination.offline_event_set_id", OF_GOAL(destination.offline_event_set_id), .type = SETTING_VIEW, .optional = true, .max = 128,
		.form = FORM_NAME,
		.about = "In place of the tenant's `tiktok.offline_event_set_id`."},
	{.key = "destination.crm_event_set_id", OF_GOAL(destination.crm_event_set_id), .type = SETTING_VIEW, .optional = true, .max = 128,
		.form = FORM_NAME,
		.about = "In place of the tenant's `tiktok.crm_event_set_id`."},
	{.key = "destination.test_event_code", OF_GOAL(destination.test_event_code), .type = SETTING_VIEW, .optional = true, .max = 128,
		.form = FORM_NAME,
		.about = "Events show up under Test Events of TikTok's Events Manager and count nowhere."},
	{.key = "destination.events", OF_GOAL(destination.events), .type = SETTING_PAIRS, .fallback = "{}", .optional = true, .max = 256,
		.about = "Event name: TikTok's name for it, as `{Purchase: PlaceAnOrder}`, or null, and it is not sent: `{PageView: null}`. Looked at before the "
			"built-in table."},
	{.key = "destination.fields", OF_GOAL(destination.fields), .type = SETTING_PAIRS, .fallback = "{}", .max = 1024,
		.about = "Field of the payload: what stands in it, as `{properties.description: '{event} of {context.shop_id}'}`."},
	{.key = "destination.view_content", OF_GOAL(destination.view_content), .type = SETTING_WORD, .words = view_content_word,
		.fallback = "both",
		.about = "Which of the tracker's events becomes TikTok's ViewContent; the other one is not sent."},
	{.key = "destination.offline_api", OF_GOAL(destination.offline_api), .type = SETTING_WORD, .words = offline_api_word,
		.fallback = "events_api",
		.about = "Where offline events go: the Events API, or the offline endpoint that came before it."},
	{.key = "destination.lower_case_external_id", OF_GOAL(destination.lower_case_external_id), .type = SETTING_BOOL, .fallback = "false",
		.about = "An external id that `fields` maps from clear text is put into lower case before it is hashed, as some pixels do. It does nothing for "
			"`context.external_id`: attribution has hashed that one as it came, so write it in lower case where it is produced."},
};
// clang-format on
const size_t setting_row_count = sizeof setting_rows / sizeof setting_rows[0];
