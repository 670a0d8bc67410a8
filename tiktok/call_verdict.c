// SPDX-License-Identifier: Apache-2.0
// What an answer means for who reads. The sink's table is tiktok/codes.c; where they differ, it is because an event is lost when it is refused, and a
// question is not.
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "tiktok/call.h"

enum { MAINTENANCE_MS = 60 * 1000, TOO_MANY = 429 };

struct rule {
	int code;
	enum call_verdict verdict;
	uint8_t tries;
	enum call_verdict then;
	uint16_t wait_s;
};

// Sorted by code. The names are those of TikTok's SDK (tiktok_code.py).
static const struct rule rules[] = {
	{0, CALL_OK, 0, 0, 0}, {20001, CALL_RETRY, 3, CALL_REFUSED, 0}, // PARTIAL_OK: half of a list is none
	{40001, CALL_NO_ACCESS, 0, 0, 0},                               // PERMISSION_ERROR
	{40003, CALL_NO_ACCESS, 0, 0, 0},                               // FORBIDDEN
	{40011, CALL_SMALLER, 0, 0, 0},                                 // too many ids
	{40013, CALL_NO_ACCESS, 0, 0, 0},                               // no such account in the sandbox
	{40016, CALL_THROTTLE_APP, 0, 0, 0},                            // BIZ_FC_ERROR: flow control
	{40061, CALL_SMALLER, 0, 0, 0},                                 // INVALID_BATCH_SIZE
	{40067, CALL_SMALLER, 0, 0, 0},                                 // the query is too large
	{40100, CALL_THROTTLE_APP, 0, 0, 0},                            // REQUEST_TOO_FREQUENT
	{40101, CALL_RETRY, 2, CALL_REFUSED, 0},                        // INVALID_PARTNER: the app; by another reading too frequent
	{40102, CALL_RETRY, 2, CALL_REAUTHORISE, 0},                    // ACCESS_TOKEN_EXPIRE; by another reading too frequent
	{40103, CALL_REAUTHORISE, 0, 0, 0},                             // REFRESH_TOKEN_EXPIRE
	{40105, CALL_REAUTHORISE, 0, 0, 0},                             // INVALID_ACCESS_TOKEN: wrong or revoked
	{40106, CALL_REAUTHORISE, 0, 0, 0},                             // INVALID_CORE_USER
	{40107, CALL_REAUTHORISE, 0, 0, 0},                             // INVALID_REFRESH_TOKEN
	{40110, CALL_REAUTHORISE, 0, 0, 0},                             // AUTH_CODE_ERROR
	{40112, CALL_REAUTHORISE, 0, 0, 0},                             // PASSWORD_ERROR
	{40114, CALL_REAUTHORISE, 0, 0, 0},                             // ADVERTISER_LOGOUT
	{40130, CALL_SCOPE, 0, 0, 0},                                   // scope not authorised
	{40131, CALL_SCOPE, 0, 0, 0},                                   // scope not authorised
	{40132, CALL_THROTTLE_APP, 0, 0, 0},                            // REQUEST_FREQUENCY_LIMITED
	{40133, CALL_THROTTLE_ADVERTISER, 0, 0, 0},                     // this advertiser's limit for this path
	{40200, CALL_RETRY, 0, 0, 0},                                   // GENERAL_TASK_ERROR
	{40201, CALL_RETRY, 0, 0, 0},                                   // TASK_NOT_READY
	{40202, CALL_RETRY, 0, 0, 0},                                   // WRITE_CONFLICT
	{40300, CALL_NO_ACCESS, 0, 0, 0},                               // ADVERTISER_NOT_EXIST
	{40301, CALL_NO_ACCESS, 0, 0, 0},                               // ADVERTISER_ROLE_ERROR
	{40309, CALL_REAUTHORISE, 0, 0, 0},                             // REQUIRE_LOGIN
	{40700, CALL_RETRY, 3, CALL_REFUSED, 0},                        // RPC_VALIDATION_ERROR
	{51021, CALL_THROTTLE_APP, 0, 0, 0},                            // statistics: too many requests
	{60001, CALL_RETRY, 0, 0, MAINTENANCE_MS / 1000},               // MAINTENANCE
	{61000, CALL_THROTTLE_APP, 0, 0, 0},                            // TOO_MANY_REQUESTS
};

const char *call_verdict_name(enum call_verdict verdict)
{
	static const char *const names[CALL_VERDICTS] = {"ok", "retry", "throttle_app", "throttle_advertiser", "smaller", "reauthorise",
		"scope", "no_access", "refused"};

	return names[verdict];
}

// The permissions of an app as TikTok's portal calls them, and which paths need which.
static const char *scope_of(const char *path)
{
	static const struct {
		const char *path, *scope;
	} scopes[] = {{"/report/", "Reporting"}, {"/advertiser/", "Ad Account Management"}, {"/campaign/", "Ads Management"},
		{"/adgroup/", "Ads Management"}, {"/ad/", "Ads Management"}};

	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
		if (strncmp(path, scopes[i].path, strlen(scopes[i].path)) == 0)
			return scopes[i].scope;
	}
	return NULL;
}

static int compare(const void *key, const void *element)
{
	int code = *(const int *)key, other = ((const struct rule *)element)->code;

	return (code > other) - (code < other);
}

static struct rule rule_of(int code)
{
	const struct rule *found = bsearch(&code, rules, sizeof rules / sizeof *rules, sizeof *rules, compare);

	if (found)
		return *found;
	if (code >= 50000 && code < 70000)
		return (struct rule){code, CALL_RETRY, 0, 0, 0};
	return (struct rule){code, CALL_REFUSED, 0, 0, 0};
}

// Some refusals of permission come as 40002, where words alone tell them from a wrong parameter.
static bool speaks_of_permission(const char *message)
{
	return strcasestr(message, "permission") || strcasestr(message, "unauthorized") || strcasestr(message, "not authorized");
}

static void apply(const struct call *call, struct rule rule, struct call_result *out)
{
	out->verdict = rule.verdict;
	out->tries = rule.tries;
	out->then = rule.tries ? rule.then : CALL_RETRY;
	out->wait_ms = rule.wait_s * (int64_t)1000;
	out->scope = rule.verdict == CALL_SCOPE ? scope_of(call->path) : NULL;
}

static void judge_code(const struct call *call, struct call_result *out)
{
	struct rule rule = rule_of(out->code);

	if (out->code == 40002 && speaks_of_permission(out->message))
		rule.verdict = CALL_NO_ACCESS;
	if (out->code == 40101 && call->bare) // at the exchange there is one reading alone
		rule = (struct rule){40101, CALL_REFUSED, 0, 0, 0};
	apply(call, rule, out);
}

// Gateways in front of the API answer in HTML; only their throttling has a meaning of its own.
static void judge_status(const struct call *call, struct call_result *out)
{
	bool throttled = out->status == TOO_MANY;

	apply(call, (struct rule){0, throttled ? CALL_THROTTLE_APP : CALL_RETRY, 0, 0, 0}, out);
	snprintf(out->message, sizeof out->message, "HTTP status %d without an answer of the API", out->status);
}

static void judge_absence(const struct call *call, const struct err *err, struct call_result *out)
{
	enum call_verdict verdict = err->class == ERR_RETRY ? CALL_RETRY : CALL_REFUSED;

	if (strcmp(err->code, "http_too_large") == 0)
		verdict = CALL_SMALLER;
	apply(call, (struct rule){0, verdict, 0, 0, 0}, out);
	answer_text(view_text(err->words), out->message, sizeof out->message);
}

void call_result_clear(struct call_result *result)
{
	answer_clear(&result->answer);
	*result = (struct call_result){.retry_after_ms = -1};
}

void call_judge(const struct call *call, const struct http_answer *answer, const struct err *err, struct call_result *out)
{
	call_result_clear(out);
	if (!answer) {
		judge_absence(call, err, out);
		return;
	}
	out->status = answer->status;
	out->retry_after_ms = answer->retry_after_ms;
	answer_read_data(buf_view(&answer->body), SIZE_MAX, &out->answer);
	if (out->answer.kind == ANSWER_TRANSIENT) {
		judge_status(call, out);
		return;
	}
	memcpy(out->message, out->answer.message, sizeof out->message);
	memcpy(out->request_id, out->answer.request_id, sizeof out->request_id);
	out->code = out->answer.code;
	if (out->answer.kind == ANSWER_CODE)
		judge_code(call, out);
	else
		apply(call, (struct rule){0, CALL_RETRY, 3, CALL_REFUSED, 0}, out);
}

int call_error(const struct call *call, const struct call_result *r, struct err *err)
{
	static const struct {
		enum err_class class;
		const char *code, *what;
	} kinds[CALL_VERDICTS] = {
		[CALL_OK] = {ERR_RETRY, "tiktok_busy", "its answer was not understood"},
		[CALL_RETRY] = {ERR_RETRY, "tiktok_busy", "no good answer now"},
		[CALL_THROTTLE_APP] = {ERR_RETRY, "tiktok_busy", "too many requests of this app"},
		[CALL_THROTTLE_ADVERTISER] = {ERR_RETRY, "tiktok_busy", "too many requests for this advertiser"},
		[CALL_SMALLER] = {ERR_FATAL, "tiktok_refused", "there is too much to read at once"},
		[CALL_REAUTHORISE] = {ERR_PAUSE, "tiktok_reauthorise", "the access token is no longer good: connect the account again"},
		[CALL_SCOPE] = {ERR_PAUSE, "tiktok_scope", "the app lacks a permission: grant it at TikTok and connect the account again"},
		[CALL_NO_ACCESS] = {ERR_PAUSE, "tiktok_no_access", "the token may not read this account"},
		[CALL_REFUSED] = {ERR_FATAL, "tiktok_refused", "the request was refused"},
	};

	return err_set(err, kinds[r->verdict].class, kinds[r->verdict].code, "TikTok%s: %s%s%s (code %d, request %s): %s", call->path,
		kinds[r->verdict].what, r->scope ? ": " : "", r->scope ? r->scope : "", r->code, r->request_id[0] ? r->request_id : "without id",
		r->message);
}
