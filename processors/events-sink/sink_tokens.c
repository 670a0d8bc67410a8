// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/sink_tokens.h"

#include "base/now.h"
#include "base/own.h"
#include "crypto/digest.h"
#include "runtime/seal_ring.h"

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
};

struct sink_tokens {
	const struct config *config;
	struct known *tenants; // by place in config.tenants
};

struct sink_tokens *sink_tokens_new(const struct config *config)
{
	struct sink_tokens *t = calloc(1, sizeof *t);

	if (!t || !(t->tenants = calloc(config->tenant_count + 1, sizeof *t->tenants)))
		err_out_of_memory();
	t->config = config;
	for (size_t i = 0; i < config->tenant_count; i++)
		CHECK(pthread_mutex_init(&t->tenants[i].lock, NULL) == 0);
	return t;
}

void sink_tokens_free(struct sink_tokens **tokens)
{
	struct sink_tokens *t = *tokens;

	if (!t)
		return;
	for (size_t i = 0; i < t->config->tenant_count; i++) {
		seal_wipe(&t->tenants[i].token);
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
	return err_set(err, ERR_RETRY, "token_missing", "tenant %.*s has no access token; set its tiktok.access_token, best as ${file:PATH}",
		VIEW_ARG(tenant->id));
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

// A token of the `connections` topic would be looked for here, where the config names none.
static int read_token(const struct config *config, const struct tenant *tenant, struct buf *token, struct err *err)
{
	OWN(seal_wipe) struct buf text = {0}, clear = {0};

	if (!view_is_set(tenant->tiktok.access_token))
		return missing(tenant, err);
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

static uint64_t version_of(struct view token)
{
	OWN(digest_free) struct digest *digest = digest_new();
	char hex[DIGEST_HEX + 1];

	digest_sha256(digest, token, hex);
	hex[16] = '\0';
	return strtoull(hex, NULL, 16) | 1; // 0 says that there is none
}

static void refresh(const struct sink_tokens *t, const struct tenant *tenant, struct known *known)
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
	if (read_token(t->config, tenant, &known->token, &err) == 0) {
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
