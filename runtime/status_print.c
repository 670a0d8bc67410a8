// SPDX-License-Identifier: Apache-2.0
// The /status page.
#include "base/now.h"
#include "base/own.h"
#include "runtime/admin_json.h"
#include "runtime/status_slots.h"

// How far the loop is behind the end of the partition, if both are known.
static int64_t lag(const struct status_input *in)
{
	if (in->high < 0 || in->next < 0)
		return -1;
	return in->high > in->next ? in->high - in->next : 0;
}

static void print_input(const struct status_input *in, struct buf *out)
{
	admin_json_name(out, in->topic ? in->topic : "");
	buf_add_text(out, "{");
	admin_json_optional(out, "next", in->next, -1);
	admin_json_optional(out, "committed", in->committed, -1);
	admin_json_optional(out, "end", in->high, -1);
	admin_json_optional(out, "lag", lag(in), -1);
	admin_json_optional(out, "stream_time", in->stream_time, POSITION_NO_TIME);
	buf_add_text(out, "}");
}

static void print_restore(const struct status_shard *s, struct buf *out)
{
	admin_json_name(out, "restore");
	buf_add_text(out, "{");
	admin_json_integer(out, "done", s->restore_done);
	admin_json_integer(out, "total", s->restore_total);
	buf_add_text(out, "}");
}

static void print_store(const struct status_shard *s, struct buf *out)
{
	admin_json_name(out, "store");
	buf_add_text(out, "{");
	admin_json_integer(out, "table_bytes", (int64_t)s->table_bytes);
	admin_json_integer(out, "disk_bytes", (int64_t)s->disk_bytes);
	admin_json_integer(out, "memory_bytes", (int64_t)s->memory_bytes);
	buf_add_text(out, "}");
}

static void print_shard(const struct status_shard *s, struct buf *out)
{
	admin_json_comma(out);
	buf_add_text(out, "{");
	admin_json_integer(out, "partition", s->partition);
	admin_json_member(out, "state", view_text(status_shard_state_name(s->state)));
	admin_json_integer(out, "since", s->since_ms);
	admin_json_name(out, "inputs");
	buf_add_text(out, "{");
	for (int i = 0; i < s->input_count; i++)
		print_input(&s->inputs[i], out);
	buf_add_text(out, "}");
	admin_json_optional(out, "horizon", s->horizon, POSITION_NO_TIME);
	admin_json_optional(out, "output_next", s->output_next, -1);
	print_restore(s, out);
	print_store(s, out);
	buf_add_text(out, "}");
}

static void print_worker(const struct status_worker *w, int64_t steady_ms, struct buf *out)
{
	admin_json_comma(out);
	buf_add_text(out, "{");
	admin_json_member(out, "role", view_text(w->role));
	admin_json_member(out, "client_id", view_text(w->client_id));
	admin_json_member(out, "state", view_text(status_worker_state_name(w->state)));
	admin_json_member(out, "problem", w->problem[0] ? view_text(w->problem) : VIEW_ABSENT);
	admin_json_optional(out, "turned_ms_ago", w->last_turn_ms ? steady_ms - w->last_turn_ms : -1, -1);
	admin_json_optional(out, "last_commit", w->last_commit_ms, 0);
	admin_json_integer(out, "commits", (int64_t)w->commits);
	admin_json_name(out, "shards");
	buf_add_text(out, "[");
	for (size_t i = 0; i < w->shard_count; i++)
		print_shard(&w->shards[i], out);
	buf_add_text(out, "]}");
}

// Asked without our lock: a role takes its own.
static void print_roles(struct status *status, struct buf *out)
{
	struct status_role roles[STATUS_ROLES_MAX];
	size_t count;

	pthread_mutex_lock(&status->lock);
	count = status->role_count;
	memcpy(roles, status->roles, sizeof roles);
	pthread_mutex_unlock(&status->lock);
	admin_json_name(out, "roles");
	buf_add_text(out, "{");
	for (size_t i = 0; i < count; i++) {
		admin_json_name(out, roles[i].role);
		roles[i].describe(roles[i].state, out);
	}
	buf_add_text(out, "}");
}

void status_print(struct status *status, struct buf *out)
{
	OWN(status_view_clear) struct status_view view;

	status_read(status, &view);
	buf_add_text(out, "{");
	admin_json_member(out, "run", view_text(view.run));
	admin_json_member(out, "instance", view_text(view.instance));
	admin_json_integer(out, "started", view.started_ms);
	admin_json_integer(out, "now", now_wall_ms());
	admin_json_name(out, "workers");
	buf_add_text(out, "[");
	for (size_t i = 0; i < view.worker_count; i++)
		print_worker(&view.workers[i], now_steady_ms(), out);
	buf_add_text(out, "]");
	print_roles(status, out);
	buf_add_text(out, "}\n");
}
