// SPDX-License-Identifier: Apache-2.0
// What waits for its time, by tenant: conversions whose events are due later, or as soon as there is room. Only hints: the ledger's row says what is still to
// be done, so one too many does no harm, and after a restart all are found again in the rows.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct waiting; // of one tenant
struct waiting_entry {
	int64_t due_ms;
	struct view name; // of the row
};

struct waiting *waiting_new(void);
void waiting_free(struct waiting **w);

void waiting_add(struct waiting *w, int64_t due_ms, struct view name); // copies
size_t waiting_count(const struct waiting *w);
int64_t waiting_due(const struct waiting *w); // of the first; INT64_MAX: none
// Takes out the first, which must be there. The caller frees `name.p`.
struct waiting_entry waiting_take(struct waiting *w);
void waiting_clear(struct waiting *w);
