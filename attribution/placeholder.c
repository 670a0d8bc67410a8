// SPDX-License-Identifier: Apache-2.0
#include "attribution/placeholder.h"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

// [A-Z][A-Z0-9]*(_[A-Z0-9]+)*
static bool is_macro_name(struct view name)
{
	if (name.n == 0 || !is_upper(name.p[0]) || name.p[name.n - 1] == '_')
		return false;
	for (size_t i = 1; i < name.n; i++) {
		char c = name.p[i];

		if (!is_upper(c) && !is_digit(c) && (c != '_' || name.p[i - 1] == '_'))
			return false;
	}
	return true;
}

// A name has no underscore at either end, so all that stand there belong to the frame.
bool placeholder_is(struct view text)
{
	size_t start = 0, end = text.n;

	if (text.n == 0)
		return true;
	while (start < end && text.p[start] == '_')
		start++;
	while (end > start && text.p[end - 1] == '_')
		end--;

	size_t before = start, after = text.n - end;
	if (before < 1 || before > 2 || after < 1 || after > 2)
		return false;
	return is_macro_name(view_of(text.p + start, end - start));
}
