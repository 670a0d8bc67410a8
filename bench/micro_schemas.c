// SPDX-License-Identifier: Apache-2.0
// How long one record takes to decode, encode, and read from JSON. Prints nanoseconds of CPU; a number is good only beside another of the same run.
#include <stdio.h>
#include <time.h>

#include "base/own.h"
#include "schemas/contract.h"
#include "schemas/plan.h"
#include "schemas/wire.h"

enum { ROUNDS = 2000000 };

static const char click_json[] =
	"{\"tenant\":\"demo-shop\",\"user\":\"u-0012345678\",\"event_time\":1772359200123,\"ttclid\":\"E.C.P.CrMBxkVUqgD9b5vG0c1sZ4Qe2mYp7tLw\","
	"\"channel\":\"tiktok\",\"landing_url\":\"https://shop.example/p/123?utm_source=tiktok&utm_campaign=spring\","
	"\"advertiser_id\":\"7012345678901234567\",\"campaign_id\":\"1712345678901234\",\"adgroup_id\":\"1712345678904321\",\"ad_id\":\"1712345678909999\","
	"\"consent\":\"granted\"}";
static const char order_json[] =
	"{\"tenant\":\"demo-shop\",\"user\":\"u-0012345678\",\"order_id\":\"o-99812\",\"status\":\"placed\",\"status_time\":1772359200123,"
	"\"placed_at\":1772359200123,\"value\":\"79.90\",\"currency\":\"PEN\",\"items\":[{\"id\":\"sku-1\",\"price\":\"39.95\",\"quantity\":2}],"
	"\"properties\":{\"channel\":\"web\"},\"context\":{\"ttclid\":\"E.C.P.CrMBxkVUqgD9b5vG0c1sZ4Qe2mYp7tLw\",\"ip\":\"203.0.113.9\","
	"\"user_agent\":\"Mozilla/5.0\",\"shop_id\":\"pe\",\"consent\":\"granted\"}}";

// CPU time of this thread: others on the machine disturb it less.
static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double since(int64_t start, int rounds)
{
	return (double)(cpu_ns() - start) / rounds;
}

static int measure(const struct contract *contract, const char *json, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf bytes = {0};
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(contract, WIRE_AVRO, NULL);
	union {
		struct click click;
		struct order order;
	} record, back;
	struct wire_header header;
	OWN(arena_clear) struct arena batch = {0};
	int64_t start;

	if (contract_parse_json(contract, view_text(json), &arena, &record, err) || wire_header_for(contract, NULL, "t", &header, err))
		return -1;
	wire_write(&header, contract, &record, &bytes);
	size_t size = bytes.n;

	start = cpu_ns();
	for (int i = 0; i < ROUNDS; i++) {
		if (wire_read(reader, view_of(bytes.p, size), &batch, &back, err))
			return -1;
		if (i % 1000 == 0)
			arena_reset(&batch);
	}
	double decode = since(start, ROUNDS);

	start = cpu_ns();
	for (int i = 0; i < ROUNDS; i++) {
		buf_reset(&bytes);
		wire_write(&header, contract, &record, &bytes);
	}
	double encode = since(start, ROUNDS);

	start = cpu_ns();
	for (int i = 0; i < ROUNDS / 10; i++) {
		if (contract_parse_json(contract, view_text(json), &batch, &back, err))
			return -1;
		if (i % 1000 == 0)
			arena_reset(&batch);
	}
	printf("%-12s %4zu bytes: decode %6.1f ns, encode %6.1f ns, JSON (%zu bytes) %6.1f ns\n", contract_name(contract), size, decode, encode,
		strlen(json), since(start, ROUNDS / 10));
	return 0;
}

int main(void)
{
	struct err err;

	if (contract_setup(&err) || measure(contract_click, click_json, &err) || measure(contract_order, order_json, &err)) {
		fprintf(stderr, "%s\n", err.words);
		return 1;
	}
	return 0;
}
