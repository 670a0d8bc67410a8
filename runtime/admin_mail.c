// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_mail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/own.h"
#include "runtime/admin_json.h"

enum { ANSWER_CEILING = 16 << 20 };

// Lives on the asker's stack; linked while it may be picked up, and never left before `busy` is 0.
struct letter {
	const struct processor_question *question;
	bool *seen; // by worker
	int unseen, busy;
	struct buf *answer;
	bool found, failed;
	struct err fault;
	struct letter *next;
};

struct admin_mail {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	_Atomic int waiting;
	struct letter *first;
	int workers;
};

struct admin_mail *admin_mail_new(int workers)
{
	struct admin_mail *m = calloc(1, sizeof *m);
	pthread_condattr_t steady;

	if (!m)
		err_out_of_memory();
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&m->moved, &steady);
	pthread_condattr_destroy(&steady);
	m->workers = workers;
	return m;
}

void admin_mail_free(struct admin_mail **mail)
{
	struct admin_mail *m = *mail;

	*mail = NULL;
	if (!m)
		return;
	CHECK(!m->first);
	pthread_cond_destroy(&m->moved);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static struct timespec deadline_in(int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

static void post(struct admin_mail *m, struct letter *letter)
{
	struct letter **end = &m->first;

	while (*end)
		end = &(*end)->next;
	*end = letter;
	atomic_fetch_add(&m->waiting, 1);
}

static void withdraw(struct admin_mail *m, struct letter *letter)
{
	struct letter **at = &m->first;

	while (*at != letter)
		at = &(*at)->next;
	*at = letter->next;
	atomic_fetch_sub(&m->waiting, 1);
}

static int outcome(const struct letter *letter, bool *found, struct err *err)
{
	*found = letter->found;
	if (letter->found)
		return 0;
	if (letter->failed) {
		*err = letter->fault;
		return -1;
	}
	if (letter->unseen > 0)
		return err_set(err, ERR_RETRY, "no_answer", "%d worker(s) did not answer in time: busy with a batch; try again", letter->unseen);
	return 0;
}

int admin_mail_ask(struct admin_mail *mail, const struct processor_question *question, int64_t timeout_ms, struct buf *answer, bool *found,
	struct err *err)
{
	struct timespec deadline = deadline_in(timeout_ms);
	OWN(own_free) bool *seen = calloc((size_t)mail->workers + 1, sizeof *seen);
	struct letter letter = {.question = question, .seen = seen, .unseen = mail->workers, .answer = answer};

	if (!seen)
		err_out_of_memory();
	pthread_mutex_lock(&mail->lock);
	post(mail, &letter);
	while (letter.unseen > 0 && pthread_cond_timedwait(&mail->moved, &mail->lock, &deadline) == 0)
		;
	withdraw(mail, &letter);
	while (letter.busy > 0) // who reads our question must be done with it
		pthread_cond_wait(&mail->moved, &mail->lock);
	pthread_mutex_unlock(&mail->lock);
	return outcome(&letter, found, err);
}

static struct letter *next_for(struct admin_mail *m, int worker)
{
	for (struct letter *l = m->first; l; l = l->next)
		if (!l->seen[worker])
			return l;
	return NULL;
}

// What this worker's shards say, into `answer`. A shard's fault is kept only if no other knows the conversion.
static void ask_shards(const struct processor_question *q, const struct processor *processor, struct shard *const *live, size_t count,
	struct letter *mine)
{
	for (size_t i = 0; i < count; i++) {
		bool found = false;

		if (processor->explain(shard_processor(live[i]), q, mine->answer, &found, &mine->fault) != 0)
			mine->failed = true;
		mine->found |= found;
	}
}

static void deliver(struct letter *letter, const struct letter *mine)
{
	if (mine->found) {
		if (letter->question->form == QUESTION_JSON)
			admin_json_comma(letter->answer);
		buf_add_view(letter->answer, buf_view(mine->answer));
		letter->found = true;
	}
	if (mine->failed) {
		letter->fault = mine->fault;
		letter->failed = true;
	}
}

void admin_mail_serve(struct admin_mail *mail, int worker, const struct processor *processor, struct shard *const *live, size_t count)
{
	struct letter *letter;

	CHECK(worker >= 0 && worker < mail->workers);
	if (atomic_load_explicit(&mail->waiting, memory_order_relaxed) == 0)
		return;
	pthread_mutex_lock(&mail->lock);
	while ((letter = next_for(mail, worker))) {
		OWN(buf_clear) struct buf text = {.ceiling = ANSWER_CEILING};
		struct letter mine = {.answer = &text};

		letter->seen[worker] = true;
		letter->busy++;
		pthread_mutex_unlock(&mail->lock);
		if (processor->explain)
			ask_shards(letter->question, processor, live, count, &mine);
		pthread_mutex_lock(&mail->lock);
		deliver(letter, &mine);
		letter->unseen--;
		letter->busy--;
		pthread_cond_broadcast(&mail->moved);
	}
	pthread_mutex_unlock(&mail->lock);
}
