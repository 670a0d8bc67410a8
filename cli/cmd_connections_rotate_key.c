// SPDX-License-Identifier: Apache-2.0
// Tokens that are sealed with an older key are sealed with the current one. Batch by batch, each a change of its own (runtime/topic_change.h): a connection
// that is made, changed or ended at the same time is never overwritten, and a run that was broken off goes on where it was.
#include <stdio.h>

#include "base/now.h"
#include "base/own.h"
#include "cli/connections_desk.h"
#include "tiktok/connection.h"

enum { BATCH = 500 };

struct rotating {
	const struct connections_desk *desk;
	size_t batch;           // sealed again by this attempt
	size_t current, failed; // of all, as this attempt saw them
};

static int seal_again(struct rotating *r, const struct connections_account *a, struct topic_change_writer *writer, struct err *err)
{
	OWN(seal_wipe) struct buf token = {0};
	OWN(buf_clear) struct buf sealed = {0};
	struct connection again = *a->connection;
	struct err why;

	if (connection_open(r->desk->seal, a->connection, a->highest, &token, &why) != 0) {
		fprintf(stderr, "lookback: %s\n", why.words);
		r->failed++;
		return 0;
	}
	again.changed_at = now_wall_ms();
	if (connection_seal(r->desk->sealing, &again, buf_view(&token), &sealed, err) != 0)
		return -1;
	r->batch++;
	return connections_desk_put(r->desk, writer, &again, err);
}

static int attempt(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct rotating *r = context;
	OWN(connections_book_clear) struct connections_book book = {0};

	r->batch = r->current = r->failed = 0;
	if (connections_desk_read(r->desk, VIEW_ABSENT, &book, err) != 0)
		return -1;
	for (size_t i = 0; i < book.n && r->batch < BATCH; i++) {
		const struct connection *c = book.accounts[i].connection;

		if (!c || !view_is_set(c->token))
			continue;
		if (view_eq(seal_key_id(c->token), seal_current_id(r->desk->sealing)))
			r->current++;
		else if (seal_again(r, &book.accounts[i], writer, err) != 0)
			return -1;
	}
	return 0;
}

static int rotate(struct connections_desk *desk)
{
	struct rotating r = {.desk = desk};
	OWN(buf_clear) struct buf text = {0};
	size_t sealed = 0;
	struct err err;

	if (connections_desk_can_seal(desk, &err) != 0)
		return options_fail(&err);
	do {
		if (connections_desk_change(desk, attempt, &r, &err) != 0)
			return options_fail(&err);
		sealed += r.batch;
	} while (r.batch == BATCH);
	struct view id = seal_current_id(desk->sealing);
	// What this run sealed is current by the next batch; the last batch alone is not.
	size_t before = r.current + r.batch - sealed;

	buf_addf(&text,
		desk->options->json ? "{\"key\": \"%.*s\", \"sealed\": %zu, \"current\": %zu, \"failed\": %zu}\n"
							: "key %.*s: %zu sealed again, %zu were already, %zu could not be opened\n",
		VIEW_ARG(id), sealed, before, r.failed);
	int printed = command_print(&text);

	return r.failed > 0 ? COMMAND_FAILED : printed;
}

static int run(const struct options *options)
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	int code = connections_desk_open(options, &desk);

	return code == COMMAND_DONE ? rotate(&desk) : code;
}

const struct command cmd_connections_rotate_key = {
	.name = "connections rotate-key",
	.about = "seals every token with the current key of `seal` that is sealed with an older one",
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback connections rotate-key --config shop.yaml",
	.run = run,
};
