// SPDX-License-Identifier: Apache-2.0
// A thread beside each worker that opens shards and restores them one after the other, so that the worker goes on polling and working.
// All functions are the worker's to call.
#pragma once
#include "runtime/bus.h"
#include "runtime/restore.h"

struct restorer;

struct restorer_options {
	struct bus *worker_bus;
	struct restore_options start;
	int wake_fd; // eventfd, written when a result is ready; -1: none
};

struct restorer_result {
	int32_t partition;
	struct shard *shard; // live; NULL: it failed
	char *directory;     // goes with the shard
	int64_t records;     // read for it
	struct err err;
};

struct restorer *restorer_new(const struct restorer_options *options);
void restorer_free(struct restorer **restorer); // cancels first

// The options are copied, with the directory's name; what they point to must outlive the shard.
void restorer_submit(struct restorer *restorer, const struct shard_options *options);
// True: one has ended. The shard is the caller's now; it closes it with restorer_close.
bool restorer_take(struct restorer *restorer, struct restorer_result *out);
// Drops what waits, stops what runs and returns when it has let go.
void restorer_cancel(struct restorer *restorer);

// How far the running restore is; false: none is running.
bool restorer_progress(struct restorer *restorer, int32_t *partition, int64_t *done, int64_t *total);

// Closes a shard that a restorer has opened, and lets the next owner have its directory. NULL is fine.
void restorer_close(struct shard **shard, char **directory);
