// SPDX-License-Identifier: Apache-2.0
#include "cli/connections_desk.h"

#include "base/core_limit.h"
#include "base/own.h"
#include "runtime/seal_ring.h"
#include "schemas/registry.h"
#include "tiktok/connection.h"

// ---- life

static int check_tenant(const struct connections_desk *desk, struct err *err)
{
	const char *name = desk->options->operand_count > 0 ? desk->options->operands[0] : NULL;

	if (!name || config_tenant(desk->config, view_text(name)))
		return 0;
	return err_set(err, ERR_FATAL, "unknown_tenant", "tenant %s is not in the configuration; it names %zu", name,
		desk->config->tenant_count);
}

static int prepare(struct connections_desk *desk, struct err *err)
{
	const struct config *c = desk->config;
	struct err ignored; // texts that are sealed with a key that is there can be opened; of the others it is said when they are

	if (check_tenant(desk, err) != 0 || contract_setup(err) != 0 ||
		options_registry(c, c->schema_registry.register_schemas, &desk->registry, err) != 0)
		return -1;
	desk->seal = seal_ring_read(c, &ignored);
	return wire_header_for(contract_connection, desk->registry, c->topics.connections, &desk->header, err);
}

int connections_desk_open(const struct options *options, struct connections_desk *desk)
{
	struct err err;

	*desk = (struct connections_desk){.options = options};
	core_limit_forbid();
	if (options_config_with_tenants(options, &desk->config) != 0)
		return COMMAND_FAILED;
	return prepare(desk, &err) == 0 ? COMMAND_DONE : options_fail(&err);
}

void connections_desk_clear(struct connections_desk *desk)
{
	seal_wipe(&desk->secret);
	buf_clear(&desk->endpoint);
	seal_free(&desk->sealing);
	seal_free(&desk->seal);
	registry_free(&desk->registry);
	config_free(&desk->config);
}

// ---- TikTok

int connections_desk_app(struct connections_desk *desk, struct err *err)
{
	const struct config *c = desk->config;
	struct view endpoint = view_text(c->marketing_api.endpoint);

	if (!c->marketing_api.app_id)
		return err_set(err, ERR_FATAL, "app_missing",
			"marketing_api.app_id is not set: the id of your developer app, as TikTok's developer portal shows it");
	if (!c->marketing_api.secret)
		return err_set(err, ERR_FATAL, "app_missing",
			"marketing_api.secret is not set: the app's secret, as '${file:PATH}' or '${NAME}', never in clear");
	CHECK(buf_reserve(&desk->secret, 4096)); // growing would leave copies behind
	if (config_expand_secret(view_text(c->marketing_api.secret), &desk->secret, err) != 0)
		return err_prefix(err, "marketing_api.secret");
	if (view_trimmed(buf_view(&desk->secret)).n == 0)
		return err_set(err, ERR_FATAL, "app_missing", "marketing_api.secret is empty");
	buf_add(&desk->endpoint, endpoint.p, endpoint.n - (endpoint.n && endpoint.p[endpoint.n - 1] == '/'));
	buf_add_byte(&desk->endpoint, '\0');
	return 0;
}

struct oauth_app connections_desk_oauth(const struct connections_desk *desk)
{
	return (struct oauth_app){view_text(desk->config->marketing_api.app_id), view_trimmed(buf_view(&desk->secret))};
}

struct call_now connections_desk_call(const struct connections_desk *desk, struct view token)
{
	return (struct call_now){.access = {.base = desk->endpoint.p,
								 .token = token,
								 .timeout_ms = desk->config->marketing_api.request_timeout_ms,
								 .ca_file = desk->config->marketing_api.ca_file}};
}

int connections_desk_can_seal(struct connections_desk *desk, struct err *err)
{
	return seal_ring_for_sealing(desk->config, &desk->sealing, err);
}

// ---- the topic

int connections_desk_read(const struct connections_desk *desk, struct view tenant, struct connections_book *book, struct err *err)
{
	return connections_book_read(desk->config, desk->registry, tenant, book, err);
}

int connections_desk_change(const struct connections_desk *desk,
	int (*attempt)(void *context, struct topic_change_writer *writer, struct err *err), void *context, struct err *err)
{
	const struct topic_change change = {.config = desk->config,
		.topic = desk->config->topics.connections,
		.client_id = "lookback-connections",
		.attempt = attempt,
		.context = context};

	return topic_change(&change, err);
}

int connections_desk_put(const struct connections_desk *desk, struct topic_change_writer *writer, const struct connection *connection,
	struct err *err)
{
	OWN(buf_clear) struct buf key = {0}, value = {0};

	connection_add_key(connection->tenant, connection->advertiser_id, &key);
	wire_write(&desk->header, contract_connection, connection, &value);
	return topic_change_put(writer, buf_view(&key), buf_view(&value), err);
}

int connections_desk_remove(struct topic_change_writer *writer, struct view tenant, struct view advertiser, struct err *err)
{
	OWN(buf_clear) struct buf key = {0};

	connection_add_key(tenant, advertiser, &key);
	return topic_change_put(writer, buf_view(&key), VIEW_ABSENT, err);
}

int connections_desk_find(const struct connections_book *book, struct view tenant, struct view advertiser,
	const struct connections_account **out, struct err *err)
{
	const struct connections_account *a = connections_book_find(book, tenant, advertiser);

	if (a && a->problem)
		return err_set(err, ERR_PAUSE, "connection_unusable", "tenant %.*s, advertiser %.*s: %s", VIEW_ARG(tenant), VIEW_ARG(advertiser),
			a->problem);
	if (!a || !a->connection)
		return err_set(err, ERR_POISON, "connection_unknown",
			"tenant %.*s has no connection to advertiser %.*s; `lookback connections list` shows those there are, `lookback connections authorize %.*s` makes one",
			VIEW_ARG(tenant), VIEW_ARG(advertiser), VIEW_ARG(tenant));
	if (a->connection->state == CONNECTION_ERASING)
		return err_set(err, ERR_POISON, "connection_erasing", "tenant %.*s, advertiser %.*s is being erased; wait until it is gone",
			VIEW_ARG(tenant), VIEW_ARG(advertiser));
	*out = a;
	return 0;
}
