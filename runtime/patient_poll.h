// SPDX-License-Identifier: Apache-2.0
// Keeps librdkafka's broker threads from spinning. An idempotent producer has one batch of a partition on its way; while the next one is ready already,
// librdkafka (2.0.2) asks poll for no time at all, again and again, until the broker has answered: in the events sink that was a tenth of all CPU. Our
// program answers poll in libc's place. A broker thread whose last question without time found nothing waits for a millisecond with the next one; what
// it waits for (an answer, a wake-up by the application) ends that at once. All other threads get what they ask for.
#pragma once
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

// For the clients made of `conf`. NO_ERROR, or librdkafka's reason.
rd_kafka_resp_err_t patient_poll_enable(rd_kafka_conf_t *conf);

// This thread is one of them from now on, or no longer.
void patient_poll_thread(bool patient);
