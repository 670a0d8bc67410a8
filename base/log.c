// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "base/now.h"
#include "base/own.h"
#include "base/when.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <unistd.h>

// Longer text is cut: a line stays readable, and a foreign message cannot fill the disk.
enum { TEXT_MAX = 4096, LINE_CEILING = 256 * 1024, THROTTLE_MS = 1000 };

static enum log_level level_wanted = LOG_INFO;
static enum log_format format_wanted = LOG_LOGFMT;

void log_setup(enum log_level level, enum log_format format)
{
	level_wanted = level;
	format_wanted = format;
}

bool log_wants(enum log_level level)
{
	return level >= level_wanted;
}

const char *log_level_name(enum log_level level)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	return names[level];
}

static struct view cut(struct view text)
{
	if (text.n <= TEXT_MAX)
		return text;
	size_t n = TEXT_MAX;
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return view_of(text.p, n);
}

static bool stands_bare(struct view text)
{
	if (text.n == 0 || !bytes_are_utf8(text))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char byte = (unsigned char)text.p[i];

		if (byte <= ' ' || byte == 0x7f || byte == '"' || byte == '=' || byte == '\\')
			return false;
	}
	return true;
}

static void add_key(struct buf *line, const char *key)
{
	if (format_wanted == LOG_JSON)
		buf_addf(line, "%s\"%s\":", line->n > 0 ? "," : "{", key);
	else
		buf_addf(line, "%s%s=", line->n > 0 ? " " : "", key);
}

static void add_text(struct buf *line, const char *key, struct view text)
{
	add_key(line, key);
	if (!view_is_set(text))
		buf_add_text(line, format_wanted == LOG_JSON ? "null" : "");
	else if (format_wanted == LOG_LOGFMT && stands_bare(cut(text)))
		buf_add_view(line, cut(text));
	else
		buf_add_quoted(line, cut(text)); // logfmt readers take JSON strings
}

static void add_real(struct buf *line, const char *key, double real)
{
	add_key(line, key);
	if (isfinite(real))
		buf_addf(line, "%.6g", real);
	else
		buf_add_text(line, format_wanted == LOG_JSON ? "null" : "nan");
}

static void add_field(struct buf *line, const struct log_field *field)
{
	switch (field->kind) {
	case LOG_FIELD_TEXT:
		add_text(line, field->key, field->text);
		break;
	case LOG_FIELD_INT:
		add_key(line, field->key);
		buf_addf(line, "%lld", (long long)field->integer);
		break;
	case LOG_FIELD_REAL:
		add_real(line, field->key, field->real);
		break;
	}
}

// One write per line, so lines of several threads do not mix. A closed stderr is no reason to stop.
static void write_out(const struct buf *line)
{
	for (size_t done = 0; done < line->n;) {
		ssize_t n = write(STDERR_FILENO, line->p + done, line->n - done);

		if (n < 0 && errno != EINTR)
			return;
		done += n > 0 ? (size_t)n : 0;
	}
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	OWN(buf_clear) struct buf line = {.ceiling = LINE_CEILING};
	char time[WHEN_ISO_SIZE];
	int saved = errno;

	add_text(&line, "time", view_text(when_print_iso(now_wall_ms(), time)));
	add_text(&line, "level", view_text(log_level_name(level)));
	add_text(&line, "event", view_text(event));
	for (; fields->key; fields++)
		add_field(&line, fields);
	buf_add_text(&line, format_wanted == LOG_JSON ? "}\n" : "\n");
	write_out(&line);
	errno = saved;
}

bool log_throttle_pass(struct log_throttle *t)
{
	int64_t now = now_steady_ms();
	int64_t next = t->next_ms;

	if (now >= next && atomic_compare_exchange_strong(&t->next_ms, &next, now + THROTTLE_MS))
		return true;
	t->suppressed++;
	return false;
}

int64_t log_throttle_suppressed(struct log_throttle *t)
{
	return atomic_exchange(&t->suppressed, 0);
}
