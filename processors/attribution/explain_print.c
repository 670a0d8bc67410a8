// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/explain_print.h"

#include <inttypes.h>

#include "base/money.h"
#include "base/when.h"
#include "processors/attribution/explain_clicks.h"
#include "runtime/admin_json.h"

enum { CENTS = 2, ID_COLUMN = 28 };

static const char *const outcomes[] = {"no_consent", "cancelled", "not_first", "attributed", "outside_window", "no_click"};
static const char *const statuses[] = {"placed", "confirmed", "shipped", "delivered", "cancelled", "returned", "refunded"};

_Static_assert(sizeof outcomes / sizeof *outcomes == OUTCOME_NO_CLICK + 1, "an outcome without a name");
_Static_assert(sizeof statuses / sizeof *statuses == STATUS_REFUNDED + 1, "a status without a name");

static const char *status_of(const struct attributed_conversion *now)
{
	return now->status >= 0 ? statuses[now->status] : NULL;
}

// ---- JSON

static void print_landing_json(const struct landing *l, struct buf *out)
{
	admin_json_member(out, "click_id", l->id);
	admin_json_member(out, "ttclid", l->is_ttclid ? l->id : VIEW_ABSENT);
	admin_json_integer(out, "click_time", l->time);
	admin_json_member(out, "channel", l->channel);
	admin_json_member(out, "advertiser_id", l->advertiser);
	admin_json_member(out, "campaign_id", l->campaign);
	admin_json_member(out, "adgroup_id", l->adgroup);
	admin_json_member(out, "ad_id", l->ad);
}

static void print_click_json(const struct explain_click *c, struct buf *out)
{
	admin_json_comma(out);
	buf_add_text(out, "{");
	print_landing_json(&c->landing, out);
	admin_json_flag(out, "own_ttclid", c->own);
	admin_json_member(out, "fate", view_text(c->fate));
	admin_json_member(out, "why", view_text(c->why));
	admin_json_integer(out, "share_nanos", c->credit ? c->credit->share_nanos : 0);
	admin_json_integer(out, "value_micros", c->credit ? c->credit->value_micros : 0);
	buf_add_text(out, "}");
}

static void print_notes_json(const struct explanation *e, struct buf *out)
{
	admin_json_flag(out, "goal_in_config", e->goal != NULL);
	admin_json_flag(out, "settled", e->frozen);
	admin_json_optional(out, "clicks_kept_since", e->kept_since, POSITION_NO_TIME);
	admin_json_flag(out, "past_retention", e->past_retention);
	admin_json_integer(out, "flooded_hours", (int64_t)e->flooded_hours);
	admin_json_integer(out, "clicks_left_out", (int64_t)e->left_out);
}

static void print_json(const struct explanation *e, struct buf *out)
{
	const struct attributed_conversion *now = &e->now;

	admin_json_comma(out);
	buf_add_text(out, "{");
	admin_json_member(out, "tenant", now->tenant);
	admin_json_member(out, "user", now->user);
	admin_json_member(out, "goal", now->goal);
	admin_json_member(out, "conversion_id", now->conversion_id);
	admin_json_optional(out, "partition", e->partition, -1);
	admin_json_member(out, "event", now->event);
	admin_json_integer(out, "conversion_time", now->conversion_time);
	admin_json_member(out, "outcome", view_text(outcomes[now->outcome]));
	admin_json_member(out, "why", view_text(e->why));
	admin_json_member(out, "model", now->model);
	admin_json_member(out, "participation_group", now->participation_group);
	admin_json_integer(out, "lookback_ms", now->lookback_ms);
	admin_json_member(out, "status", view_text(status_of(now)));
	admin_json_integer(out, "value_micros", now->value_micros);
	admin_json_member(out, "currency", now->currency);
	admin_json_member(out, "value_basis", now->value_basis);
	admin_json_flag(out, "truncated", now->truncated);
	print_notes_json(e, out);
	admin_json_name(out, "clicks");
	buf_add_text(out, "[");
	for (size_t i = 0; i < e->click_count; i++)
		print_click_json(&e->clicks[i], out);
	buf_add_text(out, "]}");
}

// ---- text

// What comes from outside never steers a terminal.
static void add_plain(struct buf *out, struct view text, size_t most)
{
	size_t n = text.n > most ? most : text.n;

	for (size_t i = 0; i < n; i++)
		buf_add_byte(out, (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f ? '?' : (uint8_t)text.p[i]);
	if (text.n > most)
		buf_add_text(out, "…");
}

static void add_column(struct buf *out, struct view text, size_t width)
{
	add_plain(out, text, width);
	for (size_t n = text.n > width ? width + 1 : text.n; n < width + 3; n++)
		buf_add_byte(out, ' ');
}

static void add_money(struct buf *out, const struct attributed_conversion *now, int64_t micros)
{
	const struct money_currency *currency = money_currency(now->currency);
	char text[MONEY_TEXT_SIZE];

	buf_add_text(out, money_print(micros, currency ? currency->exponent : CENTS, text));
}

static void print_head(const struct explanation *e, struct buf *out)
{
	const struct attributed_conversion *now = &e->now;
	char when[WHEN_ISO_SIZE];

	buf_add_text(out, "conversion ");
	add_plain(out, now->conversion_id, 200);
	buf_add_text(out, " of user ");
	add_plain(out, now->user, 200);
	buf_addf(out, ", tenant %.*s, goal %.*s, shard %" PRId32 "\n", VIEW_ARG(now->tenant), VIEW_ARG(now->goal), e->partition);
	buf_addf(out, "  outcome  %s: %s\n", outcomes[now->outcome], e->why);
	buf_addf(out, "  time     %s%s%s\n", when_print_iso(now->conversion_time, when), status_of(now) ? ", last heard " : "",
		status_of(now) ? status_of(now) : "");
	buf_add_text(out, "  value    ");
	add_money(out, now, now->value_micros);
	buf_addf(out, " %.*s (%.*s)\n", VIEW_ARG(now->currency), VIEW_ARG(now->value_basis));
	buf_addf(out, "  model    %.*s by %.*s\n", VIEW_ARG(now->model), VIEW_ARG(now->participation_group));
}

static void print_notes(const struct explanation *e, struct buf *out)
{
	char when[WHEN_ISO_SIZE];

	if (!e->goal)
		buf_add_text(out, "  note     this goal is no longer in the configuration: its output stands, clicks cannot be judged\n");
	if (e->frozen)
		buf_add_text(out, "  note     settled: no record that is still accepted can change which clicks count\n");
	if (e->past_retention)
		buf_addf(out, "  note     clicks before %s are past retention: they are no longer kept, and not listed\n",
			when_print_iso(e->kept_since, when));
	if (e->flooded_hours)
		buf_addf(out, "  note     in %zu hour(s) 100 or more clicks came: only the first 100 of an hour exist\n", e->flooded_hours);
	if (e->left_out)
		buf_addf(out, "  note     %zu older clicks are not listed\n", e->left_out);
}

static void print_click(const struct explanation *e, const struct explain_click *c, struct buf *out)
{
	char when[WHEN_ISO_SIZE];

	buf_add_text(out, "  ");
	add_column(out, c->landing.id, ID_COLUMN);
	buf_addf(out, "%s   ", when_print_iso(c->landing.time, when));
	add_column(out, c->landing.channel, 10);
	add_column(out, view_text(c->fate), 16);
	if (c->credit)
		add_money(out, &e->now, c->credit->value_micros);
	else
		buf_add_text(out, "-");
	buf_addf(out, "   %s%s\n", c->own ? "(the conversion's own ttclid) " : "", c->why);
}

static void print_table(const struct explanation *e, struct buf *out)
{
	print_head(e, out);
	print_notes(e, out);
	if (e->click_count == 0) {
		buf_add_text(out, "  no click of this user is known\n\n");
		return;
	}
	buf_add_text(out, "  ");
	add_column(out, VIEW_LIT("click"), ID_COLUMN);
	add_column(out, VIEW_LIT("landed"), 24);
	add_column(out, VIEW_LIT("channel"), 10);
	add_column(out, VIEW_LIT("fate"), 16);
	buf_add_text(out, "credit and why\n");
	for (size_t i = 0; i < e->click_count; i++)
		print_click(e, &e->clicks[i], out);
	buf_add_text(out, "\n");
}

// ---- keys

static void print_key(const struct explanation *e, struct buf *out)
{
	buf_addf(out, "key\t%" PRId32 "\t", e->partition);
	for (size_t i = 0; i < e->key.n; i++)
		buf_addf(out, "%02x", (unsigned)(unsigned char)e->key.p[i]);
	buf_add_text(out, "\n");
}

void explain_print(const struct explanation *e, enum processor_form form, struct buf *out)
{
	switch (form) {
	case QUESTION_JSON:
		print_json(e, out);
		return;
	case QUESTION_TABLE:
		print_table(e, out);
		return;
	case QUESTION_KEYS:
		print_key(e, out);
		return;
	}
}
