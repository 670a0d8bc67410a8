// SPDX-License-Identifier: Apache-2.0
#include "runtime/patient_poll.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum { PATIENCE_NS = 1000000 };

static _Thread_local bool is_patient, found_nothing;

void patient_poll_thread(bool patient)
{
	is_patient = patient;
	found_nothing = false;
}

// ---- what librdkafka calls

static rd_kafka_resp_err_t thread_starts(rd_kafka_t *client, rd_kafka_thread_type_t type, const char *name, void *opaque)
{
	(void)client, (void)name, (void)opaque;
	if (type == RD_KAFKA_THREAD_BROKER)
		patient_poll_thread(true);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t client_starts(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque, char *words, size_t size)
{
	(void)conf, (void)opaque, (void)words, (void)size;
	return rd_kafka_interceptor_add_on_thread_start(client, "patient_poll", thread_starts, NULL);
}

rd_kafka_resp_err_t patient_poll_enable(rd_kafka_conf_t *conf)
{
	return rd_kafka_conf_interceptor_add_on_new(conf, "patient_poll", client_starts, NULL);
}

// ---- what stands in libc's place, exported so that libraries find it first

static struct timespec time_to_wait(int timeout_ms)
{
	if (timeout_ms == 0 && is_patient && found_nothing)
		return (struct timespec){0, PATIENCE_NS};
	return (struct timespec){timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000};
}

static int answer(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec time = time_to_wait(timeout_ms);
	int found = ppoll(fds, n, timeout_ms < 0 ? NULL : &time, NULL);

	found_nothing = timeout_ms == 0 && found == 0;
	return found;
}

// `bytes` are those of the array.
static int answer_checked(struct pollfd *fds, nfds_t n, int timeout_ms, size_t bytes)
{
	if (bytes / sizeof *fds < n)
		abort();
	return answer(fds, n, timeout_ms);
}

#define SHOWN(name) __attribute__((alias(#name), visibility("default")))

int poll(struct pollfd *fds, nfds_t n, int timeout_ms) SHOWN(answer);
// What poll becomes in code that was built with _FORTIFY_SOURCE.
int poll_checked(struct pollfd *fds, nfds_t n, int timeout_ms, size_t bytes) __asm__("__poll_chk") SHOWN(answer_checked);
