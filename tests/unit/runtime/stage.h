// SPDX-License-Identifier: Apache-2.0
// A shard of the diary role on a scripted bus, with a directory of its own.
#pragma once
#include <ftw.h>
#include <stdio.h>

#include "runtime/restore.h"
#include "state/budget.h"
#include "tests/unit/runtime/diary_processor.h"
#include "tests/unit/runtime/scripted_bus.h"

struct stage {
	char root[64], directory[96];
	struct budget *budget;
	struct scripted_bus log;
	struct position_goal goals[1];
	struct shard_options options;
	struct restore_options restore;
	struct shard *shard;
	struct err err;
	int judged, judged_bad;
	bool judge_refuses;
};

static const char *const stage_topics[] = {"clicks", "orders", "outputs", "dead-letters"};

static inline int stage_judged(void *context, int input, const char *reason, struct err *err)
{
	struct stage *s = context;

	(void)input;
	s->judged++;
	s->judged_bad += reason != NULL;
	return s->judge_refuses ? err_set(err, ERR_FATAL, "failure_budget", "too many") : 0;
}

static inline void stage_open(struct stage *s)
{
	CHECK(!s->shard);
	if (shard_open(&s->options, &s->shard, &s->err) != 0)
		err_check_failed(s->err.words, __FILE__, __LINE__);
}

static inline int stage_restore(struct stage *s)
{
	struct restore_progress progress;
	int failed = restore_shard(s->shard, &s->log.bus, &s->restore, &progress, &s->err);

	for (int i = 0; !failed && i < s->log.inputs; i++)
		s->log.at[i] = shard_position(s->shard)->inputs[i].next;
	return failed;
}

static inline struct stage *stage_new(void)
{
	struct stage *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	diary_init();
	scripted_init(&s->log, 2);
	snprintf(s->root, sizeof s->root, "/tmp/lookback-stage-XXXXXX");
	CHECK(mkdtemp(s->root));
	snprintf(s->directory, sizeof s->directory, "%s/0", s->root);
	if (budget_new(128 << 20, 1, 0, &s->budget, &s->err) != 0)
		err_check_failed(s->err.words, __FILE__, __LINE__);
	s->goals[0] = (struct position_goal){0x1234, 0x5678};
	s->options = (struct shard_options){.processor = diary_processor(),
		.partitions = 1,
		.store = {.directory = s->directory, .budget = s->budget, .flood_keep = 100},
		.max_record = 64,
		.goals = s->goals,
		.goal_count = 1,
		.topic_names = stage_topics,
		.judged = stage_judged,
		.judged_context = s};
	return s;
}

// As far as possible a kill: nothing is flushed.
static inline void stage_kill(struct stage *s)
{
	shard_close(&s->shard);
}

static inline int stage_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void stage_lose_disk(struct stage *s)
{
	nftw(s->directory, stage_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void stage_free(struct stage *s)
{
	shard_close(&s->shard);
	budget_free(&s->budget);
	arena_clear(&s->log.arena);
	nftw(s->root, stage_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
}

// Everything that can be done now; how much it was.
static inline size_t stage_work(struct stage *s)
{
	size_t did = 0;

	if (shard_work(s->shard, &s->log.bus, SIZE_MAX, &did, &s->err) != 0)
		err_check_failed(s->err.words, __FILE__, __LINE__);
	return did;
}

static inline void stage_commit(struct stage *s)
{
	struct bus_offset offsets[POSITION_INPUTS];
	size_t n = 0;

	shard_offsets(s->shard, offsets, &n);
	if (s->log.bus.ops->commit(&s->log.bus, offsets, n, &s->err) != 0 || shard_committed(s->shard, &s->log.bus, &s->err) != 0)
		err_check_failed(s->err.words, __FILE__, __LINE__);
}

static inline void stage_flush(struct stage *s)
{
	if (store_flush(shard_store(s->shard), &s->err) != 0)
		err_check_failed(s->err.words, __FILE__, __LINE__);
}

// How many clicks the store has of a user.
static inline size_t stage_clicks(struct stage *s, const char *user)
{
	struct arena arena = {0};
	struct state_user rows;
	size_t n;

	if (store_read(shard_store(s->shard), store_hash(view_text(user)), view_text(user), &arena, &rows, &s->err) != 0)
		err_check_failed(s->err.words, __FILE__, __LINE__);
	n = rows.click_count;
	arena_clear(&arena);
	return n;
}

// The diary since the last call.
static inline const char *stage_diary(void)
{
	static char told[sizeof DIARY.text];

	memcpy(told, DIARY.text, sizeof told);
	DIARY.text[0] = '\0';
	return told;
}
