// SPDX-License-Identifier: Apache-2.0
#include "runtime/holders.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"

enum { LOOK_MS = 100 }; // how soon a cancelled waiter notices

struct holder {
	struct holder *next;
	char *directory;
};

// Of the process, like the directories themselves.
static struct holder *first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;

static struct holder **find(const char *directory)
{
	struct holder **h = &first;

	while (*h && strcmp((*h)->directory, directory) != 0)
		h = &(*h)->next;
	return h;
}

static void wait_a_little(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&freed, &lock, &until);
}

static void add(const char *directory)
{
	struct holder *h = calloc(1, sizeof *h);

	if (!h || !(h->directory = strdup(directory)))
		err_out_of_memory();
	h->next = first;
	first = h;
}

bool holders_take(const char *directory, const _Atomic bool *cancel)
{
	bool cancelled;

	pthread_mutex_lock(&lock);
	while (!(cancelled = atomic_load(cancel)) && *find(directory))
		wait_a_little();
	if (!cancelled)
		add(directory);
	pthread_mutex_unlock(&lock);
	return !cancelled;
}

void holders_release(const char *directory)
{
	pthread_mutex_lock(&lock);
	struct holder **h = find(directory), *gone = *h;
	CHECK(gone);
	*h = gone->next;
	free(gone->directory);
	free(gone);
	pthread_cond_broadcast(&freed);
	pthread_mutex_unlock(&lock);
}
