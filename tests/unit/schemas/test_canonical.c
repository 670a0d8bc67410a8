// SPDX-License-Identifier: Apache-2.0
// A schema has the fingerprint that every other Avro implementation computes for it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/canonical.h"
#include "schemas/inside.h"

static struct err err;

static void known_fingerprints_are_met(void **state)
{
	// the first three are Avro's own published values; the others were computed by an independent script
	static const struct {
		const char *schema;
		uint64_t fingerprint;
	} cases[] = {
		{"\"null\"", 0x63dd24e7cc258f8a},
		{"\"int\"", 0x7275d51a3f395c8f},
		{"{\"type\":\"string\",\"avro.java.string\":\"String\"}", 0x8f014872634503c7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(avsc_free) struct avsc_schema *schema = NULL;

		assert_int_equal(avsc_parse(view_text(cases[i].schema), &schema, &err), 0);
		assert_true(canonical_fingerprint(schema) == cases[i].fingerprint);
	}
}

// The fingerprint stands in stored records: a contract that changes must keep its old version under schemas/avro/past.
static void contracts_have_their_fingerprints(void **state)
{
	(void)state;
	assert_int_equal(contract_setup(&err), 0);
	assert_true(contract_fingerprint(contract_click) == 0xc1557d52408f8301);
	assert_true(contract_fingerprint(contract_order) == 0x59b88fcbf63de414);
	assert_true(contract_fingerprint(contract_conversion) == 0x5ff0336d46e6678b);
	assert_true(contract_fingerprint(contract_attributed_conversion) == 0x926d06458298d737);
	assert_true(contract_fingerprint(contract_credit_delta) == 0x235dc6c844f2d4f7);
	assert_true(contract_fingerprint(contract_export_result) == 0x0cd1bed5c7195ad0);
	assert_true(contract_fingerprint(contract_connection) == 0xc85c00dda5fea50e);
	assert_true(contract_fingerprint(contract_sync_status) == 0x617c569bf21590b7);
	assert_true(contract_fingerprint(contract_report_snapshot) == 0xe9cd997b5304557d);
	assert_true(contract_fingerprint(contract_ad_entity) == 0xc7ac7130885d6bbd);
	assert_true(contract_fingerprint(contract_roas_row) == 0x91f40aa278d3b784);
	assert_true(contract_fingerprint(contract_daily_sum) == 0x9dbcaa0ec4375a48);
	assert_true(contract_fingerprint(contract_tenant_day) == 0x654d8b57a625ebad);
}

static void canonical_form_is_as_specified(void **state)
{
	static const char schema[] =
		" { \"fields\" : [ {\"name\":\"a\", \"doc\":\"d\", \"default\":1, \"type\": {\"type\":\"int\",\"logicalType\":\"date\"}},"
		"{\"type\":[\"null\",\"self\",{\"symbols\":[\"x\",\"y\"],\"type\":\"enum\",\"name\":\"other.e\",\"aliases\":[\"z\"]}],\"name\":\"b\"},"
		"{\"name\":\"c\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":\"other.e\"}}},"
		"{\"name\":\"d\",\"type\":{\"size\":4,\"name\":\"f\",\"type\":\"fixed\"}}],"
		"\"namespace\":\"n.m\", \"name\":\"self\", \"type\":\"record\" }";
	static const char want[] =
		"{\"name\":\"n.m.self\",\"type\":\"record\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
		"{\"name\":\"b\",\"type\":[\"null\",\"n.m.self\",{\"name\":\"other.e\",\"type\":\"enum\",\"symbols\":[\"x\",\"y\"]}]},"
		"{\"name\":\"c\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":\"other.e\"}}},"
		"{\"name\":\"d\",\"type\":{\"name\":\"n.m.f\",\"type\":\"fixed\",\"size\":4}}]}";
	OWN(avsc_free) struct avsc_schema *parsed = NULL, *again = NULL;
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	if (avsc_parse(view_text(schema), &parsed, &err))
		fail_msg("%s", err.words);
	canonical_print(parsed, &out);
	buf_add_byte(&out, 0);
	assert_string_equal(out.p, want);
	assert_int_equal(avsc_parse(view_text(want), &again, &err), 0);
	assert_true(canonical_fingerprint(again) == canonical_fingerprint(parsed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_fingerprints_are_met),
		cmocka_unit_test(contracts_have_their_fingerprints),
		cmocka_unit_test(canonical_form_is_as_specified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
