// SPDX-License-Identifier: Apache-2.0
// Brings the line of an address, or the lines of some bytes, into the CPU's cache. A wish: nothing depends on it but speed.
#pragma once
#include <stddef.h>

enum { PREFETCH_LINE = 64 };

static inline void prefetch(const void *at)
{
	__builtin_prefetch(at);
	__asm__ volatile(""); // a function that does nothing but prefetch is one without effect to GCC, and its calls are dropped
}

static inline void prefetch_bytes(const void *at, size_t n)
{
	for (size_t i = 0; i < n; i += PREFETCH_LINE)
		prefetch((const char *)at + i);
}
