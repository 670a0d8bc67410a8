// SPDX-License-Identifier: Apache-2.0
// What only spend ingest needs: the other roles run without it, so loading does not ask for it.
#include "base/own.h"
#include "config/config.h"
#include "config/loading.h"

static struct origin place_of(const struct config *config, const char *key)
{
	return config->origins->rows[setting_index(setting_find(SETTING_OF_CONFIG, view_text(key)))];
}

int config_minute_of_day(struct view text, int *minute)
{
	if (text.n != 5 || text.p[2] != ':')
		return -1;
	for (size_t i = 0; i < text.n; i++)
		if (i != 2 && (text.p[i] < '0' || text.p[i] > '9'))
			return -1;
	int hour = (text.p[0] - '0') * 10 + (text.p[1] - '0'), minutes = (text.p[3] - '0') * 10 + (text.p[4] - '0');
	if (hour > 23 || minutes > 59)
		return -1;
	*minute = hour * 60 + minutes;
	return 0;
}

static void check_at(const struct config *c, struct problems *problems)
{
	int minute;

	if (c->spend_ingest.at && config_minute_of_day(view_text(c->spend_ingest.at), &minute) != 0)
		problem_add(problems, place_of(c, "spend_ingest.at"), "spend_ingest.at: '%s' is no time of day; write hours and minutes as 04:30",
			c->spend_ingest.at);
}

static void check_keys(const struct config *c, struct problems *problems)
{
	struct err err;

	if (c->seal.key_count == 0)
		problem_add(problems, place_of(c, "seal.keys"),
			"seal.keys: spend ingest opens the tokens of connections with these keys, and there are none");
	for (size_t i = 0; i < c->seal.key_count; i++) {
		struct buf text = {0};

		if (config_expand_secret(c->seal.keys[i].to, &text, &err) != 0)
			problem_add(problems, place_of(c, "seal.keys"), "seal.keys.%.*s: %s", VIEW_ARG(c->seal.keys[i].from), err.words);
		if (text.p)
			explicit_bzero(text.p, text.room);
		buf_clear(&text);
	}
}

int config_check_spend_ingest(const struct config *config, bool runs, struct buf *out, struct err *err)
{
	struct problems problems = {0};
	int rc = 0;

	check_at(config, &problems);
	if (runs)
		check_keys(config, &problems);
	if (problems.count > 0)
		rc = err_set(err, ERR_FATAL, "config_invalid", "the configuration has %d problem%s for spend ingest", problems.count,
			problems.count == 1 ? "" : "s");
	buf_add_view(out, buf_view(&problems.text));
	problem_clear(&problems);
	return rc;
}
