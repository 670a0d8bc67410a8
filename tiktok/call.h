// SPDX-License-Identifier: Apache-2.0
// One request to TikTok's Marketing API, and what its answer means for the one who reads (docs/tiktok-reading.md). No I/O: call_request makes what
// net/http.h or net/pool.h sends, call_judge reads what came back.
//
// The access token travels in its own header alone. The app's secret, where TikTok wants it, is in a query or a body: both are wiped, and no error says
// more of a URL than its path.
#pragma once
#include "net/http.h"
#include "tiktok/answer.h"

enum { CALL_ANSWER_MAX = 16 << 20, CALL_TIMEOUT_MS = 60 * 1000 };

// A request to be. `path` is one of the API's ("/report/integrated/get/"), a literal: limits are kept by it.
struct call {
	const char *path;
	bool post, bare;   // bare: goes without a token
	struct buf text;   // the query of a GET, percent-encoded; the JSON body of a POST
	char limit_id[24]; // the advertiser whose limit it counts for; empty: the app's alone
};

void call_get(struct call *call, const char *path);
void call_post(struct call *call, const char *path); // then write JSON to call->text
void call_param(struct call *call, const char *name, struct view value);
void call_param_integer(struct call *call, const char *name, int64_t value);
void call_param_list(struct call *call, const char *name, const struct view *values, size_t n); // as JSON: ["a","b"]
void call_add_encoded(struct buf *out, struct view text);                                       // as a parameter's value
void call_clear(struct call *call);                                                             // wipes

// Where calls go and as whom; borrowed. `base` without a slash at its end: "https://business-api.tiktok.com/open_api/v1.3".
struct call_access {
	const char *base;
	struct view token;
	int64_t timeout_ms; // 0: CALL_TIMEOUT_MS
	size_t answer_max;  // 0: CALL_ANSWER_MAX
	const char *ca_file;
};

// URL and headers of a request in flight. net/ copies the headers; the URL and the call's text are borrowed until the request has ended.
struct call_wire {
	struct buf url, header;
	const char *headers[3];
};
void call_request(const struct call *call, const struct call_access *access, struct call_wire *wire, struct http_request *out);
void call_wire_clear(struct call_wire *wire); // wipes

enum call_verdict {
	CALL_OK,                  // `data` is there
	CALL_RETRY,               // wait, and ask the same again
	CALL_THROTTLE_APP,        // as RETRY; every request of this path slows down
	CALL_THROTTLE_ADVERTISER, // as RETRY; those for this advertiser do
	CALL_SMALLER,             // ask for less at once
	CALL_REAUTHORISE,         // the token is at its end: the whole connection has to be authorised again
	CALL_SCOPE,               // the token lives, but lacks a permission (`scope`): authorise again with it
	CALL_NO_ACCESS,           // the token lives, this account is closed to it; others of the connection go on
	CALL_REFUSED,             // the request or the app is wrong: asking again does not help
	CALL_VERDICTS,
};
const char *call_verdict_name(enum call_verdict verdict); // "retry", "no_access" …: a metric's label

struct call_result {
	enum call_verdict verdict;
	uint8_t tries; // of CALL_RETRY: after so many in a row it is `then`; 0: for as long as the caller likes
	enum call_verdict then;
	int code, status;       // TikTok's and HTTP's; 0: none
	int64_t wait_ms;        // at least so long before the next try; 0: as the caller likes
	int64_t retry_after_ms; // as the server asks; -1: it does not
	const char *scope;      // of CALL_SCOPE: the permission as TikTok's portal calls it, NULL if this is not known for the path
	char message[256];      // cleaned by answer_text: may be logged and kept
	char request_id[64];
	struct answer answer; // with `data` when CALL_OK
};

// `answer` or, if there is none, `err` of net/. What `out` held is released.
void call_judge(const struct call *call, const struct http_answer *answer, const struct err *err, struct call_result *out);
void call_result_clear(struct call_result *result);

// As an error to pass on: RETRY tiktok_busy, PAUSE tiktok_reauthorise, tiktok_scope, tiktok_no_access, FATAL tiktok_refused. Always -1.
int call_error(const struct call *call, const struct call_result *result, struct err *err);
