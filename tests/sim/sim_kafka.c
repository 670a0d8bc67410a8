// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_kafka.h"

#include <stdlib.h>

static void *grown(void *p, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return p;
	*room = *room ? *room * 2 : 32;
	p = realloc(p, *room * size);
	if (!p)
		err_out_of_memory();
	return p;
}

struct sim_kafka *sim_kafka_new(int inputs, int32_t partitions)
{
	struct sim_kafka *k = calloc(1, sizeof *k);

	if (!k)
		err_out_of_memory();
	CHECK(partitions <= SIM_PARTITIONS);
	k->inputs = inputs;
	k->partitions = partitions;
	for (int32_t p = 0; p < partitions; p++)
		for (int i = 0; i < POSITION_INPUTS; i++)
			k->commits[p][i].next = -1;
	return k;
}

void sim_kafka_free(struct sim_kafka **kafka)
{
	struct sim_kafka *k = *kafka;

	if (!k)
		return;
	for (int t = 0; t < SIM_TOPICS; t++)
		for (int32_t p = 0; p < SIM_PARTITIONS; p++)
			free(k->logs[t][p].entries);
	for (size_t i = 0; i < k->txn_count; i++) {
		free(k->txns[i]->sent);
		free(k->txns[i]->offsets);
		free(k->txns[i]);
	}
	free(k->txns);
	arena_clear(&k->arena);
	free(k);
	*kafka = NULL;
}

// ---- logs

static struct sim_entry *append(struct sim_kafka *k, int topic, int32_t partition)
{
	struct sim_log *log = &k->logs[topic][partition];

	log->entries = grown(log->entries, log->count, &log->room, sizeof *log->entries);
	return memset(&log->entries[log->count++], 0, sizeof *log->entries);
}

void sim_kafka_put(struct sim_kafka *k, int topic, int32_t partition, const struct sim_entry *entry)
{
	struct sim_entry *e = append(k, topic, partition);

	*e = *entry;
	e->key = arena_dup(&k->arena, entry->key);
	e->value = arena_dup(&k->arena, entry->value);
	e->headers = arena_take(&k->arena, entry->header_count * sizeof *e->headers);
	for (size_t i = 0; i < entry->header_count; i++)
		e->headers[i] = (struct header){arena_dup(&k->arena, entry->headers[i].name), arena_dup(&k->arena, entry->headers[i].value)};
}

struct sim_entry *sim_kafka_at(struct sim_kafka *k, int topic, int32_t partition, int64_t offset)
{
	struct sim_log *log = &k->logs[topic][partition];

	CHECK(offset >= log->low && offset < (int64_t)log->count);
	return &log->entries[offset];
}

int64_t sim_kafka_high(const struct sim_kafka *k, int topic, int32_t partition)
{
	return (int64_t)k->logs[topic][partition].count;
}

static bool is_undecided(const struct sim_txn *txn)
{
	return txn && (txn->state == SIM_TXN_OPEN || txn->state == SIM_TXN_PREPARED);
}

int64_t sim_kafka_stable(const struct sim_kafka *k, int topic, int32_t partition)
{
	const struct sim_log *log = &k->logs[topic][partition];
	int64_t at = log->low;

	while (at < (int64_t)log->count && !is_undecided(log->entries[at].txn))
		at++;
	return at;
}

bool sim_kafka_is_visible(const struct sim_entry *e)
{
	return !e->marker && (!e->txn || e->txn->state == SIM_TXN_COMMITTED);
}

// ---- transactions

struct sim_txn *sim_kafka_begin(struct sim_kafka *k, int owner)
{
	struct sim_txn *txn = calloc(1, sizeof *txn);

	if (!txn)
		err_out_of_memory();
	txn->owner = owner;
	k->txns = grown(k->txns, k->txn_count, &k->txn_room, sizeof(struct sim_txn *));
	return k->txns[k->txn_count++] = txn;
}

static int32_t by_key(const struct sim_kafka *k, struct view key)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (uint8_t)key.p[i]) * 16777619u;
	return (int32_t)(hash % (uint32_t)k->partitions);
}

struct sim_place sim_kafka_send(struct sim_kafka *k, struct sim_txn *txn, const struct emission *e)
{
	int32_t partition = e->partition >= 0 ? e->partition : by_key(k, e->key);
	struct sim_place place = {e->topic, partition, sim_kafka_high(k, e->topic, partition)};
	struct sim_entry entry = {.timestamp = -1,
		.key = e->key,
		.value = e->value,
		.headers = (struct header *)(uintptr_t)e->headers,
		.header_count = e->header_count,
		.txn = txn};

	CHECK(txn->state == SIM_TXN_OPEN);
	sim_kafka_put(k, e->topic, partition, &entry);
	txn->sent = grown(txn->sent, txn->sent_count, &txn->sent_room, sizeof *txn->sent);
	txn->sent[txn->sent_count++] = place;
	return place;
}

void sim_kafka_add_offset(struct sim_kafka *k, struct sim_txn *txn, const struct bus_offset *offset)
{
	txn->offsets = grown(txn->offsets, txn->offset_count, &txn->offset_room, sizeof *txn->offsets);
	txn->offsets[txn->offset_count] = *offset;
	txn->offsets[txn->offset_count++].metadata = arena_dup(&k->arena, offset->metadata);
}

// One in each partition that it wrote to.
static void write_markers(struct sim_kafka *k, const struct sim_txn *txn)
{
	bool touched[SIM_TOPICS][SIM_PARTITIONS] = {{false}};

	for (size_t i = 0; i < txn->sent_count; i++)
		touched[txn->sent[i].topic][txn->sent[i].partition] = true;
	for (int t = 0; t < SIM_TOPICS; t++)
		for (int32_t p = 0; p < k->partitions; p++)
			if (touched[t][p])
				append(k, t, p)->marker = true;
}

void sim_kafka_commit(struct sim_kafka *k, struct sim_txn *txn)
{
	CHECK(is_undecided(txn));
	txn->state = SIM_TXN_COMMITTED;
	write_markers(k, txn);
	for (size_t i = 0; i < txn->offset_count; i++) {
		const struct bus_offset *o = &txn->offsets[i];

		k->commits[o->partition][o->input] = (struct sim_commit){o->next, o->metadata};
	}
	if (k->committed)
		k->committed(k->context, txn);
}

void sim_kafka_abort(struct sim_kafka *k, struct sim_txn *txn)
{
	CHECK(txn->state == SIM_TXN_OPEN);
	txn->state = SIM_TXN_ABORTED;
	write_markers(k, txn);
}

void sim_kafka_decide(struct sim_kafka *k, struct sim_txn *txn)
{
	if (txn->state == SIM_TXN_PREPARED)
		sim_kafka_commit(k, txn);
	else if (txn->state == SIM_TXN_OPEN)
		sim_kafka_abort(k, txn);
}

void sim_kafka_decide_all(struct sim_kafka *k, int owner)
{
	for (size_t i = 0; i < k->txn_count; i++)
		if (owner < 0 || k->txns[i]->owner == owner)
			sim_kafka_decide(k, k->txns[i]);
}

struct sim_txn *sim_kafka_pending(const struct sim_kafka *k, int32_t partition)
{
	for (size_t i = 0; i < k->txn_count; i++)
		for (size_t n = 0; is_undecided(k->txns[i]) && n < k->txns[i]->offset_count; n++)
			if (k->txns[i]->offsets[n].partition == partition)
				return k->txns[i];
	return NULL;
}

struct sim_txn *sim_kafka_blocking(const struct sim_kafka *k, int topic, int32_t partition, int64_t offset)
{
	const struct sim_log *log = &k->logs[topic][partition];

	for (int64_t at = log->low; at <= offset && at < (int64_t)log->count; at++)
		if (is_undecided(log->entries[at].txn))
			return log->entries[at].txn;
	return NULL;
}
