// SPDX-License-Identifier: Apache-2.0
#include "runtime/topics_describe.h"

#include "base/own.h"

struct resources {
	rd_kafka_ConfigResource_t *p[TOPICS_DESCRIBE_MAX];
	size_t n;
};

static void resources_clear(struct resources *r)
{
	rd_kafka_ConfigResource_destroy_array(r->p, r->n);
}

void topics_options_free(rd_kafka_AdminOptions_t **options)
{
	if (*options)
		rd_kafka_AdminOptions_destroy(*options);
}

void topics_event_free(rd_kafka_event_t **event)
{
	if (*event)
		rd_kafka_event_destroy(*event);
}

rd_kafka_AdminOptions_t *topics_options_for(rd_kafka_t *client, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, op);

	CHECK(options);
	CHECK(rd_kafka_AdminOptions_set_request_timeout(options, TOPICS_DESCRIBE_TIMEOUT_MS, NULL, 0) == RD_KAFKA_RESP_ERR_NO_ERROR);
	return options;
}

int topics_event_wait(rd_kafka_queue_t *queue, const char *what, rd_kafka_event_t **out, struct err *err)
{
	*out = rd_kafka_queue_poll(queue, TOPICS_DESCRIBE_TIMEOUT_MS + 5000);
	if (!*out)
		return err_set(err, ERR_RETRY, "kafka_timed_out", "%s: no answer from the broker", what);
	return kafka_fail_code(err, rd_kafka_event_error(*out), what);
}

static void tell(const rd_kafka_ConfigResource_t *resource, topics_describer *each, void *context)
{
	size_t n = 0;
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);

	if (rd_kafka_ConfigResource_error(resource))
		return;
	for (size_t i = 0; i < n; i++)
		each(context, rd_kafka_ConfigResource_name(resource), rd_kafka_ConfigEntry_name(entries[i]),
			rd_kafka_ConfigEntry_value(entries[i]));
}

// ceiling: a query and who hears its answers
int topics_describe(rd_kafka_t *client, rd_kafka_ResourceType_t type, const char *const *names, size_t count, topics_describer *each,
	void *context, struct err *err)
{
	OWN(kafka_queue_free) rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	OWN(topics_options_free) rd_kafka_AdminOptions_t *options = topics_options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	OWN(resources_clear) struct resources resources = {.n = 0};
	OWN(topics_event_free) rd_kafka_event_t *event = NULL;
	size_t n = 0;

	CHECK(count <= TOPICS_DESCRIBE_MAX);
	for (; resources.n < count; resources.n++)
		resources.p[resources.n] = rd_kafka_ConfigResource_new(type, names[resources.n]);
	if (count == 0)
		return 0;
	rd_kafka_DescribeConfigs(client, resources.p, resources.n, options, queue);
	if (topics_event_wait(queue, "reading settings", &event, err) != 0)
		return -1;
	const rd_kafka_ConfigResource_t **got = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &n);

	for (size_t i = 0; i < n; i++)
		tell(got[i], each, context);
	return 0;
}
