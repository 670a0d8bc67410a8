// SPDX-License-Identifier: Apache-2.0
#include "tiktok/order_sync.h"

#include <stdlib.h>

#include "base/money.h"
#include "base/when.h"
#include "tiktok/click_id.h"
#include "tiktok/event_json.h"
#include "tiktok/event_template.h"

enum field_id {
#define FIELD(id, path, type, required, fallback) FIELD_##id,
#include "tiktok/order_sync.def"
#undef FIELD
	FIELDS
};

enum field_type { TYPE_TEXT, TYPE_AMOUNT, TYPE_INTEGER, TYPE_BOOLEAN, TYPE_TIME, TYPE_INITIATOR };
enum required { REQUIRED_NEVER, REQUIRED_ALWAYS, REQUIRED_CANCEL, REQUIRED_COMPLETE };

static const struct field {
	struct view path;
	enum field_type type;
	enum required required;
	struct view fallback;
} fields[FIELDS] = {
#define FIELD(id, path, type, required, fallback) \
	{{path, sizeof path - 1}, TYPE_##type, REQUIRED_##required, {fallback, sizeof fallback - 1}},
#include "tiktok/order_sync.def"
#undef FIELD
};

static const char *const statuses[] = {"placed", "confirmed", "shipped", "delivered", "cancelled", "returned", "refunded"};
enum { STATUSES = sizeof statuses / sizeof *statuses, STEPS_MOST = 8, MICROS_DIGITS = 6 };
static const int64_t latest_seconds = 9999999999; // above that it is milliseconds

struct field_plan {
	struct event_template mapped, fallback; // n == 0: none
	struct view setting;
};

struct order_sync_plan {
	struct arena arena;
	struct view statuses[STATUSES];
	struct field_plan fields[FIELDS];
};

struct body {
	const struct order *order;
	struct arena *arena;
	struct view values[FIELDS]; // ready to be written
	uint8_t exponent;
};

static int find_field(struct view path)
{
	for (int id = 0; id < FIELDS; id++)
		if (view_eq(fields[id].path, path))
			return id;
	return -1;
}

static int compile(struct order_sync_plan *plan, struct view text, struct event_template *out, struct err *err)
{
	const struct event_template_scope scope = {.contract = contract_order, .item = true};

	return event_template_compile(&scope, text, &plan->arena, out, err);
}

static int compile_defaults(struct order_sync_plan *plan, struct err *err)
{
	for (int id = 0; id < FIELDS; id++)
		if (fields[id].fallback.n > 0 && compile(plan, fields[id].fallback, &plan->fields[id].fallback, err))
			return -1;
	return 0;
}

static int compile_fields(struct order_sync_plan *plan, const struct order_sync *settings, struct err *err)
{
	for (size_t i = 0; i < settings->field_count; i++) {
		const struct destination_pair *pair = &settings->fields[i];
		int id = find_field(pair->from);

		if (id < 0 || id == FIELD_STATUS)
			return err_set(err, ERR_FATAL, "event_field", "order_sync.fields: %.*s is no field of order_info that can be mapped",
				VIEW_ARG(pair->from));
		if (compile(plan, pair->to, &plan->fields[id].mapped, err))
			return err_prefix(err, "order_sync.fields: %.*s", VIEW_ARG(pair->from));
	}
	return 0;
}

static int take_statuses(struct order_sync_plan *plan, const struct order_sync *settings, struct err *err)
{
	for (size_t i = 0; i < settings->status_count; i++) {
		const struct destination_pair *pair = &settings->statuses[i];
		int status = 0;

		while (status < STATUSES && !view_eq(view_text(statuses[status]), pair->from))
			status++;
		if (status == STATUSES)
			return err_set(err, ERR_FATAL, "event_setting",
				"order_sync.statuses: %.*s is no status of an order; there are placed, confirmed, shipped, delivered, cancelled, returned, refunded",
				VIEW_ARG(pair->from));
		plan->statuses[status] = arena_dup(&plan->arena, pair->to);
	}
	return 0;
}

int order_sync_plan_new(const struct order_sync *settings, struct order_sync_plan **out, struct err *err)
{
	struct order_sync_plan *plan = calloc(1, sizeof *plan);

	if (!plan)
		err_out_of_memory();
	plan->arena.block = 4096;
	plan->fields[FIELD_MERCHANT_ID].setting = arena_dup(&plan->arena, settings->merchant_id);
	plan->fields[FIELD_SHOP_ID].setting = arena_dup(&plan->arena, settings->shop_id);
	plan->fields[FIELD_SHOP_NAME].setting = arena_dup(&plan->arena, settings->shop_name);
	plan->fields[FIELD_COUNTRY].setting = arena_dup(&plan->arena, settings->country);
	if (take_statuses(plan, settings, err) || compile_defaults(plan, err) || compile_fields(plan, settings, err)) {
		order_sync_plan_free(&plan);
		return -1;
	}
	*out = plan;
	return 0;
}

void order_sync_plan_free(struct order_sync_plan **plan)
{
	if (!*plan)
		return;
	arena_clear(&(*plan)->arena);
	free(*plan);
	*plan = NULL;
}

struct view order_sync_status(const struct order_sync_plan *plan, const struct order *order)
{
	bool known = order->status >= 0 && order->status < STATUSES;

	return known && plan->statuses[order->status].n > 0 ? plan->statuses[order->status] : VIEW_ABSENT;
}

// What the config maps, else its setting, else what stands where it usually does.
static struct view read_field(const struct order_sync_plan *plan, const struct order *order, struct arena *arena, int id)
{
	const struct field_plan *f = &plan->fields[id];
	struct event_template_from from = {.record = order, .item = order->items.n > 0 ? order->items.p : NULL, .arena = arena};
	struct view value = f->mapped.n > 0 ? event_template_read(&f->mapped, &from) : VIEW_ABSENT;

	if (value.n == 0)
		value = f->setting;
	if (value.n == 0 && f->fallback.n > 0)
		value = event_template_read(&f->fallback, &from);
	return value.n > 0 ? value : VIEW_ABSENT;
}

struct view order_sync_ttoclid(const struct order_sync_plan *plan, const struct order *order, struct arena *arena)
{
	struct view said = read_field(plan, order, arena, FIELD_TTOCLID);

	return said.n > 0 ? said : click_id_parameter(order->context.page_url, "ttoclid", arena);
}

static struct view seconds(struct view text, struct arena *arena)
{
	int64_t time;
	bool negative = text.n > 0 && text.p[0] == '-';

	if (negative || event_json_whole(text, arena).n == 0 || when_parse_integer(text, &time))
		return VIEW_ABSENT;
	return event_json_integer(time > latest_seconds ? time / 1000 : time, arena_take(arena, EVENT_JSON_NUMBER));
}

static struct view amount(struct view text, uint8_t exponent, struct arena *arena)
{
	int64_t fits;

	return money_parse(text, MICROS_DIGITS, &fits) == 0 ? event_json_tidy(event_json_number(text, arena), exponent) : VIEW_ABSENT;
}

static struct view boolean(struct view text)
{
	if (view_eq(text, VIEW_LIT("true")) || view_eq(text, VIEW_LIT("1")))
		return VIEW_LIT("true");
	return view_eq(text, VIEW_LIT("false")) || view_eq(text, VIEW_LIT("0")) ? VIEW_LIT("false") : VIEW_ABSENT;
}

static struct view converted(const struct body *b, enum field_type type, struct view text)
{
	switch (type) {
	case TYPE_AMOUNT:
		return amount(text, b->exponent, b->arena);
	case TYPE_INTEGER:
		return event_json_whole(text, b->arena);
	case TYPE_BOOLEAN:
		return boolean(text);
	case TYPE_TIME:
		return seconds(text, b->arena);
	case TYPE_INITIATOR:
		return view_eq(text, VIEW_LIT("MERCHANT")) || view_eq(text, VIEW_LIT("CUSTOMER")) ? text : VIEW_ABSENT;
	default:
		return text;
	}
}

static int bad_field(int id, struct err *err)
{
	static const char *const words[] = {
		[TYPE_TEXT] = "a text",
		[TYPE_AMOUNT] = "an amount, as 79.90",
		[TYPE_INTEGER] = "a whole number",
		[TYPE_BOOLEAN] = "true or false",
		[TYPE_TIME] = "a time in seconds",
		[TYPE_INITIATOR] = "MERCHANT or CUSTOMER",
	};

	return err_set(err, ERR_POISON, "bad_field", "order_info.%.*s is not %s; it was read from %.*s, or from what order_sync.fields says",
		VIEW_ARG(fields[id].path), words[fields[id].type], VIEW_ARG(fields[id].fallback));
}

static int fill(const struct order_sync_plan *plan, struct body *b, struct err *err)
{
	const struct money_currency *money = money_currency(b->order->currency);

	b->exponent = money ? money->exponent : 0;
	for (int id = 0; id < FIELDS; id++) {
		struct view text = read_field(plan, b->order, b->arena, id);

		if (text.n == 0)
			continue;
		b->values[id] = converted(b, fields[id].type, text);
		if (b->values[id].n == 0)
			return bad_field(id, err);
	}
	b->values[FIELD_STATUS] = order_sync_status(plan, b->order);
	b->values[FIELD_TTOCLID] = order_sync_ttoclid(plan, b->order, b->arena);
	if (b->values[FIELD_COMMISSION_BASE].n > 0 && b->values[FIELD_COMMISSION_CURRENCY].n == 0)
		b->values[FIELD_COMMISSION_CURRENCY] = b->values[FIELD_VALUE_CURRENCY];
	return 0;
}

// Micros; absent: 0.
static int64_t micros(const struct body *b, enum field_id id)
{
	int64_t value = 0;

	return b->values[id].n > 0 && money_parse(b->values[id], MICROS_DIGITS, &value) == 0 ? value : 0;
}

static bool has(const struct body *b, enum field_id id)
{
	return b->values[id].n > 0;
}

// Sets what is absent, compares what is there.
static int settle(struct body *b, enum field_id id, int64_t sum, const char *rule, struct err *err)
{
	if (has(b, id) && micros(b, id) == sum)
		return 0;
	if (has(b, id))
		return err_set(err, ERR_POISON, "bad_field", "order_info.%.*s is not %s; correct the order's properties", VIEW_ARG(fields[id].path),
			rule);
	if (sum < 0)
		return err_set(err, ERR_POISON, "bad_field", "order_info.%.*s, %s, is below 0; correct the order's properties",
			VIEW_ARG(fields[id].path), rule);
	b->values[id] = event_json_micros(sum, b->exponent, arena_take(b->arena, EVENT_JSON_NUMBER));
	return 0;
}

// Without a room fee: what is said of the total, else the order's value is what was paid. The room is the rest.
static int settle_room(struct body *b, int64_t extras, int64_t discounts, struct err *err)
{
	if (!has(b, FIELD_TOTAL_VALUE)) {
		if (!has(b, FIELD_PAYMENT_VALUE))
			b->values[FIELD_PAYMENT_VALUE] = amount(b->order->value, b->exponent, b->arena);
		if (!has(b, FIELD_PAYMENT_VALUE))
			return 0; // said to be missing
		if (settle(b, FIELD_TOTAL_VALUE, micros(b, FIELD_PAYMENT_VALUE) + discounts, "payment_value + discounts", err))
			return -1;
	}
	return settle(b, FIELD_ROOM_FEE, micros(b, FIELD_TOTAL_VALUE) - extras, "total_value - total_tax - total_service_fee", err);
}

// total = room fee + tax + service fee, payment = total - discounts: what is absent is made, what is there is checked.
static int settle_sums(struct body *b, struct err *err)
{
	int64_t extras = micros(b, FIELD_TAX) + micros(b, FIELD_SERVICE_FEE), discounts = micros(b, FIELD_DISCOUNTS);

	if (!has(b, FIELD_ROOM_FEE) && settle_room(b, extras, discounts, err))
		return -1;
	if (!has(b, FIELD_ROOM_FEE))
		return 0;
	if (settle(b, FIELD_TOTAL_VALUE, micros(b, FIELD_ROOM_FEE) + extras, "total_room_fee + total_tax + total_service_fee", err))
		return -1;
	return settle(b, FIELD_PAYMENT_VALUE, micros(b, FIELD_TOTAL_VALUE) - discounts, "total_value - discounts", err);
}

static bool is_required(enum required required, struct view status)
{
	switch (required) {
	case REQUIRED_CANCEL:
		return view_eq(status, VIEW_LIT("CANCEL_ORDER"));
	case REQUIRED_COMPLETE:
		return view_eq(status, VIEW_LIT("COMPLETE_ORDER"));
	default:
		return required == REQUIRED_ALWAYS;
	}
}

static int check_required(const struct body *b, struct err *err)
{
	for (int id = 0; id < FIELDS; id++) {
		if (b->values[id].n > 0 || !is_required(fields[id].required, b->values[FIELD_STATUS]))
			continue;
		if (id == FIELD_STATUS)
			return err_set(err, ERR_POISON, "missing_field",
				"order_info.order_status: order_sync.statuses does not map the order's status");
		return err_set(err, ERR_POISON, "missing_field",
			"order_info.%.*s: TikTok wants it for this order; it is read from %.*s, or from what order_sync.fields says",
			VIEW_ARG(fields[id].path), VIEW_ARG(fields[id].fallback));
	}
	return 0;
}

struct steps {
	struct view step[STEPS_MOST];
	size_t n;
};

static struct steps split(struct view path)
{
	struct steps out = {.n = 0};
	const char *end = path.p + path.n;

	for (const char *p = path.p; p < end && out.n < STEPS_MOST; out.n++) {
		const char *dot = memchr(p, '.', (size_t)(end - p));

		out.step[out.n] = view_of(p, (size_t)((dot ? dot : end) - p));
		p = dot ? dot + 1 : end;
	}
	return out;
}

static bool is_element(const struct steps *s, size_t i)
{
	return i < s->n && view_eq(s->step[i], VIEW_LIT("0"));
}

static void write_key(struct view key, struct buf *json)
{
	event_json_comma(json);
	event_json_text(json, key);
	buf_add_byte(json, ':');
}

// Closes what the next path is not inside of, opens what it is.
static void move_to(const struct steps *from, const struct steps *to, struct buf *json)
{
	size_t common = 0;

	while (common + 1 < from->n && common + 1 < to->n && view_eq(from->step[common], to->step[common]))
		common++;
	for (size_t i = from->n; i > common + 1; i--)
		buf_add_byte(json, is_element(from, i - 1) ? ']' : '}');
	for (size_t i = common; i + 1 < to->n; i++) {
		if (!is_element(to, i))
			write_key(to->step[i], json);
		buf_add_byte(json, is_element(to, i + 1) ? '[' : '{');
	}
}

static bool is_literal(enum field_type type)
{
	return type != TYPE_TEXT && type != TYPE_INITIATOR;
}

static void write_body(const struct body *b, struct buf *json)
{
	struct steps now = {.n = 0};

	buf_add_view(json, VIEW_LIT("{\"order_info\":{"));
	for (int id = 0; id < FIELDS; id++) {
		struct steps next = split(fields[id].path);

		if (b->values[id].n == 0)
			continue;
		move_to(&now, &next, json);
		write_key(next.step[next.n - 1], json);
		if (is_literal(fields[id].type))
			buf_add_view(json, b->values[id]);
		else
			event_json_text(json, b->values[id]);
		now = next;
	}
	move_to(&now, &(struct steps){.n = 0}, json);
	buf_add_view(json, VIEW_LIT("}}"));
}

int order_sync_write(const struct order_sync_plan *plan, const struct order *order, struct arena *arena, struct buf *json, struct err *err)
{
	struct body body = {.order = order, .arena = arena};
	size_t before = json->n;

	if (fill(plan, &body, err) || settle_sums(&body, err) || check_required(&body, err))
		return -1;
	write_body(&body, json);
	if (!json->full)
		return 0;
	json->n = before;
	return err_set(err, ERR_POISON, "too_large", "the order does not fit into %zu bytes", json->ceiling);
}
