// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word that is the fewest typos away (Damerau-Levenshtein, letters' case aside).
//
//   struct nearest n = {.word = typed};
//   for (...) nearest_offer(&n, known);
//   if (nearest_best(&n)) ...
#pragma once
#include "base/bytes.h"

struct nearest {
	struct view word;
	const char *best; // as offered; borrowed
	size_t distance;
};

enum { NEAREST_LENGTH_MAX = 96 }; // longer words are near nothing

void nearest_offer(struct nearest *n, const char *known);

// NULL if none is near: more than a third of the word would have to change.
const char *nearest_best(const struct nearest *n);

// Insertions, deletions, replacements and swaps of neighbours that turn one into the other; SIZE_MAX if one is too long.
size_t nearest_distance(struct view a, struct view b);
