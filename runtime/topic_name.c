// SPDX-License-Identifier: Apache-2.0
#include "runtime/topic_name.h"

#include <stddef.h>

static const struct {
	const char *key;
	size_t offset;
} topics[] = {
#define TOPIC(name) \
	{ \
#name, offsetof(struct config, topics.name) \
	}
	TOPIC(clicks),
	TOPIC(orders),
	TOPIC(conversions),
	TOPIC(attributed_conversions),
	TOPIC(attribution_credits),
	TOPIC(export_results),
	TOPIC(report_snapshots),
	TOPIC(ad_entities),
	TOPIC(roas),
	TOPIC(connections),
	TOPIC(sync_status),
	TOPIC(daily_sums),
	TOPIC(tenant_days),
	TOPIC(dead_letters),
#undef TOPIC
};

const char *topic_name(const struct config *config, const char *key)
{
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
		const char *const *name = (const void *)((const char *)config + topics[i].offset);

		if (strcmp(topics[i].key, key) == 0)
			return *name;
	}
	CHECK(!"a processor names a topic that the config does not know");
	return NULL;
}
