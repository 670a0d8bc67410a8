// SPDX-License-Identifier: Apache-2.0
// The few words of JSON that status and explain pages are made of, appended to a buffer.
#pragma once
#include "base/bytes.h"

// A JSON string, or null if absent. Control characters and quotes are escaped; bytes that are not UTF-8 become U+FFFD.
void admin_json_text(struct buf *out, struct view text);
// "name": and the comma before it unless it is the first in its object.
void admin_json_name(struct buf *out, const char *name);
void admin_json_member(struct buf *out, const char *name, struct view text);
void admin_json_integer(struct buf *out, const char *name, int64_t value);
// `none` prints as null: POSITION_NO_TIME, TIME_ABSENT, -1.
void admin_json_optional(struct buf *out, const char *name, int64_t value, int64_t none);
void admin_json_flag(struct buf *out, const char *name, bool value);
// A comma unless the array or object has just been opened.
void admin_json_comma(struct buf *out);
