// SPDX-License-Identifier: Apache-2.0
// TikTok's click id and browser id where they hide when the record does not say them: in a Cookie header's text and in the page's URL.
#pragma once
#include "base/arena.h"
#include "base/bytes.h"

// "a=1; ttclid=E.C.P.x; _ttp=y": the first that is filled, placeholders left out, percent-decoded. Absent: none.
struct view click_id_cookie(struct view header, const char *name, struct arena *arena);
struct view click_id_url(struct view url, struct arena *arena);
// Any other parameter of the URL by these rules.
struct view click_id_parameter(struct view url, const char *name, struct arena *arena);
