// SPDX-License-Identifier: Apache-2.0
#include "runtime/key_table.h"

#include <stdlib.h>
#include <xxhash.h>

enum { FIRST_PLACES = 1024 };

// Open addressing; a place is the digest, then the record. A digest of zeros is a free place.
struct key_table {
	char *places;
	size_t record_bytes, place_bytes;
	size_t room, count, most; // room: a power of two
};

static char *new_places(const struct key_table *t, size_t room)
{
	char *places = calloc(room, t->place_bytes);

	if (!places)
		err_out_of_memory();
	return places;
}

struct key_table *key_table_new(size_t record_bytes, size_t most)
{
	struct key_table *t = calloc(1, sizeof *t);

	if (!t)
		err_out_of_memory();
	CHECK(record_bytes % 8 == 0 && most > 0);
	t->record_bytes = record_bytes;
	t->place_bytes = record_bytes + sizeof(XXH128_hash_t);
	t->room = FIRST_PLACES;
	t->most = most;
	t->places = new_places(t, t->room);
	return t;
}

void key_table_free(struct key_table **table)
{
	if (!*table)
		return;
	free((*table)->places);
	free(*table);
	*table = NULL;
}

static XXH128_hash_t digest_at(const char *place)
{
	XXH128_hash_t digest;

	memcpy(&digest, place, sizeof digest);
	return digest;
}

static bool is_free(const char *place)
{
	XXH128_hash_t digest = digest_at(place);

	return !digest.low64 && !digest.high64;
}

// The digest's place, or the free one where it belongs.
static char *place_of(const struct key_table *t, XXH128_hash_t digest)
{
	for (size_t i = digest.low64;; i++) {
		char *place = t->places + (i & (t->room - 1)) * t->place_bytes;

		if (is_free(place) || XXH128_isEqual(digest_at(place), digest))
			return place;
	}
}

static void grow(struct key_table *t)
{
	char *before = t->places;
	size_t room = t->room;

	t->room *= 2;
	t->places = new_places(t, t->room);
	for (size_t i = 0; i < room; i++) {
		const char *place = before + i * t->place_bytes;

		if (!is_free(place))
			memcpy(place_of(t, digest_at(place)), place, t->place_bytes);
	}
	free(before);
}

static XXH128_hash_t digest_of(struct view key)
{
	XXH128_hash_t digest = XXH3_128bits(key.p, key.n);

	if (!digest.low64 && !digest.high64)
		digest.low64 = 1;
	return digest;
}

void *key_table_find(const struct key_table *t, struct view key)
{
	char *place = place_of(t, digest_of(key));

	return is_free(place) ? NULL : place + sizeof(XXH128_hash_t);
}

void *key_table_at(struct key_table *t, struct view key)
{
	XXH128_hash_t digest = digest_of(key);
	char *place = place_of(t, digest);
	if (!is_free(place))
		return place + sizeof digest;
	if (t->count == t->most)
		return NULL;
	if ((t->count + 1) * 4 > t->room * 3) {
		grow(t);
		place = place_of(t, digest);
	}
	memcpy(place, &digest, sizeof digest);
	t->count++;
	return place + sizeof digest;
}

size_t key_table_count(const struct key_table *t)
{
	return t->count;
}

void key_table_reset(struct key_table *t)
{
	memset(t->places, 0, t->room * t->place_bytes);
	t->count = 0;
}
