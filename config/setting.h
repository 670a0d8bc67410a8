// SPDX-License-Identifier: Apache-2.0
// A setting is a row: key, where it is kept, type, bounds, default and a sentence. Reading, printing, the reference page and the JSON Schema
// all come from the rows in setting_rows.c; what a type does with them is in setting.c.
#pragma once
#include <stddef.h>

#include "base/arena.h"

// What the key is relative to: the file, an entry of `tenants`, an entry of its `goals`.
enum setting_scope { SETTING_OF_CONFIG, SETTING_OF_TENANT, SETTING_OF_GOAL, SETTING_SCOPES };

enum setting_type {
	// One scalar.
	SETTING_TEXT,     // const char *
	SETTING_VIEW,     // struct view; absent is null
	SETTING_INTEGER,  // int or a 64-bit type
	SETTING_BOOL,     // bool
	SETTING_DURATION, // int64_t, milliseconds
	SETTING_SIZE,     // uint32_t or uint64_t, bytes
	SETTING_PERCENT,  // int
	SETTING_WORD,     // an enum (or a bool) that counts the row's words from 0
	SETTING_LISTEN,   // config.admin: host and port
	SETTING_START,    // config.start and config.start_time
	// More than one.
	SETTING_PROPERTIES, // config.kafka
	SETTING_TENANTS,    // config.tenants
	SETTING_GOALS,      // tenant.goals
	SETTING_WEIGHTS,    // int[3]
	SETTING_WHERE,      // goal.where
	SETTING_CHANNELS,   // goal.channels
	SETTING_PAIRS,      // struct destination_pair *, behind it their count; sorted by `from`; a `to` that is null is absent
};

// What a text must look like.
enum setting_form { FORM_ANY, FORM_NAME, FORM_TOPIC, FORM_URL, FORM_ZONE, FORM_CURRENCY };

struct setting {
	const char *key; // dotted, within its scope: "kafka.bootstrap_servers", "lookback"
	enum setting_scope scope;
	size_t offset, size; // of the field in struct config, tenant or goal
	enum setting_type type;
	const char *fallback; // the default as it would be written; NULL: none, and then it is required unless `optional`
	bool optional;        // null is a value; of pairs: of one of them
	int64_t min, max;     // of an integer, a duration, a size, a percentage; a text's largest length; of pairs: of one text
	const char *word;     // one word that stands for `word_value`: "auto", "lifetime"
	int64_t word_value;
	const char *(*words)(int i); // SETTING_WORD: the i-th, NULL after the last
	enum setting_form form;
	bool as_written;   // a secret whose references are kept, to be read when it is needed (config_expand_secret)
	const char *about; // for people, Markdown
};

struct destination_pair;

extern const struct setting setting_rows[];
extern const size_t setting_row_count;

enum setting_verdict { SETTING_OK, SETTING_NO_FORM, SETTING_OUT_OF_BOUNDS };

bool setting_is_scalar(const struct setting *row);

// A scope's rows stand together: the first, how many, and a row's place among them.
const struct setting *setting_first(enum setting_scope scope);
size_t setting_count(enum setting_scope scope);
size_t setting_index(const struct setting *row);

// What a SETTING_PAIRS field holds.
struct setting_pairs {
	struct destination_pair *p;
	size_t n;
};
struct setting_pairs setting_pairs(const void *field);
void setting_set_pairs(void *field, struct setting_pairs pairs);
enum { SETTING_PAIRS_MAX = 200 };

// Reads a scalar into `field`, which lies `row->offset` behind the scope's struct. Texts are copied to `arena`.
enum setting_verdict setting_parse(const struct setting *row, struct view text, struct arena *arena, void *field);
void setting_set_null(const struct setting *row, void *field);

// The field's value as setting_parse reads it; false: it is null, nothing is added.
bool setting_print(const struct setting *row, const void *field, struct buf *out);
// True if the value is a number or a boolean in JSON, too.
bool setting_is_bare(const struct setting *row, struct view printed);

// "a duration (an integer and ms, s, m, h or d), 1ms to 60s": for errors and the reference page.
void setting_print_expected(const struct setting *row, struct buf *out);

// The row of a scope's dotted key, NULL if there is none.
const struct setting *setting_find(enum setting_scope scope, struct view key);

// "1GiB": the largest unit that divides it.
void setting_print_size(uint64_t bytes, struct buf *out);
