// SPDX-License-Identifier: Apache-2.0
// One HTTP request with a deadline, and its answer up to a size. Redirects are not followed, so credentials go nowhere else; TLS
// certificates are verified; no secret and no query of an URL is ever in an error. An `http` keeps its connection for the next request
// and belongs to one thread at a time.
#pragma once
#include "base/bytes.h"

struct http;

struct http *http_new(void);
void http_free(struct http **http);

struct http_request {
	const char *method;          // "GET", "POST" …
	const char *url;             // http or https, without user:password@
	const char *const *headers;  // "Name: value", ends with NULL; or NULL
	struct view body;            // absent: none
	int64_t timeout_ms;          // of everything together; 0 = 5,000
	size_t answer_max;           // 0 = 4 MiB
	const char *user, *password; // basic auth; NULL: none
	const char *ca_file;         // PEM; NULL: the system's
	bool compressed;             // the server may compress its answer; answer_max is of what it unpacks to
};

struct http_answer {
	int status;
	int64_t retry_after_ms; // as the server asks, a year at most; -1: it does not
	struct buf body;
};

// 0: there is an answer, whatever its status. RETRY http_unreachable, http_timeout, http_broken (cut off), http_too_large (than answer_max);
// FATAL http_untrusted (certificate), http_setting (URL, CA file). `answer` may be used again; http_answer_clear releases it.
int http_send(struct http *http, const struct http_request *request, struct http_answer *answer, struct err *err) MUST_USE;
void http_answer_clear(struct http_answer *answer);
