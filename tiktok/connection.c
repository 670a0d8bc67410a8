// SPDX-License-Identifier: Apache-2.0
#include "tiktok/connection.h"

#include <inttypes.h>

#include "base/own.h"
#include "base/when.h"

#define ACCOUNT "tenant %.*s, advertiser %.*s: "
#define ACCOUNT_ARG(c) VIEW_ARG((c)->tenant), VIEW_ARG((c)->advertiser_id)
#define RECONNECT "`lookback connections reconnect %.*s %.*s`"

static const char separator = '|';

// ---- the record's key

void connection_add_key(struct view tenant, struct view advertiser, struct buf *out)
{
	buf_add_view(out, tenant);
	buf_add_byte(out, (uint8_t)separator);
	buf_add_view(out, advertiser);
}

bool connection_split_key(struct view key, struct view *tenant, struct view *advertiser)
{
	const char *bar = key.n > 0 && key.n <= CONNECTION_KEY_MAX ? memchr(key.p, separator, key.n) : NULL;

	if (!bar)
		return false;
	*tenant = view_of(key.p, (size_t)(bar - key.p));
	*advertiser = view_of(bar + 1, key.n - tenant->n - 1);
	return tenant->n > 0 && advertiser->n > 0 && !memchr(advertiser->p, separator, advertiser->n);
}

int connection_check_key(const struct connection *c, struct view key, struct err *err)
{
	struct view tenant, advertiser;

	if (connection_split_key(key, &tenant, &advertiser) && view_eq(tenant, c->tenant) && view_eq(advertiser, c->advertiser_id))
		return 0;
	return err_set(err, ERR_PAUSE, "connection_misplaced",
		"a connection of tenant %.*s, advertiser %.*s stands under the key %.*s, which is another's: it was copied there and is not used; find out who "
		"writes the topic, then connect the account again",
		ACCOUNT_ARG(c), VIEW_ARG(key));
}

const char *connection_state_name(int8_t state)
{
	static const char *const names[] = {"authorized", "active", "erasing"};

	return state >= 0 && (size_t)state < sizeof names / sizeof names[0] ? names[state] : "other";
}

// ---- sealing

// It will stand in a header of a request, and behind a blank in what is sealed.
static bool is_token(struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	}
	return text.n > 0 && text.n <= CONNECTION_TOKEN_MAX;
}

static struct seal_owner owner_of(const struct connection *c)
{
	return (struct seal_owner){c->tenant, c->advertiser_id};
}

int connection_seal(const struct seal *seal, struct connection *c, struct view token, struct buf *sealed, struct err *err)
{
	OWN(seal_wipe) struct buf clear = {0};
	const struct seal_owner owner = owner_of(c);
	size_t before = sealed->n;

	if (!is_token(token))
		return err_set(err, ERR_FATAL, "connection_token",
			ACCOUNT "what is to be sealed is no token: 1 to %d printable characters without blanks", ACCOUNT_ARG(c), CONNECTION_TOKEN_MAX);
	if (c->generation < 1)
		return err_set(err, ERR_FATAL, "connection_generation", ACCOUNT "generation %" PRId64 "; they count from 1", ACCOUNT_ARG(c),
			c->generation);
	CHECK(buf_reserve(&clear, CONNECTION_TOKEN_MAX + 32)); // growing would leave copies behind
	buf_addf(&clear, "%" PRId64 " ", c->generation);
	buf_add_view(&clear, token);
	if (seal_close(seal, &owner, buf_view(&clear), sealed, err) != 0)
		return -1;
	c->token = view_of(sealed->p + before, sealed->n - before);
	return 0;
}

// ---- opening

static int refused_by_seal(const struct connection *c, struct err *err)
{
	if (strcmp(err->code, "seal_key") != 0)
		return err_set(err, ERR_PAUSE, "connection_broken",
			ACCOUNT
			"the sealed token does not open: it was changed or cut, belongs to another account, or seal.keys has another key under the id %.*s; "
			"put the right key there, or " RECONNECT,
			ACCOUNT_ARG(c), VIEW_ARG(seal_key_id(c->token)), ACCOUNT_ARG(c));
	return err_set(err, ERR_PAUSE, "connection_key_missing",
		ACCOUNT "the token is sealed with key %.*s, which seal.keys does not have; put it back there, or " RECONNECT, ACCOUNT_ARG(c),
		VIEW_ARG(seal_key_id(c->token)), ACCOUNT_ARG(c));
}

// "GENERATION TOKEN", of which the number has to be the record's.
static int take_token(const struct connection *c, struct view clear, struct buf *token, struct err *err)
{
	const char *blank = memchr(clear.p, ' ', clear.n);
	struct view number = view_of(clear.p, blank ? (size_t)(blank - clear.p) : 0), rest = VIEW_ABSENT;
	int64_t generation;

	if (blank)
		rest = view_of(blank + 1, clear.n - number.n - 1);
	if (!is_token(rest) || when_parse_integer(number, &generation) != 0)
		return err_set(err, ERR_PAUSE, "connection_broken", ACCOUNT "what is sealed is not the token of a connection; " RECONNECT,
			ACCOUNT_ARG(c), ACCOUNT_ARG(c));
	if (generation != c->generation)
		return err_set(err, ERR_PAUSE, "connection_generation",
			ACCOUNT "the record says generation %" PRId64 ", but its token was sealed as %" PRId64
					": somebody changed the record; find out who "
					"writes the topic, then " RECONNECT,
			ACCOUNT_ARG(c), c->generation, generation, ACCOUNT_ARG(c));
	buf_add_view(token, rest);
	return 0;
}

static int check_record(const struct connection *c, int64_t seen, struct err *err)
{
	if (!view_is_set(c->token))
		return err_set(err, ERR_PAUSE, "connection_no_token", ACCOUNT "the connection has no token%s", ACCOUNT_ARG(c),
			c->state == CONNECTION_ERASING ? ": what is known of the account is being erased" : "; connect the account again");
	if (c->generation < seen)
		return err_set(err, ERR_PAUSE, "connection_rolled_back",
			ACCOUNT "the record is of generation %" PRId64 ", but %" PRId64
					" has been seen: an old record came back, and its token is not used; "
					"find out who wrote it, then " RECONNECT,
			ACCOUNT_ARG(c), c->generation, seen, ACCOUNT_ARG(c));
	return 0;
}

int connection_open(const struct seal *seal, const struct connection *c, int64_t seen, struct buf *token, struct err *err)
{
	OWN(seal_wipe) struct buf clear = {0};
	const struct seal_owner owner = owner_of(c);

	if (check_record(c, seen, err) != 0)
		return -1;
	CHECK(buf_reserve(&clear, SEAL_CLEAR_MAX)); // growing would leave copies behind
	CHECK(buf_reserve(token, CONNECTION_TOKEN_MAX));
	if (seal_open(seal, &owner, c->token, &clear, err) != 0)
		return refused_by_seal(c, err);
	return take_token(c, buf_view(&clear), token, err);
}
