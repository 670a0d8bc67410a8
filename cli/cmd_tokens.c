// SPDX-License-Identifier: Apache-2.0
// Access tokens for the config, sealed. The clear token comes from stdin alone: what stands in argv or in a variable is seen by others.
#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/options.h"
#include "runtime/seal_ring.h"

static int usage(const char *words)
{
	fprintf(stderr, "lookback tokens seal: %s\n", words);
	return COMMAND_USAGE;
}

// A line typed at a terminal is not shown.
static bool hide(struct termios *before)
{
	struct termios hidden;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, before) != 0)
		return false;
	hidden = *before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "Token (not shown), then Enter: ");
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

// Up to a line's end or the end of input; nothing of it stays in a buffer of stdio.
static int read_token(struct buf *token, struct err *err)
{
	char byte = 0;
	ssize_t n;

	CHECK(buf_reserve(token, SEAL_CLEAR_MAX + 1)); // growing would leave copies behind
	while ((n = read(STDIN_FILENO, &byte, 1)) != 0 && byte != '\n') {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_FATAL, "token_unreadable", "the token cannot be read from stdin");
		if (token->n == SEAL_CLEAR_MAX)
			return err_set(err, ERR_FATAL, "token_unreadable", "more than %d bytes on stdin are no token", SEAL_CLEAR_MAX);
		buf_add_byte(token, (uint8_t)byte);
	}
	if (token->n > 0 && token->p[token->n - 1] == '\r')
		token->n--;
	return 0;
}

static int check_token(struct view token, struct err *err)
{
	if (token.n == 0)
		return err_set(err, ERR_FATAL, "token_unreadable", "there is no token on stdin");
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] <= ' ' || token.p[i] > '~')
			return err_set(err, ERR_FATAL, "token_unreadable", "what stands on stdin is no token: it holds blanks or letters beyond ASCII");
	}
	return 0;
}

static int ask(struct buf *token, struct err *err)
{
	struct termios before;
	bool hidden = hide(&before);
	int rc = read_token(token, err);

	if (hidden) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	return rc != 0 ? -1 : check_token(buf_view(token), err);
}

static int print_sealed(const struct config *config, const struct seal_owner *owner, struct err *err)
{
	OWN(seal_free) struct seal *seal = NULL;
	OWN(seal_wipe) struct buf token = {0};
	OWN(buf_clear) struct buf sealed = {0};

	if (seal_ring_for_sealing(config, &seal, err) != 0 || ask(&token, err) != 0 ||
		seal_close(seal, owner, buf_view(&token), &sealed, err) != 0)
		return options_fail(err);
	buf_add_byte(&sealed, '\n');
	return command_print(&sealed);
}

// A token that is sealed for others than the config names would never open.
static int check_owner(const struct config *config, const struct seal_owner *owner, struct err *err)
{
	const struct tenant *tenant = config_tenant(config, owner->tenant);
	struct view known = tenant ? tenant->tiktok.advertiser_id : VIEW_ABSENT;

	if (!tenant)
		return err_set(err, ERR_FATAL, "unknown_tenant", "tenant %.*s is not in the configuration", VIEW_ARG(owner->tenant));
	if (view_is_set(known) && !view_eq(known, owner->advertiser))
		return err_set(err, ERR_FATAL, "other_advertiser", "tenant %.*s has tiktok.advertiser_id %.*s, not %.*s", VIEW_ARG(tenant->id),
			VIEW_ARG(known), VIEW_ARG(owner->advertiser));
	return 0;
}

static int run(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	const struct seal_owner owner = {view_text(options_value(options, "tenant")), view_text(options_value(options, "advertiser"))};
	struct err err;

	if (owner.tenant.n == 0 || owner.advertiser.n == 0)
		return usage("--tenant and --advertiser say whom the token is for; it opens for nobody else");
	if (options_config(options, &config) != 0)
		return COMMAND_FAILED;
	return check_owner(config, &owner, &err) != 0 ? options_fail(&err) : print_sealed(config, &owner, &err);
}

static const struct command_option options_of_seal[] = {
	{"tenant", "TENANT", "whose token it is", NULL},
	{"advertiser", "ID", "the advertiser that it is for, as in the tenant's tiktok.advertiser_id", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_tokens_seal = {
	.name = "tokens seal",
	.about = "seals an access token, read from stdin, for tiktok.access_token",
	.traits = COMMAND_CONFIG,
	.options = options_of_seal,
	.example = "lookback tokens seal --tenant demo-shop --advertiser 7100000000000000001 < token > token.sealed",
	.run = run,
};
