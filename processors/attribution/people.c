// SPDX-License-Identifier: Apache-2.0
#define uthash_fatal(message) err_out_of_memory()
#include "processors/attribution/people.h"

#include "processors/attribution/person.h"

struct person *people_find(struct people *people, uint64_t hash, struct view key)
{
	struct person *p = NULL;

	if (people->all)
		HASH_FIND_BYHASHVALUE(hh, people->all, key.p, key.n, (unsigned)hash, p);
	return p;
}

struct person *people_add(struct people *people, uint64_t hash, struct view key, const struct rules_tenant *tenant)
{
	struct person *p = people_find(people, hash, key);

	if (p)
		return p;
	p = arena_zero(people->arena, sizeof *p);
	p->hash = hash;
	p->key = arena_dup(people->arena, key);
	p->user = view_of(p->key.p + tenant->tenant->id.n + 1, key.n - tenant->tenant->id.n - 1);
	p->tenant = tenant;
	p->late_from = INT64_MAX;
	p->late_to = INT64_MIN;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, people->all, p->key.p, p->key.n, (unsigned)hash, p);
	return p;
}

void people_forget(struct people *people)
{
	HASH_CLEAR(hh, people->all);
}
