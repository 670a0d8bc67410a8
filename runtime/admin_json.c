// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_json.h"

#include <inttypes.h>

// Length of the well-formed UTF-8 character at `p`, 0 if there is none.
static size_t character(const char *p, size_t left)
{
	for (size_t n = 1; n <= 4 && n <= left; n++)
		if (bytes_are_utf8(view_of(p, n)))
			return n;
	return 0;
}

static void add_ascii(struct buf *out, char c)
{
	if (c == '"' || c == '\\')
		buf_addf(out, "\\%c", c);
	else if ((unsigned char)c < 0x20 || c == 0x7f)
		buf_addf(out, "\\u%04x", (unsigned)(unsigned char)c);
	else
		buf_add(out, &c, 1);
}

void admin_json_text(struct buf *out, struct view text)
{
	if (!view_is_set(text)) {
		buf_add_text(out, "null");
		return;
	}
	buf_add_text(out, "\"");
	for (size_t i = 0; i < text.n;) {
		size_t n = character(text.p + i, text.n - i);

		if (n == 0)
			buf_add_text(out, "\\ufffd");
		else if (n == 1)
			add_ascii(out, text.p[i]);
		else
			buf_add(out, text.p + i, n);
		i += n ? n : 1;
	}
	buf_add_text(out, "\"");
}

void admin_json_comma(struct buf *out)
{
	char last = out->n ? out->p[out->n - 1] : '{';

	if (last != '{' && last != '[')
		buf_add_text(out, ",");
}

void admin_json_name(struct buf *out, const char *name)
{
	admin_json_comma(out);
	admin_json_text(out, view_text(name));
	buf_add_text(out, ":");
}

void admin_json_member(struct buf *out, const char *name, struct view text)
{
	admin_json_name(out, name);
	admin_json_text(out, text);
}

void admin_json_integer(struct buf *out, const char *name, int64_t value)
{
	admin_json_name(out, name);
	buf_addf(out, "%" PRId64, value);
}

void admin_json_optional(struct buf *out, const char *name, int64_t value, int64_t none)
{
	if (value == none)
		admin_json_member(out, name, VIEW_ABSENT);
	else
		admin_json_integer(out, name, value);
}

void admin_json_flag(struct buf *out, const char *name, bool value)
{
	admin_json_name(out, name);
	buf_add_text(out, value ? "true" : "false");
}
