// SPDX-License-Identifier: Apache-2.0
#include "config/problem.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 600, QUOTE_MAX = 80 };

void problem_place(struct origin where, struct buf *out)
{
	switch (where.kind) {
	case ORIGIN_DEFAULT:
		buf_add_text(out, "default");
		break;
	case ORIGIN_FILE:
		buf_add_text(out, where.name);
		if (where.line > 0)
			buf_addf(out, ":%d:%d", where.line, where.column);
		break;
	case ORIGIN_ENVIRONMENT:
		buf_addf(out, "environment %s", where.name);
		break;
	case ORIGIN_FLAG:
		buf_addf(out, "flag --set %s", where.name);
		break;
	}
}

void problem_quote(struct view value, struct buf *out)
{
	size_t n = value.n < QUOTE_MAX ? value.n : QUOTE_MAX;

	while (n < value.n && n > 0 && ((unsigned char)value.p[n] & 0xc0) == 0x80)
		n--;
	buf_add_quoted(out, view_of(value.p, n));
	if (n < value.n)
		buf_add_text(out, "...");
}

// What a file holds stays on one line, and is cut between characters.
static void tidy(char *line)
{
	size_t n = strlen(line);

	while (n > 0 && !bytes_are_utf8(view_of(line, n)) && n + 4 > LINE_MAX_BYTES - 1)
		n--;
	line[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)line[i] < 0x20)
			line[i] = ' ';
	}
}

void problem_add(struct problems *problems, struct origin where, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if (problems->count++ >= PROBLEM_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	tidy(line);
	problem_place(where, &problems->text);
	buf_addf(&problems->text, ": %s\n", line);
}

bool problem_full(const struct problems *problems)
{
	return problems->count >= PROBLEM_MAX;
}

void problem_clear(struct problems *problems)
{
	buf_clear(&problems->text);
	problems->count = 0;
}
