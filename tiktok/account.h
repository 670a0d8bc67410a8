// SPDX-License-Identifier: Apache-2.0
// What TikTok says of an advertiser account (/advertiser/info/): currency, and the zone in which its days begin. Read by tiktok/reader.h.
#pragma once
#include "tiktok/reader.h"

enum { ACCOUNT_BATCH_MAX = 100 };

// Texts are views into the reader's rows; absent if TikTok does not say.
struct account {
	struct view advertiser_id, name, status, currency, country, timezone, display_timezone;
	bool currency_known; // it is in base/money
};

// One account that the token may not read fails the whole batch with CALL_NO_ACCESS, without saying which: ask again one by one (ids of one each). Ids are
// copied. Rows are struct account, one for each id that TikTok knows, in the order of ids as text.
struct reader *account_reader_new(const struct view *ids, size_t n, const struct reader_limits *limits);

// The zone of the account's days: display_timezone, else timezone. (`timezone` may be "Etc/GMT+8", the same offset without summer time; 40 % of the year
// its days would be wrong.) Absent if neither is said.
struct view account_zone(const struct account *account);

// False: TikTok has closed the account. Reports and structure are readable all the same, so this is for people, not a reason to disconnect.
bool account_is_enabled(const struct account *account);
