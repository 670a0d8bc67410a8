// SPDX-License-Identifier: Apache-2.0
#include "base/now.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t now_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t now_steady_ms(void)
{
	return now_steady_us() / 1000;
}

int64_t now_steady_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
