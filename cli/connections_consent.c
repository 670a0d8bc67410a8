// SPDX-License-Identifier: Apache-2.0
#include "cli/connections_consent.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/redirect.h"

enum { STATE_BYTES = 32, PASTE_MAX = 8 << 10, PORT_MAX = 65535, WAIT_MAX_S = 3600 };

struct asking {
	const struct connections_desk *desk;
	char state[2 * STATE_BYTES + 1]; // of 256 random bits: nobody else's redirect has it
	struct buf *code;
};

static int wanted_port(const struct options *options, int64_t *port)
{
	return options_integer(options, "port", 0, PORT_MAX, CONNECTIONS_CONSENT_PORT, port);
}

static int wanted_wait(const struct options *options, int64_t *seconds)
{
	return options_integer(options, "wait", 1, WAIT_MAX_S, CONNECTIONS_CONSENT_WAIT_S, seconds);
}

int connections_consent_check(const struct options *options)
{
	int64_t port, seconds;

	return wanted_port(options, &port) == 0 && wanted_wait(options, &seconds) == 0 ? 0 : -1;
}

static int make_state(struct asking *c, struct err *err)
{
	unsigned char bytes[STATE_BYTES];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return err_set(err, ERR_FATAL, "random_missing", "the system gives no random bytes");
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(c->state + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static void show(const struct asking *c, struct view redirect_uri, const char *then)
{
	const struct config *config = c->desk->config;
	OWN(buf_clear) struct buf url = {0};

	oauth_consent_url(config->marketing_api.portal, view_text(config->marketing_api.app_id), view_text(c->state), redirect_uri, &url);
	fprintf(stderr, "Open this address in a browser, log in to TikTok and choose the accounts:\n\n  %.*s\n\n%s\n", VIEW_ARG(buf_view(&url)),
		then);
	fflush(stderr);
}

// ---- listening

static int accept_url(void *context, struct view url, struct err *err)
{
	struct asking *c = context;

	return oauth_read_redirect(url, view_text(c->state), c->code, err);
}

static int late(struct redirect *redirect, int64_t seconds, struct err *err)
{
	unsigned refused = redirect_refused(redirect);

	if (refused == 0)
		return err_set(err, ERR_POISON, "code_late",
			"no browser came back within %d s, nothing was connected; begin again, or use --no-listen", (int)seconds);
	return err_set(err, ERR_POISON, "oauth_state",
		"%u request%s came back with another state than was sent, or without a code because access was not granted; nothing was connected: begin again",
		refused, refused == 1 ? "" : "s");
}

static int listen_for(struct asking *c, struct err *err)
{
	OWN(redirect_close) struct redirect *redirect = NULL;
	OWN(buf_clear) struct buf own = {0};
	const char *uri = options_value(c->desk->options, "redirect-uri");
	int64_t port = 0, seconds = 0;

	CHECK(wanted_port(c->desk->options, &port) == 0 && wanted_wait(c->desk->options, &seconds) == 0); // checked before
	const struct redirect_options options = {.port = (int)port, .accept = accept_url, .context = c};

	if (redirect_open(&options, &redirect, err) != 0)
		return -1;
	buf_addf(&own, "http://127.0.0.1:%d/callback", redirect_port(redirect));
	show(c, uri ? view_text(uri) : buf_view(&own), "Waiting for the browser to come back …");
	return redirect_wait(redirect, seconds * 1000) ? 0 : late(redirect, seconds, err);
}

// ---- pasting

static int read_line(struct buf *line, struct err *err)
{
	char byte = 0;
	ssize_t n;

	CHECK(buf_reserve(line, PASTE_MAX)); // growing would leave copies behind
	while ((n = read(STDIN_FILENO, &byte, 1)) != 0 && byte != '\n') {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || line->n == PASTE_MAX)
			return err_set(err, ERR_POISON, "code_missing", "what stands on stdin is no address to come back to, and no code");
		buf_add_byte(line, (uint8_t)byte);
	}
	return 0;
}

// A code alone has no state to compare: whoever pastes it says where it is from.
static bool is_code(struct view text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~' || strchr("?&=/:", text.p[i]))
			return false;
	return text.n > 0;
}

static int paste(struct asking *c, struct err *err)
{
	OWN(seal_wipe) struct buf line = {0};
	OWN(buf_clear) struct buf own = {0};
	const char *uri = options_value(c->desk->options, "redirect-uri");
	int64_t port = 0;

	CHECK(wanted_port(c->desk->options, &port) == 0); // checked before
	buf_addf(&own, "http://127.0.0.1:%d/callback", (int)port);
	show(c, uri ? view_text(uri) : buf_view(&own), "Paste the address that the browser ends at, then Enter:");
	if (read_line(&line, err) != 0)
		return -1;
	struct view text = view_trimmed(buf_view(&line));

	if (text.n == 0)
		return err_set(err, ERR_POISON, "code_missing",
			"there is nothing on stdin: paste the address that the browser ended at, or the code in it");
	if (!is_code(text))
		return oauth_read_redirect(text, view_text(c->state), c->code, err);
	buf_add_view(c->code, text);
	return 0;
}

int connections_consent(const struct connections_desk *desk, struct buf *code, struct err *err)
{
	struct asking c = {.desk = desk, .code = code};

	if (make_state(&c, err) != 0)
		return -1;
	return options_has(desk->options, "no-listen") ? paste(&c, err) : listen_for(&c, err);
}
