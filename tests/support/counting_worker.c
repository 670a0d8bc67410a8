// SPDX-License-Identifier: Apache-2.0
// A process that runs the counting role on a real broker, for tests/integration: the runtime alone, without the business.
//   counting_worker BOOTSTRAP RUN STATE_DIRECTORY TOPIC_PREFIX WORKERS COMMIT_MS [name=value of librdkafka…]
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/when.h"
#include "config/config.h"
#include "runtime/kafka.h"
#include "runtime/life.h"
#include "tests/support/counting_processor.h"

enum { PROPERTIES = 16, NAME = 200 };

static const char *prefixed(char *out, const char *prefix, const char *name)
{
	snprintf(out, NAME, "%s-%s", prefix, name);
	return out;
}

static void read_properties(struct config *c, struct config_property *properties, char **arguments, int count)
{
	for (int i = 0; i < count && i < PROPERTIES; i++) {
		char *equals = strchr(arguments[i], '=');

		CHECK(equals);
		*equals = '\0';
		properties[i] = (struct config_property){arguments[i], equals + 1, false};
		c->kafka.property_count++;
	}
	c->kafka.properties = properties;
}

static int32_t count_of(const struct rd_kafka_metadata *metadata, const char *topic)
{
	for (int i = 0; i < metadata->topic_cnt; i++)
		if (strcmp(metadata->topics[i].topic, topic) == 0)
			return metadata->topics[i].partition_cnt;
	return 0;
}

static int validate(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t *partitions,
	struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;

	(void)processor;
	if (kafka_fail_code(err, rd_kafka_metadata(client, 1, NULL, &metadata, 10000), "asking for metadata") != 0)
		return -1;
	*partitions = count_of(metadata, config->topics.orders);
	return *partitions > 0 ? 0 : err_set(err, ERR_FATAL, "topic_missing", "no such topic: %s", config->topics.orders);
}

static int validate_again(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t partitions,
	struct err *err)
{
	(void)config, (void)processor, (void)client, (void)partitions, (void)err;
	return 0;
}

static int run(const struct config *c, int workers, struct err *err)
{
	struct role_options options = {.config = c,
		.processor = counting_processor(),
		.workers = workers,
		.commit_interval_ms = c->attribution.commit_interval_ms,
		.failure_budget_percent = 50,
		.flood_keep = 100000,
		.validate = validate,
		.validate_again = validate_again};
	struct role *role = role_new(&options);

	int failed = life_run(c, &role, 1, NULL, err);
	role_free(&role);
	return failed;
}

static int number(const char *text)
{
	int64_t value = 0;

	CHECK(when_parse_integer(view_text(text), &value) == 0);
	return (int)value;
}

int main(int argc, char **argv)
{
	struct config_property properties[PROPERTIES];
	char names[4][NAME];
	struct err err;

	if (argc < 7)
		return 2;
	life_block_signals();
	struct config c = {
		.run = argv[2],
		.start = CONFIG_EARLIEST,
		.max_record = 256 << 10,
		.kafka.bootstrap_servers = argv[1],
		.state = {argv[3], 256 << 20},
		.admin = {"127.0.0.1", 0},
		.attribution.commit_interval_ms = number(argv[6]),
		.topics = {.clicks = prefixed(names[0], argv[4], "clicks"),
			.orders = prefixed(names[1], argv[4], "orders"),
			.attributed_conversions = prefixed(names[2], argv[4], "outputs"),
			.dead_letters = prefixed(names[3], argv[4], "dead-letters")},
	};
	read_properties(&c, properties, argv + 7, argc - 7);
	log_setup(LOG_INFO, LOG_LOGFMT);
	if (run(&c, number(argv[5]), &err) == 0)
		return 0;
	fprintf(stderr, "counting_worker: %s: %s\n", err.code, err.words);
	return 1;
}
