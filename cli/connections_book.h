// SPDX-License-Identifier: Apache-2.0
// What stands in the topics `connections` and `sync-status` now, by account.
#pragma once
#include "base/arena.h"
#include "config/config.h"
#include "schemas/records.h"

struct registry; // schemas/registry.h

struct connections_account {
	struct view tenant, advertiser_id;
	const struct connection *connection; // NULL: there is none
	const struct sync_status *status;    // NULL: there is none
	int64_t highest;                     // generation that any record says, also of those that do not count any more; 0: none does
	const char *problem;                 // why the connection cannot be used, NULL: nothing is known; `connection` is NULL then
};

struct connections_book {
	struct connections_account *accounts; // by tenant, then advertiser
	size_t n;
	struct arena arena; // everything lives here
};

// Both topics, from end to end; `tenant` absent: of all tenants. Nothing of a token is opened. As topic_scan; FATAL connections_too_many.
int connections_book_read(const struct config *config, struct registry *registry, struct view tenant, struct connections_book *out,
	struct err *err) MUST_USE;
void connections_book_clear(struct connections_book *book);

const struct connections_account *connections_book_find(const struct connections_book *book, struct view tenant, struct view advertiser);
