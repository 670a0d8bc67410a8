// SPDX-License-Identifier: Apache-2.0
// Connections as people and programs read them. Never a token, not even a sealed one.
#pragma once
#include "cli/connections_desk.h"
#include "cli/connections_grant.h"

// One line an account, or a JSON array; `now_ms`, unix, for "in 5 h".
void connections_print_table(const struct connections_desk *desk, const struct connections_book *book, int64_t now_ms, struct buf *out);
void connections_print_json(const struct connections_desk *desk, const struct connections_book *book, struct buf *out);

// Everything that is known of one, a line each, or a JSON object.
void connections_print_one(const struct connections_desk *desk, const struct connections_account *account, struct buf *out);
void connections_print_one_json(const struct connections_desk *desk, const struct connections_account *account, struct buf *out);

// What an authorisation wrote.
struct connections_print_written {
	const struct connections_grant_account *account;
	int64_t generation;
	int8_t state;
};
void connections_print_written(const struct connections_print_written *rows, size_t n, bool json, struct buf *out);
