// SPDX-License-Identifier: Apache-2.0
#include "state/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/when.h"

static const char NAME[] = "manifest";
static const size_t SIZE_LIMIT = (size_t)256 << 20;

int manifest_make_directory(const char *directory, struct err *err)
{
	OWN(buf_clear) struct buf path = {0};

	for (const char *end = directory;; end++) {
		if (end > directory && (*end == '/' || *end == '\0')) {
			buf_reset(&path);
			buf_addf(&path, "%.*s%c", (int)(end - directory), directory, '\0');
			if (mkdir(path.p, 0700) != 0 && errno != EEXIST)
				return err_set(err, ERR_FATAL, "state_directory", "making the state directory %s: %s; check the path and its rights",
					path.p, strerror(errno));
		}
		if (*end == '\0')
			return 0;
	}
}

static int bad(struct err *err, const char *path, const char *what)
{
	return err_set(err, ERR_FATAL, "manifest_bad", "%s %s; move the state directory aside, the shards are restored from Kafka", path, what);
}

// The next line without its end; false when there is none, or it has no end.
static bool next_line(struct view *text, struct view *line)
{
	const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;

	if (!end)
		return false;
	*line = view_of(text->p, (size_t)(end - text->p));
	*text = view_of(end + 1, text->n - line->n - 1);
	return true;
}

// "word rest" with this word: its rest.
static bool has_word(struct view line, const char *word, struct view *rest)
{
	size_t n = strlen(word);

	if (line.n < n + 1 || memcmp(line.p, word, n) != 0 || line.p[n] != ' ')
		return false;
	*rest = view_of(line.p + n + 1, line.n - n - 1);
	return true;
}

static bool next_word(struct view *text, const char *word, struct view *rest)
{
	struct view line;

	return next_line(text, &line) && has_word(line, word, rest);
}

static bool next_number(struct view *text, const char *word, int64_t *number)
{
	struct view rest;

	return next_word(text, word, &rest) && when_parse_integer(rest, number) == 0;
}

// A tenant's goal lines, as many as there are, without the word before them.
static struct view read_goals(struct view *text, struct arena *arena)
{
	OWN(buf_clear) struct buf goals = {0};
	struct view rest = *text, line, goal;

	while (next_line(&rest, &line) && has_word(line, "goal", &goal)) {
		buf_add_view(&goals, goal);
		buf_add_byte(&goals, '\n');
		*text = rest;
	}
	return arena_dup(arena, buf_view(&goals));
}

static bool read_tenants(struct view text, struct arena *arena, struct manifest *out)
{
	for (size_t i = 0; i < out->tenant_count; i++) {
		if (!next_word(&text, "tenant", &out->tenants[i].id))
			return false;
		out->tenants[i].goals = read_goals(&text, arena);
	}
	struct view end;
	return next_line(&text, &end) && view_eq(end, VIEW_LIT("end")) && text.n == 0;
}

static int parse(const char *path, struct view text, struct arena *arena, struct manifest *out, struct err *err)
{
	int64_t tenants;

	if (!next_number(&text, "lookback-state", &out->format))
		return bad(err, path, "is no manifest");
	if (out->format != MANIFEST_FORMAT)
		return 0;
	if (!next_word(&text, "run", &out->run) || !next_word(&text, "cluster", &out->cluster) ||
		!next_number(&text, "partitions", &out->partitions))
		return bad(err, path, "lacks run, cluster or partitions");
	if (!next_number(&text, "tenants", &tenants) || tenants < 0 || (uint64_t)tenants > text.n)
		return bad(err, path, "lacks the number of its tenants");
	out->tenant_count = (size_t)tenants;
	out->tenants = arena_zero(arena, out->tenant_count * sizeof *out->tenants);
	return read_tenants(text, arena, out) ? 0 : bad(err, path, "is cut off or was edited");
}

int manifest_read(const char *directory, struct arena *arena, struct manifest *out, bool *found, struct err *err)
{
	OWN(buf_clear) struct buf path = {0}, bytes = {.ceiling = SIZE_LIMIT + 1};
	struct stat file;

	*out = (struct manifest){0};
	buf_addf(&path, "%s/%s%c", directory, NAME, '\0');
	*found = stat(path.p, &file) == 0 || errno != ENOENT;
	if (!*found)
		return 0;
	if (file_read(path.p, SIZE_LIMIT, &bytes, err) != 0)
		return -1;
	return parse(path.p, arena_dup(arena, buf_view(&bytes)), arena, out, err);
}

static bool is_one_line(struct view v)
{
	return v.n == 0 || !memchr(v.p, '\n', v.n);
}

static bool can_be_written(const struct manifest *m)
{
	bool can = is_one_line(m->run) && is_one_line(m->cluster);

	for (size_t i = 0; i < m->tenant_count; i++)
		can = can && is_one_line(m->tenants[i].id);
	return can;
}

static void print(const struct manifest *m, struct buf *out)
{
	buf_addf(out, "lookback-state %d\nrun %.*s\ncluster %.*s\npartitions %lld\ntenants %zu\n", MANIFEST_FORMAT, VIEW_ARG(m->run),
		VIEW_ARG(m->cluster), (long long)m->partitions, m->tenant_count);
	for (size_t i = 0; i < m->tenant_count; i++) {
		struct view goals = m->tenants[i].goals, goal;

		buf_addf(out, "tenant %.*s\n", VIEW_ARG(m->tenants[i].id));
		while (next_line(&goals, &goal))
			buf_addf(out, "goal %.*s\n", VIEW_ARG(goal));
	}
	buf_add_text(out, "end\n");
}

static int write_synced(const char *path, struct view text)
{
	OWN(own_fd) int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	while (fd >= 0 && text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			text = view_of(text.p + n, text.n - (size_t)n);
	}
	return fd < 0 ? -1 : fsync(fd);
}

static int sync_directory(const char *directory)
{
	OWN(own_fd) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

int manifest_write(const char *directory, const struct manifest *manifest, struct err *err)
{
	OWN(buf_clear) struct buf path = {0}, fresh = {0}, text = {0};

	if (!can_be_written(manifest))
		return bad(err, directory, "would get a manifest with a line break in a name");
	if (manifest_make_directory(directory, err) != 0)
		return -1;
	buf_addf(&path, "%s/%s%c", directory, NAME, '\0');
	buf_addf(&fresh, "%s/%s.new%c", directory, NAME, '\0');
	print(manifest, &text);
	if (text.full || write_synced(fresh.p, buf_view(&text)) != 0 || rename(fresh.p, path.p) != 0 || sync_directory(directory) != 0)
		return err_set(err, ERR_FATAL, "manifest_unwritable", "writing %s: %s; check the volume", path.p, strerror(errno));
	return 0;
}

struct comparing {
	struct arena *arena;
	struct manifest_difference *found;
	size_t n;
};

static void add(struct comparing *c, struct manifest_difference difference)
{
	if ((c->n & (c->n - 1)) == 0) { // full at each power of two
		struct manifest_difference *more = arena_take(c->arena, (c->n ? 2 * c->n : 1) * sizeof *more);

		if (c->n)
			memcpy(more, c->found, c->n * sizeof *more);
		c->found = more;
	}
	c->found[c->n++] = difference;
}

static struct view number_text(struct arena *arena, int64_t number)
{
	char text[24];

	return arena_dup(arena, view_of(text, (size_t)snprintf(text, sizeof text, "%lld", (long long)number)));
}

static void compare_number(struct comparing *c, enum manifest_change change, int64_t before, int64_t now)
{
	if (before != now)
		add(c,
			(struct manifest_difference){.change = change, .before = number_text(c->arena, before), .after = number_text(c->arena, now)});
}

static void compare_text(struct comparing *c, enum manifest_change change, struct view before, struct view now)
{
	if (before.n != now.n || (now.n && memcmp(before.p, now.p, now.n) != 0))
		add(c, (struct manifest_difference){.change = change, .before = before, .after = now});
}

static struct view name_of(struct view goal)
{
	const char *end = goal.n ? memchr(goal.p, ' ', goal.n) : NULL;

	return end ? view_of(goal.p, (size_t)(end - goal.p)) : goal;
}

// Two sorted lists: which head is first. 0: equal names.
static int first_of(bool has_before, struct view before, bool has_now, struct view now)
{
	if (!has_before || !has_now)
		return has_before ? -1 : 1;
	return view_cmp(before, now);
}

static void compare_goals(struct comparing *c, const struct manifest_tenant *before, const struct manifest_tenant *now)
{
	struct view old_rest = before->goals, new_rest = now->goals, old, new;
	bool has_old = next_line(&old_rest, &old), has_new = next_line(&new_rest, &new);

	while (has_old || has_new) {
		int order = first_of(has_old, has_old ? name_of(old) : VIEW_ABSENT, has_new, has_new ? name_of(new) : VIEW_ABSENT);

		if (order < 0)
			add(c, (struct manifest_difference){MANIFEST_GOAL_REMOVED, now->id, name_of(old), old, VIEW_ABSENT});
		else if (order > 0)
			add(c, (struct manifest_difference){MANIFEST_GOAL_ADDED, now->id, name_of(new), VIEW_ABSENT, new});
		else if (!view_eq(old, new))
			add(c, (struct manifest_difference){MANIFEST_GOAL_CHANGED, now->id, name_of(new), old, new});
		if (order <= 0)
			has_old = next_line(&old_rest, &old);
		if (order >= 0)
			has_new = next_line(&new_rest, &new);
	}
}

static void compare_tenants(struct comparing *c, const struct manifest *before, const struct manifest *now)
{
	size_t i = 0, k = 0;

	while (i < before->tenant_count || k < now->tenant_count) {
		bool has_old = i < before->tenant_count, has_new = k < now->tenant_count;
		int order = first_of(has_old, has_old ? before->tenants[i].id : VIEW_ABSENT, has_new, has_new ? now->tenants[k].id : VIEW_ABSENT);

		if (order == 0) {
			compare_goals(c, &before->tenants[i++], &now->tenants[k++]);
		} else if (order < 0) {
			const struct manifest_tenant *old = &before->tenants[i++];
			add(c, (struct manifest_difference){.change = MANIFEST_TENANT_REMOVED, .tenant = old->id, .before = old->goals});
		} else {
			const struct manifest_tenant *new = &now->tenants[k++];
			add(c, (struct manifest_difference){.change = MANIFEST_TENANT_ADDED, .tenant = new->id, .after = new->goals});
		}
	}
}

size_t manifest_compare(const struct manifest *before, const struct manifest *now, struct arena *arena, struct manifest_difference **out)
{
	struct comparing c = {.arena = arena};

	compare_number(&c, MANIFEST_OTHER_FORMAT, before->format, now->format);
	if (c.n == 0) {
		compare_text(&c, MANIFEST_OTHER_CLUSTER, before->cluster, now->cluster);
		compare_text(&c, MANIFEST_OTHER_RUN, before->run, now->run);
		compare_number(&c, MANIFEST_OTHER_PARTITIONS, before->partitions, now->partitions);
		compare_tenants(&c, before, now);
	}
	*out = c.found;
	return c.n;
}
