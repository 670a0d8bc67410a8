// SPDX-License-Identifier: Apache-2.0
#include "config/expand.h"

#include "base/file.h"

#include <stdlib.h>

static int bad(struct err *err, const char *what, struct view name, const char *why)
{
	return err_set(err, ERR_FATAL, "config_reference", "%s%.*s%s", what, VIEW_ARG(name), why);
}

static bool is_variable_name(struct view name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return name.n > 0;
}

static int add_variable(struct view name, struct arena *arena, struct buf *out, struct err *err)
{
	if (!is_variable_name(name))
		return bad(err, "${", name, "} is neither ${NAME} nor ${file:PATH}; for a plain ${ write $${");
	const char *value = getenv(arena_dup(arena, name).p);
	if (!value)
		return bad(err, "environment variable ", name, " is not set");
	buf_add_text(out, value);
	return 0;
}

static int add_file(struct view path, struct arena *arena, struct buf *out, struct err *err)
{
	size_t before = out->n;

	if (path.n == 0)
		return bad(err, "${file:", path, "} names no file");
	if (file_read(arena_dup(arena, path).p, EXPAND_FILE_MAX, out, err) != 0)
		return -1;
	if (out->n > before && out->p[out->n - 1] == '\n')
		out->n--;
	if (out->n > before && out->p[out->n - 1] == '\r')
		out->n--;
	return 0;
}

static int add_reference(struct view inside, struct arena *arena, struct buf *out, struct err *err)
{
	static const char file[] = "file:";
	size_t n = sizeof file - 1;

	if (inside.n >= n && memcmp(inside.p, file, n) == 0)
		return add_file(view_of(inside.p + n, inside.n - n), arena, out, err);
	return add_variable(inside, arena, out, err);
}

static int expand_into(struct view text, struct arena *arena, struct buf *out, bool *secret, struct err *err)
{
	const char *p = text.p, *end = text.p + text.n;

	while (p < end) {
		const char *open = memmem(p, (size_t)(end - p), "${", 2);

		if (!open) {
			buf_add(out, p, (size_t)(end - p));
			return 0;
		}
		if (open > p && open[-1] == '$') {
			buf_add(out, p, (size_t)(open - p) - 1);
			buf_add_text(out, "${");
			p = open + 2;
			continue;
		}
		const char *close = memchr(open, '}', (size_t)(end - open));
		if (!close)
			return bad(err, "a ", VIEW_LIT("${"), " has no }; for a plain ${ write $${");
		buf_add(out, p, (size_t)(open - p));
		*secret = true;
		if (add_reference(view_of(open + 2, (size_t)(close - open) - 2), arena, out, err) != 0)
			return -1;
		p = close + 1;
	}
	return 0;
}

int expand_text(struct view text, struct arena *arena, struct view *out, bool *secret, struct err *err)
{
	struct buf expanded = {0};
	int rc = expand_into(text, arena, &expanded, secret, err);

	if (rc == 0)
		*out = arena_dup(arena, buf_view(&expanded));
	buf_clear(&expanded);
	return rc;
}
