// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_other_build.h"

#include "processors/attribution/attribution.h"
#include "processors/attribution/delta.h"
#include "schemas/wire.h"
#include "tests/sim/sim_report.h"

enum { OTHER_OWNER = 99, UNIT_MICROS = 1000000 };

static bool is_free(const struct sim_world *w, int32_t partition)
{
	for (int i = 0; i < SIM_WORKERS; i++)
		if (w->workers[i].seats[partition].shard)
			return false;
	return !sim_kafka_pending(w->kafka, partition) &&
		sim_kafka_stable(w->kafka, ATTRIBUTION_OUTPUTS, partition) == sim_kafka_high(w->kafka, ATTRIBUTION_OUTPUTS, partition);
}

// One unit goes from one credit to its neighbour.
static bool round_otherwise(struct arena *arena, struct attributed_conversion *output)
{
	struct credit *credits = arena_take(arena, (output->credits.n + 1) * sizeof *credits);

	for (size_t i = 0; i < output->credits.n; i++)
		credits[i] = output->credits.p[i];
	output->previous = (struct credits){output->credits.n ? output->credits.p : credits, output->credits.n};
	output->credits.p = credits;
	for (size_t i = 0; i + 1 < output->credits.n; i++)
		if (credits[i].revenue.placed_micros >= UNIT_MICROS) {
			credits[i].revenue.placed_micros -= UNIT_MICROS;
			credits[i + 1].revenue.placed_micros += UNIT_MICROS;
			return true;
		}
	return false;
}

static void send(struct sim_world *w, struct sim_txn *txn, struct emission out, const struct contract *contract, const void *record)
{
	struct wire_header header;
	struct buf bytes = {0};
	struct err err;

	if (wire_header_for(contract, NULL, "any", &header, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
	wire_write(&header, contract, record, &bytes);
	out.value = buf_view(&bytes);
	sim_kafka_send(w->kafka, txn, &out);
	buf_clear(&bytes);
}

static void publish(struct sim_world *w, int32_t partition, struct view key, const struct attributed_conversion *output,
	struct arena *arena)
{
	struct sim_txn *txn = sim_kafka_begin(w->kafka, OTHER_OWNER);
	struct delta_side before = {output->currency, output->previous}, after = {output->currency, output->credits};
	struct credit_delta *deltas;
	size_t n;

	send(w, txn, (struct emission){.topic = ATTRIBUTION_OUTPUTS, .partition = partition, .key = key}, contract_attributed_conversion,
		output);
	delta_between(output, &before, &after, arena, &deltas, &n);
	for (size_t i = 0; i < n; i++)
		send(w, txn, (struct emission){.topic = ATTRIBUTION_CREDITS, .partition = -1, .key = VIEW_LIT("any")}, contract_credit_delta,
			&deltas[i]);
	sim_kafka_commit(w->kafka, txn);
	sim_check_excuse(w->check, key);
	w->totals->other_builds++;
	sim_report_note("another build has published %.*s", VIEW_ARG(key));
}

void sim_other_build_publish(struct sim_world *w, int32_t partition)
{
	struct arena arena = {0};
	struct view key;

	for (size_t n = 0; is_free(w, partition) && (key = sim_check_key(w->check, n)).p; n++) {
		struct attributed_conversion output;
		int32_t its = -1;

		sim_check_decode(sim_check_latest(w->check, key, &its, NULL), &arena, &output);
		if (its != partition || !round_otherwise(&arena, &output))
			continue;
		publish(w, partition, key, &output, &arena);
		break;
	}
	arena_clear(&arena);
}
