// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/join_role.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/own.h"
#include "base/zone.h"

static uint64_t digest_settings(const struct join_role *role)
{
	OWN(buf_clear) struct buf text = {0};
	const struct config *c = role->config;

	buf_add_varint(&text, rates_digest(role->rates));
	buf_add_byte(&text, c->spend_ingest.utc_days);
	for (size_t i = 0; i < c->tenant_count; i++) {
		const struct tenant *t = &c->tenants[i];

		buf_add_sized(&text, t->id);
		buf_add_sized(&text, t->time_zone);
		buf_add_sized(&text, t->currency);
		for (size_t k = 0; k < t->goal_count; k++) {
			buf_add_sized(&text, t->goals[k].name);
			buf_add_byte(&text, t->goals[k].model == MODEL_PARTICIPATION);
		}
	}
	return XXH64(text.p, text.n, 0) | 1;
}

static int check_zones(const struct config *c, struct err *err)
{
	const struct zone *zone;

	for (size_t i = 0; i < c->tenant_count; i++) {
		if (zone_open(c->tenants[i].time_zone, &zone, err) == 0)
			continue;
		err->class = ERR_FATAL;
		return err_prefix(err, "tenant %.*s: time_zone", VIEW_ARG(c->tenants[i].id));
	}
	return zone_open(VIEW_LIT("UTC"), &zone, err);
}

int join_role_new(const struct config *config, const struct rates *rates, struct registry *registry, struct join_role **out,
	struct err *err)
{
	struct join_role *role = calloc(1, sizeof *role);

	if (!role)
		err_out_of_memory();
	role->config = config;
	role->registry = registry;
	role->rates = rates;
	*out = role;
	if (check_zones(config, err) != 0 || wire_header_for(contract_roas_row, registry, config->topics.roas, &role->row_header, err) != 0 ||
		wire_header_for(contract_daily_sum, registry, config->topics.daily_sums, &role->sum_header, err) != 0) {
		join_role_free(out);
		return -1;
	}
	role->settings = digest_settings(role);
	return 0;
}

void join_role_free(struct join_role **role)
{
	free(*role);
	*role = NULL;
}
