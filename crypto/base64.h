// SPDX-License-Identifier: Apache-2.0
// Base64 with the alphabet of URLs, unpadded (RFC 4648, 5). Every text has one spelling: bits left over must be zero.
#pragma once
#include "base/bytes.h"

void base64_add(struct buf *out, struct view bytes);

// Appends the bytes. False: it is none of ours; nothing was appended.
bool base64_read(struct view text, struct buf *out) MUST_USE;

// The same for the common alphabet and padding, too, as other tools write it.
bool base64_read_any(struct view text, struct buf *out) MUST_USE;
