// SPDX-License-Identifier: Apache-2.0
// One event, one line, on stderr: an event name, then keys and values. logfmt or JSON. Never a sentence with values inside,
// never personal data, never a secret. Safe from any thread.
//
//   log_event(LOG_INFO, "shard_restored", LOG_I("partition", p), LOG_I("clicks", n), LOG_S("took", text));
#pragma once
#include <stdint.h>

#include "base/bytes.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
	const char *key; // NULL ends the list
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_REAL } kind;
	struct view text;
	int64_t integer;
	double real;
};

#define LOG_S(k, s) ((struct log_field){.key = (k), .kind = LOG_FIELD_TEXT, .text = view_text(s)})
#define LOG_V(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_TEXT, .text = (v)})
#define LOG_I(k, i) ((struct log_field){.key = (k), .kind = LOG_FIELD_INT, .integer = (int64_t)(i)})
#define LOG_F(k, f) ((struct log_field){.key = (k), .kind = LOG_FIELD_REAL, .real = (f)})
#define LOG_ERR(e) LOG_S("class", err_class_name((e)->class)), LOG_S("code", (e)->code), LOG_S("error", (e)->words)

// Set once before threads start.
void log_setup(enum log_level level, enum log_format format);
bool log_wants(enum log_level level);

#define log_event(level, event, ...) \
	do { \
		if (log_wants(level)) \
			log_write((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}}); \
	} while (0)
void log_write(enum log_level level, const char *event, const struct log_field *fields);

// At most one line per second and call site; what was left out is said in a field `suppressed` of the next.
#define log_throttled(level, event, ...) \
	do { \
		static struct log_throttle throttle_; \
		if (log_wants(level) && log_throttle_pass(&throttle_)) \
			log_write((level), (event), \
				(const struct log_field[]){LOG_I("suppressed", log_throttle_suppressed(&throttle_)) __VA_OPT__(, ) __VA_ARGS__, \
					{.key = NULL}}); \
	} while (0)
struct log_throttle {
	_Atomic int64_t next_ms;
	_Atomic int64_t suppressed;
};
bool log_throttle_pass(struct log_throttle *t);
int64_t log_throttle_suppressed(struct log_throttle *t); // and sets it to 0

const char *log_level_name(enum log_level level);
