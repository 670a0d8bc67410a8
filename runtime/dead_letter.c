// SPDX-License-Identifier: Apache-2.0
#include "runtime/dead_letter.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"
#include "crypto/digest.h"

enum { ORIGINAL_HEADERS_MAX = 64, OWN_HEADERS = 7, MESSAGE_MAX = 700 };

struct letter {
	struct header headers[ORIGINAL_HEADERS_MAX + OWN_HEADERS];
	size_t count;
	char partition[16], offset[24], size[24], message[MESSAGE_MAX];
	char sha256[DIGEST_HEX + 1];
};

static void add_header(struct letter *l, const char *name, struct view value)
{
	l->headers[l->count++] = (struct header){view_text(name), value};
}

static void add_reason(struct letter *l, const struct dead_letter_options *options, const struct record *record, const struct err *reason)
{
	snprintf(l->partition, sizeof l->partition, "%" PRId32, record->partition);
	snprintf(l->offset, sizeof l->offset, "%" PRId64, record->offset);
	snprintf(l->message, sizeof l->message, "%s: %s", reason->code, reason->words);
	add_header(l, "__connect.errors.topic", view_text(options->source_topic));
	add_header(l, "__connect.errors.partition", view_text(l->partition));
	add_header(l, "__connect.errors.offset", view_text(l->offset));
	add_header(l, "__connect.errors.exception.message", view_text(l->message));
	add_header(l, "lookback.reason", view_text(reason->code));
}

static void add_digest(struct letter *l, struct view value)
{
	OWN(digest_free) struct digest *digest = digest_new();

	snprintf(l->size, sizeof l->size, "%zu", value.n);
	digest_sha256(digest, value, l->sha256);
	add_header(l, "lookback.value.size", view_text(l->size));
	add_header(l, "lookback.value.sha256", view_text(l->sha256));
}

static int send(struct bus *bus, const struct letter *l, int topic, struct view key, struct view value, struct err *err)
{
	struct emission out = {.topic = topic, .partition = -1, .key = key, .value = value, .headers = l->headers, .header_count = l->count};

	return bus->ops->send(bus, &out, err);
}

// From as it came to as little as says where it is: the first that the topic takes.
enum amount { WHOLE, DIGEST, BARE, AMOUNTS };

static int send_as(struct bus *bus, const struct dead_letter_options *options, const struct record *record, const struct err *reason,
	enum amount amount, struct err *err)
{
	struct letter l = {.count = 0};

	if (amount != BARE)
		l.count = bus->ops->headers(bus, record, l.headers, ORIGINAL_HEADERS_MAX);
	add_reason(&l, options, record, reason);
	if (amount == WHOLE)
		return send(bus, &l, options->topic, record->key, record->value, err);
	add_digest(&l, record->value);
	return send(bus, &l, options->topic, amount == BARE ? VIEW_ABSENT : record->key, VIEW_ABSENT, err);
}

int dead_letter_send(struct bus *bus, const struct dead_letter_options *options, const struct record *record, const struct err *reason,
	struct err *err)
{
	bool whole = !options->digest && strcmp(reason->code, "too_large") != 0;

	for (int amount = whole ? WHOLE : DIGEST; amount < AMOUNTS; amount++) {
		if (send_as(bus, options, record, reason, (enum amount)amount, err) == 0)
			return 0;
		if (err->class != ERR_POISON)
			return -1;
	}
	err->class = ERR_FATAL; // a topic that does not even take a few words
	return err_prefix(err, "dead letter of %s[%" PRId32 "]@%" PRId64, options->source_topic, record->partition, record->offset);
}
