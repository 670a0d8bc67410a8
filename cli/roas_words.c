// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_words.h"

#include "base/money.h"
#include "base/ratio.h"
#include "cli/exports_words.h"

enum { CENTS = 2, MICRO_DIGITS = 6, BAR_COLUMNS = 10, EIGHTHS = 8 };

static const int64_t HUNDREDTH_NANOS = 10000000, TENTH_OF_PERCENT_NANOS = 1000000;

// A number of units of 10^-digits, with all of them, or without zeros at the end.
static void add_decimal(struct buf *out, __int128 number, int digits, bool all)
{
	char behind[32];
	__int128 whole = number < 0 ? -number : number, scale = 1;

	for (int i = 0; i < digits; i++)
		scale *= 10;
	__int128 rest = whole % scale;

	if (number < 0)
		buf_add_text(out, "-");
	exports_words_integer(out, whole / scale);
	for (int i = digits - 1; i >= 0; i--, rest /= 10)
		behind[i] = (char)('0' + (int)(rest % 10));
	while (!all && digits > 0 && behind[digits - 1] == '0')
		digits--;
	if (digits > 0)
		buf_addf(out, ".%.*s", digits, behind);
}

void roas_words_money(struct buf *out, __int128 micros, struct view currency)
{
	const struct money_currency *known = currency.n ? money_currency(currency) : NULL;
	int digits = known ? known->exponent : CENTS;
	__int128 unit = 1;

	for (int i = digits; i < MICRO_DIGITS; i++)
		unit *= 10;
	add_decimal(out, ratio_round(micros, unit), digits, true);
}

void roas_words_ratio(struct buf *out, int64_t nanos)
{
	add_decimal(out, ratio_round(nanos, HUNDREDTH_NANOS), 2, true);
}

void roas_words_percent(struct buf *out, int64_t nanos)
{
	add_decimal(out, ratio_round(nanos, TENTH_OF_PERCENT_NANOS), 1, true);
	buf_add_text(out, " %");
}

void roas_words_count(struct buf *out, __int128 nanos)
{
	add_decimal(out, ratio_round(nanos, HUNDREDTH_NANOS), 2, false);
}

void roas_words_exact(struct buf *out, __int128 number, int digits_behind)
{
	add_decimal(out, number, digits_behind, false);
}

void roas_words_bar(struct buf *out, int64_t value, int64_t most, bool blocks)
{
	static const char *const parts[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int64_t eighths = 0;

	if (most <= 0 || value <= 0 || !ratio_scale(value, BAR_COLUMNS * EIGHTHS, most, &eighths))
		return;
	if (eighths > BAR_COLUMNS * EIGHTHS)
		eighths = BAR_COLUMNS * EIGHTHS;
	for (int64_t i = 0; i < eighths / EIGHTHS; i++)
		buf_add_text(out, blocks ? "█" : "#");
	if (blocks)
		buf_add_text(out, parts[eighths % EIGHTHS]);
}
