// SPDX-License-Identifier: Apache-2.0
// One event is one line that machines can read back, whatever its values hold.
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char line[8192];

// Runs `body` with stderr in a pipe; what it wrote is then in `line`.
#define CAPTURE(body) \
	do { \
		int ends_[2], kept_ = dup(STDERR_FILENO); \
		assert_int_equal(pipe2(ends_, O_NONBLOCK), 0); \
		dup2(ends_[1], STDERR_FILENO); \
		body; \
		dup2(kept_, STDERR_FILENO); \
		ssize_t n_ = read(ends_[0], line, sizeof line - 1); \
		line[n_ > 0 ? n_ : 0] = '\0'; \
		close(ends_[0]), close(ends_[1]), close(kept_); \
	} while (0)

// Times differ, so comparison starts behind the level.
static const char *from(const char *word)
{
	const char *p = strstr(line, word);

	if (!p)
		fail_msg("'%s' is not in '%s'", word, line);
	return p;
}

static void test_logfmt_quotes_only_what_needs_it(void **state)
{
	(void)state;
	log_setup(LOG_INFO, LOG_LOGFMT);
	CAPTURE(log_event(LOG_INFO, "restored", LOG_I("partition", -3), LOG_S("a", "plain"), LOG_S("b", "two words"), LOG_S("c", "q\"\\\n\x01"),
		LOG_S("d", ""), LOG_S("e", NULL), LOG_F("f", 0.5), LOG_V("g", VIEW_LIT("x=y"))));
	assert_string_equal(from("level="),
		"level=info event=restored partition=-3 a=plain b=\"two words\" c=\"q\\\"\\\\\\n\\u0001\" d=\"\" e= f=0.5 g=\"x=y\"\n");
	assert_memory_equal(line, "time=20", 7);
}

static void test_json_is_json(void **state)
{
	(void)state;
	log_setup(LOG_INFO, LOG_JSON);
	CAPTURE(log_event(LOG_ERROR, "x", LOG_S("text", "a\tb\xc3\xa9"), LOG_S("bytes", "\xff"), LOG_S("none", NULL), LOG_F("nan", 0.0 / 0.0),
		LOG_I("i", INT64_MAX)));
	assert_string_equal(from("\"level\""),
		"\"level\":\"error\",\"event\":\"x\",\"text\":\"a\\tb\xc3\xa9\",\"bytes\":\"\xef\xbf\xbd\","
		"\"none\":null,\"nan\":null,\"i\":9223372036854775807}\n");
	assert_memory_equal(line, "{\"time\":\"20", 11);
}

static void test_lower_levels_are_silent(void **state)
{
	(void)state;
	log_setup(LOG_WARN, LOG_LOGFMT);
	CAPTURE(log_event(LOG_INFO, "quiet"));
	assert_string_equal(line, "");
	CAPTURE(log_event(LOG_WARN, "heard"));
	from("level=warn event=heard\n");
}

static void test_long_text_is_cut_between_characters(void **state)
{
	(void)state;
	static char text[6001];

	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	log_setup(LOG_INFO, LOG_LOGFMT);
	CAPTURE(log_event(LOG_INFO, "e", LOG_S("long", text)));
	assert_int_equal(strlen(from("long=")), strlen("long=") + 4096 + 1);
	memmove(text + 1, text, sizeof text - 2);
	text[0] = 'x';
	CAPTURE(log_event(LOG_INFO, "e", LOG_S("long", text)));
	assert_int_equal(strlen(from("long=x")), strlen("long=") + 4095 + 1);
}

static void test_throttled_events_say_how_many_were_left_out(void **state)
{
	(void)state;
	log_setup(LOG_INFO, LOG_LOGFMT);
	CAPTURE(for (int i = 0; i < 5; i++) log_throttled(LOG_INFO, "often", LOG_I("i", i)));
	assert_string_equal(from("event="), "event=often suppressed=0 i=0\n");
	struct log_throttle t = {0};
	assert_true(log_throttle_pass(&t));
	assert_false(log_throttle_pass(&t));
	assert_false(log_throttle_pass(&t));
	t.next_ms = 0;
	assert_true(log_throttle_pass(&t));
	assert_int_equal(log_throttle_suppressed(&t), 2);
	assert_int_equal(log_throttle_suppressed(&t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logfmt_quotes_only_what_needs_it),
		cmocka_unit_test(test_json_is_json),
		cmocka_unit_test(test_lower_levels_are_silent),
		cmocka_unit_test(test_long_text_is_cut_between_characters),
		cmocka_unit_test(test_throttled_events_say_how_many_were_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
