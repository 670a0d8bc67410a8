// SPDX-License-Identifier: Apache-2.0
#include "crypto/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64_add(struct buf *out, struct view bytes)
{
	uint32_t bits = 0;
	int count = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		bits = bits << 8 | (uint8_t)bytes.p[i];
		for (count += 8; count >= 6; count -= 6)
			buf_add_byte(out, (uint8_t)letters[bits >> (count - 6) & 63]);
	}
	if (count > 0)
		buf_add_byte(out, (uint8_t)letters[bits << (6 - count) & 63]);
}

static int value_of(char c, bool any)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || (any && c == '+'))
		return 62;
	return c == '_' || (any && c == '/') ? 63 : -1;
}

static bool read_letters(struct view text, bool any, struct buf *out)
{
	size_t before = out->n;
	uint32_t bits = 0;
	int count = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value = value_of(text.p[i], any);

		if (value < 0)
			return out->n = before, false;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_add_byte(out, (uint8_t)(bits >> count));
		}
	}
	if (text.n % 4 != 1 && (bits & ((1U << count) - 1)) == 0)
		return true;
	out->n = before;
	return false;
}

bool base64_read(struct view text, struct buf *out)
{
	return read_letters(text, false, out);
}

bool base64_read_any(struct view text, struct buf *out)
{
	bool padded = text.n > 0 && text.p[text.n - 1] == '=';

	if (padded && text.n % 4 != 0)
		return false;
	for (int i = 0; i < 2 && text.n > 0 && text.p[text.n - 1] == '='; i++)
		text.n--;
	return read_letters(text, true, out);
}
