// SPDX-License-Identifier: Apache-2.0
#include "tiktok/click_id.h"

#include "attribution/landing_url.h"

enum { CLICK_ID_LONGEST = 4096 };

static struct view trimmed(struct view text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t' || text.p[0] == '"'))
		text = view_of(text.p + 1, text.n - 1);
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t' || text.p[text.n - 1] == '"'))
		text.n--;
	return text;
}

// One pair as a query, so that the rules of landing URLs hold: decoding, placeholders, UTF-8.
static struct view decoded(struct view value, struct arena *arena)
{
	static const char query[] = "?ttclid=";
	struct landing_params params;
	char *url;

	if (value.n == 0 || value.n > CLICK_ID_LONGEST || memchr(value.p, '&', value.n) || memchr(value.p, '#', value.n))
		return VIEW_ABSENT;
	url = arena_take(arena, sizeof query - 1 + value.n);
	memcpy(url, query, sizeof query - 1);
	memcpy(url + sizeof query - 1, value.p, value.n);
	landing_url_read(view_of(url, sizeof query - 1 + value.n), arena, &params);
	return params.ttclid;
}

// The first filled one among `name=value` between separators.
static struct view first_filled(struct view pairs, char separator, const char *name, struct arena *arena)
{
	const char *end = pairs.n > 0 ? pairs.p + pairs.n : pairs.p;
	size_t n = strlen(name);

	for (const char *p = pairs.p; p < end;) {
		const char *close = memchr(p, separator, (size_t)(end - p));
		struct view pair = trimmed(view_of(p, (size_t)((close ? close : end) - p)));

		p = close ? close + 1 : end;
		if (pair.n <= n + 1 || pair.p[n] != '=' || memcmp(pair.p, name, n) != 0)
			continue;
		struct view value = decoded(trimmed(view_of(pair.p + n + 1, pair.n - n - 1)), arena);
		if (view_is_set(value))
			return value;
	}
	return VIEW_ABSENT;
}

struct view click_id_cookie(struct view header, const char *name, struct arena *arena)
{
	return first_filled(header, ';', name, arena);
}

struct view click_id_parameter(struct view url, const char *name, struct arena *arena)
{
	const char *mark = url.n > 0 ? memchr(url.p, '?', url.n) : NULL;

	if (!mark)
		return VIEW_ABSENT;
	struct view query = view_of(mark + 1, url.n - (size_t)(mark - url.p) - 1);
	const char *fragment = query.n > 0 ? memchr(query.p, '#', query.n) : NULL;
	return first_filled(fragment ? view_of(query.p, (size_t)(fragment - query.p)) : query, '&', name, arena);
}

struct view click_id_url(struct view url, struct arena *arena)
{
	struct landing_params params;

	if (url.n == 0 || !memmem(url.p, url.n, "ttclid=", 7))
		return VIEW_ABSENT;
	landing_url_read(url, arena, &params);
	return params.ttclid;
}
