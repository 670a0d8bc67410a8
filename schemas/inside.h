// SPDX-License-Identifier: Apache-2.0
// What the files of this room know of contracts, and tests and fuzzers too: others use contract.h and plan.h.
#pragma once
#include "schemas/contract.h"
#include "schemas/plan.h"
#include "schemas/shape.h"

const struct shape *contract_shape(const struct contract *c);
// The size of the contract's struct.
size_t contract_size(const struct contract *c);
// Scalars, maps and lists outside lists, depth first; NULL behind the last.
const struct slot *contract_leaf(const struct contract *c, size_t i);
// The schema with this fingerprint among the contract's versions; NULL if there is none.
const char *contract_version(const struct contract *c, uint64_t fingerprint);

// A plan into any shape.
int plan_new_for(const struct shape *reader, struct view writer_schema, struct plan **out, struct err *err) MUST_USE;
