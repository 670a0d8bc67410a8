// SPDX-License-Identifier: Apache-2.0
// Test support: a reader that is given answers by hand, with a clock of its own.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "tiktok/reader.h"

static struct reader *reader;
static struct call asked;
static int64_t now_ms = 1000000;

static inline enum reader_want next(void)
{
	int64_t wait_until_ms = 0;
	enum reader_want want;

	while ((want = reader_next(reader, now_ms, &asked, &wait_until_ms)) == READER_WAIT) {
		assert_true(wait_until_ms > now_ms);
		now_ms = wait_until_ms;
	}
	return want;
}

static inline void expect(enum reader_want want)
{
	assert_int_equal(next(), want);
}

// Whether what was asked has this in its query, in clear.
static inline bool asked_has(const char *part)
{
	OWN(buf_clear) struct buf clear = {0};

	for (size_t i = 0; i < asked.text.n; i++) {
		const char *at = asked.text.p + i;
		bool encoded = *at == '%' && i + 2 < asked.text.n;

		buf_add_byte(&clear, encoded ? (uint8_t)(bytes_hex_digit(at[1]) * 16 + bytes_hex_digit(at[2])) : (uint8_t)*at);
		i += encoded ? 2 : 0;
	}
	buf_add_byte(&clear, 0);
	return strstr(clear.p, part) != NULL;
}

static inline void expect_ask(const char *part)
{
	expect(READER_ASK);
	if (!asked_has(part))
		fail_msg("%.*s has no %s", (int)asked.text.n, asked.text.p, part);
}

static inline void answer_body(struct view body)
{
	struct http_answer answer = {.status = 200, .retry_after_ms = -1};
	struct call_result result = {0};

	buf_add_view(&answer.body, body);
	call_judge(&asked, &answer, NULL, &result);
	reader_answer(reader, &result, now_ms);
	call_result_clear(&result);
	http_answer_clear(&answer);
}

static inline void answer_data(const char *data)
{
	OWN(buf_clear) struct buf body = {0};

	buf_addf(&body, "{\"code\":0,\"message\":\"OK\",\"request_id\":\"R1\",\"data\":%s}", data);
	answer_body(buf_view(&body));
}

static inline void answer_code(int code)
{
	OWN(buf_clear) struct buf body = {0};

	buf_addf(&body, "{\"code\":%d,\"message\":\"why\",\"request_id\":\"R1\",\"data\":{}}", code);
	answer_body(buf_view(&body));
}

static inline void answer_error(const char *code)
{
	struct call_result result = {0};
	struct err err;

	err_set(&err, ERR_RETRY, code, "why");
	call_judge(&asked, NULL, &err, &result);
	reader_answer(reader, &result, now_ms);
	call_result_clear(&result);
}

static inline int end_case(void **state)
{
	(void)state;
	reader_free(&reader);
	call_clear(&asked);
	return 0;
}
