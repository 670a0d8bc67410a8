// SPDX-License-Identifier: Apache-2.0
// Promise: a key's partition is the one that Java's default partitioner, and librdkafka's murmur2, choose.
#include "runtime/topics_partition.h"

#include <librdkafka/rdkafka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

// The vectors of Kafka's own UtilsTest.
static void test_kafkas_vectors(void **state)
{
	(void)state;
	const struct {
		const char *key;
		int32_t hash;
	} vectors[] = {
		{"21", -973932308},
		{"foobar", -790332482},
		{"a-little-bit-long-string", -985981536},
		{"a-little-bit-longer-string", -1486304829},
		{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
		{"abc", 479470107},
	};

	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		assert_int_equal((int32_t)topics_murmur2(view_text(vectors[i].key)), vectors[i].hash);
}

static void test_as_librdkafka_for_all_lengths(void **state)
{
	(void)state;
	char key[300];
	uint32_t seed = 1;

	for (size_t n = 0; n < sizeof key; n++)
		for (int32_t partitions = 1; partitions < 40; partitions += 7) {
			for (size_t i = 0; i < n; i++)
				key[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
			assert_int_equal(topics_partition_of(view_of(key, n), partitions),
				rd_kafka_msg_partitioner_murmur2(NULL, key, n, partitions, NULL, NULL));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kafkas_vectors),
		cmocka_unit_test(test_as_librdkafka_for_all_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
