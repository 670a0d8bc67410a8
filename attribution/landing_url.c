// SPDX-License-Identifier: Apache-2.0
#include "attribution/landing_url.h"

struct parameter {
	struct view name, value, raw; // raw: the whole of it, between two `&`
};

static size_t find_byte(struct view text, char byte)
{
	const char *at = text.n ? memchr(text.p, byte, text.n) : NULL;

	return at ? (size_t)(at - text.p) : text.n;
}

static struct view view_from(struct view text, size_t start)
{
	return start < text.n ? view_of(text.p + start, text.n - start) : view_of(text.p + text.n, 0);
}

static struct view without_fragment(struct view url)
{
	return view_of(url.p, find_byte(url, '#'));
}

static bool next_parameter(struct view *query, struct parameter *out)
{
	if (query->n == 0)
		return false;
	out->raw = view_of(query->p, find_byte(*query, '&'));

	size_t equals = find_byte(out->raw, '=');
	out->name = view_of(out->raw.p, equals);
	out->value = view_from(out->raw, equals + 1);
	*query = view_from(*query, out->raw.n + 1);
	return true;
}

// The byte that an escape at `at` stands for; -1 if there is none or it is broken.
static int escaped_byte(struct view text, size_t at)
{
	if (text.p[at] != '%' || text.n - at < 3)
		return -1;

	int high = bytes_hex_digit(text.p[at + 1]), low = bytes_hex_digit(text.p[at + 2]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// `+` stays: these are ids, and a form's habit of writing spaces so does not apply to them.
static struct view percent_decode(struct view text, struct arena *arena)
{
	if (find_byte(text, '%') == text.n)
		return text;

	char *decoded = arena_take(arena, text.n);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		int byte = escaped_byte(text, i);

		decoded[n++] = byte < 0 ? text.p[i] : (char)byte;
		i += byte < 0 ? 0 : 2;
	}
	return view_of(decoded, n);
}

static void fill(struct view *slot, struct view value)
{
	if (!view_is_set(*slot) && !placeholder_is(value) && bytes_are_utf8(value))
		*slot = value;
}

static bool is_named(struct view name, const char *text)
{
	return view_eq(name, view_text(text));
}

void landing_url_read(struct view url, struct arena *arena, struct landing_params *out)
{
	struct view utm_id = VIEW_ABSENT, ad_group_id = VIEW_ABSENT;
	const struct {
		const char *name;
		struct view *slot;
	} wanted[] = {
		{"ttclid", &out->ttclid},
		{"advertiser_id", &out->advertiser_id},
		{"campaign_id", &out->campaign_id},
		{"utm_id", &utm_id},
		{"adgroup_id", &out->adgroup_id},
		{"ad_group_id", &ad_group_id},
		{"ad_id", &out->ad_id},
	};

	*out = (struct landing_params){0};
	if (!view_is_set(url))
		return;

	struct view before_fragment = without_fragment(url);
	struct view query = view_from(before_fragment, find_byte(before_fragment, '?') + 1);
	for (struct parameter p; next_parameter(&query, &p);) {
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
			if (!is_named(p.name, wanted[i].name))
				continue;
			struct view value = percent_decode(p.value, arena);
			fill(wanted[i].slot, value);
			if (i == 0 && value.n > 0 && placeholder_is(value))
				out->ttclid_macro = true;
		}
	}
	fill(&out->campaign_id, utm_id);
	fill(&out->adgroup_id, ad_group_id);
}

static bool is_kept(struct view name)
{
	static const char *const kept[] = {"ttclid", "gclid", "fbclid", "msclkid", "utm_source", "utm_medium", "utm_campaign", "utm_id",
		"utm_term", "utm_content", "campaign_id", "adgroup_id", "ad_group_id", "ad_id", "advertiser_id"};

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (is_named(name, kept[i]))
			return true;
	return false;
}

static size_t append(char *to, size_t at, struct view text)
{
	memcpy(to + at, text.p, text.n);
	return at + text.n;
}

struct view landing_url_strip(struct view url, bool keep_query, struct arena *arena)
{
	if (!view_is_set(url))
		return url;

	struct view rest = without_fragment(url);
	size_t mark = find_byte(rest, '?');
	if (keep_query || mark == rest.n)
		return rest;

	char *stripped = arena_take(arena, rest.n);
	size_t n = append(stripped, 0, view_of(rest.p, mark));
	char separator = '?';
	struct view query = view_from(rest, mark + 1);
	for (struct parameter p; next_parameter(&query, &p);) {
		if (!is_kept(p.name))
			continue;
		stripped[n++] = separator;
		n = append(stripped, n, p.raw);
		separator = '&';
	}
	return view_of(stripped, n);
}
