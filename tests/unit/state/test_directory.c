// SPDX-License-Identifier: Apache-2.0
// Promise: every node that was added and not removed is found under its hash, whatever the hashes are.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/directory.h"

enum { NODES = 20000 };

static bool finds(const struct directory *d, uint64_t hash, uint32_t wanted)
{
	struct directory_walk walk = directory_walk(d, hash);
	uint32_t ref;

	while ((ref = directory_next(&walk)) != 0)
		if (ref == wanted)
			return true;
	return false;
}

// Adds and removes at random; node i has the i-th hash.
static void run(const uint64_t *hashes, size_t n, size_t steps)
{
	OWN(directory_clear) struct directory d = {0};
	OWN(own_free) bool *in = calloc(n, sizeof *in);
	uint64_t random = 99;

	for (size_t i = 0; i < steps; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		size_t node = (size_t)(random >> 33) % n;

		assert_true(finds(&d, hashes[node], (uint32_t)node + 1) == in[node]);
		if (in[node])
			directory_remove(&d, hashes[node], (uint32_t)node + 1);
		else
			directory_add(&d, hashes[node], (uint32_t)node + 1);
		in[node] = !in[node];
	}
	for (size_t node = 0; node < n; node++)
		assert_true(finds(&d, hashes[node], (uint32_t)node + 1) == in[node]);
}

static void test_spread_hashes(void **state)
{
	OWN(own_free) uint64_t *hashes = malloc(NODES * sizeof *hashes);

	(void)state;
	for (uint64_t i = 0; i < NODES; i++)
		hashes[i] = i * 0x9e3779b97f4a7c15u;
	run(hashes, NODES, 200000);
}

static void test_equal_and_clustered_hashes(void **state)
{
	uint64_t hashes[200];

	(void)state;
	for (uint64_t i = 0; i < 200; i++)
		hashes[i] = i % 5 | (i % 2 ? 0xffffffffull : 0);
	run(hashes, 200, 50000);
}

static void test_empty(void **state)
{
	OWN(directory_clear) struct directory d = {0};

	(void)state;
	assert_false(finds(&d, 0, 1));
	directory_prefetch(&d, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread_hashes),
		cmocka_unit_test(test_equal_and_clustered_hashes),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
