// SPDX-License-Identifier: Apache-2.0
// What fetch.c (boxes) and fetcher.c (the thread) share.
#pragma once
#include <pthread.h>

#include "net/pool.h"
#include "tiktok/fetch.h"
#include "tiktok/pace.h"

enum { FETCH_APPS_MAX = 16, FETCH_APP_ID_MAX = 65, FETCH_BASE_MAX = 4097 };

struct fetch_run {
	struct fetch_run *next;
	struct fetch_box *box; // NULL: nobody takes it any more; under the lock
	struct fetch_job given;
	struct buf token;
	char app_id[FETCH_APP_ID_MAX];
	struct pace *pace; // NULL: the thread has not seen it
	struct call call;
	bool has_call, flying;
	struct call_wire wire;
	int64_t sent_ms, wait_until_ms;
	struct fetch_answer answer;
};

struct fetch_list {
	struct fetch_run *first, **end;
};

struct fetch_box {
	struct fetcher *fetcher;
	struct fetch_list answered; // under the lock
	struct fetch_box *next;
};

struct fetch_app {
	char id[FETCH_APP_ID_MAX];
	struct pace *pace;
};

struct fetcher {
	char base[FETCH_BASE_MAX];
	char *ca_file;
	struct fetch_options options;
	struct pool *pool;
	pthread_t thread;
	pthread_mutex_t lock;
	bool stop;                 // under the lock, with the next ones
	struct fetch_list arrived; // not seen by the thread yet
	struct fetch_run *own;     // of the thread, in the order of their turns; the lock guards the links and boxes
	size_t own_n;
	struct fetch_box *boxes;
	struct fetch_numbers numbers;
	struct fetch_app apps[FETCH_APPS_MAX]; // the thread's
	size_t apps_n;
};

// fetch.c
void fetch_list_push(struct fetch_list *list, struct fetch_run *run);
struct fetch_run *fetch_list_pop(struct fetch_list *list); // NULL: it is empty
void fetch_forget(struct fetch_run *run);
