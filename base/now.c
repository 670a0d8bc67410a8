// SPDX-License-Identifier: Apache-2.0
#include "base/now.h"

#include <time.h>

#include "base/now_turned.h"

enum { TURNED_WAIT_MS = 20 };

static int64_t read_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t now_wall_ms(void)
{
	struct now_turned turned;

	return (now_turned_read(&turned) ? turned.wall_us : read_us(CLOCK_REALTIME)) / 1000;
}

int64_t now_paced_ms(void)
{
	struct now_turned turned;

	return now_turned_read(&turned) ? turned.steady_us / 1000 : now_steady_ms();
}

int64_t now_steady_ms(void)
{
	return now_steady_us() / 1000;
}

int64_t now_steady_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t now_wait_ms(int64_t ms)
{
	struct now_turned turned;

	if (ms <= 0 || !now_turned_read(&turned))
		return ms;
	if (turned.rate * TURNED_WAIT_MS <= (double)ms)
		return TURNED_WAIT_MS;
	return (int64_t)((double)ms / turned.rate) + 1;
}
