// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration: collected, so that one run shows all of it, a line per problem.
#pragma once
#include <stdbool.h>

#include "base/bytes.h"

enum origin_kind { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

// Where a value stands: a file with a line and a column, a variable, a flag.
struct origin {
	enum origin_kind kind;
	const char *name;
	int line, column; // from 1; 0: the whole file
};

enum { PROBLEM_MAX = 20 };

struct problems {
	struct buf text; // one line per problem
	int count;       // also those that were not written down
};

void problem_add(struct problems *problems, struct origin where, const char *fmt, ...) PRINTF_LIKE(3, 4);

// True when looking further would only find what nobody reads.
bool problem_full(const struct problems *problems);

void problem_clear(struct problems *problems);

// "lookback.yaml:3:5", "environment LOOKBACK_RUN", "flag --set run", "default".
void problem_place(struct origin where, struct buf *out);

// For messages: in quotes, on one line, cut to a readable length.
void problem_quote(struct view value, struct buf *out);
