// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_json.h"

#include <inttypes.h>

void admin_json_text(struct buf *out, struct view text)
{
	if (view_is_set(text))
		buf_add_quoted(out, text);
	else
		buf_add_text(out, "null");
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
