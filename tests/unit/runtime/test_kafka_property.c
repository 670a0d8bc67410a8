// SPDX-License-Identifier: Apache-2.0
// Promise: what exactly-once hangs on cannot be set by the user; everything else can.
#include "runtime/kafka_property.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

// What exactly-once hangs on is not the user's to set, under any of its names, and the refusal says why.
static void test_what_exactly_once_hangs_on_is_refused(void **state)
{
	static const char *const names[] = {"isolation.level", "enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store",
		"transactional.id", "group.id", "group.instance.id", "partitioner", "enable.idempotence", "acks", "request.required.acks",
		"partition.assignment.strategy", "auto.offset.reset", "bootstrap.servers", "metadata.broker.list", "enable.partition.eof"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_non_null(kafka_property_refusal(names[i]));
}

// Everything else passes: security, timeouts, sizes.
static void test_the_rest_passes(void **state)
{
	static const char *const names[] = {"security.protocol", "sasl.password", "ssl.ca.location", "session.timeout.ms", "linger.ms",
		"compression.codec", "fetch.message.max.bytes", "transaction.timeout.ms", "debug", "no.such.property"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_null(kafka_property_refusal(names[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_exactly_once_hangs_on_is_refused),
		cmocka_unit_test(test_the_rest_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
