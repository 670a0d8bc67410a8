// SPDX-License-Identifier: Apache-2.0
#include "runtime/life.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "config/config.h"
#include "runtime/admin.h"
#include "runtime/process_numbers.h"
#include "runtime/progress.h"

enum { END_TICKS = 5, TICK_MS = 100, STOP_MS = 25000, FLUSH_MS = 15000, NUMBERS_MS = 2000, NAME = 200 };

struct life {
	struct role *const *roles;
	size_t count;
	const struct life_end *end;
	int at_end; // ticks in a row
	struct status *status;
	struct admin_mail *mail;
	struct admin *admin;
	struct progress progress;
	int64_t stop_until_ms; // 0: not stopping
	int64_t numbers_due_ms;
	char instance[NAME];
};

static sigset_t end_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

void life_block_signals(void)
{
	sigset_t set = end_signals();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

// The pod's name with a StatefulSet, the host's elsewhere: the same after a restart.
static void instance_name(char out[NAME])
{
	const char *given = getenv("LOOKBACK_INSTANCE");

	if (!given || !*given)
		given = getenv("HOSTNAME");
	if (given && *given)
		snprintf(out, NAME, "%s", given);
	else if (gethostname(out, NAME) != 0)
		snprintf(out, NAME, "lookback");
	out[NAME - 1] = '\0';
	for (char *c = out; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '-'; // brokers take no others in a member's id
}

static bool any_ended(const struct life *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (role_any_ended(l->roles[i]))
			return true;
	return false;
}

static bool all_ended(const struct life *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!role_all_ended(l->roles[i]))
			return false;
	return true;
}

static void begin_stop(struct life *l, const char *why)
{
	log_event(LOG_INFO, "stopping", LOG_S("why", why));
	l->stop_until_ms = now_steady_ms() + STOP_MS;
	for (size_t i = 0; i < l->count; i++)
		role_stop(l->roles[i], FLUSH_MS);
}

// Stores and topics stand a sudden end: recovery is the same as after kill -9.
_Noreturn static void end_now(const char *why)
{
	log_event(LOG_WARN, "ended_at_once", LOG_S("why", why));
	_exit(1);
}

static void show_numbers(struct life *l, int64_t now)
{
	uint64_t used = 0, budget = 0;

	if (now < l->numbers_due_ms)
		return;
	l->numbers_due_ms = now + NUMBERS_MS;
	for (size_t i = 0; i < l->count; i++) {
		uint64_t role_used, role_budget;

		role_measure(l->roles[i]);
		role_memory(l->roles[i], &role_used, &role_budget);
		used += role_used;
		budget += role_budget;
	}
	process_numbers_show(l->status, used, budget);
}

// Several ticks in a row, so that a rebalance between two questions is seen.
static bool has_reached_end(struct life *l)
{
	OWN(buf_clear) struct buf why = {0};

	if (!l->end)
		return false;
	l->at_end = status_is_ready(l->status, &why) && l->end->reached(l->end->context) ? l->at_end + 1 : 0;
	return l->at_end >= END_TICKS;
}

static void tick(struct life *l)
{
	sigset_t set = end_signals();
	struct timespec wait = {0, TICK_MS * 1000000L};
	int signal_number = sigtimedwait(&set, NULL, &wait);
	int64_t now = now_steady_ms();

	if (signal_number > 0 && l->stop_until_ms)
		end_now("a second signal");
	if (signal_number > 0)
		begin_stop(l, signal_number == SIGTERM ? "SIGTERM" : "SIGINT");
	else if (!l->stop_until_ms && any_ended(l))
		begin_stop(l, "a worker failed");
	else if (!l->stop_until_ms && has_reached_end(l))
		begin_stop(l, "all is done");
	if (l->stop_until_ms && now >= l->stop_until_ms)
		end_now("stopping took too long");
	progress_show(&l->progress, l->status, now);
	show_numbers(l, now);
}

static int start(struct life *l, const struct config *config, struct err *err)
{
	int slots = 0;

	process_numbers_built();
	instance_name(l->instance);
	for (size_t i = 0; i < l->count; i++)
		slots += role_workers(l->roles[i]);
	l->status = status_new(&(struct status_options){.run = config->run, .instance = l->instance, .workers = slots});
	l->mail = admin_mail_new(slots);
	struct admin_options admin = {.host = config->admin.host, .port = config->admin.port, .status = l->status, .mail = l->mail};
	if (admin_start(&admin, &l->admin, err) != 0)
		return -1;
	slots = 0;
	for (size_t i = 0; i < l->count; i++) {
		role_start(l->roles[i], &(struct role_place){l->instance, admin_address(l->admin), l->status, l->mail, slots});
		slots += role_workers(l->roles[i]);
	}
	return 0;
}

static int join(struct life *l, struct err *err)
{
	struct err other;
	int failed = 0;

	for (size_t i = 0; i < l->count; i++)
		if (role_join(l->roles[i], failed ? &other : err) != 0)
			failed = -1;
	return failed;
}

int life_run(const struct config *config, struct role *const *roles, size_t count, const struct life_end *end, struct err *err)
{
	struct life l = {.roles = roles, .count = count, .end = end, .progress = {.terminal = isatty(STDERR_FILENO) == 1}};
	int failed = start(&l, config, err);

	while (!failed && !all_ended(&l))
		tick(&l);
	if (!failed)
		failed = join(&l, err);
	admin_stop(&l.admin);
	admin_mail_free(&l.mail);
	status_free(&l.status);
	if (!failed)
		log_event(LOG_INFO, "stopped");
	return failed;
}
