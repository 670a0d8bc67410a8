// SPDX-License-Identifier: Apache-2.0
#include "tiktok/fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/seal.h"
#include "tiktok/fetch_private.h"

// ---- lists

void fetch_list_push(struct fetch_list *l, struct fetch_run *j)
{
	j->next = NULL;
	if (!l->first)
		l->end = &l->first;
	*l->end = j;
	l->end = &j->next;
}

struct fetch_run *fetch_list_pop(struct fetch_list *l)
{
	struct fetch_run *j = l->first;

	if (j)
		l->first = j->next;
	return j;
}

static void run_free(struct fetch_run *j)
{
	reader_free(&j->given.reader);
	seal_wipe(&j->token);
	call_clear(&j->call);
	call_wire_clear(&j->wire);
	free(j);
}

void fetch_forget(struct fetch_run *j)
{
	if (j->given.context)
		j->given.forget(j->given.context);
	run_free(j);
}

// ---- boxes

struct fetch_box *fetch_box_new(struct fetcher *f)
{
	struct fetch_box *box = calloc(1, sizeof *box);

	if (!box)
		err_out_of_memory();
	box->fetcher = f;
	pthread_mutex_lock(&f->lock);
	box->next = f->boxes;
	f->boxes = box;
	pthread_mutex_unlock(&f->lock);
	return box;
}

static void leave_box(struct fetch_run *first, const struct fetch_box *box, uint64_t ticket)
{
	for (struct fetch_run *j = first; j; j = j->next)
		if (j->box == box && (ticket == 0 || j->given.ticket == ticket))
			j->box = NULL;
}

static void forget_answers(struct fetch_box *box, uint64_t ticket)
{
	struct fetch_list kept = {0};

	for (struct fetch_run *j; (j = fetch_list_pop(&box->answered));) {
		if (ticket == 0 || j->given.ticket == ticket)
			fetch_forget(j);
		else
			fetch_list_push(&kept, j);
	}
	box->answered = kept; // `end` points into the last job
}

void fetch_drop(struct fetch_box *box, uint64_t ticket)
{
	struct fetcher *f = box->fetcher;

	pthread_mutex_lock(&f->lock);
	leave_box(f->arrived.first, box, ticket);
	leave_box(f->own, box, ticket);
	forget_answers(box, ticket);
	pthread_mutex_unlock(&f->lock);
	pool_wake(f->pool);
}

void fetch_box_free(struct fetch_box **at)
{
	struct fetch_box *box = *at;

	if (!box)
		return;
	struct fetcher *f = box->fetcher;
	fetch_drop(box, 0);
	pthread_mutex_lock(&f->lock);
	struct fetch_box **link = &f->boxes;
	while (*link != box)
		link = &(*link)->next;
	*link = box->next;
	pthread_mutex_unlock(&f->lock);
	free(box);
	*at = NULL;
}

void fetch_put(struct fetch_box *box, const struct fetch_job *given)
{
	struct fetcher *f = box->fetcher;
	struct fetch_run *j = calloc(1, sizeof *j);

	if (!j)
		err_out_of_memory();
	CHECK(given->ticket != 0);
	j->given = *given;
	j->box = box;
	CHECK(buf_reserve(&j->token, given->token.n + 1)); // growing would leave copies behind
	buf_add_view(&j->token, given->token);
	j->given.token = VIEW_ABSENT;
	j->answer.ticket = given->ticket;
	snprintf(j->app_id, sizeof j->app_id, "%.*s", VIEW_ARG(given->app_id));
	j->given.app_id = VIEW_ABSENT;
	pthread_mutex_lock(&f->lock);
	fetch_list_push(&f->arrived, j);
	f->numbers.waiting++;
	pthread_mutex_unlock(&f->lock);
	pool_wake(f->pool);
}

bool fetch_any(struct fetch_box *box)
{
	pthread_mutex_lock(&box->fetcher->lock);
	bool any = box->answered.first != NULL;
	pthread_mutex_unlock(&box->fetcher->lock);
	return any;
}

bool fetch_take(struct fetch_box *box, struct fetch_answer *out)
{
	pthread_mutex_lock(&box->fetcher->lock);
	struct fetch_run *j = fetch_list_pop(&box->answered);
	pthread_mutex_unlock(&box->fetcher->lock);
	if (!j)
		return false;
	*out = j->answer;
	out->context = j->given.context;
	run_free(j);
	return true;
}

void fetch_numbers(struct fetcher *f, struct fetch_numbers *out)
{
	pthread_mutex_lock(&f->lock);
	*out = f->numbers;
	pthread_mutex_unlock(&f->lock);
}
