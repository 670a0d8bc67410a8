// SPDX-License-Identifier: Apache-2.0
// Fields of an answer's data, as TikTok writes them: texts, null, nothing, and numbers that answer_read_data has made texts of. None of these functions fails:
// a field of a wrong kind is one that was not said. Views are into the arena. Inside of tiktok/.
#pragma once
#include "tiktok/reader.h"

struct json_t;

enum { VALUE_TEXT_MAX = 4096 }; // longer texts are cut, not within a character

// Empty and null are absent. `before`: a value that is likely the same and then shared, or absent.
struct view value_text(const struct json_t *object, const char *name, struct view before, struct arena *arena);

// 1 to 20 digits; "0" and "-" are TikTok's words for none.
struct view value_id(const struct json_t *object, const char *name, struct view before, struct arena *arena);

int64_t value_count(const struct json_t *object, const char *name); // READER_UNKNOWN: "-", null, nothing, no whole number
struct reader_money value_money(const struct json_t *object, const char *name);
int64_t value_time_ms(const struct json_t *object, const char *name); // "YYYY-MM-DD HH:MM:SS" of UTC
size_t value_list(const struct json_t *object, const char *name, struct view *out, size_t most, struct arena *arena);
