// SPDX-License-Identifier: Apache-2.0
#include "runtime/copartition.h"

#include <inttypes.h>

#include "base/own.h"

static bool is_by_shard(const struct processor *p, int topic)
{
	return topic < p->input_count || topic == p->restore_topic;
}

static int check_there(const struct processor *p, const char *const *topics, const int32_t *counts, struct err *err)
{
	OWN(buf_clear) struct buf missing = {.ceiling = 400};

	for (int i = 0; i < p->topic_count; i++)
		if (counts[i] <= 0)
			buf_addf(&missing, "%s%s", missing.n ? ", " : "", topics[i]);
	if (missing.n == 0)
		return 0;
	return err_set(err, ERR_FATAL, "topic_missing", "no such topic: %.*s. `lookback topics create` makes what the config needs",
		VIEW_ARG(buf_view(&missing)));
}

int copartition_check(const struct processor *p, const char *const *topics, const int32_t *counts, int32_t run_partitions, int32_t *partitions,
	struct err *err)
{
	if (check_there(p, topics, counts, err) != 0)
		return -1;
	for (int i = 1; i < p->topic_count; i++)
		if (is_by_shard(p, i) && counts[i] != counts[0])
			return err_set(err, ERR_FATAL, "partitions_differ",
				"%s has %" PRId32 " partitions, %s has %" PRId32
				": a user's records must lie in partitions of equal number. Make the topics with equal counts, and a new `run`",
				topics[0], counts[0], topics[i], counts[i]);
	if (run_partitions > 0 && run_partitions != counts[0])
		return err_set(err, ERR_FATAL, "partitions_changed",
			"this run began with %" PRId32 " partitions, %s has %" PRId32 " now: keys have moved. Start a new `run`, which reads the inputs again",
			run_partitions, topics[0], counts[0]);
	*partitions = counts[0];
	return 0;
}
