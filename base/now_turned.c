// SPDX-License-Identifier: Apache-2.0
// The file has two slots; `turn` says which one holds, and is written last. So a reader that finds the same turn before and after has read one slot whole,
// and a writer that died has changed nothing.
#include "base/now_turned.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "base/own.h"

// From `real_us` of CLOCK_MONOTONIC on.
struct slot {
	int64_t real_us, wall_us, steady_us;
	double rate;
};

struct clock_file {
	char magic[8];
	uint64_t turn;
	struct slot slots[2];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *named; // the file, by the variable; NULL: none
static const struct clock_file *mapped;
static int64_t latest_us; // the largest steady time that was told

static const struct clock_file *map(const char *path)
{
	OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;

	if (fd < 0 || fstat(fd, &about) != 0 || about.st_size != sizeof(struct clock_file))
		return NULL;
	const struct clock_file *file = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
	return file == MAP_FAILED || memcmp(file->magic, "LBCLOCK1", sizeof file->magic) != 0 ? NULL : file;
}

static void start(void)
{
	named = getenv("LOOKBACK_TEST_CLOCK");
	if (named)
		mapped = map(named);
}

static bool is_turned(void)
{
	pthread_once(&once, start);
	if (!named || mapped)
		return mapped;
	fprintf(stderr, "LOOKBACK_TEST_CLOCK: %s is no clock; tests/support/turned_clock.py makes one\n", named);
	exit(1);
}

static int64_t real_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct slot read_slot(const struct slot *at)
{
	struct slot s;

	s.real_us = __atomic_load_n(&at->real_us, __ATOMIC_ACQUIRE);
	s.wall_us = __atomic_load_n(&at->wall_us, __ATOMIC_ACQUIRE);
	s.steady_us = __atomic_load_n(&at->steady_us, __ATOMIC_ACQUIRE);
	__atomic_load(&at->rate, &s.rate, __ATOMIC_ACQUIRE);
	return s;
}

static int64_t never_back(int64_t us)
{
	int64_t latest = __atomic_load_n(&latest_us, __ATOMIC_RELAXED);

	while (latest < us && !__atomic_compare_exchange_n(&latest_us, &latest, us, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
	return latest < us ? us : latest;
}

bool now_turned_read(struct now_turned *out)
{
	uint64_t turn;
	int64_t real_us;
	struct slot s;

	if (!is_turned())
		return false;
	do {
		turn = __atomic_load_n(&mapped->turn, __ATOMIC_ACQUIRE);
		s = read_slot(&mapped->slots[turn & 1]);
		real_us = real_now_us();
	} while (__atomic_load_n(&mapped->turn, __ATOMIC_ACQUIRE) != turn);
	int64_t passed_us = (int64_t)((double)(real_us - s.real_us) * s.rate);
	*out = (struct now_turned){s.wall_us + passed_us, never_back(s.steady_us + passed_us), s.rate};
	return true;
}
