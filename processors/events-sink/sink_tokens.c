// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/sink_tokens.h"

#include "base/core_limit.h"
#include "base/now.h"
#include "base/own.h"
#include "crypto/digest.h"
#include "runtime/seal_ring.h"
#include "runtime/topic_follow.h"
#include "schemas/wire.h"
#include "tiktok/connection.h"

#include <pthread.h>
#include <stdlib.h>

enum { READ_EVERY_MS = 1000, TOKEN_MAX = 4096 };

// What is known of one tenant's token.
struct known {
	pthread_mutex_t lock;
	bool read; // at least once
	int64_t read_ms;
	struct buf token;    // empty: it could not be read
	struct err *problem; // why; NULL: there is a token
	uint64_t version;
	// Of the topic, as it was heard last.
	struct buf record; // empty: there is none
	bool heard;        // since all is heard anew
	int64_t seen;      // the highest generation whose seal was good; a tombstone begins anew
};

struct sink_tokens {
	const struct config *config;
	struct known *tenants; // by place in config.tenants
	struct topic_follow *follow;
	bool follows;
	pthread_mutex_t reader_lock;
	struct wire_reader *reader;
};

struct sink_tokens *sink_tokens_new(const struct config *config)
{
	struct sink_tokens *t = calloc(1, sizeof *t);

	if (!t || !(t->tenants = calloc(config->tenant_count + 1, sizeof *t->tenants)))
		err_out_of_memory();
	core_limit_forbid();
	t->config = config;
	CHECK(pthread_mutex_init(&t->reader_lock, NULL) == 0);
	for (size_t i = 0; i < config->tenant_count; i++)
		CHECK(pthread_mutex_init(&t->tenants[i].lock, NULL) == 0);
	return t;
}

void sink_tokens_free(struct sink_tokens **tokens)
{
	struct sink_tokens *t = *tokens;

	if (!t)
		return;
	topic_follow_free(&t->follow);
	wire_reader_free(&t->reader);
	pthread_mutex_destroy(&t->reader_lock);
	for (size_t i = 0; i < t->config->tenant_count; i++) {
		seal_wipe(&t->tenants[i].token);
		buf_clear(&t->tenants[i].record);
		free(t->tenants[i].problem);
		pthread_mutex_destroy(&t->tenants[i].lock);
	}
	free(t->tenants);
	free(t);
	*tokens = NULL;
}

// ---- reading

static int unreadable(const struct tenant *tenant, const char *why, struct err *err)
{
	return err_set(err, ERR_RETRY, "token_unreadable", "tenant %.*s: tiktok.access_token %s", VIEW_ARG(tenant->id), why);
}

static int missing(const struct tenant *tenant, struct err *err)
{
	struct view id = tenant->id, advertiser = tenant->tiktok.advertiser_id;

	if (!view_is_set(advertiser))
		return err_set(err, ERR_RETRY, "token_missing",
			"tenant %.*s has no access token; set its tiktok.access_token, best as ${file:PATH}", VIEW_ARG(id));
	return err_set(err, ERR_RETRY, "token_missing",
		"tenant %.*s has no access token; connect advertiser %.*s (`lookback connections authorize %.*s`), or set its tiktok.access_token, best as "
		"${file:PATH}",
		VIEW_ARG(id), VIEW_ARG(advertiser), VIEW_ARG(id));
}

// A failure of config/ or crypto/ in our words.
static int translated(const struct tenant *tenant, struct err *err)
{
	struct err cause = *err;

	return err_set(err, ERR_RETRY, "token_unreadable", "tenant %.*s: tiktok.access_token: %s", VIEW_ARG(tenant->id), cause.words);
}

static int open_sealed(const struct config *config, const struct tenant *tenant, struct view sealed, struct buf *clear, struct err *err)
{
	struct err problem;
	OWN(seal_free) struct seal *seal = seal_ring_read(config, &problem);
	const struct seal_owner owner = {tenant->id, tenant->tiktok.advertiser_id};

	if (seal_open(seal, &owner, sealed, clear, err) == 0)
		return 0;
	if (problem.class != ERR_NONE && strcmp(err->code, "seal_key") == 0)
		*err = problem;
	return -1;
}

// It will stand in a header of a request.
static bool is_token(struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	}
	return text.n <= TOKEN_MAX;
}

static int read_config(const struct config *config, const struct tenant *tenant, struct buf *token, struct err *err)
{
	OWN(seal_wipe) struct buf text = {0}, clear = {0};

	if (config_expand_secret(tenant->tiktok.access_token, &text, err) != 0)
		return translated(tenant, err);
	struct view found = view_trimmed(buf_view(&text));
	if (seal_is_sealed(found)) {
		if (open_sealed(config, tenant, found, &clear, err) != 0)
			return translated(tenant, err);
		found = view_trimmed(buf_view(&clear));
	}
	if (found.n == 0)
		return unreadable(tenant, "is empty; write the token into it", err);
	if (!is_token(found))
		return unreadable(tenant, "is no token: 1 to 4096 printable characters without blanks", err);
	buf_add_view(token, found);
	return 0;
}

// ---- of the topic

static int decode(struct sink_tokens *t, const struct known *known, struct arena *arena, struct connection *out, struct err *err)
{
	pthread_mutex_lock(&t->reader_lock);
	int failed = wire_read(t->reader, buf_view(&known->record), arena, out, err);

	pthread_mutex_unlock(&t->reader_lock);
	return failed;
}

static int open_record(struct sink_tokens *t, const struct tenant *tenant, struct known *known, struct buf *token, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf key = {0};
	struct connection c;
	struct err problem;

	connection_add_key(tenant->id, tenant->tiktok.advertiser_id, &key);
	if (decode(t, known, &arena, &c, err) != 0 || connection_check_key(&c, buf_view(&key), err) != 0)
		return -1;
	OWN(seal_free) struct seal *seal = seal_ring_read(t->config, &problem);

	if (connection_open(seal, &c, known->seen, token, err) != 0) {
		if (problem.class != ERR_NONE && strcmp(err->code, "connection_key_missing") == 0)
			*err = problem;
		return -1;
	}
	known->seen = c.generation;
	return 0;
}

static int read_connection(struct sink_tokens *t, const struct tenant *tenant, struct known *known, struct buf *token, struct err *err)
{
	struct err trouble;

	if (known->record.n > 0) {
		if (open_record(t, tenant, known, token, err) == 0)
			return 0;
		trouble = *err;
		return err_set(err, ERR_RETRY, "token_unreadable", "%s: %s", t->config->topics.connections, trouble.words);
	}
	if (!t->follow || topic_follow_caught_up(t->follow))
		return missing(tenant, err);
	if (topic_follow_trouble(t->follow, &trouble) == 0)
		return err_set(err, ERR_RETRY, "token_unknown", "tenant %.*s: %s is still being read", VIEW_ARG(tenant->id),
			t->config->topics.connections);
	return err_set(err, ERR_RETRY, "token_unknown", "tenant %.*s: the token cannot be read from %s: %s", VIEW_ARG(tenant->id),
		t->config->topics.connections, trouble.words);
}

static bool is_connected(const struct tenant *tenant)
{
	return !view_is_set(tenant->tiktok.access_token) && view_is_set(tenant->tiktok.advertiser_id);
}

static int read_token(struct sink_tokens *t, const struct tenant *tenant, struct known *known, struct buf *token, struct err *err)
{
	if (view_is_set(tenant->tiktok.access_token))
		return read_config(t->config, tenant, token, err);
	if (t->follows && is_connected(tenant))
		return read_connection(t, tenant, known, token, err);
	return missing(tenant, err);
}

// Of the tenant whose advertiser the key names, locked; NULL: nobody's.
static struct known *known_by_key(struct sink_tokens *t, struct view key)
{
	struct view id, advertiser;
	const struct tenant *tenant = connection_split_key(key, &id, &advertiser) ? config_tenant(t->config, id) : NULL;

	if (!tenant || !is_connected(tenant) || !view_eq(tenant->tiktok.advertiser_id, advertiser))
		return NULL;
	struct known *known = &t->tenants[tenant - t->config->tenants];

	pthread_mutex_lock(&known->lock);
	return known;
}

// The next question finds it, without waiting for its second to end.
void sink_tokens_hear(struct sink_tokens *t, const struct record *record)
{
	struct known *known = known_by_key(t, record->key);

	if (!known)
		return;
	buf_reset(&known->record);
	buf_add_view(&known->record, record->value);
	known->seen = known->record.n > 0 ? known->seen : 0;
	known->heard = true;
	known->read = false;
	pthread_mutex_unlock(&known->lock);
}

void sink_tokens_hear_anew(struct sink_tokens *t)
{
	for (size_t i = 0; i < t->config->tenant_count; i++) {
		pthread_mutex_lock(&t->tenants[i].lock);
		t->tenants[i].heard = false;
		pthread_mutex_unlock(&t->tenants[i].lock);
	}
}

void sink_tokens_heard_all(struct sink_tokens *t)
{
	for (size_t i = 0; i < t->config->tenant_count; i++) {
		struct known *known = &t->tenants[i];

		pthread_mutex_lock(&known->lock);
		if (!known->heard) {
			buf_reset(&known->record);
			known->read = false;
		}
		pthread_mutex_unlock(&known->lock);
	}
}

static void hear(void *context, const struct record *record)
{
	sink_tokens_hear(context, record);
}

static void hear_anew(void *context)
{
	sink_tokens_hear_anew(context);
}

static void heard_all(void *context)
{
	sink_tokens_heard_all(context);
}

static bool is_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->tenant_count; i++)
		if (is_connected(&config->tenants[i]) && config_exports(&config->tenants[i]))
			return true;
	return false;
}

void sink_tokens_follow(struct sink_tokens *t, struct registry *registry)
{
	const struct topic_follow_options options = {.config = t->config,
		.topic = t->config->topics.connections,
		.client_id = "lookback-connections",
		.hear = hear,
		.restart = hear_anew,
		.caught_up = heard_all,
		.context = t};

	if (t->follows || !is_wanted(t->config))
		return;
	t->follows = true;
	t->reader = wire_reader_new(contract_connection, WIRE_AVRO, registry);
	t->follow = topic_follow_new(&options);
}

// ---- now

static uint64_t version_of(struct view token)
{
	OWN(digest_free) struct digest *digest = digest_new();
	char hex[DIGEST_HEX + 1];

	digest_sha256(digest, token, hex);
	hex[16] = '\0';
	return strtoull(hex, NULL, 16) | 1; // 0 says that there is none
}

static void refresh(struct sink_tokens *t, const struct tenant *tenant, struct known *known)
{
	int64_t now = now_steady_ms();
	struct err err;

	if (known->read && now - known->read_ms < READ_EVERY_MS)
		return;
	known->read = true;
	known->read_ms = now;
	seal_wipe(&known->token);
	free(known->problem);
	known->problem = NULL;
	known->version = 0;
	if (read_token(t, tenant, known, &known->token, &err) == 0) {
		known->version = version_of(buf_view(&known->token));
		return;
	}
	known->problem = malloc(sizeof err);
	if (!known->problem)
		err_out_of_memory();
	*known->problem = err;
}

// ---- asking

// The tenant's, locked and no older than a second; NULL: the config does not know it.
static struct known *known_of(struct sink_tokens *t, struct view id)
{
	const struct tenant *tenant = config_tenant(t->config, id);

	if (!tenant)
		return NULL;
	struct known *known = &t->tenants[tenant - t->config->tenants];
	pthread_mutex_lock(&known->lock);
	refresh(t, tenant, known);
	return known;
}

int sink_tokens_get(struct sink_tokens *tokens, struct view tenant, struct buf *token, uint64_t *version, struct err *err)
{
	struct known *known = known_of(tokens, tenant);

	*version = 0;
	if (!known)
		return err_set(err, ERR_RETRY, "token_missing", "tenant %.*s is not in the configuration", VIEW_ARG(tenant));
	bool there = !known->problem;
	if (there)
		buf_add_view(token, buf_view(&known->token));
	else
		*err = *known->problem;
	*version = known->version;
	pthread_mutex_unlock(&known->lock);
	return there ? 0 : -1;
}

static int get(void *context, struct view tenant, struct buf *token, uint64_t *version, struct err *err)
{
	return sink_tokens_get(context, tenant, token, version, err);
}

struct send_tokens sink_tokens_source(struct sink_tokens *tokens)
{
	return (struct send_tokens){get, tokens};
}

uint64_t sink_tokens_version(struct sink_tokens *tokens, struct view tenant)
{
	struct known *known = known_of(tokens, tenant);

	if (!known)
		return 0;
	uint64_t version = known->version;
	pthread_mutex_unlock(&known->lock);
	return version;
}
