// SPDX-License-Identifier: Apache-2.0
#include "net/pool.h"

#include <limits.h>
#include <stdlib.h>

#include "base/own.h"
#include "net/http_private.h"

enum { UPLOAD_BYTES = 256 * 1024, URL_ROOM = 256 };

struct slot {
	enum { SLOT_FREE, SLOT_BUSY, SLOT_TOLD } state;
	CURL *easy;
	struct curl_slist *headers;
	struct http_answer answer;
	void *context;
	char url[URL_ROOM]; // for errors; cut
	char detail[CURL_ERROR_SIZE];
};

struct pool {
	CURLM *multi;
	struct slot *slots;
	int slots_n, busy;
	bool told; // some slot is SLOT_TOLD
};

static CURL *easy_new(void)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		err_out_of_memory();
	return easy;
}

struct pool *pool_new(int in_flight)
{
	CHECK(in_flight > 0);
	http_start_curl();
	struct pool *pool = calloc(1, sizeof *pool);

	if (!pool || !(pool->multi = curl_multi_init()) || !(pool->slots = calloc((size_t)in_flight, sizeof *pool->slots)))
		err_out_of_memory();
	pool->slots_n = in_flight;
	for (int i = 0; i < in_flight; i++)
		pool->slots[i].easy = easy_new();
	curl_multi_setopt(pool->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)in_flight);
	curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
	curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	return pool;
}

static void end_slot(struct pool *pool, struct slot *slot)
{
	curl_multi_remove_handle(pool->multi, slot->easy);
	curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, NULL);
	http_headers_free(&slot->headers);
	pool->busy--;
}

void pool_free(struct pool **pool_at)
{
	struct pool *pool = *pool_at;

	if (!pool)
		return;
	for (int i = 0; i < pool->slots_n; i++) {
		struct slot *slot = &pool->slots[i];

		if (slot->state == SLOT_BUSY)
			end_slot(pool, slot);
		curl_easy_cleanup(slot->easy);
		http_answer_clear(&slot->answer);
	}
	curl_multi_cleanup(pool->multi);
	free(pool->slots);
	free(pool);
	*pool_at = NULL;
}

int pool_free_slots(const struct pool *pool)
{
	return pool->slots_n - pool->busy;
}

static void forget_told(struct pool *pool)
{
	if (!pool->told)
		return;
	for (int i = 0; i < pool->slots_n; i++) {
		if (pool->slots[i].state == SLOT_TOLD)
			pool->slots[i].state = SLOT_FREE;
	}
	pool->told = false;
}

static struct slot *free_slot(struct pool *pool)
{
	forget_told(pool);
	for (int i = 0; i < pool->slots_n; i++) {
		if (pool->slots[i].state == SLOT_FREE)
			return &pool->slots[i];
	}
	return NULL;
}

static void prepare(struct slot *slot, const struct http_request *q)
{
	slot->headers = http_headers_new(q->headers);
	http_prepare(slot->easy, q, slot->headers, &slot->answer, slot->detail);
	curl_easy_setopt(slot->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(slot->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(slot->easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
	curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
	if (strncmp(q->url, "https:", 6) == 0) // wait for a connection that may turn out to be HTTP/2, rather than open one more
		curl_easy_setopt(slot->easy, CURLOPT_PIPEWAIT, 1L);
}

int pool_start(struct pool *pool, const struct http_request *q, void *context, struct err *err)
{
	if (http_check_url(q->url, err))
		return -1;
	struct slot *slot = free_slot(pool);
	if (!slot)
		return err_set(err, ERR_RETRY, "pool_full", "%d requests are in flight, as many as there may be", pool->slots_n);
	prepare(slot, q);
	snprintf(slot->url, sizeof slot->url, "%s", q->url);
	slot->context = context;
	if (curl_multi_add_handle(pool->multi, slot->easy) != CURLM_OK)
		err_out_of_memory();
	slot->state = SLOT_BUSY;
	pool->busy++;
	return 0;
}

static void finish(struct pool *pool, const CURLMsg *message, struct pool_done *done)
{
	CURL *easy = message->easy_handle;
	CURLcode code = message->data.result; // the message goes with the handle
	struct slot *slot = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
	done->context = slot->context;
	done->answer = http_finish(easy, code, slot->url, slot->detail, &slot->answer, &done->err) ? NULL : &slot->answer;
	end_slot(pool, slot);
	slot->state = SLOT_TOLD;
	pool->told = true;
}

static size_t collect(struct pool *pool, struct pool_done *done, size_t room)
{
	size_t n = 0;
	int running, left;
	CURLMsg *message;

	curl_multi_perform(pool->multi, &running);
	while (n < room && (message = curl_multi_info_read(pool->multi, &left))) {
		if (message->msg == CURLMSG_DONE)
			finish(pool, message, &done[n++]);
	}
	return n;
}

size_t pool_poll(struct pool *pool, int64_t wait_ms, struct pool_done *done, size_t room)
{
	forget_told(pool);
	size_t n = collect(pool, done, room);

	if (n || wait_ms <= 0)
		return n;
	curl_multi_poll(pool->multi, NULL, 0, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms, NULL);
	return collect(pool, done, room);
}

void pool_wake(struct pool *pool)
{
	curl_multi_wakeup(pool->multi);
}
