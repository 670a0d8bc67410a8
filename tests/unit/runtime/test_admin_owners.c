// SPDX-License-Identifier: Apache-2.0
// Promise: a member's admin address is read from its client id; what is no address, or is meant to be none, is not asked.
#include "runtime/admin_owners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// `address`: what stands behind the scheme.
static void assert_url(const char *client_id, const char *host, const char *address)
{
	struct admin_owner owner;

	assert_true(admin_owner_url(client_id, host, &owner));
	assert_memory_equal(owner.url, "http:", 5);
	assert_string_equal(owner.url + 5 + 2, address);
}

static void test_addresses(void **state)
{
	(void)state;
	assert_url("lookback-00-pod@127.0.0.1:9404", "/10.1.2.3", "127.0.0.1:9404");
	assert_url("lookback-00-pod@*:9404", "/10.1.2.3", "10.1.2.3:9404");
	assert_url("lookback-00-pod@*:9404", "10.1.2.3", "10.1.2.3:9404");
	assert_url("lookback-00-pod@*:1", "/fd00:0:0:0:0:0:0:7", "[fd00:0:0:0:0:0:0:7]:1");
	assert_url("lookback-00-pod@[::1]:65535", "/x", "[::1]:65535");
	assert_url("lookback-a@b@shop-0.shop.svc:80", "/x", "shop-0.shop.svc:80");
}

static void test_no_addresses(void **state)
{
	(void)state;
	const char *const ids[] = {"lookback-00-pod", "rdkafka", "", "@", "a@:80", "a@host", "a@host:", "a@host:0", "a@host:65536",
		"a@host:80x", "a@ho st:80", "a@host/evil:80", "a@user:pw@host#:80", "a@h?q:80"};
	struct admin_owner owner;

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (admin_owner_url(ids[i], "/10.1.2.3", &owner))
			fail_msg("%s became %s", ids[i], owner.url);
	assert_false(admin_owner_url("a@*:80", "", &owner));
	assert_false(admin_owner_url("a@*:80", "/", &owner));
}

static void test_long_hosts(void **state)
{
	(void)state;
	char id[600];
	struct admin_owner owner;

	memset(id, 'h', sizeof id);
	memcpy(id, "a@", 2);
	memcpy(id + 2 + 255, ":80", 4);
	assert_true(admin_owner_url(id, "/x", &owner));
	assert_int_equal(strlen(owner.url), strlen("http://") + 255 + strlen(":80"));
	memset(id, 'h', sizeof id);
	memcpy(id, "a@", 2);
	memcpy(id + 2 + 256, ":80", 4);
	assert_false(admin_owner_url(id, "/x", &owner));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_long_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
