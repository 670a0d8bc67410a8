// SPDX-License-Identifier: Apache-2.0
// A clock that a test turns: a small file, named by LOOKBACK_TEST_CLOCK and mapped, says what time it is and how fast it runs, and may say something else at
// any moment (tests/support/turned_clock.py). Only in builds with LOOKBACK_TEST_HOOKS; for base/now.c alone.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct now_turned {
	int64_t wall_us;   // since 1970, UTC; may go back
	int64_t steady_us; // never goes back
	double rate;       // how much of it passes in a real second; 0: it stands still
};

// False: no clock is turned. A file that is named and is no such clock ends the program.
#ifdef LOOKBACK_TEST_HOOKS
bool now_turned_read(struct now_turned *out);
#else
static inline bool now_turned_read(struct now_turned *out)
{
	(void)out;
	return false;
}
#endif
