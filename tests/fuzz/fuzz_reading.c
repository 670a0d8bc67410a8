// SPDX-License-Identifier: Apache-2.0
// Whatever TikTok's answers hold: a reader ends within its tries, its rows have the ids and days that were asked for, and no text is longer than allowed.
// The first byte says what is read, the second cuts the rest into two answers.
#include <stdint.h>

#include "base/own.h"
#include "tiktok/account.h"
#include "tiktok/report.h"
#include "tiktok/structure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIRST = 20000, LAST = 20040, STEPS = 4000, TEXT_MAX = 4096, ID_MAX = 20 };

static const struct reader_limits limits = {.pages = 5, .rows = 1000, .bytes = 1 << 20, .tries = 3, .readings = 2, .seed = 1};

static void check_id(struct view id)
{
	CHECK(id.n > 0 && id.n <= ID_MAX);
	for (size_t i = 0; i < id.n; i++)
		CHECK(id.p[i] >= '0' && id.p[i] <= '9');
}

static void check_text(struct view text)
{
	CHECK((text.p == NULL) == (text.n == 0) && text.n <= TEXT_MAX && bytes_are_utf8(text));
}

static void check_rows(const void *rows, size_t n, int kind)
{
	const struct report_row *report = rows;
	const struct structure *structure = rows;
	const struct account *account = rows;

	CHECK(n <= limits.rows);
	for (size_t i = 0; i < n; i++) {
		if (kind == 0) {
			check_id(report[i].ad_id);
			check_text(report[i].currency);
			CHECK(report[i].day >= FIRST && report[i].day <= LAST && (report[i].spend.known || report[i].spend.micros == 0));
		} else if (kind == 1) {
			check_id(structure[i].id);
			check_text(structure[i].name);
			CHECK(structure[i].image_ids.n <= STRUCTURE_LIST_MAX);
		} else {
			check_id(account[i].advertiser_id);
			check_text(account_zone(&account[i]));
		}
	}
}

static struct reader *begin(int kind, bool hours)
{
	static const struct view id = {"7000000000000000001", 19};
	struct report_ask ask = {.advertiser_id = id, .cut = hours ? REPORT_HOURS : REPORT_DAYS, .first_day = FIRST, .last_day = LAST};
	struct err err;

	if (kind == 1)
		return structure_reader_new(hours ? STRUCTURE_ADGROUP : STRUCTURE_AD, id, &limits);
	if (kind == 2)
		return account_reader_new(&id, 1, &limits);
	CHECK(zone_open(VIEW_LIT("America/Los_Angeles"), &ask.zone, &err) == 0);
	return report_reader_new(&ask, &limits);
}

static void answer(struct reader *reader, const struct call *call, struct view body, int64_t now_ms)
{
	OWN(call_result_clear) struct call_result result = {0};
	OWN(http_answer_clear) struct http_answer answer = {.status = 200, .retry_after_ms = -1};

	buf_add_view(&answer.body, body);
	call_judge(call, &answer, NULL, &result);
	reader_answer(reader, &result, now_ms);
}

static void run(struct reader *reader, int kind, const struct view bodies[2])
{
	OWN(call_clear) struct call call = {0};
	int64_t now_ms = 0, wait_until_ms = 0;
	size_t n;

	for (int step = 0; step < STEPS; step++) {
		switch (reader_next(reader, now_ms, &call, &wait_until_ms)) {
		case READER_ASK:
			answer(reader, &call, bodies[step % 2], now_ms);
			break;
		case READER_WAIT:
			CHECK(wait_until_ms > now_ms);
			now_ms = wait_until_ms;
			break;
		case READER_ROWS: {
			const void *rows = reader_rows(reader, &n);
			check_rows(rows, n, kind);
			break;
		}
		case READER_BUSY:
			CHECK(false);
			break;
		default:
			return;
		}
	}
	CHECK(false); // it has to end
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3)
		return 0;
	size_t cut = (size - 2) * data[1] / 256;
	const char *text = (const char *)data + 2;
	struct view first = view_of(text, cut), rest = view_of(text + cut, size - 2 - cut);
	struct view bodies[2] = {cut ? first : rest, rest};
	OWN(reader_free) struct reader *reader = begin(data[0] % 3, data[0] & 128);

	run(reader, data[0] % 3, bodies);
	return 0;
}
