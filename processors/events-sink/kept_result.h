// SPDX-License-Identifier: Apache-2.0
// How a row of the ledger holds an event's result: the record that was published, field by field, but for what is as in the row's event before it. The
// events of a conversion differ in id, click and value, and what is the same was two thirds of the ledger on disk. Equal rows have equal bytes.
#pragma once
#include "base/bytes.h"
#include "schemas/records.h"

// `before`: the row's event before it; NULL: it is the first.
void kept_result_add(const struct export_result *r, const struct export_result *before, struct buf *out);
// Views into what the cursor runs over, or those of `before`. What is no result turns the cursor bad.
void kept_result_read(struct cursor *c, const struct export_result *before, struct export_result *out);
