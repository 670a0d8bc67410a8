// SPDX-License-Identifier: Apache-2.0
#include "cli/exports_words.h"

#include "base/money.h"

enum { DIGITS = 40, CENTS = 2 };

static const struct {
	const char *name, *meaning, *colour;
} verdicts[EXPORTS_WORDS_VERDICTS] = {
	[EXPORT_INTENT] = {"intent", "about to be sent, or sent and not answered yet", ""},
	[EXPORT_ACCEPTED] = {"accepted", "TikTok took it", "\033[32m"},
	[EXPORT_REFUSED] = {"refused", "TikTok refused it for good: the dead letters have it", "\033[31m"},
	[EXPORT_TOO_OLD] = {"too_old", "not sent: its time was over", "\033[33m"},
	[EXPORT_UNKNOWN] = {"unknown", "sent, no answer came, and TikTok could count a repetition twice", "\033[31m"},
	[EXPORT_PAUSED] = {"paused", "waits until the tenant's token or permission is renewed", "\033[33m"},
	[EXPORT_SENT_THEN_CHANGED] = {"sent_then_changed",
		"TikTok took it, and the conversion says something else now, which TikTok is not told", "\033[33m"},
};

static bool is_known(int verdict)
{
	return verdict >= 0 && verdict < EXPORTS_WORDS_VERDICTS;
}

const char *exports_words_verdict(int verdict)
{
	return is_known(verdict) ? verdicts[verdict].name : "other";
}

const char *exports_words_meaning(int verdict)
{
	return is_known(verdict) ? verdicts[verdict].meaning : "a newer build wrote it, and knows what it means";
}

const char *exports_words_colour(int verdict)
{
	return is_known(verdict) ? verdicts[verdict].colour : "";
}

int exports_words_parse(const char *name)
{
	for (int i = 0; i < EXPORTS_WORDS_VERDICTS; i++)
		if (strcmp(name, verdicts[i].name) == 0)
			return i;
	return -1;
}

void exports_words_text(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_add_byte(out, (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f ? '?' : (uint8_t)text.p[i]);
}

static void add_digits(struct buf *out, unsigned __int128 number)
{
	char digits[DIGITS];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + (int)(number % 10));
	while (number /= 10);
	buf_add(out, digits + at, sizeof digits - at);
}

static unsigned __int128 size_of(struct buf *out, __int128 number)
{
	if (number < 0)
		buf_add_text(out, "-");
	return number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
}

void exports_words_integer(struct buf *out, __int128 number)
{
	add_digits(out, size_of(out, number));
}

void exports_words_money(struct buf *out, __int128 micros, struct view currency)
{
	const struct money_currency *known = money_currency(currency);
	uint8_t exponent = known ? known->exponent : CENTS;
	uint64_t unit = (uint64_t)money_micros(1, exponent), scale = 1000000 / unit;

	if (currency.n == 0) {
		buf_add_text(out, "-");
		return;
	}
	unsigned __int128 minor = size_of(out, micros) / unit;

	add_digits(out, minor / scale);
	if (exponent > 0)
		buf_addf(out, ".%0*d", exponent, (int)(minor % scale));
	buf_add_text(out, " ");
	exports_words_text(out, currency);
}
