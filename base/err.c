// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int err_set(struct err *err, enum err_class class, const char *code, const char *fmt, ...)
{
	va_list args;

	err->class = class;
	snprintf(err->code, sizeof err->code, "%s", code);
	va_start(args, fmt);
	vsnprintf(err->words, sizeof err->words, fmt, args);
	va_end(args);
	return -1;
}

// What does not fit is left off.
static void append(char *text, size_t room, const char *more)
{
	size_t n = strlen(text);
	size_t fits = strnlen(more, room - 1 - n);

	memcpy(text + n, more, fits);
	text[n + fits] = '\0';
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char joined[sizeof err->words];
	va_list args;

	va_start(args, fmt);
	vsnprintf(joined, sizeof joined, fmt, args);
	va_end(args);
	append(joined, sizeof joined, ": ");
	append(joined, sizeof joined, err->words);
	memcpy(err->words, joined, sizeof joined);
	return -1;
}

const char *err_class_name(enum err_class class)
{
	static const char *const names[] = {"none", "retry", "abort", "poison", "pause", "fatal"};

	return names[class];
}

void err_check_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "lookback: broken promise: %s (%s:%d)\n", what, file, line);
	abort();
}

void err_out_of_memory(void)
{
	fputs("lookback: out of memory\n", stderr);
	abort();
}
