// SPDX-License-Identifier: Apache-2.0
// The keys of `seal.keys`, read now: a key that is gone opens nothing any more, and none stays in memory longer than the ring. For any thread.
// A process that has read keys leaves no core (base/core_limit.h).
#pragma once
#include "config/config.h"
#include "crypto/seal.h"

// Every key that can be read, sealing with `seal.current`. One that cannot does not matter to texts that are sealed with another: `problem` says what is
// the matter with the last such, ERR_NONE: nothing.
struct seal *seal_ring_read(const struct config *config, struct err *problem);

// The same, and it can seal. FATAL seal_key, config_reference, file_unreadable, file_too_large: there is no key, or the one of seal.current cannot be read.
int seal_ring_for_sealing(const struct config *config, struct seal **out, struct err *err) MUST_USE;
