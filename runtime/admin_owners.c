// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_owners.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"
#include "base/when.h"
#include "runtime/kafka.h"

enum { TIMEOUT_MS = 10000, HOST_MAX = 255 };

static bool host_is_plain(struct view host)
{
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(".:-[]%_", c);

		if (!fine)
			return false;
	}
	return host.n > 0 && host.n <= HOST_MAX;
}

bool admin_owner_url(const char *client_id, const char *client_host, struct admin_owner *out)
{
	const char *at = strrchr(client_id, '@'), *colon = at ? strrchr(at, ':') : NULL;
	int64_t port;

	if (!colon || when_parse_integer(view_text(colon + 1), &port) != 0 || port < 1 || port > 65535)
		return false;
	struct view host = view_of(at + 1, (size_t)(colon - at - 1));

	if (view_eq(host, VIEW_LIT("*")))
		host = view_text(client_host[0] == '/' ? client_host + 1 : client_host);
	if (!host_is_plain(host))
		return false;
	bool bare_v6 = host.p[0] != '[' && memchr(host.p, ':', host.n);

	snprintf(out->url, sizeof out->url, "http://%s%.*s%s:%" PRId64, bare_v6 ? "[" : "", VIEW_ARG(host), bare_v6 ? "]" : "", port);
	return true;
}

static void add_distinct(const struct admin_owner *owner, struct admin_owner *out, size_t room, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(out[i].url, owner->url) == 0)
			return;
	if (*count < room)
		out[(*count)++] = *owner;
}

static void groups_free(const struct rd_kafka_group_list **groups)
{
	if (*groups)
		rd_kafka_group_list_destroy(*groups);
}

int admin_owners(const struct config *config, const char *role, struct admin_owner *out, size_t room, size_t *count, struct err *err)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	OWN(groups_free) const struct rd_kafka_group_list *groups = NULL;
	OWN(buf_clear) struct buf group = {0};

	*count = 0;
	buf_addf(&group, "%s-%s", config->run, role);
	buf_add_byte(&group, 0);
	if (kafka_new(&(struct kafka_options){.config = config, .kind = KAFKA_UNCOMMITTED, .client_id = "lookback-explain"}, &client, err) != 0)
		return -1;
	rd_kafka_resp_err_t code = rd_kafka_list_groups(client, group.p, &groups, TIMEOUT_MS);

	if (code && code != RD_KAFKA_RESP_ERR__PARTIAL)
		return kafka_fail_code(err, code, "asking for the group's members");
	for (int g = 0; groups && g < groups->group_cnt; g++)
		for (int m = 0; m < groups->groups[g].member_cnt; m++) {
			const struct rd_kafka_group_member_info *member = &groups->groups[g].members[m];
			struct admin_owner owner;

			if (member->client_id && admin_owner_url(member->client_id, member->client_host ? member->client_host : "", &owner))
				add_distinct(&owner, out, room, count);
		}
	return 0;
}
