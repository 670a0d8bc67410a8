// SPDX-License-Identifier: Apache-2.0
#include "tiktok/pace.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "tiktok/limits.h"

enum { PER_SECOND_DEFAULT = 8, WAIT_FIRST_DEFAULT_MS = 1000, WAIT_MOST_DEFAULT_MS = 5 * 60 * 1000, BUCKETS_DEFAULT = 100000, KEY_MAX = 96 };

struct entry {
	char key[KEY_MAX]; // the path, and for an advertiser's its id after a blank
	struct limits_bucket bucket;
	UT_hash_handle hh;
};

struct pace {
	struct pace_options options;
	struct entry *entries;
};

struct pace *pace_new(const struct pace_options *given)
{
	struct pace *pace = calloc(1, sizeof *pace);

	if (!pace)
		err_out_of_memory();
	struct pace_options *o = &pace->options;
	*o = *given;
	o->app_per_second = o->app_per_second > 0 ? o->app_per_second : PER_SECOND_DEFAULT;
	o->advertiser_per_second = o->advertiser_per_second > 0 ? o->advertiser_per_second : PER_SECOND_DEFAULT;
	o->wait_first_ms = o->wait_first_ms ? o->wait_first_ms : WAIT_FIRST_DEFAULT_MS;
	o->wait_most_ms = o->wait_most_ms ? o->wait_most_ms : WAIT_MOST_DEFAULT_MS;
	o->buckets_max = o->buckets_max ? o->buckets_max : BUCKETS_DEFAULT;
	return pace;
}

void pace_free(struct pace **pace)
{
	struct entry *entry, *next;

	if (!*pace)
		return;
	HASH_ITER(hh, (*pace)->entries, entry, next)
	{
		HASH_DEL((*pace)->entries, entry);
		free(entry);
	}
	free(*pace);
	*pace = NULL;
}

// NULL: there are too many.
static struct limits_bucket *bucket(struct pace *pace, const char *path, const char *advertiser)
{
	char key[KEY_MAX];
	struct entry *found = NULL;
	int n = snprintf(key, sizeof key, "%s %s", path, advertiser);

	CHECK(n < (int)sizeof key);
	HASH_FIND_STR(pace->entries, key, found);
	if (found)
		return &found->bucket;
	if (*advertiser && HASH_COUNT(pace->entries) >= pace->options.buckets_max)
		return NULL;
	found = calloc(1, sizeof *found);
	if (!found)
		err_out_of_memory();
	memcpy(found->key, key, (size_t)n + 1);
	limits_init(&found->bucket, *advertiser ? pace->options.advertiser_per_second : pace->options.app_per_second,
		pace->options.wait_first_ms, pace->options.wait_most_ms);
	HASH_ADD_STR(pace->entries, key, found);
	return &found->bucket;
}

static struct limits_bucket *advertisers(struct pace *pace, const struct call *call)
{
	return call->limit_id[0] ? bucket(pace, call->path, call->limit_id) : NULL;
}

int64_t pace_take(struct pace *pace, const struct call *call, int64_t now_ms)
{
	struct limits_bucket *app = bucket(pace, call->path, ""), *advertiser = advertisers(pace, call);
	int64_t wait_ms = limits_wait(app, now_ms), other_ms = advertiser ? limits_wait(advertiser, now_ms) : 0;

	if (wait_ms || other_ms)
		return wait_ms > other_ms ? wait_ms : other_ms;
	limits_take(app);
	if (advertiser)
		limits_take(advertiser);
	return 0;
}

void pace_judged(struct pace *pace, const struct call *call, const struct call_result *result, int64_t sent_ms, int64_t now_ms)
{
	struct limits_bucket *app = bucket(pace, call->path, ""), *advertiser = advertisers(pace, call);

	if (result->verdict == CALL_THROTTLE_APP || (result->verdict == CALL_THROTTLE_ADVERTISER && !advertiser)) {
		limits_throttled(app, sent_ms, now_ms, result->retry_after_ms);
		return;
	}
	if (result->verdict == CALL_THROTTLE_ADVERTISER)
		limits_throttled(advertiser, sent_ms, now_ms, result->retry_after_ms);
	if (result->verdict != CALL_OK)
		return;
	limits_calm(app, sent_ms);
	if (advertiser)
		limits_calm(advertiser, sent_ms);
}
