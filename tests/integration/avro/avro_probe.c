// SPDX-License-Identifier: Apache-2.0
// Reads lines "reader's schema <tab> writer's schema <tab> x<hex of the data> <tab> what it says" and complains of those that a plan reads
// otherwise. tests/integration/avro/run makes the lines with Python's Avro.
#include "tests/unit/schemas/show.h"

static size_t from_hex(const char *hex, char *out)
{
	size_t n = 0;

	for (unsigned byte; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		out[n] = (char)byte;
	return n;
}

static bool is_as_said(char *line)
{
	static char bytes[1 << 20];
	OWN(buf_clear) struct buf out = {0};
	struct err err = {0};
	char *place = NULL;
	const char *reader = strtok_r(line, "\t", &place), *writer = strtok_r(NULL, "\t", &place);
	const char *hex = strtok_r(NULL, "\t", &place), *want = strtok_r(NULL, "\t\n", &place);

	CHECK(reader && writer && hex && want);
	if (show_read(reader, writer, view_of(bytes, from_hex(hex + 1, bytes)), &out, &err)) {
		printf("reader %s\nwriter %s\n%s\n", reader, writer, err.words);
		return false;
	}
	if (view_eq(buf_view(&out), view_text(want)))
		return true;
	printf("reader %s\nwriter %s\nread as %.*s\nnot as  %s\n", reader, writer, VIEW_ARG(buf_view(&out)), want);
	return false;
}

int main(void)
{
	OWN(own_free) char *line = NULL;
	size_t room = 0;
	unsigned cases = 0, wrong = 0;

	while (getline(&line, &room, stdin) > 0) {
		wrong += !is_as_said(line);
		cases++;
	}
	printf("%u cases, %u wrong\n", cases, wrong);
	return wrong != 0 || cases == 0;
}
