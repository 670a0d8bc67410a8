// SPDX-License-Identifier: Apache-2.0
// Test support: the way to a token and back, as a user would go it.
//
//   oauth_probe url PORTAL APP STATE REDIRECT    prints where the browser goes
//   oauth_probe connect BASE APP STATE           TIKTOK_SECRET and TIKTOK_REDIRECT (where the browser came back to) are in the environment:
//                                                exchanges, lists the accounts, revokes, and tries once more; prints one line of JSON
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "tiktok/oauth.h"

static struct http *http;
static struct call call;
static struct call_result result;

_Noreturn static void give_up(const struct err *err)
{
	printf("{\"error\":\"%s\"}\n", err->code);
	exit(1);
}

static void send(const char *base, struct view token)
{
	OWN(call_wire_clear) struct call_wire wire = {0};
	OWN(http_answer_clear) struct http_answer answer = {0};
	struct call_access access = {.base = base, .token = token};
	struct http_request request;
	struct err err = {0};

	call_request(&call, &access, &wire, &request);
	int sent = http_send(http, &request, &answer, &err);
	call_judge(&call, sent == 0 ? &answer : NULL, &err, &result);
}

static void print_accounts(struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct oauth_account *accounts;
	size_t n;

	if (oauth_read_accounts(&result, &arena, &accounts, &n, err) != 0)
		give_up(err);
	printf("\"accounts\":[");
	for (size_t i = 0; i < n; i++)
		printf("%s\"%.*s\"", i ? "," : "", VIEW_ARG(accounts[i].advertiser_id));
	printf("],");
}

static void connect_and_leave(const char *base, const struct oauth_app *app, struct view state)
{
	OWN(oauth_grant_clear) struct oauth_grant grant = {0};
	OWN(buf_clear) struct buf code = {0};
	struct err err;

	if (oauth_read_redirect(view_text(getenv("TIKTOK_REDIRECT")), state, &code, &err) != 0)
		give_up(&err);
	oauth_exchange(&call, app, buf_view(&code));
	send(base, VIEW_ABSENT);
	if (result.verdict != CALL_OK)
		call_error(&call, &result, &err);
	if (result.verdict != CALL_OK || oauth_read_grant(&result, &grant, &err) != 0)
		give_up(&err);
	printf("{\"token_bytes\":%zu,\"scopes\":%zu,", grant.token.n, grant.scopes_n);
	oauth_accounts(&call, app);
	send(base, buf_view(&grant.token));
	print_accounts(&err);
	oauth_revoke(&call, app, buf_view(&grant.token));
	send(base, VIEW_ABSENT);
	printf("\"revoked\":\"%s\",", call_verdict_name(result.verdict));
	oauth_accounts(&call, app);
	send(base, buf_view(&grant.token));
	printf("\"after\":\"%s\"}\n", call_verdict_name(result.verdict));
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "url") == 0) {
		OWN(buf_clear) struct buf url = {0};

		oauth_consent_url(argv[2], view_text(argv[3]), view_text(argv[4]), view_text(argv[5]), &url);
		printf("%.*s\n", (int)url.n, url.p);
		return 0;
	}
	if (argc != 5 || !getenv("TIKTOK_SECRET") || !getenv("TIKTOK_REDIRECT"))
		return 2;
	struct oauth_app app = {view_text(argv[3]), view_text(getenv("TIKTOK_SECRET"))};
	http = http_new();
	connect_and_leave(argv[2], &app, view_text(argv[4]));
	http_free(&http);
	call_clear(&call);
	call_result_clear(&result);
	return 0;
}
