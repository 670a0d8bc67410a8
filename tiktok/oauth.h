// SPDX-License-Identifier: Apache-2.0
// How a token is got and given back (TikTok's pages "Authorization" and "Long-term access token"): the portal's URL, the exchange of the code that it
// sends back, the token's accounts, its end. Calls for tiktok/call.h, and what their answers say. Tokens of advertisers neither expire nor are refreshed.
#pragma once
#include "base/arena.h"
#include "tiktok/call.h"

enum { OAUTH_TOKEN_MAX = 256, OAUTH_ADVERTISERS_MAX = 10000, OAUTH_SCOPES_MAX = 64 };

struct oauth_app {
	struct view app_id, secret;
};

// Appends where the browser goes. `portal`: NULL for TikTok's own ("https://business-api.tiktok.com/portal/auth"). The app's permissions are those of its
// settings at TikTok; the URL names none. `state` comes back as it is: compare it.
void oauth_consent_url(const char *portal, struct view app_id, struct view state, struct view redirect_uri, struct buf *out);

// The query of the redirect ("auth_code=…&state=…", with or without what stands before its ?), as it came to the redirect_uri. POISON oauth_state: not the
// state that was sent; oauth_refused: there is no code in it, so the user said no. Appends the code to `code`.
int oauth_read_redirect(struct view url, struct view state, struct buf *code, struct err *err) MUST_USE;

struct oauth_grant {
	struct buf token; // wiped by oauth_grant_clear
	int64_t scopes[OAUTH_SCOPES_MAX];
	size_t scopes_n;
};
// A code works once, so a repetition after a lost answer is refused: any failure means to begin anew. Without the accounts, which oauth_accounts reads.
void oauth_exchange(struct call *call, const struct oauth_app *app, struct view code);
int oauth_read_grant(const struct call_result *result, struct oauth_grant *out, struct err *err) MUST_USE; // RETRY tiktok_answer
void oauth_grant_clear(struct oauth_grant *grant);

struct oauth_account {
	struct view advertiser_id, name;
};
// The accounts that the token reaches. The app's secret is in the query.
void oauth_accounts(struct call *call, const struct oauth_app *app);
// Into `arena`, at most OAUTH_ADVERTISERS_MAX. RETRY tiktok_answer.
int oauth_read_accounts(const struct call_result *result, struct arena *arena, struct oauth_account **out, size_t *n,
	struct err *err) MUST_USE;

// Afterwards every call with this token is CALL_REAUTHORISE; so is a second revocation, which has nothing left to do. The token is in the body.
void oauth_revoke(struct call *call, const struct oauth_app *app, struct view token);
