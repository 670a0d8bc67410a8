// SPDX-License-Identifier: Apache-2.0
// Which days of an account have been read, and when: stretches of days, the newest first, none over another. Pure.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	int32_t from, to; // days, both included
	int64_t read_at;  // when the reading began, ms
};

struct spans {
	struct span *p;
	size_t n, room;
};

void spans_clear(struct spans *spans);

// These days have been read at that time; what was known of them is replaced. Neighbours of one time become one.
void spans_add(struct spans *spans, struct span span);
// These days are not known any more.
void spans_remove(struct spans *spans, int32_t from, int32_t to);
// NULL: the day was not read.
const struct span *spans_find(const struct spans *spans, int32_t day);

// Neighbours below `day` become one, with the later time: of these the order of reading does not matter any more.
void spans_join_before(struct spans *spans, int32_t day);
