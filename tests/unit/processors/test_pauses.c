// SPDX-License-Identifier: Apache-2.0
// Promise: who is paused is told by tenant and role, with the first `since`, the next try and the last words; who goes on is gone; from any thread.
#include "processors/events-sink/pauses.h"

#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/own.h"

static struct tenant tenants[] = {{.id = {"mugs", 4}}, {.id = {"shop", 4}}};
static const struct config config = {.tenants = tenants, .tenant_count = 2};

static json_t *page_of(struct pauses *p)
{
	OWN(buf_clear) struct buf text = {0};

	pauses_print(p, &text);
	json_t *page = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(page);
	return page;
}

static int64_t number(const json_t *page, size_t i, const char *name)
{
	const json_t *value = json_object_get(json_array_get(page, i), name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void assert_text(const json_t *page, size_t i, const char *name, const char *text)
{
	assert_string_equal(json_string_value(json_object_get(json_array_get(page, i), name)), text);
}

static void test_shards_of_a_tenant_are_told_together(void **state)
{
	(void)state;
	OWN(pauses_free) struct pauses *p = pauses_new(&config);

	assert_int_equal(pauses_put(p, &(struct pause){1, false, 7, 1000, 9000, 40105, "expired"}), 1);
	assert_int_equal(pauses_put(p, &(struct pause){1, false, 3, 2000, 8000, 40104, "no \"token\""}), 2);
	assert_int_equal(pauses_put(p, &(struct pause){0, true, 3, 500, 600, 0, "none"}), 3);
	json_t *page = page_of(p);

	assert_int_equal(json_array_size(page), 2);
	assert_text(page, 0, "tenant", "mugs");
	assert_text(page, 0, "role", "order-sync");
	assert_text(page, 1, "tenant", "shop");
	assert_text(page, 1, "role", "events-sink");
	assert_text(page, 1, "message", "no \"token\"");
	assert_int_equal(number(page, 1, "code"), 40104);
	assert_int_equal(number(page, 1, "since"), 1000);
	assert_int_equal(number(page, 1, "next_try"), 8000);
	json_t *partitions = json_object_get(json_array_get(page, 1), "partitions");

	assert_int_equal(json_array_size(partitions), 2);
	assert_int_equal(json_integer_value(json_array_get(partitions, 0)), 3);
	assert_int_equal(json_integer_value(json_array_get(partitions, 1)), 7);
	json_decref(page);
}

static void test_asked_again_in_vain(void **state)
{
	(void)state;
	OWN(pauses_free) struct pauses *p = pauses_new(&config);

	pauses_put(p, &(struct pause){1, false, 7, 1000, 2000, 40105, "expired"});
	assert_int_equal(pauses_put(p, &(struct pause){1, false, 7, 2000, 3000, 40001, "not allowed"}), 1);
	json_t *page = page_of(p);

	assert_int_equal(number(page, 0, "since"), 1000);
	assert_int_equal(number(page, 0, "next_try"), 3000);
	assert_int_equal(number(page, 0, "code"), 40001);
	assert_text(page, 0, "message", "not allowed");
	json_decref(page);
}

static void test_who_goes_on_is_gone(void **state)
{
	(void)state;
	OWN(pauses_free) struct pauses *p = pauses_new(&config);

	pauses_put(p, &(struct pause){1, false, 7, 1000, 2000, 1, "a"});
	pauses_put(p, &(struct pause){1, true, 7, 1000, 2000, 1, "a"});
	assert_int_equal(pauses_end(p, &(struct pause){.tenant = 1, .partition = 8}), 2); // was not paused
	assert_int_equal(pauses_end(p, &(struct pause){.tenant = 0, .partition = 7}), 2);
	assert_int_equal(pauses_end(p, &(struct pause){.tenant = 1, .partition = 7}), 1);
	json_t *page = page_of(p);

	assert_int_equal(json_array_size(page), 1);
	assert_text(page, 0, "role", "order-sync");
	json_decref(page);
	assert_int_equal(pauses_end(p, &(struct pause){.tenant = 1, .orders = true, .partition = 7}), 0);
	page = page_of(p);
	assert_int_equal(json_array_size(page), 0);
	json_decref(page);
}

static void *shard_thread(void *context)
{
	struct pauses *p = context;
	static _Atomic int32_t next;
	int32_t partition = next++;

	for (int i = 0; i < 2000; i++) {
		pauses_put(p, &(struct pause){(size_t)i % 2, i % 3 == 0, partition, i, i + 1, i, "again"});
		if (i % 5)
			pauses_end(p, &(struct pause){.tenant = (size_t)i % 2, .orders = i % 3 == 0, .partition = partition});
	}
	return NULL;
}

static void test_threads(void **state)
{
	(void)state;
	OWN(pauses_free) struct pauses *p = pauses_new(&config);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, shard_thread, p), 0);
	for (int i = 0; i < 50; i++)
		json_decref(page_of(p));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int32_t partition = 0; partition < 4; partition++)
		for (size_t which = 0; which < 4; which++)
			pauses_end(p, &(struct pause){.tenant = which / 2, .orders = which % 2, .partition = partition});
	assert_int_equal(pauses_end(p, &(struct pause){0}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shards_of_a_tenant_are_told_together),
		cmocka_unit_test(test_asked_again_in_vain),
		cmocka_unit_test(test_who_goes_on_is_gone),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
