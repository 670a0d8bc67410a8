// SPDX-License-Identifier: Apache-2.0
#include "schemas/contract.h"

#include <stdlib.h>

#include "base/own.h"
#include "schemas/bindings.h"
#include "schemas/canonical.h"
#include "schemas/embedded.h"
#include "schemas/encode.h"
#include "schemas/inside.h"
#include "schemas/parse.h"
#include "schemas/print.h"

enum {
	VERSIONS_MAX = 32,
	LEAVES_MAX = 128,
	INPUT_ELEMENTS = 10000,
	OUTPUT_ELEMENTS = 40000, // an input's lists, and twice the 1,000 credits that max_touchpoints allows
};

struct version {
	uint64_t fingerprint;
	const char *text;
};

struct contract {
	const char *name;
	const char *file; // of schemas/avro/, without its ending
	const struct binding *table;
	size_t size;
	size_t elements_max;
	const char *text;
	uint64_t fingerprint;
	struct shape shape;
	struct version versions[VERSIONS_MAX]; // the current one among them
	size_t versions_n;
	const struct slot *leaves[LEAVES_MAX];
	size_t leaves_n;
};

#define CONTRACT(title, stem, max) \
	static struct contract stem##_contract = {.name = title, \
		.file = #stem, \
		.table = bindings_##stem, \
		.size = sizeof(struct stem), \
		.elements_max = max}; \
	const struct contract *const contract_##stem = &stem##_contract

CONTRACT("Click", click, INPUT_ELEMENTS);
CONTRACT("Order", order, INPUT_ELEMENTS);
CONTRACT("Conversion", conversion, INPUT_ELEMENTS);
CONTRACT("AttributedConversion", attributed_conversion, OUTPUT_ELEMENTS);
CONTRACT("CreditDelta", credit_delta, OUTPUT_ELEMENTS);
CONTRACT("ExportResult", export_result, OUTPUT_ELEMENTS);
CONTRACT("Connection", connection, OUTPUT_ELEMENTS);
CONTRACT("SyncStatus", sync_status, OUTPUT_ELEMENTS);
CONTRACT("ReportSnapshot", report_snapshot, OUTPUT_ELEMENTS);
CONTRACT("AdEntity", ad_entity, OUTPUT_ELEMENTS);
CONTRACT("RoasRow", roas_row, OUTPUT_ELEMENTS);
CONTRACT("DailySum", daily_sum, OUTPUT_ELEMENTS);
CONTRACT("TenantDay", tenant_day, OUTPUT_ELEMENTS);

static struct contract *const contracts[] = {&click_contract, &order_contract, &conversion_contract, &attributed_conversion_contract,
	&credit_delta_contract, &export_result_contract, &connection_contract, &sync_status_contract, &report_snapshot_contract,
	&ad_entity_contract, &roas_row_contract, &daily_sum_contract, &tenant_day_contract};
static bool is_set_up;

const struct contract *contract_at(size_t i)
{
	return i < sizeof contracts / sizeof *contracts ? contracts[i] : NULL;
}

// "click" and "click.1" are versions of "click".
static bool is_version_of(const char *embedded, const char *file)
{
	size_t n = strlen(file);

	return strncmp(embedded, file, n) == 0 && (embedded[n] == '\0' || embedded[n] == '.');
}

static int add_version(struct contract *c, const struct embedded_schema *e, struct err *err)
{
	OWN(avsc_free) struct avsc_schema *schema = NULL;

	if (c->versions_n == VERSIONS_MAX)
		return err_set(err, ERR_FATAL, "schema_mismatch", "more than %d versions", VERSIONS_MAX);
	if (avsc_parse(view_text(e->text), &schema, err))
		return -1;
	c->versions[c->versions_n++] = (struct version){canonical_fingerprint(schema), e->text};
	if (strcmp(e->name, c->file) == 0)
		c->text = e->text;
	return 0;
}

static void collect_leaves(struct contract *c, const struct slot *slot)
{
	if (slot->kind != SLOT_RECORD) {
		CHECK(c->leaves_n < LEAVES_MAX); // a bug of ours: the contracts are embedded
		c->leaves[c->leaves_n++] = slot;
	}
	for (size_t i = 0; slot->kind == SLOT_RECORD && i < slot->parts_n; i++)
		collect_leaves(c, &slot->parts[i]);
}

static int set_up(struct contract *c, struct err *err)
{
	c->versions_n = 0;
	c->text = NULL;
	for (const struct embedded_schema *e = embedded_schemas; e->name; e++)
		if (is_version_of(e->name, c->file) && add_version(c, e, err))
			return err_prefix(err, "schemas/avro/%s.avsc", e->name);
	if (!c->text)
		return err_set(err, ERR_FATAL, "schema_mismatch", "schemas/avro/%s.avsc is not embedded", c->file);
	if (shape_bind(&c->shape, view_text(c->text), c->table, c->size, err))
		return err_prefix(err, "schemas/avro/%s.avsc", c->file);
	c->shape.elements_max = c->elements_max;
	c->fingerprint = canonical_fingerprint(c->shape.schema);
	c->leaves_n = 0;
	collect_leaves(c, &c->shape.root);
	return 0;
}

int contract_setup(struct err *err)
{
	if (is_set_up)
		return 0;
	for (size_t i = 0; i < sizeof contracts / sizeof *contracts; i++)
		if (set_up(contracts[i], err))
			return -1;
	is_set_up = true;
	return 0;
}

const char *contract_name(const struct contract *c)
{
	return c->name;
}

const char *contract_schema(const struct contract *c)
{
	return c->text;
}

uint64_t contract_fingerprint(const struct contract *c)
{
	return c->fingerprint;
}

const struct shape *contract_shape(const struct contract *c)
{
	CHECK(is_set_up);
	return &c->shape;
}

size_t contract_size(const struct contract *c)
{
	return c->size;
}

const struct slot *contract_leaf(const struct contract *c, size_t i)
{
	return i < c->leaves_n ? c->leaves[i] : NULL;
}

const char *contract_version(const struct contract *c, uint64_t fingerprint)
{
	for (size_t i = 0; i < c->versions_n; i++)
		if (c->versions[i].fingerprint == fingerprint)
			return c->versions[i].text;
	return NULL;
}

void contract_encode(const struct contract *c, const void *record, struct buf *out)
{
	encode_record(&contract_shape(c)->root, record, out);
}

void contract_print_json(const struct contract *c, const void *record, struct buf *out)
{
	print_record(&contract_shape(c)->root, record, out);
}

int contract_parse_json(const struct contract *c, struct view text, struct arena *arena, void *record, struct err *err)
{
	return parse_record(contract_shape(c), text, arena, record, err);
}
