// SPDX-License-Identifier: Apache-2.0
// A bound struct as one line of JSON.
#pragma once
#include "schemas/shape.h"

void print_record(const struct slot *slot, const void *record, struct buf *out);
// A JSON text with its quotes.
void print_text(struct view text, struct buf *out);
