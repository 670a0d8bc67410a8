// SPDX-License-Identifier: Apache-2.0
#include "tiktok/event_names.h"

#include <strings.h>

// TikTok's own spelling: InAppADImpr and LaunchAPP are not typing errors.
static const char *const web_names[] = {"AddPaymentInfo", "AddToCart", "AddToWishlist", "ApplicationApproval", "CompleteRegistration",
	"Contact", "CustomizeProduct", "Download", "FindLocation", "InitiateCheckout", "Lead", "Purchase", "Schedule", "Search", "StartTrial",
	"SubmitApplication", "Subscribe", "ViewContent", NULL};
static const char *const app_names[] = {"AchieveLevel", "AddPaymentInfo", "AddToCart", "AddToWishlist", "Checkout", "CompleteTutorial",
	"CreateGroup", "CreateRole", "GenerateLead", "InAppADClick", "InAppADImpr", "InstallApp", "JoinGroup", "LaunchAPP", "LoanApplication",
	"LoanApproval", "LoanDisbursal", "Login", "Purchase", "Rate", "Registration", "Search", "SpendCredits", "StartTrial", "Subscribe",
	"UnlockAchievement", "ViewContent", NULL};
// Renamed or dropped from TikTok's lists, and still taken: they stay what the site's pixel says, or nothing would be deduplicated.
static const char *const old_names[] = {"CompletePayment", "SubmitForm", "PlaceAnOrder", "ClickButton", "Pageview", NULL};
static const char *const old_offline_names[] = {"CompletePayment", "SubmitForm", NULL};
static const char *const no_names[] = {NULL};

// A tracker's standard events (Commanders Act's list). NULL: no counterpart at this source.
static const struct tracker_name {
	const char *event, *web, *app;
} tracker_names[] = {
	{"purchase", "CompletePayment", "Checkout"},
	{"complete_payment", "CompletePayment", "Purchase"},
	{"begin_checkout", "InitiateCheckout", NULL},
	{"sign_up", "CompleteRegistration", "Registration"},
	{"generate_lead", "Lead", "GenerateLead"},
	{"submit_form", "Lead", NULL},
	{"page_view", "ViewContent", "ViewContent"},
	{"view_item", "ViewContent", "ViewContent"},
	{"view_content", "ViewContent", "ViewContent"},
	{"click_button", "ViewContent", "ViewContent"},
	{"achieve_level", NULL, "AchieveLevel"},
	{"complete_tutorial", NULL, "CompleteTutorial"},
	{"create_group", NULL, "CreateGroup"},
	{"create_role", NULL, "CreateRole"},
	{"in_app_ad_click", NULL, "InAppADClick"},
	{"in_app_ad_impr", NULL, "InAppADImpr"},
	{"install_app", NULL, "InstallApp"},
	{"join_group", NULL, "JoinGroup"},
	{"launch_app", NULL, "LaunchAPP"},
	{"loan_application", NULL, "LoanApplication"},
	{"loan_approval", NULL, "LoanApproval"},
	{"loan_disbursal", NULL, "LoanDisbursal"},
	{"login", NULL, "Login"},
	{"rate", NULL, "Rate"},
	{"spend_credits", NULL, "SpendCredits"},
	{"unlock_achievement", NULL, "UnlockAchievement"},
	{"application_approval", "ApplicationApproval", NULL},
	{"contact", "Contact", NULL},
	{"customize_product", "CustomizeProduct", NULL},
	{"download", "Download", NULL},
	{"find_location", "FindLocation", NULL},
	{"schedule", "Schedule", NULL},
	{"submit_application", "SubmitApplication", NULL},
	{"add_payment_info", "AddPaymentInfo", "AddPaymentInfo"},
	{"add_to_cart", "AddToCart", "AddToCart"},
	{"add_to_wishlist", "AddToWishlist", "AddToWishlist"},
	{"search", "Search", "Search"},
	{"start_trial", "StartTrial", "StartTrial"},
	{"subscribe", "Subscribe", "Subscribe"},
};

static const char *find(const char *const *names, struct view event)
{
	for (; *names; names++)
		if (view_eq(view_text(*names), event))
			return *names;
	return NULL;
}

static const char *const *old_names_of(enum event_source source)
{
	if (source == EVENT_SOURCE_APP)
		return no_names;
	return source == EVENT_SOURCE_OFFLINE ? old_offline_names : old_names;
}

static const char *find_any_case(const char *const *names, struct view event)
{
	for (; *names; names++)
		if (strlen(*names) == event.n && strncasecmp(*names, event.p, event.n) == 0)
			return *names;
	return NULL;
}

static const struct tracker_name *find_tracker(struct view event)
{
	for (size_t i = 0; i < sizeof tracker_names / sizeof *tracker_names; i++)
		if (view_eq(view_text(tracker_names[i].event), event))
			return &tracker_names[i];
	return NULL;
}

static bool is_unwanted_view(const struct destination *d, struct view event)
{
	if (view_eq(event, VIEW_LIT("page_view")))
		return d->view_content == VIEW_CONTENT_VIEW_ITEM;
	if (view_eq(event, VIEW_LIT("view_item")))
		return d->view_content == VIEW_CONTENT_PAGE_VIEW;
	return false;
}

static enum event_name_is known_as(struct view *out, const char *name)
{
	*out = view_text(name);
	return name ? NAME_KNOWN : NAME_NONE;
}

static enum event_name_is custom(struct view *out, struct view event)
{
	*out = event;
	return event.n > 0 ? NAME_CUSTOM : NAME_NONE;
}

enum event_name_is event_names_find(const struct destination *d, enum event_source source, struct view event, struct view *name)
{
	const char *const *names = source == EVENT_SOURCE_APP ? app_names : web_names;
	const char *found;

	*name = VIEW_ABSENT;
	for (size_t i = 0; i < d->event_count; i++) {
		if (!view_eq(d->events[i].from, event))
			continue;
		*name = d->events[i].to;
		return name->n > 0 ? NAME_KNOWN : NAME_NONE;
	}
	found = find(names, event);
	if (!found)
		found = find(old_names_of(source), event);
	if (found)
		return known_as(name, found);
	if (is_unwanted_view(d, event))
		return NAME_NONE;

	const struct tracker_name *tracker = find_tracker(event);
	if (tracker)
		return known_as(name, source == EVENT_SOURCE_APP ? tracker->app : tracker->web);
	found = find_any_case(names, event);
	return found ? known_as(name, found) : custom(name, event);
}
