// SPDX-License-Identifier: Apache-2.0
// TikTok's names pass unchanged, a tracker's become TikTok's, the shop's own table goes before both; what has no counterpart is not sent.
#include "tiktok/event_names.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct destination plain;

#define WEB \
	"AddPaymentInfo AddToCart AddToWishlist ApplicationApproval CompleteRegistration Contact CustomizeProduct Download FindLocation " \
	"InitiateCheckout Lead Purchase Schedule Search StartTrial SubmitApplication Subscribe ViewContent"
#define OLD "CompletePayment SubmitForm PlaceAnOrder ClickButton Pageview"
#define APP \
	"AchieveLevel AddPaymentInfo AddToCart AddToWishlist Checkout CompleteTutorial CreateGroup CreateRole GenerateLead InAppADClick " \
	"InAppADImpr InstallApp JoinGroup LaunchAPP LoanApplication LoanApproval LoanDisbursal Login Purchase Rate Registration Search SpendCredits " \
	"StartTrial Subscribe UnlockAchievement ViewContent"

static void assert_name_for(const struct destination *d, enum event_source source, const char *event, const char *expected)
{
	struct view name;
	enum event_name_is is = event_names_find(d, source, view_text(event), &name);

	if (!expected) {
		assert_int_equal(is, NAME_NONE);
		assert_false(view_is_set(name));
		return;
	}
	if (is == NAME_NONE || !view_eq(name, view_text(expected)))
		fail_msg("%s at %d: got %.*s instead of %s", event, source, VIEW_ARG(name), expected);
}

static void assert_name(enum event_source source, const char *event, const char *expected)
{
	assert_name_for(&plain, source, event, expected);
}

static size_t assert_pass(enum event_source source, const char *names)
{
	size_t count = 0;

	for (const char *p = names; *p; count++) {
		size_t n = strcspn(p, " ");
		struct view event = view_of(p, n), name;

		if (event_names_find(&plain, source, event, &name) != NAME_KNOWN || !view_eq(name, event))
			fail_msg("%.*s does not pass", VIEW_ARG(event));
		p += n + (p[n] == ' ');
	}
	return count;
}

static void standard_names_pass(void **state)
{
	(void)state;
	assert_int_equal(assert_pass(EVENT_SOURCE_WEB, WEB), 18);
	assert_int_equal(assert_pass(EVENT_SOURCE_OFFLINE, WEB), 18);
	assert_int_equal(assert_pass(EVENT_SOURCE_CRM, WEB), 18);
	assert_int_equal(assert_pass(EVENT_SOURCE_APP, APP), 27);
	assert_int_equal(assert_pass(EVENT_SOURCE_WEB, OLD), 5);
	assert_int_equal(assert_pass(EVENT_SOURCE_CRM, OLD), 5);
	assert_int_equal(assert_pass(EVENT_SOURCE_OFFLINE, "CompletePayment SubmitForm"), 2);
}

static void trackers_names(void **state)
{
	static const struct {
		const char *event, *web, *app;
	} rows[] = {
		{"purchase", "CompletePayment", "Checkout"},
		{"complete_payment", "CompletePayment", "Purchase"},
		{"begin_checkout", "InitiateCheckout", NULL},
		{"sign_up", "CompleteRegistration", "Registration"},
		{"generate_lead", "Lead", "GenerateLead"},
		{"submit_form", "Lead", NULL},
		{"view_content", "ViewContent", "ViewContent"},
		{"click_button", "ViewContent", "ViewContent"},
		{"in_app_ad_impr", NULL, "InAppADImpr"},
		{"in_app_ad_click", NULL, "InAppADClick"},
		{"launch_app", NULL, "LaunchAPP"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_name(EVENT_SOURCE_WEB, rows[i].event, rows[i].web);
		assert_name(EVENT_SOURCE_OFFLINE, rows[i].event, rows[i].web);
		assert_name(EVENT_SOURCE_CRM, rows[i].event, rows[i].web);
		assert_name(EVENT_SOURCE_APP, rows[i].event, rows[i].app);
	}
}

// Those that are one-to-one: a_b_c is ABC in camel case.
static void assert_camel(const char *names, bool web, bool app)
{
	char event[64], name[64];

	for (const char *p = names; *p;) {
		size_t n = strcspn(p, " "), k = 0;

		snprintf(event, sizeof event, "%.*s", (int)n, p);
		for (size_t i = 0; i < n; i++)
			if (event[i] != '_')
				name[k++] = i == 0 || event[i - 1] == '_' ? (char)toupper((unsigned char)event[i]) : event[i];
		name[k] = '\0';
		assert_name(EVENT_SOURCE_WEB, event, web ? name : NULL);
		assert_name(EVENT_SOURCE_APP, event, app ? name : NULL);
		p += n + (p[n] == ' ');
	}
}

static void the_others_are_one_to_one(void **state)
{
	(void)state;
	assert_camel(
		"achieve_level complete_tutorial create_group create_role install_app join_group loan_application loan_approval loan_disbursal "
		"login rate spend_credits unlock_achievement",
		false, true);
	assert_camel("application_approval contact customize_product download find_location schedule submit_application", true, false);
	assert_camel("add_payment_info add_to_cart add_to_wishlist search start_trial subscribe", true, true);
}

static void view_content_is_a_choice(void **state)
{
	struct destination d = {.view_content = VIEW_CONTENT_BOTH};

	(void)state;
	assert_name_for(&d, EVENT_SOURCE_WEB, "page_view", "ViewContent");
	assert_name_for(&d, EVENT_SOURCE_WEB, "view_item", "ViewContent");
	d.view_content = VIEW_CONTENT_PAGE_VIEW;
	assert_name_for(&d, EVENT_SOURCE_WEB, "page_view", "ViewContent");
	assert_name_for(&d, EVENT_SOURCE_WEB, "view_item", NULL);
	d.view_content = VIEW_CONTENT_VIEW_ITEM;
	assert_name_for(&d, EVENT_SOURCE_WEB, "page_view", NULL);
	assert_name_for(&d, EVENT_SOURCE_APP, "page_view", NULL);
	assert_name_for(&d, EVENT_SOURCE_WEB, "view_item", "ViewContent");
	assert_name_for(&d, EVENT_SOURCE_WEB, "view_content", "ViewContent");
}

// TikTok would take a name in other letters as a custom event and optimise for nothing.
static void other_letters_are_corrected(void **state)
{
	(void)state;
	assert_name(EVENT_SOURCE_APP, "InAppAdImpr", "InAppADImpr");
	assert_name(EVENT_SOURCE_APP, "LaunchApp", "LaunchAPP");
	assert_name(EVENT_SOURCE_WEB, "addtocart", "AddToCart");
	assert_name(EVENT_SOURCE_WEB, "AddToWishList", "AddToWishlist");
}

static void other_names_are_custom(void **state)
{
	struct view name;

	(void)state;
	assert_int_equal(event_names_find(&plain, EVENT_SOURCE_WEB, VIEW_LIT("Spin the wheel"), &name), NAME_CUSTOM);
	assert_true(view_eq(name, VIEW_LIT("Spin the wheel")));
	assert_int_equal(event_names_find(&plain, EVENT_SOURCE_APP, VIEW_LIT("CompletePayment"), &name), NAME_CUSTOM);
	assert_int_equal(event_names_find(&plain, EVENT_SOURCE_OFFLINE, VIEW_LIT("Pageview"), &name), NAME_CUSTOM);
	assert_int_equal(event_names_find(&plain, EVENT_SOURCE_CRM, VIEW_LIT("qualified"), &name), NAME_CUSTOM);
	assert_int_equal(event_names_find(&plain, EVENT_SOURCE_WEB, VIEW_LIT(""), &name), NAME_NONE);
}

static void the_own_table_goes_first(void **state)
{
	struct destination_pair pairs[] = {{VIEW_LIT("Purchase"), VIEW_LIT("PlaceAnOrder")}, {VIEW_LIT("page_view"), VIEW_LIT("Pageview")},
		{VIEW_LIT("search"), VIEW_ABSENT}, {VIEW_LIT("PageView"), VIEW_ABSENT}};
	struct destination d = {.events = pairs, .event_count = 4, .view_content = VIEW_CONTENT_VIEW_ITEM};
	struct view name;

	(void)state;
	assert_name_for(&d, EVENT_SOURCE_WEB, "Purchase", "PlaceAnOrder");
	assert_name_for(&d, EVENT_SOURCE_WEB, "page_view", "Pageview");
	assert_int_equal(event_names_find(&d, EVENT_SOURCE_WEB, VIEW_LIT("search"), &name), NAME_NONE);
	assert_int_equal(event_names_find(&d, EVENT_SOURCE_APP, VIEW_LIT("PageView"), &name), NAME_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_names_pass),
		cmocka_unit_test(trackers_names),
		cmocka_unit_test(the_others_are_one_to_one),
		cmocka_unit_test(view_content_is_a_choice),
		cmocka_unit_test(other_letters_are_corrected),
		cmocka_unit_test(other_names_are_custom),
		cmocka_unit_test(the_own_table_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
