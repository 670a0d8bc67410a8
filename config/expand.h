// SPDX-License-Identifier: Apache-2.0
// Secrets by reference: ${NAME} is an environment variable, ${file:PATH} a file's text without its last newline, $${ a plain "${".
#pragma once
#include "base/arena.h"

enum { EXPAND_FILE_MAX = 1 << 20, EXPAND_SECRET_MAX = 8 << 10 };

// A copy in `arena` with the references replaced; what they brought is not looked at again. `secret` is set if there were any.
// FATAL config_reference: names the variable or the file, never a value.
int expand_text(struct view text, struct arena *arena, struct view *out, bool *secret, struct err *err) MUST_USE;

// Every reference in the text is well formed; none is read. FATAL config_reference.
int expand_check(struct view text, struct err *err) MUST_USE;

// Appends the text with its references replaced; what was read stays nowhere else. FATAL as above, file_too_large for a file
// above EXPAND_SECRET_MAX or three times as much in all.
int expand_secret(struct view text, struct buf *out, struct err *err) MUST_USE;
