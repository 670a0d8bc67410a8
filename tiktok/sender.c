// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "tiktok/send_private.h"

enum {
	TOKEN_MAX = 4096,
	HEADER_MAX = TOKEN_MAX + 256,
	DONE_MOST = 64,
	SLEEP_MOST_MS = 60000,
	BATCH_EVENTS_MAX = 1000,
	BATCH_BYTES = 1 << 20
};

static char *dup_text(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		err_out_of_memory();
	return copy;
}

static char *url_dup(const char *endpoint, const char *path)
{
	size_t n = strlen(endpoint);
	char *url;

	path += strspn(path, "/");
	if (asprintf(&url, "%s%s%s", endpoint, n && endpoint[n - 1] == '/' ? "" : "/", path) < 0)
		err_out_of_memory();
	return url;
}

static void set_defaults(struct send_options *o)
{
	if (o->batch_events <= 0 || o->batch_events > BATCH_EVENTS_MAX)
		o->batch_events = BATCH_EVENTS_MAX;
	if (o->batch_bytes <= 0)
		o->batch_bytes = BATCH_BYTES;
	if (o->requests_in_flight <= 0)
		o->requests_in_flight = 1;
	if (o->throttle_first_ms <= 0)
		o->throttle_first_ms = 1000;
	if (o->throttle_most_ms <= 0)
		o->throttle_most_ms = 5 * 60 * 1000;
	if (o->pause_ms <= 0)
		o->pause_ms = 5 * 60 * 1000;
	if (o->tenant_batches <= 0)
		o->tenant_batches = 16;
	if (o->all_batches <= 0)
		o->all_batches = 128;
}

static void copy_options(struct sender *s, const struct send_options *options)
{
	struct send_options *o = &s->options;

	*o = *options;
	set_defaults(o);
	s->urls[EVENT_API_TRACK] = url_dup(o->endpoint, "event/track/");
	s->urls[EVENT_API_OFFLINE] = url_dup(o->endpoint, "offline/batch/");
	s->urls[EVENT_API_ORDER] = url_dup(o->endpoint, o->order_path ? o->order_path : "order/sync/");
	s->order_header = dup_text(o->order_header ? o->order_header : "Access-Token");
	s->ca_file = dup_text(o->ca_file);
	o->endpoint = o->ca_file = o->order_header = o->order_path = NULL; // the caller's
}

// All the memory at once: growing would leave a copy behind.
static void reserve_secret(struct buf *buf, size_t n)
{
	buf->ceiling = n;
	if (!buf_reserve(buf, n))
		err_out_of_memory();
}

static void wipe(struct buf *buf)
{
	explicit_bzero(buf->p, buf->room);
	buf_reset(buf);
}

static bool is_usable(const struct buf *token)
{
	for (size_t i = 0; i < token->n; i++) {
		if (token->p[i] <= ' ' || token->p[i] > '~')
			return false;
	}
	return token->n && !token->full;
}

static int token_get(struct sender *s, const struct send_tenant *tenant, uint64_t *version, struct err *err)
{
	const struct send_tokens *tokens = &s->options.tokens;

	if (tokens->get(tokens->context, view_of(tenant->name, tenant->name_n), &s->token, version, err))
		return -1;
	if (!is_usable(&s->token))
		return err_set(err, ERR_RETRY, "token_unreadable",
			"the access token is empty, longer than %d bytes or has characters that no token has", TOKEN_MAX);
	return 0;
}

static struct http_request request_of(const struct sender *s, const struct send_batch *b, const char *const *headers)
{
	return (struct http_request){.method = "POST",
		.url = s->urls[b->queue->api],
		.headers = headers,
		.body = buf_view(&b->body),
		.timeout_ms = s->options.timeout_ms,
		.answer_max = ANSWER_BODY_MAX,
		.ca_file = s->ca_file};
}

static void note_flight(struct sender *s, struct send_batch *b, bool up)
{
	struct send_tenant *tenant = b->queue->tenant;

	if (up)
		send_batch_push(&s->flying, b);
	else
		send_batch_remove(&s->flying, b);
	tenant->in_flight += up ? 1 : -1;
	pthread_mutex_lock(&s->lock);
	s->numbers.requests += up;
	s->numbers.in_flight += up ? b->entries_n : -b->entries_n;
	pthread_mutex_unlock(&s->lock);
}

static void request(struct sender *s, struct send_batch *b, int64_t now_ms)
{
	bool order = b->queue->api == EVENT_API_ORDER;
	struct err err;

	buf_addf(&s->header, "%s: ", order ? s->order_header : "Access-Token");
	buf_add_view(&s->header, buf_view(&s->token));
	buf_add_byte(&s->header, '\0');
	struct http_request q = request_of(s, b, (const char *const[]){s->header.p, "Content-Type: application/json", NULL});
	b->requests++;
	b->sent_ms = now_ms;
	b->sent_wall_ms = now_wall_ms();
	limits_take(&s->app);
	limits_take(&b->queue->advertiser->bucket);
	note_flight(s, b, true);
	if (pool_start(s->pool, &q, b, &err) == 0)
		return;
	note_flight(s, b, false);
	send_verdict_failed(s, b, &err, 0, now_ms);
}

// The token may have changed since the tenant was refused, or the permission been given: then it takes its turn again, under the limits.
static void ask_or_pause(struct sender *s, struct send_batch *b, int64_t now_ms)
{
	struct send_tenant *tenant = b->queue->tenant;

	if (!tenant->refused) {
		request(s, b, now_ms);
	} else if (tenant->refused_version == b->token_version && now_ms < tenant->refused_until_ms) {
		send_verdict_paused(s, b);
	} else {
		tenant->refused = false;
		pthread_mutex_lock(&s->lock);
		send_turn_ready(s, b);
		pthread_mutex_unlock(&s->lock);
	}
}

static void go(struct sender *s, struct send_batch *b, int64_t now_ms)
{
	struct err err = {0};

	if (token_get(s, b->queue->tenant, &b->token_version, &err)) {
		send_verdict_no_token(s, b, &err, now_ms);
	} else {
		b->queue->tenant->token_failures = 0;
		ask_or_pause(s, b, now_ms);
	}
	wipe(&s->token);
	wipe(&s->header);
}

// A batch that is old enough is closed when its turn can come, and fills until then: what came in an outage leaves in few requests.
static void seal_old(struct sender *s, int64_t now_ms, int64_t *until_ms)
{
	for (struct send_batch *b = s->open.first, *younger; b; b = younger) {
		int64_t due_ms = b->born_ms + s->options.batch_age_ms;

		younger = b->next;
		if (due_ms > now_ms) {
			*until_ms = due_ms < *until_ms ? due_ms : *until_ms;
			return;
		}
		if (send_turn_can_come(s, b->queue->tenant, now_ms, until_ms))
			send_batch_seal(s, b);
	}
}

// The next batch, or NULL and how long there will be none. `wanted`: somebody waits for its answers.
static struct send_batch *next(struct sender *s, int64_t now_ms, int64_t *until_ms, bool *wanted)
{
	bool slots = pool_free_slots(s->pool) > 0;
	struct send_batch *b = NULL;

	pthread_mutex_lock(&s->lock);
	*until_ms = s->stop ? now_ms : INT64_MAX;
	if (!s->stop) {
		seal_old(s, now_ms, until_ms);
		b = slots ? send_turn_next(s, now_ms, until_ms) : NULL;
	}
	*wanted = b && send_box_wants(s, b);
	s->wakes_ms = b || !slots ? INT64_MIN : *until_ms;
	pthread_mutex_unlock(&s->lock);
	return b;
}

static int64_t start_all(struct sender *s)
{
	for (;;) {
		int64_t now_ms = now_paced_ms(), until_ms;
		bool wanted;
		struct send_batch *b = next(s, now_ms, &until_ms, &wanted);

		if (!b)
			return until_ms < now_ms + SLEEP_MOST_MS ? until_ms - now_ms : SLEEP_MOST_MS;
		if (!wanted)
			send_verdict_dropped(s, b);
		else if (b->until_ms < INT64_MAX && b->until_ms <= now_wall_ms())
			send_verdict_expired(s, b, now_wall_ms());
		else
			go(s, b, now_ms);
	}
}

static void finish(struct sender *s, struct pool_done *done)
{
	struct send_batch *b = done->context;

	note_flight(s, b, false);
	if (done->answer)
		send_verdict_reply(s, b, done->answer, now_paced_ms());
	else
		send_verdict_failed(s, b, &done->err, 0, now_paced_ms());
}

static bool is_stopped(struct sender *s)
{
	pthread_mutex_lock(&s->lock);
	bool stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static void *run(void *arg)
{
	struct sender *s = arg;
	OWN(own_free) struct pool_done *done = calloc(DONE_MOST, sizeof *done);

	if (!done)
		err_out_of_memory();
	pthread_setname_np(pthread_self(), "tiktok-sender");
	while (!is_stopped(s)) {
		int64_t wait_ms = start_all(s);
		size_t n = pool_poll(s->pool, now_wait_ms(wait_ms), done, DONE_MOST);

		for (size_t i = 0; i < n; i++)
			finish(s, &done[i]);
	}
	return NULL;
}

// Signals are for the main thread; a broken connection is an error of its own.
static void start_thread(struct sender *s)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&s->thread, NULL, run, s))
		err_out_of_memory();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct sender *sender_new(const struct send_options *options)
{
	struct sender *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	copy_options(s, options);
	pthread_mutex_init(&s->lock, NULL);
	s->pool = pool_new(s->options.requests_in_flight);
	s->backoff = (struct backoff){options->retry_first_ms, options->retry_most_ms, options->seed};
	limits_init(&s->app, options->app_per_second, s->options.throttle_first_ms, s->options.throttle_most_ms);
	reserve_secret(&s->token, TOKEN_MAX);
	reserve_secret(&s->header, HEADER_MAX);
	start_thread(s);
	return s;
}

static void free_batches(struct sender *s)
{
	struct send_batch *b;
	int64_t until_ms;

	while ((b = s->flying.first)) {
		send_batch_remove(&s->flying, b);
		send_verdict_dropped(s, b);
	}
	while (s->open.first)
		send_batch_seal(s, s->open.first);
	for (struct send_tenant *tenant = s->tenants; tenant; tenant = tenant->hh.next) {
		tenant->in_flight = 0;
		tenant->hold_ms = 0;
		tenant->refused = true; // so that limits do not count
	}
	while ((b = send_turn_next(s, INT64_MAX, &until_ms)))
		send_verdict_dropped(s, b);
	while ((b = s->spare.first)) {
		send_batch_remove(&s->spare, b);
		buf_clear(&b->body);
		buf_clear(&b->ids);
		free(b->entries);
		free(b);
	}
}

static void free_names(struct sender *s)
{
	struct send_tenant *tenant, *next_tenant;
	struct send_advertiser *advertiser, *next_advertiser;

	HASH_ITER(hh, s->tenants, tenant, next_tenant)
	{
		HASH_DEL(s->tenants, tenant);
		free(tenant);
	}
	HASH_ITER(hh, s->advertisers, advertiser, next_advertiser)
	{
		HASH_DEL(s->advertisers, advertiser);
		free(advertiser);
	}
}

void sender_free(struct sender **sender)
{
	struct sender *s = *sender;

	if (!s)
		return;
	CHECK(!s->boxes);
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	pool_wake(s->pool);
	pthread_join(s->thread, NULL);
	pool_free(&s->pool); // bodies are borrowed until here
	free_batches(s);
	CHECK(!s->queues && !s->gone && !s->events);
	free_names(s);
	answer_clear(&s->answer);
	buf_clear(&s->token);
	buf_clear(&s->header);
	for (size_t i = 0; i < sizeof s->urls / sizeof *s->urls; i++)
		free(s->urls[i]);
	free(s->order_header);
	free(s->ca_file);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*sender = NULL;
}

void sender_numbers(const struct sender *sender, struct send_numbers *out)
{
	struct sender *s = (struct sender *)sender; // a lock is no change

	pthread_mutex_lock(&s->lock);
	*out = s->numbers;
	out->waiting = s->events;
	pthread_mutex_unlock(&s->lock);
}
