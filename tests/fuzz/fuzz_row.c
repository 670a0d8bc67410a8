// SPDX-License-Identifier: Apache-2.0
// Rows as a disk may return them: nothing is read out of bounds, and what is a row stays one: merging it with itself or packing it again gives the same
// users, clicks and conversions, within the rules.
#include <stdlib.h>

#include "base/own.h"
#include "state/row.h"

enum { KEEP = 3 };

static void check_sorted(const struct row_user *user)
{
	for (size_t i = 1; i < user->rows.click_count; i++)
		CHECK(trim_compare(&user->rows.clicks[i - 1], &user->rows.clicks[i]) < 0);
	for (size_t i = 1; i < user->rows.conversion_count; i++)
		CHECK(view_cmp(user->rows.conversions[i - 1].key, user->rows.conversions[i].key) < 0);
}

static void check_merged(struct view row, int64_t expire_before)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf once = {0}, twice = {0};
	struct row_user *users;
	size_t count;

	if (row_merge(&row, 1, KEEP, expire_before, &once) != 0)
		return;
	CHECK(row_decode(buf_view(&once), &arena, &users, &count) == 0);
	for (size_t i = 0; i < count; i++) {
		struct state_user found;

		check_sorted(&users[i]);
		CHECK(row_find(buf_view(&once), users[i].user, &arena, &found) == 0);
		CHECK(found.click_count == users[i].rows.click_count);
	}
	struct view again[] = {buf_view(&once), buf_view(&once)};
	CHECK(row_merge(again, 2, KEEP, expire_before, &twice) == 0);
	CHECK(view_eq(buf_view(&once), buf_view(&twice)));
	CHECK(!row_may_shrink(buf_view(&once), (struct row_cutoffs){expire_before, INT64_MIN}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf names = {0};
	struct view row = view_of(data, size), *users;
	struct state_user found;
	size_t count;

	if (size == 0)
		return 0;
	check_merged(row, INT64_MIN);
	check_merged(row, (int64_t)data[size - 1] * TRIM_HOUR_MS);
	(void)row_may_shrink(row, (struct row_cutoffs){0, 0});
	if (row_find(row, VIEW_LIT("shop|user"), &arena, &found) != 0)
		return 0;
	if (row_decode_names(row, &arena, &users, &count) == 0)
		CHECK(row_merge_names(&row, 1, &names) == 0);
	return 0;
}
