// SPDX-License-Identifier: Apache-2.0
// The values of an event's fields: what the record says, then what the config maps over it.
#include "attribution/placeholder.h"
#include "tiktok/click_id.h"
#include "tiktok/event_json.h"
#include "tiktok/event_plan.h"

// What TikTok's documentation lists; an order in another currency is sent without its value.
static const char currencies[] =
	"AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ISK JPY KES KHR KRW KWD KZT MAD "
	"MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VES VND ZAR ";
enum { CURRENCY_STRIDE = 4, MICROS_EXPONENT = 6 };

static bool is_taken(struct view currency)
{
	size_t low = 0, high = sizeof currencies / CURRENCY_STRIDE;

	while (currency.n == 3 && low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(currency.p, currencies + middle * CURRENCY_STRIDE, 3);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static void set(struct event_scene *s, enum event_field_id id, struct view value)
{
	if (value.n > 0)
		s->values[id] = value;
}

static void set_converted(struct event_scene *s, enum event_field_id id, struct view text)
{
	if (text.n > 0)
		set(s, id, event_fields_convert(event_fields[id].type, text, &s->tools));
}

static struct view property(const struct event_scene *s, struct view key)
{
	const struct properties *map = &s->conversion->properties;

	for (size_t i = map->n; i > 0; i--)
		if (view_eq(map->p[i - 1].key, key))
			return map->p[i - 1].value;
	return VIEW_ABSENT;
}

static struct view cookie(const struct event_scene *s, const char *name)
{
	struct view header = property(s, VIEW_LIT("cookie"));

	if (header.n == 0)
		header = property(s, VIEW_LIT("cookies"));
	return click_id_cookie(header, name, s->tools.arena);
}

static bool is_of_another_credit(const struct event_scene *s, struct view ttclid)
{
	const struct credits *credits = &s->conversion->credits;

	for (size_t i = 0; i < credits->n; i++)
		if (&credits->p[i] != s->event->credit && view_eq(credits->p[i].ttclid, ttclid))
			return true;
	return false;
}

// The credit's own; else what came with the conversion, unless that click has an event of its own.
static struct view ttclid(const struct event_scene *s)
{
	const struct credit *credit = s->event->credit;
	struct view found = credit ? credit->ttclid : VIEW_ABSENT;

	if (!placeholder_is(found))
		return found;
	found = s->conversion->context.ttclid;
	if (placeholder_is(found))
		found = cookie(s, "ttclid");
	if (placeholder_is(found))
		found = click_id_url(s->conversion->context.page_url, s->tools.arena);
	return placeholder_is(found) || (credit && is_of_another_credit(s, found)) ? VIEW_ABSENT : found;
}

static struct view ttp(const struct event_scene *s)
{
	struct view said = s->conversion->context.ttp;

	return placeholder_is(said) ? cookie(s, "_ttp") : said;
}

static void fill_device(struct event_scene *s)
{
	const struct context *c = &s->conversion->context;

	set_converted(s, FIELD_USER_IDFA, c->device.idfa);
	set(s, FIELD_USER_IDFV, c->device.idfv);
	set_converted(s, FIELD_USER_GAID, c->device.gaid);
	set_converted(s, FIELD_USER_ATT_STATUS, c->device.att_status);
	set(s, FIELD_APP_APP_ID, c->app.id);
	set(s, FIELD_APP_APP_NAME, c->app.name);
	set(s, FIELD_APP_APP_VERSION, c->app.version);
}

static void fill_browser(struct event_scene *s)
{
	const struct context *c = &s->conversion->context;

	set(s, FIELD_USER_TTCLID, ttclid(s));
	set(s, FIELD_USER_TTP, ttp(s));
	set(s, FIELD_PAGE_URL, c->page_url);
	set(s, FIELD_PAGE_REFERRER, c->page_referrer);
}

static void fill_lead(struct event_scene *s)
{
	struct view lead = property(s, VIEW_LIT("lead_id"));

	set(s, FIELD_LEAD_LEAD_ID, lead.n > 0 ? lead : s->conversion->conversion_id);
	set(s, FIELD_LEAD_LEAD_EVENT_SOURCE, property(s, VIEW_LIT("lead_event_source")));
}

static void fill_user(struct event_scene *s)
{
	const struct context *c = &s->conversion->context;
	bool online = s->source == EVENT_SOURCE_WEB || s->source == EVENT_SOURCE_APP;

	set_converted(s, FIELD_USER_EMAIL, c->email);
	set_converted(s, FIELD_USER_PHONE, c->phone);
	set_converted(s, FIELD_USER_EXTERNAL_ID, c->external_id);
	if (online) {
		set_converted(s, FIELD_USER_IP, c->ip);
		set(s, FIELD_USER_USER_AGENT, c->user_agent);
		set_converted(s, FIELD_USER_LOCALE, c->locale);
		if (c->limited_data_use != FLAG_ABSENT)
			s->values[FIELD_LIMITED_DATA_USE] = c->limited_data_use ? VIEW_LIT("true") : VIEW_LIT("false");
	}
	if (s->source == EVENT_SOURCE_WEB)
		fill_browser(s);
	if (s->source == EVENT_SOURCE_APP)
		fill_device(s);
	if (s->source == EVENT_SOURCE_CRM)
		fill_lead(s);
}

// A shop's own property that does not fit its field is left out: nobody asked for it to be sent.
static void fill_offered(struct event_scene *s)
{
	const struct properties *map = &s->conversion->properties;

	for (size_t i = 0; i < map->n; i++) {
		int id = map->p[i].key.n > 0 ? event_fields_offered(map->p[i].key) : -1;

		if (id >= 0)
			set_converted(s, (enum event_field_id)id, map->p[i].value);
	}
}

// The browser pixel's habit: one product as flat properties.
static void fill_items(struct event_scene *s)
{
	int32_t quantity = 0;

	s->items = s->conversion->items;
	if (s->items.n > 0)
		return;
	s->flat = (struct item){.id = property(s, VIEW_LIT("content_id"))};
	if (s->flat.id.n == 0)
		return;
	s->flat.name = property(s, VIEW_LIT("content_name"));
	s->flat.category = property(s, VIEW_LIT("content_category"));
	s->flat.brand = property(s, VIEW_LIT("brand"));
	s->flat.price = property(s, VIEW_LIT("price"));
	struct view said = event_json_whole(property(s, VIEW_LIT("quantity")), s->tools.arena);
	for (size_t i = 0; i < said.n && quantity < INT32_MAX / 10 - 1; i++)
		quantity = said.p[i] >= '0' && said.p[i] <= '9' ? quantity * 10 + (said.p[i] - '0') : 0;
	s->flat.quantity = said.n > 0 ? quantity : 1;
	s->items = (struct items){&s->flat, 1};
}

static void fill_from_items(struct event_scene *s)
{
	struct view type = VIEW_ABSENT;
	int64_t quantity = 0;

	if (s->items.n == 0)
		return;
	for (size_t i = 0; i < s->items.n; i++) {
		quantity += s->items.p[i].quantity > 0 ? s->items.p[i].quantity : 0;
		if (type.n == 0)
			type = s->items.p[i].content_type;
	}
	set(s, FIELD_NUM_ITEMS, event_json_integer(quantity, s->num_items_text));
	if (!view_is_set(s->values[FIELD_CONTENT_TYPE]))
		set(s, FIELD_CONTENT_TYPE, type.n > 0 ? type : VIEW_LIT("product"));
}

static struct view first_of(struct view a, struct view b)
{
	return a.n > 0 ? a : b;
}

static void fill_search(struct event_scene *s)
{
	struct view *searched = &s->values[FIELD_SEARCH_STRING], *query = &s->values[FIELD_QUERY];

	*searched = first_of(first_of(s->conversion->context.search_string, *searched), *query);
	*query = first_of(*query, *searched);
}

static void fill_value(struct event_scene *s)
{
	struct view currency = s->conversion->currency;
	const struct money_currency *money = currency.n > 0 ? money_currency(currency) : NULL;

	s->exponent = money ? money->exponent : 0;
	s->value = event_json_micros(s->event->value_micros, s->exponent, s->value_text);
	if (currency.n == 0)
		return;
	set(s, FIELD_CURRENCY, currency);
	set(s, FIELD_VALUE, s->value);
}

static void fill_properties(struct event_scene *s)
{
	const struct attributed_conversion *c = s->conversion;
	bool is_order = c->status != FLAG_ABSENT;

	fill_offered(s);
	fill_items(s);
	fill_from_items(s);
	fill_search(s);
	fill_value(s);
	set(s, FIELD_ORDER_ID, c->order_id.n > 0 || !is_order ? c->order_id : c->conversion_id);
	set(s, FIELD_SHOP_ID, c->context.shop_id);
	if (!view_is_set(s->values[FIELD_DESCRIPTION]))
		set(s, FIELD_DESCRIPTION, c->event);
}

static bool is_blank(struct view text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > ' ')
			return false;
	return true;
}

int event_values_mapped(const struct event_scene *s, const struct event_mapped *m, const struct item *item, struct view *out,
	struct err *err)
{
	struct event_template_from from = {s->conversion, s->event->credit, item, s->value, s->tools.arena};
	struct view text = event_template_read(&m->template, &from);

	*out = VIEW_ABSENT;
	if (is_blank(text))
		return 0;
	*out = m->field < 0 ? text : event_fields_convert(event_fields[m->field].type, text, &s->tools);
	if (out->n > 0 || event_fields[m->field].group == IN_USER)
		return 0; // a person who cannot be matched by it may be by the others
	return err_set(err, ERR_POISON, "bad_field",
		"%.*s: what `destination.fields` of goal %.*s puts there is not %s; change the mapping or the record", VIEW_ARG(m->path),
		VIEW_ARG(s->plan->goal), event_fields_type_words(event_fields[m->field].type));
}

static int map_fields(struct event_scene *s, struct err *err)
{
	for (size_t i = 0; i < s->plan->mapped_count; i++) {
		const struct event_mapped *m = &s->plan->mapped[i];
		struct view value;

		if (m->field < 0 || !(event_fields[m->field].sources & 1u << s->source))
			continue;
		if (event_values_mapped(s, m, NULL, &value, err))
			return -1;
		set(s, (enum event_field_id)m->field, value);
	}
	return 0;
}

static bool is_set(const struct event_scene *s, enum event_field_id id)
{
	return view_is_set(s->values[id]);
}

// TikTok wants both or none.
static void pair_ip(struct event_scene *s)
{
	if (!is_set(s, FIELD_USER_IP) || !is_set(s, FIELD_USER_USER_AGENT))
		s->values[FIELD_USER_IP] = s->values[FIELD_USER_USER_AGENT] = VIEW_ABSENT;
}

static void settle_value(struct event_scene *s)
{
	s->money_is_taken = is_taken(s->values[FIELD_CURRENCY]);
	if (s->money_is_taken)
		return;
	s->value_left_out = is_set(s, FIELD_VALUE);
	s->values[FIELD_CURRENCY] = s->values[FIELD_VALUE] = VIEW_ABSENT;
}

static int check_required(const struct event_scene *s, struct err *err)
{
	if (s->source == EVENT_SOURCE_APP && !is_set(s, FIELD_APP_APP_ID))
		return err_set(err, ERR_POISON, "missing_field",
			"app.app_id: TikTok takes no app event without; it is read from context.app.id, or from what `destination.fields` says");
	if (s->source == EVENT_SOURCE_CRM && !is_set(s, FIELD_LEAD_LEAD_ID))
		return err_set(err, ERR_POISON, "missing_field",
			"lead.lead_id: TikTok takes no crm event without; it is read from properties.lead_id, conversion_id, or what `destination.fields` says");
	return 0;
}

int event_values_fill(struct event_scene *s, struct err *err)
{
	fill_user(s);
	fill_properties(s);
	if (map_fields(s, err))
		return -1;
	pair_ip(s);
	settle_value(s);
	return check_required(s, err);
}

int event_values_item(struct event_scene *s, const struct item *item, struct err *err)
{
	memset(&s->values[FIELD_ITEM_ID], 0, (FIELD_ITEM_QUANTITY - FIELD_ITEM_ID + 1) * sizeof s->values[0]);
	set(s, FIELD_ITEM_ID, item->id);
	set(s, FIELD_ITEM_TYPE, item->content_type);
	set(s, FIELD_ITEM_NAME, item->name);
	set(s, FIELD_ITEM_CATEGORY, item->category);
	set(s, FIELD_ITEM_BRAND, item->brand);
	if (item->price.n > 0)
		set(s, FIELD_ITEM_PRICE, event_json_tidy(event_json_number(item->price, s->tools.arena), s->exponent));
	set(s, FIELD_ITEM_QUANTITY, event_json_integer(item->quantity, s->quantity_text));
	for (size_t i = 0; i < s->plan->mapped_item_count; i++) {
		const struct event_mapped *m = &s->plan->mapped_items[i];
		struct view value;

		if (event_values_mapped(s, m, item, &value, err))
			return -1;
		set(s, (enum event_field_id)m->field, value);
	}
	if (!s->money_is_taken)
		s->values[FIELD_ITEM_PRICE] = VIEW_ABSENT;
	return 0;
}
