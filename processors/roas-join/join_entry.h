// SPDX-License-Identifier: Apache-2.0
// What the shard's store knows: an entry for each account, campaign, ad group and ad, and one for each of their days. Keys are those of join_key.h.
//
//   tenant|advertiser|level|entity|day   the row of a day: as published, and what reports say of it
//   tenant|advertiser|level|entity       the entity; beside its entry the list of its days
//   \1 tenant|advertiser                 the list of the account's entities, as level|entity
//   \2                                   by which settings the rows were reckoned last
#pragma once
#include "processors/roas-join/join_key.h"
#include "processors/roas-join/join_spend.h"
#include "state/store.h"

struct join_row {
	bool found;
	struct view published; // the record's value; absent: there is none
	struct join_spend spend, own;
	struct view campaign, adgroup;               // of an ad: where `spend` is counted now
	struct view report_campaign, report_adgroup; // of an ad: as its report says
	uint64_t daily;                              // XXH64 of what daily-sums was told; 0: nothing, or not known any more
};

struct join_entity {
	bool found;
	struct view name, currency, said_zone, own_campaign, own_adgroup; // as ad-entities says now
	struct view published;                                            // the row without a day
	struct view zone;                                                 // of an account: by which its days are reckoned, for good
	struct view named_campaign, named_adgroup;                        // of an ad: the smallest ids that credits named
	bool reported;                                                    // of an ad: a report names its parents;
	int32_t report_day;                                               // the latest day that does,
	struct view report_campaign, report_adgroup;                      // and what it says
	struct view campaign, adgroup;                                    // of an ad: where it is counted now
};

// Empty if there is none. Everything in `arena`. FATAL store_corrupt.
int join_entry_row(struct store *store, struct view key, struct arena *arena, struct join_row *out, struct err *err) MUST_USE;
int join_entry_entity(struct store *store, struct view key, struct arena *arena, struct join_entity *out, struct err *err) MUST_USE;
void join_entry_put_row(struct store *store, struct view key, const struct join_row *row, struct buf *spare);
void join_entry_put_entity(struct store *store, struct view key, const struct join_entity *entity, struct buf *spare);

// Lists: a name is listed once, and stays.
void join_entry_list_day(struct store *store, struct view entity_key, struct view day);
void join_entry_list_entity(struct store *store, struct view account_key, struct view entity_key, struct arena *arena);
int join_entry_days(struct store *store, struct view entity_key, struct arena *arena, struct view **days, size_t *count,
	struct err *err) MUST_USE;
// As entity keys.
int join_entry_entities(struct store *store, struct view account_key, struct arena *arena, struct view **keys, size_t *count,
	struct err *err) MUST_USE;
// All accounts of the shard that are not in the running transaction alone, as tenant|advertiser.
int join_entry_accounts(struct store *store, struct arena *arena, struct view **keys, size_t *count, struct err *err) MUST_USE;

int join_entry_settings(struct store *store, uint64_t *digest, struct err *err) MUST_USE; // 0: none
void join_entry_put_settings(struct store *store, uint64_t digest);
