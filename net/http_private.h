// SPDX-License-Identifier: Apache-2.0
// What http.c and pool.c share: how a request becomes options of a curl handle, and curl's result one of our errors.
#pragma once
#include <curl/curl.h>

#include "net/http.h"

void http_start_curl(void); // any thread, any number of times

int http_check_url(const char *url, struct err *err) MUST_USE;

// Copies, so that the caller may wipe its own; wiped again when freed.
struct curl_slist *http_headers_new(const char *const *headers);
void http_headers_free(struct curl_slist **list);

// Sets every option of a handle; connections and TLS sessions stay. `headers`, the body, `answer` and `detail` (CURL_ERROR_SIZE) are borrowed until
// the transfer has ended.
void http_prepare(CURL *easy, const struct http_request *request, struct curl_slist *headers, struct http_answer *answer, char *detail);

// After the transfer. As http_send.
int http_finish(CURL *easy, CURLcode code, const char *url, const char *detail, struct http_answer *answer, struct err *err) MUST_USE;
