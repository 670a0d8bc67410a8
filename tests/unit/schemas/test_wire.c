// SPDX-License-Identifier: Apache-2.0
// A value says which schema wrote it; both Avro framings are read, and what is unknown is refused saying what it was.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/wire.h"

static struct arena arena;
static struct err err;
static const struct click example = {.tenant = VIEW_LIT("t"), .user = VIEW_LIT("u"), .event_time = 5, .channel = VIEW_LIT("tiktok")};

static int set_up(void **state)
{
	(void)state;
	return contract_setup(&err);
}

static int clear(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static void assert_refused(struct wire_reader *reader, struct view value, const char *words)
{
	struct click c;

	assert_int_equal(wire_read(reader, value, &arena, &c, &err), -1);
	assert_int_equal(err.class, ERR_POISON);
	assert_string_equal(err.code, "bad_record");
	if (!strstr(err.words, words))
		fail_msg("\"%s\" does not say \"%s\"", err.words, words);
}

static void single_objects_are_written_and_read(void **state)
{
	static const uint8_t header_bytes[] = {0xc3, 0x01, 0x01, 0x83, 0x8f, 0x40, 0x52, 0x7d, 0x55, 0xc1}; // little-endian fingerprint
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract_click, WIRE_AVRO, NULL);
	OWN(buf_clear) struct buf out = {0};
	struct wire_header header;
	struct click c;

	(void)state;
	assert_int_equal(wire_header_for(contract_click, NULL, "clicks", &header, &err), 0);
	wire_write(&header, contract_click, &example, &out);
	assert_true(out.n > sizeof header_bytes);
	assert_memory_equal(out.p, header_bytes, sizeof header_bytes);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wire_read(reader, buf_view(&out), &arena, &c, &err), 0);
		assert_true(view_eq(c.tenant, VIEW_LIT("t")) && c.event_time == 5 && c.consent == CONSENT_GRANTED);
	}
	for (size_t n = 0; n < out.n; n++)
		assert_int_equal(wire_read(reader, view_of(out.p, n), &arena, &c, &err), -1);
}

// Of a required text and of an optional one.
static void texts_of_our_own_are_taken_as_they_are(void **state)
{
	static const struct click odd[] = {{.tenant = VIEW_LIT("\xff"), .user = VIEW_LIT("u"), .channel = VIEW_LIT("tiktok")},
		{.tenant = VIEW_LIT("t"), .user = VIEW_LIT("u"), .channel = VIEW_LIT("tiktok"), .ttclid = VIEW_LIT("a\xff")}};
	OWN(wire_reader_free) struct wire_reader *checks = wire_reader_new(contract_click, WIRE_AVRO, NULL);
	OWN(wire_reader_free) struct wire_reader *trusts = wire_reader_new(contract_click, WIRE_AVRO, NULL);
	OWN(buf_clear) struct buf out = {0};
	struct wire_header header;
	struct click c;

	(void)state;
	wire_reader_trust(trusts);
	assert_int_equal(wire_header_for(contract_click, NULL, "clicks", &header, &err), 0);
	for (int i = 0; i < 2; i++) {
		buf_reset(&out);
		wire_write(&header, contract_click, &odd[i], &out);
		assert_refused(checks, buf_view(&out), "text that is not UTF-8");
		assert_int_equal(wire_read(trusts, buf_view(&out), &arena, &c, &err), 0);
		assert_true(view_eq(c.tenant, odd[i].tenant) && view_eq(c.ttclid, odd[i].ttclid));
		for (size_t n = 0; n < out.n; n++)
			assert_int_equal(wire_read(trusts, view_of(out.p, n), &arena, &c, &err), -1);
	}
}

static void other_values_are_refused(void **state)
{
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract_click, WIRE_AVRO, NULL);

	(void)state;
	assert_refused(reader, VIEW_ABSENT, "no value");
	assert_refused(reader, VIEW_LIT(""), "begins with neither");
	assert_refused(reader, VIEW_LIT("\x07"), "begins with neither");
	assert_refused(reader, VIEW_LIT("{\"tenant\":1}"), "format of this topic is avro");
	assert_refused(reader, VIEW_LIT("\0\0\0\0\x07"), "schema id 7 of a registry, but schema_registry.url is not set");
	assert_refused(reader, VIEW_LIT("\0\0\0\0"), "begins with neither");
	assert_refused(reader, VIEW_LIT("\xc3\x02\x08\x07\x06\x05\x04\x03\x02\x01"), "begins with neither");
	assert_refused(reader, VIEW_LIT("\xc3\x01\x08\x07\x06\x05\x04\x03\x02\x01zzz"), "fingerprint 0102030405060708");
	assert_refused(reader, VIEW_LIT("\xc3\x01\x08\x07\x06\x05\x04\x03\x02"), "begins with neither");
}

// An order's fingerprint on the clicks topic is as unknown as any other.
static void another_contracts_value_is_refused(void **state)
{
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract_click, WIRE_AVRO, NULL);
	struct wire_header header;

	(void)state;
	assert_int_equal(wire_header_for(contract_order, NULL, "orders", &header, &err), 0);
	assert_refused(reader, view_of(header.bytes, header.n), "no known version of Click");
}

static void json_is_read_where_it_is_configured(void **state)
{
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract_click, WIRE_JSON, NULL);
	struct click c;

	(void)state;
	assert_int_equal(wire_read(reader, VIEW_LIT("{\"tenant\":\"t\",\"event_time\":9}"), &arena, &c, &err), 0);
	assert_true(view_eq(c.tenant, VIEW_LIT("t")) && c.event_time == 9);
	assert_refused(reader, VIEW_LIT("\xc3\x01\x01\x83\x8f\x40\x52\x7d\x55\xc1"), "UTF-8");
	assert_refused(reader, VIEW_ABSENT, "no value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(single_objects_are_written_and_read, clear),
		cmocka_unit_test_teardown(texts_of_our_own_are_taken_as_they_are, clear),
		cmocka_unit_test_teardown(other_values_are_refused, clear),
		cmocka_unit_test_teardown(another_contracts_value_is_refused, clear),
		cmocka_unit_test_teardown(json_is_read_where_it_is_configured, clear),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
