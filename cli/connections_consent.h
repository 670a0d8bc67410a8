// SPDX-License-Identifier: Apache-2.0
// How a user agrees: the portal's address is shown, and the code that comes back is taken from the loopback port, or from what is pasted.
#pragma once
#include "cli/connections_desk.h"

enum { CONNECTIONS_CONSENT_PORT = 8723, CONNECTIONS_CONSENT_WAIT_S = 300 };

// The options that say how, for the table of a command.
#define CONNECTIONS_CONSENT_OPTIONS \
	{"no-listen", NULL, "read the address that the browser is sent back to, or its code, from stdin instead of listening", NULL}, \
		{"port", "N", "listen on this port of 127.0.0.1 (8723; 0: any free one)", NULL}, \
		{"redirect-uri", "URL", "as registered with the app at TikTok (http://127.0.0.1:PORT/callback)", NULL}, \
	{ \
		"wait", "SECONDS", "how long to wait for the browser (300)", NULL \
	}

// Shows the address on stderr and waits. `code` is wiped by the caller. POISON oauth_state, oauth_refused, code_missing, code_late; FATAL redirect_listen.
int connections_consent(const struct connections_desk *desk, struct buf *code, struct err *err) MUST_USE;
// Are the options good? -1 with a line on stderr: COMMAND_USAGE.
int connections_consent_check(const struct options *options) MUST_USE;
