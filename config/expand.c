// SPDX-License-Identifier: Apache-2.0
#include "config/expand.h"

#include "base/file.h"
#include "base/own.h"

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

struct expansion {
	struct arena *arena; // of names
	struct buf *out;     // NULL: nothing is read, only the form is looked at
	size_t file_max;
	bool secret; // there was a reference
	struct err *err;
};

static int add_variable(struct expansion *x, struct view name)
{
	if (!is_variable_name(name))
		return bad(x->err, "${", name, "} is neither ${NAME} nor ${file:PATH}; for a plain ${ write $${");
	if (!x->out)
		return 0;
	const char *value = getenv(arena_dup(x->arena, name).p);
	if (!value)
		return bad(x->err, "environment variable ", name, " is not set");
	buf_add_text(x->out, value);
	return 0;
}

static int add_file(struct expansion *x, struct view path)
{
	struct buf *out = x->out;

	if (path.n == 0)
		return bad(x->err, "${file:", path, "} names no file");
	if (!out)
		return 0;
	size_t before = out->n;
	if (file_read(arena_dup(x->arena, path).p, x->file_max, out, x->err) != 0)
		return -1;
	if (out->n > before && out->p[out->n - 1] == '\n')
		out->n--;
	if (out->n > before && out->p[out->n - 1] == '\r')
		out->n--;
	return 0;
}

static int add_reference(struct expansion *x, struct view inside)
{
	static const char file[] = "file:";
	size_t n = sizeof file - 1;

	x->secret = true;
	if (inside.n >= n && memcmp(inside.p, file, n) == 0)
		return add_file(x, view_of(inside.p + n, inside.n - n));
	return add_variable(x, inside);
}

static void add_plain(struct expansion *x, const char *p, const char *end)
{
	if (x->out)
		buf_add(x->out, p, (size_t)(end - p));
}

static int expand(struct expansion *x, struct view text)
{
	const char *p = text.p, *end = text.p + text.n;

	while (p < end) {
		const char *open = memmem(p, (size_t)(end - p), "${", 2);

		if (!open) {
			add_plain(x, p, end);
			return 0;
		}
		if (open > p && open[-1] == '$') {
			add_plain(x, p, open - 1);
			add_plain(x, open, open + 2);
			p = open + 2;
			continue;
		}
		const char *close = memchr(open, '}', (size_t)(end - open));
		if (!close)
			return bad(x->err, "a ", VIEW_LIT("${"), " has no }; for a plain ${ write $${");
		add_plain(x, p, open);
		if (add_reference(x, view_of(open + 2, (size_t)(close - open) - 2)) != 0)
			return -1;
		p = close + 1;
	}
	return 0;
}

int expand_text(struct view text, struct arena *arena, struct view *out, bool *secret, struct err *err)
{
	struct buf expanded = {0};
	struct expansion x = {.arena = arena, .out = &expanded, .file_max = EXPAND_FILE_MAX, .err = err};
	int rc = expand(&x, text);

	*secret |= x.secret;
	if (rc == 0)
		*out = arena_dup(arena, buf_view(&expanded));
	buf_clear(&expanded);
	return rc;
}

int expand_check(struct view text, struct err *err)
{
	struct expansion x = {.err = err};

	return expand(&x, text);
}

int expand_secret(struct view text, struct buf *out, struct err *err)
{
	OWN(arena_clear) struct arena names = {.block = 1024};
	struct expansion x = {.arena = &names, .out = out, .file_max = EXPAND_SECRET_MAX, .err = err};
	size_t ceiling = out->ceiling;

	// Growing would leave copies behind: there is room for all, or none.
	if (!buf_reserve(out, text.n + 3 * (EXPAND_SECRET_MAX + 1)))
		return err_set(err, ERR_FATAL, "file_too_large", "a secret is larger than what takes it");
	out->ceiling = out->room;
	int rc = expand(&x, text);
	if (rc == 0 && out->full)
		rc = err_set(err, ERR_FATAL, "file_too_large", "a secret of more than %d bytes", 3 * EXPAND_SECRET_MAX);
	out->ceiling = ceiling;
	out->full = false;
	return rc;
}
