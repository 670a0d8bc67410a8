// SPDX-License-Identifier: Apache-2.0
// Brings the line of an address into the CPU's cache. A wish: nothing depends on it but speed.
#pragma once

static inline void prefetch(const void *at)
{
	__builtin_prefetch(at);
	__asm__ volatile(""); // a function that does nothing but prefetch is one without effect to GCC, and its calls are dropped
}
