// SPDX-License-Identifier: Apache-2.0
// Personal identifiers as TikTok matches them: normalised, then SHA-256 in lower-case hex (docs/attribution.md 3). What is already 64 hex
// digits passes through in lower case; what is empty after normalising becomes absent, never the digest of nothing.
//
// White space and letters are ASCII's. Lower-casing other letters needs a Unicode table, and a table that changes with the C library or
// its locale would give one address two digests after an upgrade or in a replay. Mail providers hand out ASCII addresses; of an
// address with other letters these keep their case.
#pragma once
#include "base/arena.h"
#include "crypto/digest.h"

// Trimmed, lower case.
struct view identity_email(struct view text, struct digest *digest, struct arena *arena);
// A `+` if it stood before the first digit, then digits; without a digit absent.
struct view identity_phone(struct view text, struct digest *digest, struct arena *arena);
// Trimmed.
struct view identity_external_id(struct view text, struct digest *digest, struct arena *arena);
// Trimmed, lower case: where the site's pixel lower-cases.
struct view identity_external_id_lower(struct view text, struct digest *digest, struct arena *arena);
// First name, last name, postal code: without any white space, lower case.
struct view identity_name(struct view text, struct digest *digest, struct arena *arena);
// IDFA, GAID: trimmed, lower case. All zeros, as a device says that gives none: absent.
struct view identity_device(struct view text, struct digest *digest, struct arena *arena);
