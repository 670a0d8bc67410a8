// SPDX-License-Identifier: Apache-2.0
// The way to a token and back: the portal's URL, the redirect whose state is compared, the exchange, the token's accounts, its revocation.
#include "tiktok/oauth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static const struct oauth_app app = {VIEW_LIT("7100"), VIEW_LIT("s\"ecret&")};
static struct call call;
static struct call_result result;
static struct err err;

static int end(void **state)
{
	(void)state;
	call_clear(&call);
	call_result_clear(&result);
	return 0;
}

static void judge(const char *body)
{
	struct http_answer answer = {.status = 200, .retry_after_ms = -1};

	buf_add_text(&answer.body, body);
	call_judge(&call, &answer, NULL, &result);
	http_answer_clear(&answer);
}

static void the_portal_is_asked_with_state_and_redirect(void **state)
{
	OWN(buf_clear) struct buf url = {0};

	(void)state;
	oauth_consent_url(NULL, VIEW_LIT("7100"), VIEW_LIT("a b/c"), VIEW_LIT("https://shop.example/connect?x=1"), &url);
	assert_true(view_eq(buf_view(&url),
		VIEW_LIT("https://business-api.tiktok.com/portal/auth?app_id=7100&state=a%20b%2Fc&redirect_uri="
				 "https%3A%2F%2Fshop.example%2Fconnect%3Fx%3D1")));
	buf_reset(&url);
	oauth_consent_url("http://stand-in.test/portal/auth", VIEW_LIT("1"), VIEW_LIT("2"), VIEW_LIT("3"), &url);
	assert_true(view_eq(buf_view(&url), VIEW_LIT("http://stand-in.test/portal/auth?app_id=1&state=2&redirect_uri=3")));
}

static void redirect_gives(const char *url, const char *code)
{
	OWN(buf_clear) struct buf found = {0};

	if (oauth_read_redirect(view_text(url), VIEW_LIT("a b/c"), &found, &err) != 0)
		fail_msg("%s: %s", url, err.words);
	if (!view_eq(buf_view(&found), view_text(code)))
		fail_msg("%s gave %.*s", url, (int)found.n, found.p);
}

static void redirect_fails(const char *url, const char *code)
{
	OWN(buf_clear) struct buf found = {0};

	if (oauth_read_redirect(view_text(url), VIEW_LIT("a b/c"), &found, &err) == 0)
		fail_msg("%s gave %.*s", url, (int)found.n, found.p);
	assert_int_equal(err.class, ERR_POISON);
	assert_string_equal(err.code, code);
	assert_int_equal(found.n, 0);
}

static void the_redirect_brings_the_code_if_the_state_is_ours(void **state)
{
	(void)state;
	redirect_gives("https://shop.example/connect?auth_code=c0de&code=other&state=a+b%2Fc", "c0de");
	redirect_gives("auth_code=c%30de&state=a%20b/c#auth_code=x", "c0de");
	redirect_gives("state=a%20b%2Fc&code=c0de", "c0de"); // some redirects have no auth_code
	redirect_gives("x?auth_code=&code=c0de&state=a%20b%2fc", "c0de");
	redirect_fails("?auth_code=c0de", "oauth_state");
	redirect_fails("?auth_code=c0de&state=", "oauth_state");
	redirect_fails("?auth_code=c0de&state=other", "oauth_state");
	redirect_fails("?auth_code=c0de&xstate=a%20b%2Fc", "oauth_state");
	redirect_fails("", "oauth_state");
	redirect_fails("?state=a%20b%2Fc", "oauth_refused");
	redirect_fails("?state=a%20b%2Fc&auth_code=&code=", "oauth_refused");
	redirect_fails("?state=a%20b%2Fc%", "oauth_state");
	redirect_fails("?state=%", "oauth_state");
}

static void the_exchange_gives_a_token(void **state)
{
	OWN(oauth_grant_clear) struct oauth_grant grant = {0};

	(void)state;
	oauth_exchange(&call, &app, VIEW_LIT("c0de"));
	assert_true(call.post && call.bare);
	assert_string_equal(call.path, "/oauth2/access_token/");
	assert_true(view_eq(buf_view(&call.text),
		VIEW_LIT("{\"app_id\":\"7100\",\"secret\":\"s\\\"ecret&\",\"auth_code\":\"c0de\",\"return_advertiser_ids\":false}")));
	judge("{\"code\":0,\"data\":{\"access_token\":\"a1b2\",\"scope\":[1,\"2\",4.5,null,6],\"expires_in\":86400}}");
	assert_int_equal(oauth_read_grant(&result, &grant, &err), 0);
	assert_true(view_eq(buf_view(&grant.token), VIEW_LIT("a1b2")));
	assert_int_equal(grant.scopes_n, 3);
	assert_int_equal(grant.scopes[0], 1);
	assert_int_equal(grant.scopes[2], 6);
}

static void a_token_that_could_not_be_a_header_is_none(void **state)
{
	static const char *const bodies[] = {"{\"code\":0}", "{\"code\":0,\"data\":{}}", "{\"code\":0,\"data\":{\"access_token\":\"\"}}",
		"{\"code\":0,\"data\":{\"access_token\":null}}", "{\"code\":0,\"data\":{\"access_token\":[\"a\"]}}",
		"{\"code\":0,\"data\":{\"access_token\":\"a\\r\\nHost: x\"}}", "{\"code\":0,\"data\":{\"access_token\":\"a b\"}}",
		"{\"code\":40110,\"data\":{\"access_token\":\"a1b2\"}}", "<html>"};
	OWN(oauth_grant_clear) struct oauth_grant grant = {0};
	char body[1000];

	(void)state;
	oauth_exchange(&call, &app, VIEW_LIT("c0de"));
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		judge(bodies[i]);
		if (oauth_read_grant(&result, &grant, &err) == 0)
			fail_msg("%s", bodies[i]);
		assert_int_equal(grant.token.n, 0);
	}
	snprintf(body, sizeof body, "{\"code\":0,\"data\":{\"access_token\":\"%0300d\"}}", 1);
	judge(body);
	assert_int_equal(oauth_read_grant(&result, &grant, &err), -1);
}

static void the_accounts_of_a_token(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf many = {0};
	struct oauth_account *accounts;
	size_t n;

	(void)state;
	oauth_accounts(&call, &app);
	assert_false(call.post || call.bare);
	assert_true(view_eq(buf_view(&call.text), VIEW_LIT("?app_id=7100&secret=s%22ecret%26")));
	judge("{\"code\":0,\"data\":{\"list\":[{\"advertiser_id\":\"7000000000000000001\",\"advertiser_name\":\"Mug \\u00e9\"},"
		  "{\"advertiser_id\":7000000000000000002},{\"advertiser_name\":\"none\"},5]}}");
	assert_int_equal(oauth_read_accounts(&result, &arena, &accounts, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_true(view_eq(accounts[0].advertiser_id, VIEW_LIT("7000000000000000001")));
	assert_true(view_eq(accounts[0].name, VIEW_LIT("Mug \xc3\xa9")));
	assert_true(view_eq(accounts[1].advertiser_id, VIEW_LIT("7000000000000000002")));
	assert_false(view_is_set(accounts[1].name));
	judge("{\"code\":0,\"data\":{\"list\":{}}}");
	assert_int_equal(oauth_read_accounts(&result, &arena, &accounts, &n, &err), -1);
	buf_add_text(&many, "{\"code\":0,\"data\":{\"list\":[0");
	for (int i = 0; i < OAUTH_ADVERTISERS_MAX; i++)
		buf_add_text(&many, ",0");
	buf_add_text(&many, "]}}");
	buf_add_byte(&many, 0);
	judge(many.p);
	assert_int_equal(oauth_read_accounts(&result, &arena, &accounts, &n, &err), -1);
	assert_string_equal(err.code, "tiktok_accounts");
}

static void a_revocation_names_the_token_in_its_body(void **state)
{
	(void)state;
	oauth_revoke(&call, &app, VIEW_LIT("a1b2"));
	assert_true(call.post && call.bare);
	assert_string_equal(call.path, "/oauth2/revoke_token/");
	assert_true(view_eq(buf_view(&call.text), VIEW_LIT("{\"app_id\":\"7100\",\"secret\":\"s\\\"ecret&\",\"access_token\":\"a1b2\"}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_portal_is_asked_with_state_and_redirect, end),
		cmocka_unit_test_teardown(the_redirect_brings_the_code_if_the_state_is_ours, end),
		cmocka_unit_test_teardown(the_exchange_gives_a_token, end),
		cmocka_unit_test_teardown(a_token_that_could_not_be_a_header_is_none, end),
		cmocka_unit_test_teardown(the_accounts_of_a_token, end),
		cmocka_unit_test_teardown(a_revocation_names_the_token_in_its_body, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
