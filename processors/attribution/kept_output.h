// SPDX-License-Identifier: Apache-2.0
// What the state holds of a conversion under a goal: the record that was published, without `previous` and with its credits packed. In the contract's
// encoding a credit says its click id twice and each of TikTok's ids in digits, and credits were half of all bytes on disk. Equal records have equal bytes.
#pragma once
#include "base/arena.h"
#include "base/bytes.h"
#include "schemas/records.h"

// Appends. A credit's ttclid is its click_id, or absent, as the contract has it.
void kept_output_encode(const struct attributed_conversion *published, struct buf *out);

// Views into `bytes` and the arena; `previous` is absent. FATAL store_corrupt.
int kept_output_decode(struct view bytes, struct arena *arena, struct attributed_conversion *out, struct err *err) MUST_USE;
