// SPDX-License-Identifier: Apache-2.0
// Release by leaving scope: `OWN(buf_clear) struct buf text = {0};`. The releaser gets the variable's address.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OWN(releaser) __attribute__((cleanup(releaser)))

static inline void own_free(void *p)
{
	free(*(void **)p);
}

static inline void own_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void own_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
