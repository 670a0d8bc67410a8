// SPDX-License-Identifier: Apache-2.0
// An explanation as JSON, as text for a terminal, or as the key of its output.
#pragma once
#include "processors/attribution/explain.h"

void explain_print(const struct explanation *e, enum processor_form form, struct buf *out);
