// SPDX-License-Identifier: Apache-2.0
#include "config/nearest.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same(struct view a, size_t i, struct view b, size_t j)
{
	return lower(a.p[i]) == lower(b.p[j]);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

// Three rows of the table are enough: the one being filled and the two before it.
size_t nearest_distance(struct view a, struct view b)
{
	size_t rows[3][NEAREST_LENGTH_MAX + 1];

	if (a.n > NEAREST_LENGTH_MAX || b.n > NEAREST_LENGTH_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			now[j] = least(above[j - 1] + !same(a, i - 1, b, j - 1), least(above[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1))
				now[j] = least(now[j], two_above[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

void nearest_offer(struct nearest *n, const char *known)
{
	size_t distance = nearest_distance(n->word, view_text(known));

	if (n->best && distance >= n->distance)
		return;
	n->best = known;
	n->distance = distance;
}

const char *nearest_best(const struct nearest *n)
{
	return n->best && n->distance <= (n->word.n + 2) / 3 ? n->best : NULL;
}
