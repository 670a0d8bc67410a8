// SPDX-License-Identifier: Apache-2.0
#include "runtime/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/topics_describe.h"

enum { ASK_MS = 2000, LIMIT_UNKNOWN = 1000000 };

int cluster_id_new(rd_kafka_t *client, char **out, struct err *err)
{
	char *id = rd_kafka_clusterid(client, ASK_MS);

	if (!id)
		return err_set(err, ERR_RETRY, "kafka_timed_out", "no broker answers");
	*out = strdup(id);
	rd_kafka_mem_free(client, id);
	if (!*out)
		err_out_of_memory();
	return 0;
}

struct limits {
	const char *const *topics;
	int count;
	uint32_t *limits;
};

static void note_limit(void *context, const char *topic, const char *name, const char *value)
{
	struct limits *l = context;

	if (strcmp(name, "max.message.bytes") != 0 || !value)
		return;
	for (int i = 0; i < l->count; i++)
		if (strcmp(l->topics[i], topic) == 0)
			l->limits[i] = (uint32_t)strtoul(value, NULL, 10);
}

int cluster_message_limits(rd_kafka_t *client, const char *const *topics, int count, uint32_t *limits, struct err *err)
{
	struct limits l = {topics, count, limits};

	for (int i = 0; i < count; i++)
		limits[i] = LIMIT_UNKNOWN;
	return topics_describe(client, RD_KAFKA_RESOURCE_TOPIC, topics, (size_t)count, note_limit, &l, err);
}
