// SPDX-License-Identifier: Apache-2.0
// The fetcher's thread: whose turn it is, requests, answers.
#include <signal.h>
#include <stdlib.h>

#include "base/now.h"
#include "base/own.h"
#include "tiktok/fetch_private.h"

// BEGUN_MOST: readers that ask or may ask within PARKED_MS. What they have read of a window is in memory.
enum { BEGUN_MOST = 32, PARKED_MS = 1000, SLEEP_MOST_MS = 500, DONE_MOST = 32 };

// ---- whose turn it is

// One more app than there is room for shares the last one's pace.
static struct pace *pace_of(struct fetcher *f, const char *app)
{
	for (size_t i = 0; i < f->apps_n; i++)
		if (strcmp(f->apps[i].id, app) == 0)
			return f->apps[i].pace;
	if (f->apps_n == FETCH_APPS_MAX)
		return f->apps[FETCH_APPS_MAX - 1].pace;
	struct fetch_app *a = &f->apps[f->apps_n++];
	memcpy(a->id, app, strlen(app) + 1);
	a->pace = pace_new(&(struct pace_options){
		.app_per_second = f->options.app_per_second,
		.advertiser_per_second = f->options.advertiser_per_second,
	});
	return a->pace;
}

// New ones take their turn behind the others; those that nobody waits for leave.
static void sort_out(struct fetcher *f)
{
	struct fetch_list gone = {0};

	pthread_mutex_lock(&f->lock);
	struct fetch_run **link = &f->own;
	while (*link || (*link = fetch_list_pop(&f->arrived))) {
		struct fetch_run *j = *link;

		if (!j->pace) {
			j->next = NULL;
			j->pace = pace_of(f, j->app_id);
			f->own_n++;
		}
		if (!j->box && !j->flying) {
			*link = j->next;
			f->own_n--;
			f->numbers.waiting--;
			fetch_list_push(&gone, j);
		} else {
			link = &j->next;
		}
	}
	pthread_mutex_unlock(&f->lock);
	for (struct fetch_run *j; (j = fetch_list_pop(&gone));)
		fetch_forget(j);
}

static void answer_fill(struct fetch_run *j, bool failed)
{
	const struct call_result *r = failed ? reader_result(j->given.reader) : NULL;

	j->answer.verdict = r ? r->verdict : CALL_OK;
	if (!r)
		return;
	j->answer.code = r->code;
	j->answer.scope = r->scope;
	memcpy(j->answer.message, r->message, sizeof j->answer.message);
	memcpy(j->answer.request_id, r->request_id, sizeof j->answer.request_id);
}

// Out of the thread's list and into its box, if there still is one.
static void finish(struct fetcher *f, struct fetch_run **link, bool failed)
{
	struct fetch_run *j = *link;
	struct reader_progress p = reader_progress(j->given.reader);

	answer_fill(j, failed);
	pthread_mutex_lock(&f->lock);
	*link = j->next;
	f->own_n--;
	f->numbers.waiting--;
	f->numbers.rereads += p.rereads;
	f->numbers.halvings += p.halvings;
	bool taken = j->box != NULL;
	if (taken)
		fetch_list_push(&j->box->answered, j);
	pthread_mutex_unlock(&f->lock);
	if (!taken)
		fetch_forget(j);
}

enum progress { PROGRESS_READY, PROGRESS_PARKED, PROGRESS_ENDED };

// Until it has a request to make, waits, or is done.
static enum progress advance(struct fetcher *f, struct fetch_run **link, int64_t now_ms)
{
	struct fetch_run *j = *link;

	while (!j->has_call) {
		const void *rows;
		size_t n;

		if (j->wait_until_ms > now_ms)
			return PROGRESS_PARKED;
		switch (reader_next(j->given.reader, now_ms, &j->call, &j->wait_until_ms)) {
		case READER_ASK:
			j->has_call = true;
			break;
		case READER_WAIT:
			return PROGRESS_PARKED;
		case READER_ROWS:
			rows = reader_rows(j->given.reader, &n);
			j->given.rows(j->given.context, rows, n);
			break;
		case READER_DONE:
			finish(f, link, false);
			return PROGRESS_ENDED;
		case READER_FAILED:
			finish(f, link, true);
			return PROGRESS_ENDED;
		case READER_BUSY:
			CHECK(!"a reader that is not in flight awaits no answer");
		}
	}
	return PROGRESS_READY;
}

// ---- requests

static void judged(struct fetcher *f, struct fetch_run *j, const struct http_answer *answer, const struct err *err)
{
	struct call_result result = {0};
	int64_t now_ms = now_paced_ms();

	call_judge(&j->call, answer, err, &result);
	pace_judged(j->pace, &j->call, &result, j->sent_ms, now_ms);
	pthread_mutex_lock(&f->lock);
	f->numbers.verdicts[result.verdict]++;
	f->numbers.in_flight -= j->flying;
	pthread_mutex_unlock(&f->lock);
	reader_answer(j->given.reader, &result, now_ms);
	call_result_clear(&result);
	call_clear(&j->call);
	call_wire_clear(&j->wire);
	j->has_call = j->flying = false;
	j->wait_until_ms = 0;
}

static void send(struct fetcher *f, struct fetch_run *j, int64_t now_ms)
{
	const struct call_access access = {
		.base = f->base,
		.token = buf_view(&j->token),
		.timeout_ms = f->options.timeout_ms,
		.ca_file = f->ca_file,
	};
	struct http_request request;
	struct err err;

	call_request(&j->call, &access, &j->wire, &request);
	j->sent_ms = now_ms;
	j->flying = pool_start(f->pool, &request, j, &err) == 0;
	pthread_mutex_lock(&f->lock);
	f->numbers.requests++;
	f->numbers.in_flight += j->flying;
	pthread_mutex_unlock(&f->lock);
	if (!j->flying)
		judged(f, j, NULL, &err);
}

static void earliest(int64_t *until_ms, int64_t ms)
{
	if (ms < *until_ms)
		*until_ms = ms;
}

// Behind all others, so that the next turn begins with somebody else.
static void to_the_end(struct fetcher *f, struct fetch_run **link)
{
	struct fetch_run *j = *link;

	if (!j->next)
		return;
	pthread_mutex_lock(&f->lock);
	*link = j->next;
	struct fetch_run **end = link;
	while (*end)
		end = &(*end)->next;
	j->next = NULL;
	*end = j;
	pthread_mutex_unlock(&f->lock);
}

// False: it has no call to make, or its limits have no room.
static bool try_send(struct fetcher *f, struct fetch_run *j, int64_t now_ms, int64_t *until_ms)
{
	if (j->flying || pool_free_slots(f->pool) == 0)
		return false;
	int64_t wait_ms = pace_take(j->pace, &j->call, now_ms);
	if (wait_ms > 0) {
		earliest(until_ms, now_ms + wait_ms);
		return false;
	}
	send(f, j, now_ms);
	return true;
}

// Gives each reader that may ask its turn. Until when nobody can.
static int64_t turn(struct fetcher *f, int64_t now_ms)
{
	int64_t until_ms = now_ms + SLEEP_MOST_MS;
	size_t busy = 0, left = f->own_n;

	for (struct fetch_run **link = &f->own; *link && left > 0 && busy < BEGUN_MOST; left--) {
		struct fetch_run *j = *link;
		enum progress p = j->flying ? PROGRESS_READY : advance(f, link, now_ms);

		if (p == PROGRESS_ENDED)
			continue;
		busy += p == PROGRESS_READY || j->wait_until_ms < now_ms + PARKED_MS;
		if (p == PROGRESS_PARKED)
			earliest(&until_ms, j->wait_until_ms);
		if (p == PROGRESS_READY && try_send(f, j, now_ms, &until_ms))
			to_the_end(f, link);
		else
			link = &j->next;
	}
	return until_ms;
}

static bool is_stopped(struct fetcher *f)
{
	pthread_mutex_lock(&f->lock);
	bool stop = f->stop;
	pthread_mutex_unlock(&f->lock);
	return stop;
}

static void *run(void *arg)
{
	struct fetcher *f = arg;
	struct pool_done done[DONE_MOST];

	pthread_setname_np(pthread_self(), "tiktok-fetcher");
	while (!is_stopped(f)) {
		sort_out(f);
		int64_t now_ms = now_paced_ms(), until_ms = turn(f, now_ms);
		size_t n = pool_poll(f->pool, until_ms > now_ms ? now_wait_ms(until_ms - now_ms) : 0, done, DONE_MOST);

		for (size_t i = 0; i < n; i++)
			judged(f, done[i].context, done[i].answer, done[i].answer ? NULL : &done[i].err);
	}
	return NULL;
}

// ---- life

// Signals are for the main thread.
static void start_thread(struct fetcher *f)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&f->thread, NULL, run, f))
		err_out_of_memory();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct fetcher *fetcher_new(const struct fetch_options *options)
{
	struct fetcher *f = calloc(1, sizeof *f);
	size_t n = strlen(options->endpoint);

	if (!f || (options->ca_file && !(f->ca_file = strdup(options->ca_file))))
		err_out_of_memory();
	while (n > 0 && options->endpoint[n - 1] == '/')
		n--;
	CHECK(n < FETCH_BASE_MAX);
	memcpy(f->base, options->endpoint, n);
	f->options = *options;
	pthread_mutex_init(&f->lock, NULL);
	f->pool = pool_new(options->requests_in_flight);
	start_thread(f);
	return f;
}

void fetcher_free(struct fetcher **at)
{
	struct fetcher *f = *at;

	if (!f)
		return;
	CHECK(!f->boxes);
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_mutex_unlock(&f->lock);
	pool_wake(f->pool);
	pthread_join(f->thread, NULL);
	pool_free(&f->pool); // texts are borrowed until here
	for (struct fetch_run *j; (j = fetch_list_pop(&f->arrived));)
		fetch_forget(j);
	for (struct fetch_run *j; (j = f->own);) {
		f->own = j->next;
		fetch_forget(j);
	}
	for (size_t i = 0; i < f->apps_n; i++)
		pace_free(&f->apps[i].pace);
	pthread_mutex_destroy(&f->lock);
	free(f->ca_file);
	free(f);
	*at = NULL;
}
