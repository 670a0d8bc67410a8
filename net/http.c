// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/own.h"
#include "net/http_private.h"

enum { TIMEOUT_DEFAULT_MS = 5000, CONNECT_MS = 2000, ANSWER_MAX_DEFAULT = 4 << 20, URL_MAX = 8192, RETRY_AFTER_MOST_S = 366 * 24 * 3600 };

struct http {
	CURL *easy;
	char detail[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		err_out_of_memory();
}

void http_start_curl(void)
{
	pthread_once(&curl_once, start_curl);
}

struct http *http_new(void)
{
	http_start_curl();
	struct http *h = calloc(1, sizeof *h);

	if (!h || !(h->easy = curl_easy_init()))
		err_out_of_memory();
	return h;
}

void http_free(struct http **http)
{
	if (!*http)
		return;
	curl_easy_cleanup((*http)->easy);
	free(*http);
	*http = NULL;
}

void http_answer_clear(struct http_answer *answer)
{
	buf_clear(&answer->body);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	buf_add(body, bytes, size * n);
	return body->full ? 0 : size * n; // 0 ends the transfer
}

// Scheme, host and path: what may stand in a message.
static int printable_length(const char *url)
{
	return (int)strcspn(url, "?#");
}

int http_check_url(const char *url, struct err *err)
{
	bool scheme = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
	const char *host = scheme ? strstr(url, "://") + 3 : url;

	if (!scheme || strlen(url) > URL_MAX)
		return err_set(err, ERR_FATAL, "http_setting", "a URL begins with http:// or https:// and has at most %d bytes", URL_MAX);
	if (memchr(host, '@', strcspn(host, "/?#")))
		return err_set(err, ERR_FATAL, "http_setting", "a URL must not hold user and password: give them in their own settings");
	return 0;
}

void http_headers_free(struct curl_slist **list)
{
	for (struct curl_slist *line = *list; line; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	curl_slist_free_all(*list);
	*list = NULL;
}

static struct curl_slist *with_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *more = curl_slist_append(list, line);

	if (!more)
		err_out_of_memory();
	return more;
}

struct curl_slist *http_headers_new(const char *const *headers)
{
	// Without this curl asks before it sends a large body, and waits a second for a server that does not answer that.
	struct curl_slist *list = with_header(NULL, "Expect:");

	for (; headers && *headers; headers++)
		list = with_header(list, *headers);
	return list;
}

static void set_credentials(CURL *easy, const struct http_request *q)
{
	if (!q->user && !q->password)
		return;
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_USERNAME, q->user ? q->user : "");
	curl_easy_setopt(easy, CURLOPT_PASSWORD, q->password ? q->password : "");
}

static void set_body(CURL *easy, const struct http_request *q)
{
	if (q->body.p) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, q->body.p);
	}
	if (strcmp(q->method, "GET") != 0 || q->body.p)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, q->method);
	if (strcmp(q->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
}

void http_prepare(CURL *easy, const struct http_request *q, struct curl_slist *headers, struct http_answer *answer, char *detail)
{
	long timeout = q->timeout_ms > 0 ? (long)q->timeout_ms : TIMEOUT_DEFAULT_MS;

	buf_limit(&answer->body, q->answer_max ? q->answer_max : ANSWER_MAX_DEFAULT);
	detail[0] = '\0';
	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_URL, q->url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout < CONNECT_MS ? timeout : CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer->body);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (q->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, q->ca_file);
	if (q->compressed)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	set_credentials(easy, q);
	set_body(easy, q);
}

static int translate(CURLcode code, const char *url, const char *detail, bool full, struct err *err)
{
	const char *why = detail[0] ? detail : curl_easy_strerror(code);
	int n = printable_length(url);

	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_RETRY, "http_timeout", "%.*s: no answer in time", n, url);
	case CURLE_WRITE_ERROR:
		if (full)
			return err_set(err, ERR_RETRY, "http_too_large", "%.*s: the answer is larger than expected", n, url);
		return err_set(err, ERR_RETRY, "http_broken", "%.*s: %s", n, url, why);
	case CURLE_BAD_CONTENT_ENCODING:
		return err_set(err, ERR_RETRY, "http_broken", "%.*s: %.200s", n, url, why);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return err_set(err, ERR_FATAL, "http_untrusted", "%.*s: %.200s: set the CA file that signs this server's certificate", n, url, why);
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_URL_MALFORMAT:
	case CURLE_BAD_FUNCTION_ARGUMENT:
		return err_set(err, ERR_FATAL, "http_setting", "%.*s: %.200s", n, url, why);
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: // HTTP/0.9: no status line; the scheme was checked before
		return err_set(err, ERR_RETRY, "http_broken", "%.*s: the answer was cut off or is no HTTP: %.200s", n, url, why);
	default:
		return err_set(err, ERR_RETRY, "http_unreachable", "%.*s: %.200s", n, url, why);
	}
}

int http_finish(CURL *easy, CURLcode code, const char *url, const char *detail, struct http_answer *answer, struct err *err)
{
	long status = 0;
	curl_off_t after = 0;

	if (code)
		return translate(code, url, detail, answer->body.full, err);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
	answer->status = (int)status;
	if (after > RETRY_AFTER_MOST_S)
		after = RETRY_AFTER_MOST_S;
	answer->retry_after_ms = after > 0 ? (int64_t)after * 1000 : -1;
	return 0;
}

int http_send(struct http *h, const struct http_request *q, struct http_answer *answer, struct err *err)
{
	if (http_check_url(q->url, err))
		return -1;
	OWN(http_headers_free) struct curl_slist *headers = http_headers_new(q->headers);
	http_prepare(h->easy, q, headers, answer, h->detail);
	CURLcode code = curl_easy_perform(h->easy);
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL); // the list goes out of scope
	return http_finish(h->easy, code, q->url, h->detail, answer, err);
}
