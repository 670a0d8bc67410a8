// SPDX-License-Identifier: Apache-2.0
#include "runtime/validate_keys.h"

#include <inttypes.h>

#include "runtime/topics_partition.h"

enum { USER_MAX = 512, TENANT_MAX = 64 };

int32_t validate_crc32_partition(struct view key, int32_t partitions)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < key.n; i++) {
		crc ^= (unsigned char)key.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return (int32_t)(~crc % (uint32_t)partitions);
}

static void note(uint64_t *count, struct validate_place *first, const struct validate_place *place)
{
	if ((*count)++ == 0)
		*first = *place;
}

static bool tenant_has_form(struct view tenant)
{
	if (tenant.n == 0 || tenant.n > TENANT_MAX)
		return false;
	for (size_t i = 0; i < tenant.n; i++) {
		char c = tenant.p[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';

		if (!fine)
			return false;
	}
	return true;
}

static void look_at_place(struct validate_keys *k, const struct validate_place *place, struct view key)
{
	if (topics_partition_of(key, k->partitions) == place->partition)
		return;
	note(&k->misplaced, &k->first_misplaced, place);
	k->crc32 += validate_crc32_partition(key, k->partitions) == place->partition;
}

void validate_key(struct validate_keys *k, const struct validate_place *place, struct view key)
{
	k->seen++;
	if (key.n == 0) {
		note(&k->without, &k->first_without, place);
		return;
	}
	look_at_place(k, place, key);
	const char *bar = memchr(key.p, '|', key.n);
	struct view tenant = view_of(key.p, bar ? (size_t)(bar - key.p) : 0);
	struct view user = bar ? view_of(bar + 1, key.n - tenant.n - 1) : VIEW_ABSENT;

	if (!bar || !tenant_has_form(tenant) || user.n == 0 || user.n > USER_MAX || !bytes_are_utf8(user)) {
		note(&k->malformed, &k->first_malformed, place);
		return;
	}
	if (!config_tenant(k->config, tenant))
		note(&k->unknown_tenant, &k->first_unknown_tenant, place);
	k->with_at += memchr(user.p, '@', user.n) != NULL;
}

static void report_misplaced(const struct validate_keys *k, struct validate_findings *out)
{
	const char *cause = k->crc32 == k->misplaced
		? "they are where librdkafka's own default puts them: set partitioner=murmur2_random in that producer"
		: "all producers must use Java's default partitioner over the same key bytes: librdkafka clients set partitioner=murmur2_random, Java "
		  "clients set no partitioner.class, and the partition count must not have changed since";

	validate_find(out, VALIDATE_PROBLEM, "keys_misplaced", k->topic,
		"%" PRIu64 " of %" PRIu64 " sampled keys are not in the partition that murmur2 chooses (first: partition %" PRId32
		", offset %" PRId64 "); %s",
		k->misplaced, k->seen, k->first_misplaced.partition, k->first_misplaced.offset, cause);
}

static void report_bad(const struct validate_keys *k, struct validate_findings *out)
{
	if (k->without)
		validate_find(out, VALIDATE_PROBLEM, "keys_missing", k->topic,
			"%" PRIu64 " of %" PRIu64 " sampled records have no key (first: partition %" PRId32 ", offset %" PRId64
			"); the producer must send the key tenant|user",
			k->without, k->seen, k->first_without.partition, k->first_without.offset);
	if (k->malformed)
		validate_find(out, VALIDATE_PROBLEM, "keys_malformed", k->topic,
			"%" PRIu64 " of %" PRIu64 " sampled keys are not tenant|user in plain UTF-8 (first: partition %" PRId32 ", offset %" PRId64
			"); framed keys (Avro, JSON) will not do",
			k->malformed, k->seen, k->first_malformed.partition, k->first_malformed.offset);
}

void validate_keys_report(const struct validate_keys *k, struct validate_findings *out)
{
	if (k->misplaced)
		report_misplaced(k, out);
	report_bad(k, out);
	if (k->unknown_tenant)
		validate_find(out, VALIDATE_WARNING, "keys_unknown_tenant", k->topic,
			"%" PRIu64 " of %" PRIu64 " sampled keys name a tenant that is not in the config (first: partition %" PRId32 ", offset %" PRId64
			"): dead letters unknown_tenant",
			k->unknown_tenant, k->seen, k->first_unknown_tenant.partition, k->first_unknown_tenant.offset);
	if (k->with_at)
		validate_find(out, VALIDATE_WARNING, "keys_with_at", k->topic,
			"%" PRIu64 " of %" PRIu64 " sampled users hold an @ and may be e-mail addresses: `user` should be a pseudonym", k->with_at,
			k->seen);
	if (k->seen == 0)
		validate_find(out, VALIDATE_OK, "keys", k->topic, "holds no record yet, so no key was looked at");
	else if (!k->misplaced && !k->without && !k->malformed)
		validate_find(out, VALIDATE_OK, "keys", k->topic, "%" PRIu64 " sampled keys are where murmur2 puts them", k->seen);
}
