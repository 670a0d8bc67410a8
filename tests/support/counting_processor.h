// SPDX-License-Identifier: Apache-2.0
// The smallest role that can go wrong in every way the runtime must prevent: it numbers each user's orders and says how many clicks came before.
// Records: key = user, value = a name unique per user. An order named N yields, under the key user|N, "n clicks": its number among the user's
// orders. A lost or doubled step shows as a gap or a repeat in the numbers. A click named `urgent` waits for a commit.
#pragma once
#include "runtime/processor.h"

enum { COUNTING_CLICKS, COUNTING_ORDERS, COUNTING_OUTPUTS, COUNTING_DEAD_LETTERS, COUNTING_TOPICS };

const struct processor *counting_processor(void);
