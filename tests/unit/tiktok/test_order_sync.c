// SPDX-License-Identifier: Apache-2.0
// A travel order's body has every field that TikTok wants for its status, sums that agree, and names what is missing.
#include "tiktok/order_sync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "schemas/contract.h"

enum { PROPERTIES = 24 };

struct sync_case {
	struct order_sync settings;
	struct destination_pair statuses[3], fields[3];
	struct order order;
	struct property properties[PROPERTIES];
	struct item item;
	struct arena arena;
	struct buf json;
	struct err err;
};

#define T(text) VIEW_LIT(text)

static void set(struct sync_case *k, const char *key, const char *value)
{
	for (size_t i = 0; i < k->order.properties.n; i++) {
		if (!view_eq(k->properties[i].key, view_text(key)))
			continue;
		k->properties[i].value = view_text(value);
		return;
	}
	assert_true(k->order.properties.n < PROPERTIES);
	k->properties[k->order.properties.n++] = (struct property){view_text(key), view_text(value)};
}

static struct sync_case stay(void)
{
	struct sync_case k = {
		.settings = {.merchant_id = T("m-1"), .shop_id = T("h-7"), .shop_name = T("Hotel Sol"), .country = T("PE"), .status_count = 3},
		.statuses = {{T("cancelled"), T("CANCEL_ORDER")}, {T("delivered"), T("COMPLETE_ORDER")}, {T("placed"), T("CREATE_ORDER")}},
		.order = {.order_id = T("b-42"),
			.status = STATUS_PLACED,
			.status_time = 1784709999999,
			.placed_at = 1784709895678,
			.value = T("330.00"),
			.currency = T("PEN"),
			.items = {.n = 1},
			.context = {.page_url = T("https://hotel.example/p?ttoclid=opfed89")}},
		.item = {.id = T("room-2"), .name = T("Double \"sea\""), .quantity = 1},
	};

	set(&k, "length_of_stay", "3");
	set(&k, "amount_of_room", "1");
	set(&k, "check_in_date", "2026-08-01");
	set(&k, "check_out_date", "2026-08-04");
	set(&k, "total_room_fee", "300.00");
	set(&k, "total_tax", "50");
	set(&k, "discounts", "20.00");
	return k;
}

static int write_case(struct sync_case *k)
{
	struct order_sync_plan *plan = NULL;

	k->settings.statuses = k->statuses;
	k->settings.fields = k->fields;
	k->order.properties.p = k->properties;
	k->order.items.p = &k->item;
	if (order_sync_plan_new(&k->settings, &plan, &k->err))
		fail_msg("%s", k->err.words);
	buf_reset(&k->json);
	int result = order_sync_write(plan, &k->order, &k->arena, &k->json, &k->err);
	buf_add_byte(&k->json, 0);
	k->json.n--;
	order_sync_plan_free(&plan);
	return result;
}

static void assert_written(struct sync_case *k, const char *part)
{
	if (write_case(k))
		fail_msg("%s", k->err.words);
	if (!strstr(k->json.p, part))
		fail_msg("%s is not in %s", part, k->json.p);
}

static void assert_refused(struct sync_case *k, const char *code, const char *words)
{
	assert_int_equal(write_case(k), -1);
	assert_int_equal(k->err.class, ERR_POISON);
	assert_string_equal(k->err.code, code);
	if (!strstr(k->err.words, words))
		fail_msg("%s is not in %s", words, k->err.words);
	assert_int_equal(k->json.n, 0);
}

static void clear(struct sync_case *k)
{
	arena_clear(&k->arena);
	buf_clear(&k->json);
}

static void a_new_order(void **state)
{
	struct sync_case k = stay();

	(void)state;
	set(&k, "promotion_id", "p-1");
	set(&k, "saved_amount", "20");
	set(&k, "third_spu_id", "spu-1");
	assert_int_equal(write_case(&k), 0);
	assert_string_equal(k.json.p,
		"{\"order_info\":{\"order_id\":\"b-42\",\"third_merchant_id\":\"m-1\",\"third_shop_id\":\"h-7\",\"third_shop_name\":\"Hotel Sol\","
		"\"order_status\":\"CREATE_ORDER\",\"order_country\":\"PE\",\"create_time\":1784709895,\"update_time\":1784709999,"
		"\"value\":{\"currency\":\"PEN\",\"payment_value\":330.00,\"total_value\":350.00,\"total_room_fee\":300.00,\"total_tax\":50,"
		"\"discounts\":20.00},\"extra\":{\"length_of_stay\":3,\"amount_of_room\":1,\"check_in_date\":\"2026-08-01\","
		"\"check_out_date\":\"2026-08-04\"},\"spu_list\":[{\"third_spu_id\":\"spu-1\",\"sku_list\":[{\"third_sku_id\":\"room-2\","
		"\"third_sku_name\":\"Double \\\"sea\\\"\"}]}],\"order_url\":\"https://hotel.example/p?ttoclid=opfed89\","
		"\"promotion_info\":{\"promotion_id\":\"p-1\",\"saved_amount\":20},\"ttoclid\":\"opfed89\"}}");
	clear(&k);
}

static void a_completed_order_has_its_commission(void **state)
{
	static const char *const wanted[] = {"fulfillment_value", "fulfillment_tax", "fulfillment_service_fee"};
	struct sync_case k = stay();

	(void)state;
	k.order.status = STATUS_DELIVERED;
	for (size_t i = 0; i < 3; i++) {
		assert_refused(&k, "missing_field", wanted[i]);
		set(&k, wanted[i], "10.00");
	}
	assert_refused(&k, "missing_field", "commission_value.0.currency");
	set(&k, "commission_base_amount", "300");
	assert_written(&k,
		"\"fulfillment_value\":10.00,\"fulfillment_tax\":10.00,\"fulfillment_service_fee\":10.00,"
		"\"commission_value\":[{\"currency\":\"PEN\",\"commission_base_amount\":300}]}");
	clear(&k);
}

static void a_cancelled_order_says_who_did_it(void **state)
{
	struct sync_case k = stay();

	(void)state;
	k.order.status = STATUS_CANCELLED;
	assert_refused(&k, "missing_field", "order_info.initiator");
	set(&k, "initiator", "GUEST");
	assert_refused(&k, "bad_field", "MERCHANT or CUSTOMER");
	set(&k, "initiator", "CUSTOMER");
	set(&k, "cancel_reason", "ill");
	set(&k, "no_show", "false");
	assert_written(&k, "\"initiator\":\"CUSTOMER\"");
	assert_written(&k, "\"no_show\":false,\"cancel_reason\":\"ill\"");
	clear(&k);
}

static void what_is_always_wanted_is_missed_by_name(void **state)
{
	static const char *const keys[] = {"length_of_stay", "amount_of_room", "check_in_date", "check_out_date"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sync_case k = stay();

		set(&k, keys[i], "");
		assert_refused(&k, "missing_field", keys[i]);
		clear(&k);
	}
	struct sync_case k = stay();
	k.settings.merchant_id = VIEW_ABSENT;
	assert_refused(&k, "missing_field", "third_merchant_id");
	set(&k, "third_merchant_id", "m-2");
	assert_written(&k, "\"third_merchant_id\":\"m-2\"");
	k.order.items.n = 0;
	assert_refused(&k, "missing_field", "third_sku_id");
	k.order.items.n = 1;
	k.order.context.page_url = VIEW_ABSENT;
	assert_refused(&k, "missing_field", "ttoclid");
	k.order.status = STATUS_SHIPPED;
	set(&k, "ttoclid", "op1");
	assert_refused(&k, "missing_field", "order_status");
	clear(&k);
}

static void sums_are_made_or_checked(void **state)
{
	struct sync_case k = stay();

	(void)state;
	set(&k, "total_value", "350.0");
	set(&k, "payment_value", "330");
	assert_written(&k, "\"payment_value\":330,\"total_value\":350.0,");
	set(&k, "payment_value", "331");
	assert_refused(&k, "bad_field", "payment_value is not total_value - discounts");
	set(&k, "payment_value", "330");
	set(&k, "total_value", "350.01");
	assert_refused(&k, "bad_field", "total_value is not total_room_fee + total_tax + total_service_fee");
	set(&k, "total_value", "");
	set(&k, "payment_value", "");
	set(&k, "discounts", "350.01");
	assert_refused(&k, "bad_field", "below 0");
	clear(&k);
}

static void without_fees_the_orders_value_is_paid(void **state)
{
	struct sync_case k = stay();

	(void)state;
	set(&k, "total_room_fee", "");
	assert_written(&k, "\"payment_value\":330.00,\"total_value\":350.00,\"total_room_fee\":300.00,\"total_tax\":50,\"discounts\":20.00}");
	set(&k, "total_value", "400");
	assert_written(&k, "\"payment_value\":380.00,\"total_value\":400,\"total_room_fee\":350.00,");
	set(&k, "total_tax", "401");
	assert_refused(&k, "bad_field", "total_room_fee");
	clear(&k);
}

static void amounts_are_exact(void **state)
{
	struct sync_case k = stay();

	(void)state;
	set(&k, "total_room_fee", "0.10");
	set(&k, "total_tax", "0.20");
	set(&k, "total_service_fee", "999999999999.00");
	set(&k, "discounts", "");
	assert_written(&k, "\"payment_value\":999999999999.30,\"total_value\":999999999999.30,");
	set(&k, "total_tax", "1,50");
	assert_refused(&k, "bad_field", "an amount");
	set(&k, "total_tax", "0.0000001");
	assert_refused(&k, "bad_field", "an amount");
	clear(&k);
}

static void the_config_maps(void **state)
{
	struct sync_case k = stay();

	(void)state;
	k.settings.field_count = 3;
	k.fields[0] = (struct destination_pair){T("extra.no_show"), T("{properties.noshow}")};
	k.fields[1] = (struct destination_pair){T("third_shop_name"), T("{context.shop_id} hotel")};
	k.fields[2] = (struct destination_pair){T("update_time"), T("1784710000")};
	k.order.context.shop_id = T("Lima");
	set(&k, "noshow", "1");
	assert_written(&k, "\"no_show\":true");
	assert_written(&k, "\"third_shop_name\":\"Lima hotel\"");
	assert_written(&k, "\"update_time\":1784710000");
	clear(&k);
}

static void wrong_settings_are_refused(void **state)
{
	struct order_sync_plan *plan = NULL;
	struct sync_case k = stay();

	(void)state;
	k.settings.statuses = k.statuses;
	k.settings.fields = k.fields;
	k.statuses[1].from = T("done");
	assert_int_equal(order_sync_plan_new(&k.settings, &plan, &k.err), -1);
	assert_string_equal(k.err.code, "event_setting");
	k.statuses[1].from = T("delivered");
	k.settings.field_count = 1;
	k.fields[0] = (struct destination_pair){T("extra.noshow"), T("1")};
	assert_int_equal(order_sync_plan_new(&k.settings, &plan, &k.err), -1);
	assert_string_equal(k.err.code, "event_field");
	k.fields[0] = (struct destination_pair){T("extra.no_show"), T("{outcome}")};
	assert_int_equal(order_sync_plan_new(&k.settings, &plan, &k.err), -1);
	assert_int_equal(k.err.class, ERR_FATAL);
	assert_non_null(strstr(k.err.words, "extra.no_show"));
	assert_null(plan);
	clear(&k);
}

static void only_mapped_statuses_of_tiktoks_guests_are_wanted(void **state)
{
	struct order_sync_plan *plan = NULL;
	struct sync_case k = stay();

	(void)state;
	k.settings.statuses = k.statuses;
	k.order.properties.p = k.properties;
	assert_int_equal(order_sync_plan_new(&k.settings, &plan, &k.err), 0);
	assert_true(view_eq(order_sync_status(plan, &k.order), T("CREATE_ORDER")));
	assert_true(view_eq(order_sync_ttoclid(plan, &k.order, &k.arena), T("opfed89")));
	k.order.status = STATUS_SHIPPED;
	assert_false(view_is_set(order_sync_status(plan, &k.order)));
	k.order.status = ENUM_UNKNOWN;
	assert_false(view_is_set(order_sync_status(plan, &k.order)));
	k.order.context.page_url = T("https://hotel.example/p");
	assert_false(view_is_set(order_sync_ttoclid(plan, &k.order, &k.arena)));
	order_sync_plan_free(&plan);
	clear(&k);
}

static int setup(void **state)
{
	struct err err;

	(void)state;
	return contract_setup(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_order),
		cmocka_unit_test(a_completed_order_has_its_commission),
		cmocka_unit_test(a_cancelled_order_says_who_did_it),
		cmocka_unit_test(what_is_always_wanted_is_missed_by_name),
		cmocka_unit_test(sums_are_made_or_checked),
		cmocka_unit_test(without_fees_the_orders_value_is_paid),
		cmocka_unit_test(amounts_are_exact),
		cmocka_unit_test(the_config_maps),
		cmocka_unit_test(wrong_settings_are_refused),
		cmocka_unit_test(only_mapped_statuses_of_tiktoks_guests_are_wanted),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
