// SPDX-License-Identifier: Apache-2.0
// Whatever fails on the way, each event is answered once, what is accepted arrived, what is wrong did not, and nothing else is refused.
#include <inttypes.h>

#include "base/log.h"
#include "tests/unit/tiktok/stage_send.h"

enum { EVENTS = 3000, TENANTS = 4, CULPRIT_EVERY = 151 };

static struct {
	uint64_t random;
	int faults;        // of 100 requests
	bool got[EVENTS];  // processed
	int wrong_arrived; // a culprit in a processed request
} storm;

static uint32_t draw(uint32_t below)
{
	storm.random = storm.random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(storm.random >> 33) % below;
}

static bool has_culprit(const struct stub_request *q)
{
	return strstr(q->body, "culprit");
}

static void process(const struct stub_request *q)
{
	storm.wrong_arrived += has_culprit(q);
	for (const char *at = q->body; (at = strstr(at, "\"event_id\":\"e"));) {
		at += strlen("\"event_id\":\"e");
		storm.got[strtoul(at, NULL, 10)] = true;
	}
}

static void fault(struct stub_reply *r)
{
	static const int codes[] = {50000, 40100, 40133, 40200, 51010, 61000};

	switch (draw(6)) {
	case 0:
		r->how = STUB_RESET;
		break;
	case 1:
		r->how = STUB_TRUNCATE;
		stage_reply(r, 0, "OK");
		break;
	case 2:
		r->status = 502;
		snprintf(r->body, sizeof r->body, "<html>Bad Gateway</html>");
		break;
	case 3:
		r->body[0] = '\0';
		break;
	default:
		stage_reply(r, codes[draw(sizeof codes / sizeof *codes)], "not now");
	}
}

// Half of the requests with a fault had their effect.
static void blow(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api;
	if ((int)draw(100) < storm.faults) {
		if (draw(2) && !has_culprit(q))
			process(q);
		fault(r);
	} else if (has_culprit(q)) {
		stage_reply(r, 40002, "Invalid value");
	} else {
		process(q);
		stage_reply(r, 0, "OK");
	}
}

static bool is_culprit(uint64_t ticket)
{
	return ticket % CULPRIT_EVERY == 42;
}

static void put_all(void)
{
	char tenant[16];

	for (uint64_t i = 0; i < EVENTS; i++) {
		snprintf(tenant, sizeof tenant, "t%" PRIu64, i / 10 % TENANTS);
		while (stage_try(i, tenant, is_culprit(i) ? ",\"culprit\":1" : "") != SEND_TAKEN)
			stage_await_some(stage.answers_n + 1);
	}
}

static void assert_storm(uint64_t seed, int faults)
{
	struct send_options options = stage_options();

	memset(&storm, 0, sizeof storm);
	storm.random = seed;
	storm.faults = faults;
	options.batch_events = 64;
	options.tenant_batches = 4;
	options.retry_first_ms = 1;
	options.retry_most_ms = 4;
	options.throttle_first_ms = 1;
	options.throttle_most_ms = 4;
	options.requests_in_flight = 1 + (int)(seed % 6);
	options.seed = seed;
	stage_start(blow, options);
	put_all();
	stage_await(EVENTS);
	for (uint64_t i = 0; i < EVENTS; i++) {
		if (stage_answer(i)->verdict != (is_culprit(i) ? SEND_REFUSED : SEND_ACCEPTED) || storm.got[i] == is_culprit(i))
			fail_msg("seed %" PRIu64 ": event %" PRIu64 " has verdict %d, arrived: %d", seed, i, stage_answer(i)->verdict, storm.got[i]);
	}
	assert_int_equal(storm.wrong_arrived, 0);
	stage_end(NULL);
}

static void each_event_is_answered_once_and_rightly(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		assert_storm(seed, 10 * (int)(seed % 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_is_answered_once_and_rightly),
	};

	log_setup(LOG_ERROR, LOG_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
