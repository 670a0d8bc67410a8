// SPDX-License-Identifier: Apache-2.0
#include "cli/explain_before.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/money.h"
#include "base/own.h"
#include "base/when.h"
#include "cli/options.h"
#include "runtime/admin_published.h"
#include "schemas/registry.h"
#include "schemas/wire.h"

enum { CENTS = 2, ID_COLUMN = 40 };

struct before {
	const struct config *config;
	struct registry *registry;
	struct wire_reader *reader;
	bool json;
	struct buf *out;
};

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unhex(struct view text, struct buf *out)
{
	for (size_t i = 0; i + 1 < text.n; i += 2) {
		int high = digit(text.p[i]), low = digit(text.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		buf_add_byte(out, (uint8_t)(high << 4 | low));
	}
	return text.n % 2 == 0;
}

// "key", partition, hexadecimal key.
static bool read_line(struct view line, int64_t *partition, struct buf *key)
{
	const char *first = memchr(line.p, '\t', line.n);
	const char *second = first ? memchr(first + 1, '\t', (size_t)(line.p + line.n - first - 1)) : NULL;

	if (!second || when_parse_integer(view_of(first + 1, (size_t)(second - first - 1)), partition) != 0 || *partition < 0)
		return false;
	return unhex(view_of(second + 1, (size_t)(line.p + line.n - second - 1)), key);
}

static void print_credit(const struct credit *c, uint8_t exponent, struct buf *out)
{
	char when[WHEN_ISO_SIZE], money[MONEY_TEXT_SIZE];
	size_t shown = c->click_id.n > ID_COLUMN ? ID_COLUMN : c->click_id.n;

	buf_add_text(out, "    ");
	for (size_t i = 0; i < shown; i++) // what comes from outside never steers a terminal
		buf_add_byte(out, (unsigned char)c->click_id.p[i] < 0x20 || c->click_id.p[i] == 0x7f ? '?' : (uint8_t)c->click_id.p[i]);
	buf_addf(out, "%*s  %s  %6.2f %%  %s\n", (int)(ID_COLUMN - shown), "", when_print_iso(c->click_time, when),
		(double)c->share_nanos / 1e7, money_print(c->value_micros, exponent, money));
}

static void print_credits(const char *title, const struct credits *credits, const char *none, uint8_t exponent, struct buf *out)
{
	buf_addf(out, "  %s\n", title);
	if (credits->n == 0)
		buf_addf(out, "    %s\n", none);
	for (size_t i = 0; i < credits->n; i++)
		print_credit(&credits->p[i], exponent, out);
}

static void print_text(const struct attributed_conversion *c, struct buf *out)
{
	const struct money_currency *currency = money_currency(c->currency);
	uint8_t exponent = currency ? currency->exponent : CENTS;

	buf_addf(out, "published for goal %.*s\n", VIEW_ARG(c->goal));
	print_credits("credits now", &c->credits, "none", exponent, out);
	print_credits("credits before", &c->previous, c->previous.p ? "none" : "this is the first result", exponent, out);
	buf_add_text(out, "\n");
}

static int show(struct before *b, int32_t partition, struct view key, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	const struct admin_published where = {.config = b->config, .topic = b->config->topics.attributed_conversions, .partition = partition};
	struct attributed_conversion record;
	struct view value;
	bool whole = false;

	if (admin_published(&where, key, &arena, &value, &whole, err) != 0)
		return -1;
	if (!view_is_set(value))
		return err_set(err, ERR_RETRY, "not_found", "%s", whole ? "it is not in the topic (any more)" : "it was not found within 10 s");
	if (wire_read(b->reader, value, &arena, &record, err) != 0)
		return -1;
	if (!b->json) {
		print_text(&record, b->out);
		return 0;
	}
	buf_add_text(b->out, b->out->n ? "," : "");
	contract_print_json(contract_attributed_conversion, &record, b->out);
	while (b->out->n && b->out->p[b->out->n - 1] == '\n')
		b->out->n--;
	return 0;
}

static void show_line(struct before *b, struct view line)
{
	OWN(buf_clear) struct buf key = {0};
	struct err err = {0};
	int64_t partition;

	if (!read_line(line, &partition, &key))
		return;
	if (show(b, (int32_t)partition, buf_view(&key), &err) != 0)
		fprintf(stderr, "lookback explain: what was published before cannot be told: %s\n", err.words);
}

void explain_before(const struct config *config, struct view keys, bool json, struct buf *out)
{
	OWN(registry_free) struct registry *registry = NULL;
	struct err err = {0};

	if (options_registry(config, false, &registry, &err) != 0) {
		fprintf(stderr, "lookback explain: %s\n", err.words);
		return;
	}
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, registry);
	struct before b = {.config = config, .registry = registry, .reader = reader, .json = json, .out = out};

	while (keys.n > 0) {
		const char *end = memchr(keys.p, '\n', keys.n);
		size_t n = end ? (size_t)(end - keys.p) : keys.n;

		show_line(&b, view_of(keys.p, n));
		keys = view_of(keys.p + n + (end != NULL), keys.n - n - (end != NULL));
	}
}
