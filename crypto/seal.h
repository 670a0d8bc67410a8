// SPDX-License-Identifier: Apache-2.0
// Access tokens at rest: AES-256-GCM with a random nonce, bound to the tenant and the advertiser that they are for, in one line of text:
//
//   v1.KEYID.base64url(nonce (12 bytes) | ciphertext | tag (16 bytes))
//
// Several keys, so that one can follow another: seal with the newest, open with any. Keys and clear texts are wiped when they are let go. A ring is not
// changed while others read it; reading is for any thread.
#pragma once
#include "base/bytes.h"

enum { SEAL_KEY = 32, SEAL_KEYS_MAX = 200, SEAL_ID = 32, SEAL_CLEAR_MAX = 4096 };

struct seal; // a ring of keys

struct seal *seal_new(void);
void seal_free(struct seal **seal);

// `id`: 1 to SEAL_ID letters, digits, underscores and hyphens. `text`: 32 bytes as hex or base64, white space around it aside. Of the same id the last one counts.
// FATAL seal_key: names the id, never the key.
int seal_add_key(struct seal *seal, struct view id, struct view text, struct err *err) MUST_USE;
// The key that seals; without a call, the last one added. FATAL seal_key: there is none of that id.
int seal_use(struct seal *seal, struct view id, struct err *err) MUST_USE;

// Whom a sealed text is for; it opens for nobody else.
struct seal_owner {
	struct view tenant, advertiser;
};

// Appends the sealed text. FATAL seal_key (there is no key), seal_text (nothing, or more than SEAL_CLEAR_MAX bytes).
int seal_close(const struct seal *seal, const struct seal_owner *owner, struct view clear, struct buf *out, struct err *err) MUST_USE;

// Appends the clear text, to be wiped by the caller. FATAL seal_broken (changed, cut, or another's), seal_key (no key of the id that it names).
int seal_open(const struct seal *seal, const struct seal_owner *owner, struct view sealed, struct buf *out, struct err *err) MUST_USE;

// Does it look like a sealed text? A clear token does not begin with "v1." and go on with two more parts.
bool seal_is_sealed(struct view text);

// The id of the key that a sealed text names, and of the key that seals; absent: none.
struct view seal_key_id(struct view sealed);
struct view seal_current_id(const struct seal *seal);

// Overwrites what the buffer holds and held, then clears it: `OWN(seal_wipe) struct buf token = {0};`.
void seal_wipe(struct buf *text);
