// SPDX-License-Identifier: Apache-2.0
#include "cli/try_print.h"

#include <errno.h>
#include <stdlib.h>

#include "processors/attribution/attribution.h"
#include "schemas/wire.h"

struct try_print {
	FILE *outputs, *deltas, *dead_letters;
	const char *const *topics;
	struct wire_reader *output_reader, *delta_reader;
	struct arena arena;
	struct buf line;
	uint64_t output_count, delta_count, dead_letter_count;
	struct err failed; // the first
};

struct try_print *try_print_new(FILE *outputs, FILE *deltas, FILE *dead_letters, const char *const *topics)
{
	struct try_print *p = calloc(1, sizeof *p);

	if (!p)
		err_out_of_memory();
	p->outputs = outputs;
	p->deltas = deltas;
	p->dead_letters = dead_letters;
	p->topics = topics;
	p->output_reader = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, NULL);
	p->delta_reader = wire_reader_new(contract_credit_delta, WIRE_AVRO, NULL);
	return p;
}

void try_print_free(struct try_print **print)
{
	struct try_print *p = *print;

	if (!p)
		return;
	wire_reader_free(&p->output_reader);
	wire_reader_free(&p->delta_reader);
	arena_clear(&p->arena);
	buf_clear(&p->line);
	free(p);
	*print = NULL;
}

static void write_line(struct try_print *p, FILE *to)
{
	buf_add_byte(&p->line, '\n');
	if (fwrite(p->line.p, 1, p->line.n, to) != p->line.n && p->failed.class == ERR_NONE)
		err_set(&p->failed, ERR_FATAL, "try_output", "cannot write: %s", strerror(errno));
}

static void print_record(struct try_print *p, struct wire_reader *reader, const struct contract *contract, void *record, struct view value,
	FILE *to)
{
	struct err err;

	arena_reset(&p->arena);
	buf_reset(&p->line);
	if (wire_read(reader, value, &p->arena, record, &err) != 0) {
		if (p->failed.class == ERR_NONE)
			p->failed = err;
		return;
	}
	contract_print_json(contract, record, &p->line);
	write_line(p, to);
}

static struct view header(const struct emission *e, const char *name)
{
	for (size_t i = 0; i < e->header_count; i++)
		if (view_eq(e->headers[i].name, view_text(name)))
			return e->headers[i].value;
	return VIEW_ABSENT;
}

static void add_field(struct try_print *p, const char *name, struct view text)
{
	buf_addf(&p->line, "%s\"%s\":", p->line.n == 1 ? "" : ",", name);
	if (text.p)
		buf_add_quoted(&p->line, text);
	else
		buf_add_text(&p->line, "null");
}

// A value that is not UTF-8 cannot stand in JSON: it is left out, the message says what it is.
static struct view printable(struct view text)
{
	return text.p && bytes_are_utf8(text) ? text : VIEW_ABSENT;
}

static void print_dead_letter(struct try_print *p, const struct emission *e)
{
	long line = strtol(header(e, "__connect.errors.offset").p, NULL, 10) + 1;

	buf_reset(&p->line);
	buf_add_byte(&p->line, '{');
	add_field(p, "topic", header(e, "__connect.errors.topic"));
	add_field(p, "reason", header(e, "lookback.reason"));
	add_field(p, "message", printable(header(e, "__connect.errors.exception.message")));
	add_field(p, "key", printable(e->key));
	add_field(p, "value", printable(e->value));
	buf_addf(&p->line, ",\"line\":%ld}", line);
	write_line(p, p->dead_letters);
}

void try_print_emission(void *context, const struct emission *e)
{
	struct try_print *p = context;
	struct attributed_conversion output;
	struct credit_delta delta;

	switch (e->topic) {
	case ATTRIBUTION_OUTPUTS:
		p->output_count++;
		if (p->outputs)
			print_record(p, p->output_reader, contract_attributed_conversion, &output, e->value, p->outputs);
		break;
	case ATTRIBUTION_CREDITS:
		p->delta_count++;
		if (p->deltas)
			print_record(p, p->delta_reader, contract_credit_delta, &delta, e->value, p->deltas);
		break;
	default:
		p->dead_letter_count++;
		if (p->dead_letters)
			print_dead_letter(p, e);
	}
}

void try_print_counts(const struct try_print *p, uint64_t *outputs, uint64_t *deltas, uint64_t *dead_letters)
{
	*outputs = p->output_count;
	*deltas = p->delta_count;
	*dead_letters = p->dead_letter_count;
}

int try_print_check(const struct try_print *p, struct err *err)
{
	if (p->failed.class == ERR_NONE)
		return 0;
	*err = p->failed;
	return -1;
}
