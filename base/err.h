// SPDX-License-Identifier: Apache-2.0
// What went wrong and what to do about it. A fallible function returns 0 or -1, takes `struct err *` last and fills it exactly
// when it returns -1. Callers decide on the class, never on the words. Foreign errors (Kafka, RocksDB, curl, YAML) are
// translated once, in the file that calls the library.
#pragma once
#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_class {
	ERR_NONE,
	ERR_RETRY,  // wait and repeat the same call: throttled, timed out, coordinator moving
	ERR_ABORT,  // drop the running transaction and rewind
	ERR_POISON, // this record cannot be used: dead letter, go on
	ERR_PAUSE,  // the other side refuses us: keep the data, alert, try later
	ERR_FATAL,  // stop the process, let the supervisor restart it
};

struct err {
	enum err_class class;
	char code[40];   // one word, stable: a metric label, a dead letter's reason
	char words[600]; // for people: what, where, what to do. Never a secret, never personal data
};

// Fills `err` and returns -1, so that callers can write `return err_set(...)`.
int err_set(struct err *err, enum err_class class, const char *code, const char *fmt, ...) PRINTF_LIKE(4, 5);

// Puts words before those that are there: "reading tenants.d/a.yaml: <what was there>". Returns -1.
int err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

const char *err_class_name(enum err_class class);

// Stops the process with a readable report. For broken promises of our own, never for input. On in release builds.
#define CHECK(cond) ((cond) ? (void)0 : err_check_failed(#cond, __FILE__, __LINE__))
_Noreturn void err_check_failed(const char *what, const char *file, int line);

// For memory that the system will not give.
_Noreturn void err_out_of_memory(void);
