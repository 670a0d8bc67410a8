// SPDX-License-Identifier: Apache-2.0
#include "runtime/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"

enum { ASK_MS = 10000, LIMIT_UNKNOWN = 1000000 };

int cluster_id_new(rd_kafka_t *client, char **out, struct err *err)
{
	char *id = rd_kafka_clusterid(client, ASK_MS);

	if (!id)
		return err_set(err, ERR_RETRY, "kafka_timed_out", "no broker has told the cluster's id");
	*out = strdup(id);
	rd_kafka_mem_free(client, id);
	if (!*out)
		err_out_of_memory();
	return 0;
}

static int32_t count_of(const struct rd_kafka_metadata *metadata, const char *topic)
{
	for (int i = 0; i < metadata->topic_cnt; i++)
		if (strcmp(metadata->topics[i].topic, topic) == 0)
			return metadata->topics[i].err ? -1 : metadata->topics[i].partition_cnt;
	return -1;
}

// One question for all topics of the cluster: a question by name would let some brokers make the topic.
int cluster_partitions(rd_kafka_t *client, const char *const *topics, int count, int32_t *partitions, struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;

	if (kafka_fail_code(err, rd_kafka_metadata(client, 1, NULL, &metadata, ASK_MS), "asking for metadata") != 0)
		return -1;
	for (int i = 0; i < count; i++)
		partitions[i] = count_of(metadata, topics[i]);
	return 0;
}

// ---- DescribeConfigs

static void event_free(rd_kafka_event_t **event)
{
	if (*event)
		rd_kafka_event_destroy(*event);
}

static int ask_configs(rd_kafka_t *client, const char *const *topics, int count, rd_kafka_event_t **out, struct err *err)
{
	OWN(kafka_queue_free) rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	OWN(own_free) rd_kafka_ConfigResource_t **resources = calloc((size_t)count, sizeof(rd_kafka_ConfigResource_t *));

	if (!resources)
		err_out_of_memory();
	for (int i = 0; i < count; i++)
		resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i]);
	rd_kafka_DescribeConfigs(client, resources, (size_t)count, NULL, queue);
	rd_kafka_ConfigResource_destroy_array(resources, (size_t)count);
	*out = rd_kafka_queue_poll(queue, ASK_MS);
	if (!*out)
		return err_set(err, ERR_RETRY, "kafka_timed_out", "no broker has told the topics' settings");
	return kafka_fail_code(err, rd_kafka_event_error(*out), "asking for the topics' settings");
}

static void note_limit(const rd_kafka_ConfigResource_t *resource, const char *const *topics, int count, uint32_t *limits)
{
	size_t n = 0;
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);

	for (size_t k = 0; k < n; k++) {
		if (strcmp(rd_kafka_ConfigEntry_name(entries[k]), "max.message.bytes") != 0 || !rd_kafka_ConfigEntry_value(entries[k]))
			continue;
		for (int i = 0; i < count; i++)
			if (strcmp(topics[i], rd_kafka_ConfigResource_name(resource)) == 0)
				limits[i] = (uint32_t)strtoul(rd_kafka_ConfigEntry_value(entries[k]), NULL, 10);
	}
}

int cluster_message_limits(rd_kafka_t *client, const char *const *topics, int count, uint32_t *limits, struct err *err)
{
	OWN(event_free) rd_kafka_event_t *event = NULL;
	size_t n = 0;

	for (int i = 0; i < count; i++)
		limits[i] = LIMIT_UNKNOWN;
	if (ask_configs(client, topics, count, &event, err) != 0)
		return -1;
	const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &n);
	for (size_t i = 0; i < n; i++) {
		if (rd_kafka_ConfigResource_error(resources[i]) == RD_KAFKA_RESP_ERR_NO_ERROR)
			note_limit(resources[i], topics, count, limits);
		else
			log_event(LOG_WARN, "topic_limit_unknown", LOG_S("topic", rd_kafka_ConfigResource_name(resources[i])),
				LOG_S("code", rd_kafka_err2name(rd_kafka_ConfigResource_error(resources[i]))));
	}
	return 0;
}
