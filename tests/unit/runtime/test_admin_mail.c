// SPDX-License-Identifier: Apache-2.0
// Promise: a question reaches every worker's shards once, is answered by all that know, and never outlives its asker; a worker that does not come is said so.
#include "runtime/admin_mail.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/own.h"

// Shards are opaque to mail: these stand in, each knows one conversion.
struct shard {
	const char *knows;
	bool broken;
	int pause_ms;
	_Atomic int asked;
};

void *shard_processor(struct shard *shard)
{
	return shard;
}

static int explain(void *self, const struct processor_question *question, struct buf *out, bool *found, struct err *err)
{
	struct shard *s = self;

	atomic_fetch_add(&s->asked, 1);
	usleep((unsigned)s->pause_ms * 1000);
	if (s->broken)
		return err_set(err, ERR_FATAL, "store_io", "the disk does not answer");
	*found = view_eq(question->conversion, view_text(s->knows));
	if (*found)
		buf_addf(out, "%s{\"id\":\"%s\"}", out->n ? "," : "", s->knows);
	return 0;
}

static const struct processor processor = {.role = "attribution", .explain = explain};

struct loop {
	struct admin_mail *mail;
	int worker;
	struct shard *shards[2];
	size_t count;
	_Atomic bool stop;
	pthread_t thread;
};

static void *run(void *context)
{
	struct loop *loop = context;

	while (!atomic_load(&loop->stop)) {
		admin_mail_serve(loop->mail, loop->worker, &processor, loop->shards, loop->count);
		usleep(500);
	}
	return NULL;
}

static void start(struct loop *loop)
{
	assert_int_equal(pthread_create(&loop->thread, NULL, run, loop), 0);
}

static void stop(struct loop *loop)
{
	atomic_store(&loop->stop, true);
	pthread_join(loop->thread, NULL);
}

static const struct processor_question about_b = {{"shop", 4}, {"b", 1}, {NULL, 0}, QUESTION_JSON};

static void test_every_worker_is_asked_once(void **state)
{
	(void)state;
	OWN(admin_mail_free) struct admin_mail *mail = admin_mail_new(2);
	OWN(buf_clear) struct buf answer = {0};
	struct shard a = {.knows = "a"}, b = {.knows = "b"}, again = {.knows = "b"};
	struct loop one = {mail, 0, {&a, &b}, 2, false, 0}, two = {mail, 1, {&again}, 1, false, 0};
	struct err err = {0};
	bool found = false;

	start(&one);
	start(&two);
	buf_add_text(&answer, "[");
	assert_int_equal(admin_mail_ask(mail, &about_b, 5000, &answer, &found, &err), 0);
	stop(&one);
	stop(&two);
	buf_add_byte(&answer, 0);
	assert_true(found);
	assert_string_equal(answer.p, "[{\"id\":\"b\"},{\"id\":\"b\"}");
	assert_int_equal(atomic_load(&a.asked), 1);
	assert_int_equal(atomic_load(&b.asked), 1);
	assert_int_equal(atomic_load(&again.asked), 1);
}

static void test_unknown_is_not_found(void **state)
{
	(void)state;
	OWN(admin_mail_free) struct admin_mail *mail = admin_mail_new(1);
	OWN(buf_clear) struct buf answer = {0};
	struct shard a = {.knows = "a"};
	struct loop one = {mail, 0, {&a}, 1, false, 0};
	struct err err = {0};
	bool found = true;

	start(&one);
	assert_int_equal(admin_mail_ask(mail, &about_b, 5000, &answer, &found, &err), 0);
	stop(&one);
	assert_false(found);
	assert_int_equal(answer.n, 0);
}

static void test_absent_worker_is_said(void **state)
{
	(void)state;
	OWN(admin_mail_free) struct admin_mail *mail = admin_mail_new(2);
	OWN(buf_clear) struct buf answer = {0};
	struct shard a = {.knows = "a"};
	struct loop one = {mail, 0, {&a}, 1, false, 0};
	struct err err = {0};
	bool found = true;

	start(&one);
	assert_int_equal(admin_mail_ask(mail, &about_b, 30, &answer, &found, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, "no_answer");
	a.knows = "b"; // found beside an absent worker: that is an answer
	assert_int_equal(admin_mail_ask(mail, &about_b, 30, &answer, &found, &err), 0);
	stop(&one);
	assert_true(found);
}

static void test_fault_counts_only_if_nobody_knows(void **state)
{
	(void)state;
	OWN(admin_mail_free) struct admin_mail *mail = admin_mail_new(1);
	OWN(buf_clear) struct buf answer = {0};
	struct shard broken = {.knows = "a", .broken = true}, b = {.knows = "b"};
	struct loop one = {mail, 0, {&broken, &b}, 2, false, 0};
	const struct processor_question about_c = {{"shop", 4}, {"c", 1}, {NULL, 0}, QUESTION_JSON};
	struct err err = {0};
	bool found = false;

	start(&one);
	assert_int_equal(admin_mail_ask(mail, &about_b, 5000, &answer, &found, &err), 0);
	assert_true(found);
	assert_int_equal(admin_mail_ask(mail, &about_c, 5000, &answer, &found, &err), -1);
	stop(&one);
	assert_string_equal(err.code, "store_io");
}

// The asker's deadline passes while a worker reads the question: the asker must wait for it, or the worker would write into freed memory.
static void test_asker_outlasts_a_slow_worker(void **state)
{
	(void)state;
	OWN(admin_mail_free) struct admin_mail *mail = admin_mail_new(1);
	OWN(buf_clear) struct buf answer = {0};
	struct shard slow = {.knows = "b", .pause_ms = 80};
	struct loop one = {mail, 0, {&slow}, 1, false, 0};
	struct err err = {0};
	bool found = false;

	start(&one);
	assert_int_equal(admin_mail_ask(mail, &about_b, 20, &answer, &found, &err), 0);
	stop(&one);
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_worker_is_asked_once),
		cmocka_unit_test(test_unknown_is_not_found),
		cmocka_unit_test(test_absent_worker_is_said),
		cmocka_unit_test(test_fault_counts_only_if_nobody_knows),
		cmocka_unit_test(test_asker_outlasts_a_slow_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
