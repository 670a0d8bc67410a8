// SPDX-License-Identifier: Apache-2.0
#include "schemas/plan.h"

#include <stdlib.h>

#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/program.h"

int plan_new_for(const struct shape *reader, struct view writer_schema, struct plan **out, struct err *err)
{
	OWN(avsc_free) struct avsc_schema *writer = NULL;
	struct plan *plan;

	if (avsc_parse(writer_schema, &writer, err)) {
		snprintf(err->code, sizeof err->code, "bad_record");
		return err_prefix(err, "writer's schema");
	}
	plan = calloc(1, sizeof *plan);
	if (!plan)
		err_out_of_memory();
	plan->arena.block = 4096;
	plan->elements_max = reader->elements_max;
	if (resolve_program(plan, &reader->root, avsc_root(writer), err)) {
		plan_free(&plan);
		return -1;
	}
	*out = plan;
	return 0;
}

int plan_new(const struct contract *reader, struct view writer_schema, struct plan **out, struct err *err)
{
	return plan_new_for(contract_shape(reader), writer_schema, out, err);
}

void plan_free(struct plan **plan)
{
	struct plan *p = *plan;

	if (!p)
		return;
	free(p->ops);
	free(p->paths);
	free(p->parts);
	free(p->entries);
	free(p->images);
	free(p->symbols);
	free(p->words);
	arena_clear(&p->arena);
	free(p);
	*plan = NULL;
}

void plan_trust(struct plan *plan)
{
	for (size_t i = 0; i < plan->ops_n; i++) {
		struct op *op = &plan->ops[i];

		if (op->code == OP_TEXT)
			op->code = OP_BYTES;
		else if (op->code == OP_OPT_TEXT)
			op->code = OP_OPT_BYTES;
	}
}

int plan_decode(const struct plan *plan, struct view bytes, struct arena *arena, void *record, struct err *err)
{
	return decode_run(plan, bytes, arena, record, err);
}
