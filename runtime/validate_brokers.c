// SPDX-License-Identifier: Apache-2.0
#include "runtime/validate_brokers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"
#include "base/when.h"
#include "runtime/topics_describe.h"

enum { REQUEST_OWN_BYTES = 4096, METADATA_BYTES = 4096 };

struct limits {
	int64_t request, metadata; // 0: not told
};

static void take_limit(void *context, const char *broker, const char *name, const char *value)
{
	struct limits *l = context;
	int64_t *into = strcmp(name, "socket.request.max.bytes") == 0 ? &l->request
		: strcmp(name, "offset.metadata.max.bytes") == 0          ? &l->metadata
																  : NULL;

	(void)broker;
	if (into && value && when_parse_integer(view_text(value), into) != 0)
		*into = 0;
}

static int read_limits(rd_kafka_t *client, struct limits *out, struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, NULL, &metadata, TOPICS_DESCRIBE_TIMEOUT_MS);
	char id[16];
	const char *names[] = {id};

	if (code || metadata->broker_cnt == 0)
		return kafka_fail_code(err, code ? code : RD_KAFKA_RESP_ERR__TRANSPORT, "reading the list of brokers");
	snprintf(id, sizeof id, "%" PRId32, metadata->brokers[0].id);
	return topics_describe(client, RD_KAFKA_RESOURCE_BROKER, names, 1, take_limit, out, err);
}

void validate_brokers(const struct config *config, rd_kafka_t *client, struct validate_findings *out)
{
	struct limits limits = {0};
	struct err err = {0};
	int64_t largest = (int64_t)topics_message_limit(config) + REQUEST_OWN_BYTES;

	if (read_limits(client, &limits, &err) != 0 || limits.request == 0) {
		validate_find(out, VALIDATE_WARNING, "brokers_unseen", "brokers", "their limits may not be read%s%s", err.words[0] ? ": " : "",
			err.words);
		return;
	}
	if (limits.request < largest)
		validate_find(out, VALIDATE_PROBLEM, "request_limit", "brokers",
			"socket.request.max.bytes=%" PRId64 " is below the largest request that we may send; set it to %" PRId64 " or more",
			limits.request, largest);
	if (limits.metadata && limits.metadata < METADATA_BYTES)
		validate_find(out, VALIDATE_PROBLEM, "metadata_limit", "brokers",
			"offset.metadata.max.bytes=%" PRId64 " is too small for what we commit with each offset; set it to %d", limits.metadata,
			METADATA_BYTES);
}
