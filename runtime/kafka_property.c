// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka_property.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *why;
} refused[] = {
	{"bootstrap.servers", "it is set by `kafka.bootstrap_servers`"},
	{"metadata.broker.list", "it is set by `kafka.bootstrap_servers`"},
	{"client.id", "it names the worker, so that its admin port can be found"},
	{"group.id", "it follows from `run` and the role"},
	{"group.instance.id", "it names the worker: set LOOKBACK_INSTANCE"},
	{"group.protocol", "partitions of all inputs must stay together, which needs the classic protocol"},
	{"group.remote.assignor", "partitions of all inputs must stay together, which needs `range`"},
	{"partition.assignment.strategy", "partitions of all inputs must stay together, which needs `range`"},
	{"client.rack", "it makes `range` tear partitions of equal number apart"},
	{"isolation.level", "records of aborted transactions must not be read"},
	{"enable.auto.commit", "offsets are committed with the outputs, in one transaction"},
	{"auto.commit.enable", "offsets are committed with the outputs, in one transaction"},
	{"auto.commit.interval.ms", "offsets are committed with the outputs: set `commit_interval` of the role"},
	{"enable.auto.offset.store", "offsets are committed with the outputs, in one transaction"},
	{"offset.store.method", "offsets are committed with the outputs, in one transaction"},
	{"auto.offset.reset", "an offset that is gone must not be jumped over; where a first start begins is set by `start`"},
	{"enable.partition.eof", "the end of a partition is how inputs are aligned"},
	{"transactional.id", "it follows from `run`, the role and the worker"},
	{"enable.idempotence", "transactions need it on"},
	{"acks", "transactions need `all`"},
	{"request.required.acks", "transactions need `all`"},
	{"partitioner", "keys must fall where Java's default partitioner puts them (murmur2_random)"},
	{"delivery.report.only.error", "deliveries tell how far the outputs reach"},
	{"log.queue", "logs go to stderr with all others"},
};

const char *kafka_property_refusal(const char *name)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (strcmp(refused[i].name, name) == 0)
			return refused[i].why;
	return NULL;
}
