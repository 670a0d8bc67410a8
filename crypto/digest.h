// SPDX-License-Identifier: Apache-2.0
// SHA-256 as 64 lower-case hex digits. A context is made once per thread and used for every digest: setting one up costs more than
// hashing a short text.
#pragma once
#include "base/bytes.h"

enum { DIGEST_HEX = 64 };

struct digest; // one thread at a time

struct digest *digest_new(void); // never NULL
void digest_free(struct digest **digest);

// Fills out[0..63] and a closing zero.
void digest_sha256(struct digest *digest, struct view text, char out[static DIGEST_HEX + 1]);
