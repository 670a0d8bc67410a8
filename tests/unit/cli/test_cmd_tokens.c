// SPDX-License-Identifier: Apache-2.0
// `tokens seal` prints what the events sink opens, and takes the token from stdin alone.
#include "cli/options.h"
#include "crypto/seal.h"
#include "processors/events-sink/sink_tokens.h"
#include "tests/unit/config/given.h"

#include <fcntl.h>

static const char base[] = "seal: {current: k2, keys: {k1: '${file:gone}', k2: '${file:key}'}}\n"
						   "tenants: [{id: shop, tiktok: {advertiser_id: '7100', access_token: '${file:sealed}'}}, {id: other}]\n";

static void redirect(int fd, const char *path, int flags)
{
	OWN(own_fd) int file = open(path, flags, 0600);

	assert_true(file >= 0 && dup2(file, fd) == fd);
}

// What it printed is in the file `sealed`.
static int seal(const char *tenant, const char *advertiser, const char *input)
{
	const char *argv[] = {"seal", "--config", "lookback.yaml", "--tenant", tenant, "--advertiser", advertiser, NULL};
	OWN(options_clear) struct options options = {0};
	int kept_in = dup(STDIN_FILENO), kept_out = dup(STDOUT_FILENO);

	given_file("lookback.yaml", base);
	given_file("key", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n");
	given_file("input", input);
	assert_int_equal(options_parse(&cmd_tokens_seal, 7, (char **)argv, &options), 0);
	fflush(stdout);
	redirect(STDIN_FILENO, "input", O_RDONLY);
	redirect(STDOUT_FILENO, "sealed", O_WRONLY | O_CREAT | O_TRUNC);
	int code = cmd_tokens_seal.run(&options);
	fflush(stdout);
	assert_true(dup2(kept_in, STDIN_FILENO) >= 0 && dup2(kept_out, STDOUT_FILENO) >= 0);
	close(kept_in);
	close(kept_out);
	return code;
}

static bool prints_nothing(void)
{
	struct stat about;

	return stat("sealed", &about) == 0 && about.st_size == 0;
}

static void test_what_it_prints_opens(void **state)
{
	static const char *const inputs[] = {"hunter2", "hunter2\n", "hunter2\r\n", "hunter2\nmore"};

	(void)state;
	for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
		OWN(seal_wipe) struct buf token = {0};
		uint64_t version;
		struct err err;

		assert_int_equal(seal("shop", "7100", inputs[i]), COMMAND_DONE);
		OWN(config_free) struct config *c = given_config(base);
		OWN(sink_tokens_free) struct sink_tokens *tokens = sink_tokens_new(c);
		if (sink_tokens_get(tokens, VIEW_LIT("shop"), &token, &version, &err) != 0)
			fail_msg("%s", err.words);
		assert_true(view_eq(buf_view(&token), VIEW_LIT("hunter2")));
	}
}

static void test_what_would_never_open_is_not_sealed(void **state)
{
	(void)state;
	assert_int_equal(seal("shop", "7101", "hunter2"), COMMAND_FAILED); // another advertiser than the config's
	assert_true(prints_nothing());
	assert_int_equal(seal("shap", "7100", "hunter2"), COMMAND_FAILED);
	assert_int_equal(seal("", "7100", "hunter2"), COMMAND_USAGE);
	assert_int_equal(seal("shop", "7100", ""), COMMAND_FAILED);
	assert_int_equal(seal("shop", "7100", "two words"), COMMAND_FAILED);
	assert_true(prints_nothing());
	assert_int_equal(seal("other", "1", "hunter2"), COMMAND_DONE); // the config names no advertiser yet
}

static void test_too_long_an_input_is_no_token(void **state)
{
	OWN(own_free) char *text = malloc(SEAL_CLEAR_MAX + 2);

	(void)state;
	memset(text, 'x', SEAL_CLEAR_MAX + 1);
	text[SEAL_CLEAR_MAX + 1] = '\0';
	assert_int_equal(seal("shop", "7100", text), COMMAND_FAILED);
	assert_true(prints_nothing());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_prints_opens),
		cmocka_unit_test(test_what_would_never_open_is_not_sealed),
		cmocka_unit_test(test_too_long_an_input_is_no_token),
	};

	return GIVEN_TESTS(tests);
}
