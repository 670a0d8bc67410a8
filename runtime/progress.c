// SPDX-License-Identifier: Apache-2.0
#include "runtime/progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/own.h"

enum { BAR_CELLS = 30, BAR_EVERY_MS = 200, LINE_EVERY_MS = 5000 };

void progress_sum(const struct status_view *view, struct progress_sum *out)
{
	*out = (struct progress_sum){.partition = -1};
	for (size_t w = 0; w < view->worker_count; w++)
		for (size_t i = 0; i < view->workers[w].shard_count; i++) {
			const struct status_shard *s = &view->workers[w].shards[i];

			if (s->state == STATUS_WAITING)
				out->waiting++;
			if (s->state != STATUS_RESTORING)
				continue;
			out->restoring++;
			out->done += s->restore_done;
			out->total += s->restore_total;
			if (out->partition < 0 || s->partition < out->partition)
				out->partition = s->partition;
		}
}

static int64_t seconds_left(const struct progress_sum *sum, int64_t rate)
{
	return rate > 0 && sum->total > sum->done ? (sum->total - sum->done + rate - 1) / rate : 0;
}

void progress_bar(const struct progress_sum *sum, int64_t rate, struct buf *out)
{
	int64_t done = sum->done > sum->total ? sum->total : sum->done;
	int filled = sum->total > 0 ? (int)(done * BAR_CELLS / sum->total) : 0;

	buf_addf(out, "restoring partition %" PRId32 " [", sum->partition);
	for (int i = 0; i < BAR_CELLS; i++)
		buf_add_byte(out, i < filled ? '#' : '.');
	buf_addf(out, "] %3d%% of %" PRId64 " records", sum->total > 0 ? (int)(done * 100 / sum->total) : 0, sum->total);
	if (rate > 0)
		buf_addf(out, ", %" PRId64 "/s, %" PRId64 " s left", rate, seconds_left(sum, rate));
	if (sum->waiting > 0)
		buf_addf(out, ", %d more wait", sum->waiting);
}

static int64_t rate_of(struct progress *p, const struct progress_sum *sum, int64_t now_ms)
{
	if (p->rate_since_ms == 0 || sum->done < p->rate_done) {
		p->rate_since_ms = now_ms;
		p->rate_done = sum->done;
	}
	int64_t ms = now_ms - p->rate_since_ms;
	return ms < 500 ? 0 : (sum->done - p->rate_done) * 1000 / ms;
}

static void draw(struct progress *p, const struct progress_sum *sum, int64_t rate)
{
	OWN(buf_clear) struct buf line = {0};

	progress_bar(sum, rate, &line);
	fprintf(stderr, "\r\033[K%.*s", VIEW_ARG(buf_view(&line)));
	fflush(stderr);
	p->drawn = true;
}

static void end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
	p->rate_since_ms = 0;
}

void progress_show(struct progress *p, struct status *status, int64_t now_ms)
{
	struct status_view view;
	struct progress_sum sum;

	if (now_ms < p->next_ms)
		return;
	p->next_ms = now_ms + (p->terminal ? BAR_EVERY_MS : LINE_EVERY_MS);
	status_read(status, &view);
	progress_sum(&view, &sum);
	status_view_clear(&view);
	if (sum.restoring == 0) {
		end(p);
		return;
	}
	int64_t rate = rate_of(p, &sum, now_ms);
	if (p->terminal)
		draw(p, &sum, rate);
	else
		log_event(LOG_INFO, "restoring", LOG_I("partition", sum.partition), LOG_I("done", sum.done), LOG_I("total", sum.total),
			LOG_I("records_per_s", rate), LOG_I("seconds_left", seconds_left(&sum, rate)), LOG_I("waiting", sum.waiting));
}
