// SPDX-License-Identifier: Apache-2.0
// The JSON Schema takes the example and refuses what the program refuses (checked by python3-jsonschema where it is installed).
#include "config/config.h"

#include "tests/unit/config/given.h"

static void write_schema(void)
{
	OWN(buf_clear) struct buf schema = {0};

	config_schema(&schema);
	buf_add_byte(&schema, '\0');
	given_file("schema.json", schema.p);
}

// 0: fits, 1: does not, 2: no validator here.
static int judge(const char *yaml_file)
{
	char command[1024];

	snprintf(command, sizeof command,
		"/usr/bin/python3 -c '\n"
		"import json, sys\n"
		"try:\n    import yaml, jsonschema\nexcept ImportError: sys.exit(2)\n"
		"schema = json.load(open(\"schema.json\"))\n"
		"jsonschema.Draft202012Validator.check_schema(schema)\n"
		"value = yaml.load(open(\"%s\"), yaml.SafeLoader)\n"
		"sys.exit(not jsonschema.Draft202012Validator(schema).is_valid(value))'",
		yaml_file);
	int status = system(command);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void fits(const char *text, int expected)
{
	given_file("value.yaml", text);
	int verdict = judge("value.yaml");

	if (verdict == 2)
		skip();
	if (verdict != expected)
		fail_msg("%s was%s taken", text, expected ? "" : " not");
}

static void test_the_example_fits(void **state)
{
	(void)state;
	write_schema();
	if (judge(TEST_SOURCE_DIR "/docs/example-config.yaml") == 2)
		skip();
	assert_int_equal(judge(TEST_SOURCE_DIR "/docs/example-config.yaml"), 0);
}

static void test_what_the_program_takes_fits(void **state)
{
	(void)state;
	write_schema();
	fits("kafka:\nattribution: {workers: 4}\nstart: 5\nadmin: {listen: '${L}'}\nkeep_query: '${K}'\n"
		 "tenants: [{id: a, goals: [{name: g, where: {user: x, currency: [PEN, 5]}, first_scope: lifetime}]}]\n",
		0);
	fits("seal: {keys: {k: x}}\ntenants: [{id: a, tiktok: {advertiser_id: 7, access_token: '${T}'}, goals: [{name: g, export_delay: 1h, "
		 "destination: {source: web, events: {a: b}, pixel_code: null}}]}]\n",
		0);
}

static void test_what_the_program_refuses_does_not_fit(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"runn: x\n",
		"kafka: {bootstrap_server: x}\n",
		"attribution: {workers: 0}\n",
		"attribution: {commit_interval: 5}\n",
		"log: {level: loud}\n",
		"max_record: 5\n",
		"tenants: [{goals: []}]\n",
		"tenants: [{id: a, goals: [{source: orders}]}]\n",
		"tenants: [{id: 'a b'}]\n",
		"tenants: [{id: a, goals: [{name: g, weights: [1, 2]}]}]\n",
		"run: null\n",
		"tenants: [{id: a, tiktok: {advertizer_id: 7}}]\n",
		"tenants: [{id: a, tiktok: 7}]\n",
		"tenants: [{id: a, goals: [{name: g, destination: {source: mail}}]}]\n",
		"tenants: [{id: a, goals: [{name: g, destination: {events: [a]}}]}]\n",
		"events_sink: {batch: 1001}\n",
	};
	write_schema();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		fits(bad[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_fits),
		cmocka_unit_test(test_what_the_program_takes_fits),
		cmocka_unit_test(test_what_the_program_refuses_does_not_fit),
	};

	return GIVEN_TESTS(tests);
}
