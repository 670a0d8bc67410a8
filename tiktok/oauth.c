// SPDX-License-Identifier: Apache-2.0
#include "tiktok/oauth.h"

#include <jansson.h>

#include "base/own.h"
#include "base/when.h"
#include "tiktok/value.h"

static const char portal_default[] = "https://business-api.tiktok.com/portal/auth";

void oauth_consent_url(const char *portal, struct view app_id, struct view state, struct view redirect_uri, struct buf *out)
{
	buf_addf(out, "%s?app_id=", portal ? portal : portal_default);
	call_add_encoded(out, app_id);
	buf_add_text(out, "&state=");
	call_add_encoded(out, state);
	buf_add_text(out, "&redirect_uri=");
	call_add_encoded(out, redirect_uri);
}

static void add_decoded(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = i + 2 < text.n && text.p[i] == '%' ? bytes_hex_digit(text.p[i + 1]) : -1;
		int low = high >= 0 ? bytes_hex_digit(text.p[i + 2]) : -1;

		if (low >= 0)
			buf_add_byte(out, (uint8_t)(high * 16 + low));
		else
			buf_add_byte(out, text.p[i] == '+' ? ' ' : (uint8_t)text.p[i]);
		i += low >= 0 ? 2 : 0;
	}
}

// The first parameter of that name, decoded into `out`; false if there is none.
static bool find_parameter(struct view query, const char *name, struct buf *out)
{
	size_t name_n = strlen(name);

	buf_reset(out);
	while (query.n) {
		const char *end = memchr(query.p, '&', query.n);
		size_t n = end ? (size_t)(end - query.p) : query.n;

		if (n > name_n && query.p[name_n] == '=' && memcmp(query.p, name, name_n) == 0) {
			add_decoded(out, view_of(query.p + name_n + 1, n - name_n - 1));
			return true;
		}
		n += end != NULL;
		query = view_of(query.p + n, query.n - n);
	}
	return false;
}

static struct view query_of(struct view url)
{
	const char *fragment = url.n ? memchr(url.p, '#', url.n) : NULL;
	const char *question;

	if (fragment)
		url.n = (size_t)(fragment - url.p);
	question = url.n ? memchr(url.p, '?', url.n) : NULL;
	return question ? view_of(question + 1, (size_t)(url.p + url.n - question) - 1) : url;
}

// In a time that does not tell how much of it is right.
static bool is_state(struct view found, struct view state)
{
	unsigned char differs = found.n != state.n;

	for (size_t i = 0; i < state.n; i++)
		differs |= (unsigned char)(found.p[i < found.n ? i : 0] ^ state.p[i]);
	return !differs;
}

int oauth_read_redirect(struct view url, struct view state, struct buf *code, struct err *err)
{
	OWN(buf_clear) struct buf found = {0};
	struct view query = query_of(url);

	if (!find_parameter(query, "state", &found) || found.n == 0 || !is_state(buf_view(&found), state))
		return err_set(err, ERR_POISON, "oauth_state", "the redirect does not bring back the state that was sent: begin again");
	// Older redirects call it `code` alone.
	if ((!find_parameter(query, "auth_code", &found) || !found.n) && (!find_parameter(query, "code", &found) || !found.n))
		return err_set(err, ERR_POISON, "oauth_refused", "the redirect has no code, so access was not granted at TikTok");
	buf_add_view(code, buf_view(&found));
	explicit_bzero(found.p, found.room);
	return 0;
}

static void add_field(struct buf *json, const char *name, struct view value)
{
	buf_addf(json, "%s\"%s\":", json->n ? "," : "{", name);
	buf_add_quoted(json, value);
}

void oauth_exchange(struct call *call, const struct oauth_app *app, struct view code)
{
	call_post(call, "/oauth2/access_token/");
	call->bare = true;
	add_field(&call->text, "app_id", app->app_id);
	add_field(&call->text, "secret", app->secret);
	add_field(&call->text, "auth_code", code);
	buf_add_text(&call->text, ",\"return_advertiser_ids\":false}"); // with thousands of accounts the answer would come too late
}

void oauth_grant_clear(struct oauth_grant *grant)
{
	if (grant->token.p)
		explicit_bzero(grant->token.p, grant->token.room);
	buf_clear(&grant->token);
	grant->scopes_n = 0;
}

static int not_understood(const char *what, struct err *err)
{
	return err_set(err, ERR_RETRY, "tiktok_answer", "TikTok's answer has no %s", what);
}

// Visible ASCII, so that it can stand in a header.
static bool is_token(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return n > 0 && n <= OAUTH_TOKEN_MAX;
}

static void read_scopes(const json_t *list, struct oauth_grant *out)
{
	for (size_t i = 0; i < json_array_size(list) && out->scopes_n < OAUTH_SCOPES_MAX; i++) {
		const char *digits = json_string_value(json_array_get(list, i));

		if (digits && when_parse_integer(view_text(digits), &out->scopes[out->scopes_n]) == 0)
			out->scopes_n++;
	}
}

int oauth_read_grant(const struct call_result *result, struct oauth_grant *out, struct err *err)
{
	const json_t *token = json_object_get(result->answer.data, "access_token");
	size_t n = json_string_length(token);

	oauth_grant_clear(out);
	if (result->verdict != CALL_OK || !json_is_string(token) || !is_token(json_string_value(token), n))
		return not_understood("access token", err);
	buf_add(&out->token, json_string_value(token), n);
	explicit_bzero((void *)(uintptr_t)json_string_value(token), n); // jansson would free it as it is
	read_scopes(json_object_get(result->answer.data, "scope"), out);
	return 0;
}

void oauth_accounts(struct call *call, const struct oauth_app *app)
{
	call_get(call, "/oauth2/advertiser/get/");
	call_param(call, "app_id", app->app_id);
	call_param(call, "secret", app->secret);
}

int oauth_read_accounts(const struct call_result *result, struct arena *arena, struct oauth_account **out, size_t *n, struct err *err)
{
	const json_t *list = json_object_get(result->answer.data, "list");
	size_t size = json_array_size(list);

	if (result->verdict != CALL_OK || !json_is_array(list))
		return not_understood("list of accounts", err);
	if (size > OAUTH_ADVERTISERS_MAX)
		return err_set(err, ERR_POISON, "tiktok_accounts", "the token reaches %zu accounts; %d is the most", size, OAUTH_ADVERTISERS_MAX);
	*out = arena_zero(arena, (size + 1) * sizeof **out);
	*n = 0;
	for (size_t i = 0; i < size; i++) {
		const json_t *item = json_array_get(list, i);
		struct oauth_account found = {value_id(item, "advertiser_id", VIEW_ABSENT, arena),
			value_text(item, "advertiser_name", VIEW_ABSENT, arena)};

		if (found.advertiser_id.n)
			(*out)[(*n)++] = found;
	}
	return 0;
}

void oauth_revoke(struct call *call, const struct oauth_app *app, struct view token)
{
	call_post(call, "/oauth2/revoke_token/");
	call->bare = true;
	add_field(&call->text, "app_id", app->app_id);
	add_field(&call->text, "secret", app->secret);
	add_field(&call->text, "access_token", token);
	buf_add_byte(&call->text, '}');
}
