// SPDX-License-Identifier: Apache-2.0
#include "base/core_limit.h"

#include <sys/resource.h>

#include "base/err.h"

// One byte, not none: the kernel heeds 0 for files alone, but 1 also where core_pattern names a program (fs/coredump.c; core(5) on RLIMIT_CORE).
void core_limit_forbid(void)
{
	const struct rlimit one = {.rlim_cur = 1, .rlim_max = 1}, none = {0};

	// A hard limit that was 0 already cannot be raised.
	CHECK(setrlimit(RLIMIT_CORE, &one) == 0 || setrlimit(RLIMIT_CORE, &none) == 0);
}
