// SPDX-License-Identifier: Apache-2.0
// Wall and paced time follow the file of a turned clock at once and whole; paced time never goes back, steady time is real.
#include "base/now_turned.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/now.h"

// As tests/support/turned_clock.py writes it.
struct turned_file {
	char magic[8];
	uint64_t turn;
	struct {
		int64_t real_us, wall_us, steady_us;
		double rate;
	} slots[2];
};

static char path[] = "/tmp/test_now_turned-XXXXXX";
static struct turned_file *file;

static void turn_to(int64_t wall_us, int64_t steady_us, double rate)
{
	uint64_t turn = file->turn + 1;
	int64_t real_us = now_steady_us();

	__atomic_store_n(&file->slots[turn & 1].real_us, real_us, __ATOMIC_RELAXED);
	__atomic_store_n(&file->slots[turn & 1].wall_us, wall_us, __ATOMIC_RELAXED);
	__atomic_store_n(&file->slots[turn & 1].steady_us, steady_us, __ATOMIC_RELAXED);
	__atomic_store(&file->slots[turn & 1].rate, &rate, __ATOMIC_RELAXED);
	__atomic_store_n(&file->turn, turn, __ATOMIC_RELEASE);
}

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0 || ftruncate(fd, sizeof *file) != 0)
		return -1;
	file = mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return -1;
	memcpy(file->magic, "LBCLOCK1", sizeof file->magic);
	turn_to(5000000, 7000000, 0);
	return setenv("LOOKBACK_TEST_CLOCK", path, 1);
}

static int tear_down(void **state)
{
	(void)state;
	munmap(file, sizeof *file);
	return unlink(path);
}

static void skip_in_a_release(void)
{
	struct now_turned turned;

	if (!now_turned_read(&turned))
		skip();
}

static void test_a_clock_that_stands_still_says_what_the_file_says(void **state)
{
	(void)state;
	skip_in_a_release();
	assert_int_equal(now_wall_ms(), 5000);
	assert_int_equal(now_paced_ms(), 7000);
	turn_to(86405000000, 86407000000, 0);
	assert_int_equal(now_wall_ms(), 86405000);
	assert_int_equal(now_paced_ms(), 86407000);
}

static void test_wall_time_may_go_back_and_paced_time_does_not(void **state)
{
	(void)state;
	skip_in_a_release();
	int64_t before = now_paced_ms();

	turn_to(1000000, 1000000, 0);
	assert_int_equal(now_wall_ms(), 1000);
	assert_int_equal(now_paced_ms(), before);
}

static void test_it_runs_at_its_rate_and_steady_time_is_real(void **state)
{
	(void)state;
	skip_in_a_release();
	int64_t base_us = now_paced_ms() * 1000, begin_us = now_steady_us();

	turn_to(0, base_us, 1000);
	usleep(30000);
	int64_t wall_ms = now_wall_ms(), real_us = now_steady_us() - begin_us;

	assert_true(wall_ms >= 30000);
	assert_true(wall_ms <= real_us); // a thousand times as fast: a millisecond a microsecond
	assert_true(now_paced_ms() - base_us / 1000 >= wall_ms);
	assert_true(real_us >= 30000);
}

static void test_a_wait_is_real_time_and_short_enough_to_hear_of_a_turn(void **state)
{
	(void)state;
	skip_in_a_release();
	int64_t base_us = now_paced_ms() * 1000;

	turn_to(0, base_us, 1000);
	assert_int_equal(now_wait_ms(0), 0);
	assert_int_equal(now_wait_ms(-5), -5);
	assert_int_equal(now_wait_ms(5000), 6);
	assert_int_equal(now_wait_ms(60000), 20);
	turn_to(0, base_us, 0);
	assert_int_equal(now_wait_ms(1), 20);
}

static void *flip(void *stop)
{
	for (int64_t i = 1; !__atomic_load_n((bool *)stop, __ATOMIC_RELAXED); i++)
		turn_to(i * 1000000, INT64_C(1000000000000) + i * 2000000, 0);
	return NULL;
}

static void test_what_is_read_was_written_at_once(void **state)
{
	(void)state;
	skip_in_a_release();
	turn_to(1000000, INT64_C(1000000000000) + 2000000, 0);
	struct now_turned turned;
	bool stop = false;
	pthread_t writer;

	assert_int_equal(pthread_create(&writer, NULL, flip, &stop), 0);
	for (int i = 0; i < 1500000; i++) {
		assert_true(now_turned_read(&turned));
		assert_int_equal(turned.steady_us - INT64_C(1000000000000), turned.wall_us * 2);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
}

static void test_a_file_that_is_no_clock_ends_the_program(void **state)
{
	(void)state;
	skip_in_a_release();
	int status;
	pid_t child = fork();

	if (child == 0) {
		setenv("LOOKBACK_TEST_CLOCK", "/dev/null", 1);
		execl("/proc/self/exe", "test_now_turned", "again", (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clock_that_stands_still_says_what_the_file_says),
		cmocka_unit_test(test_wall_time_may_go_back_and_paced_time_does_not),
		cmocka_unit_test(test_it_runs_at_its_rate_and_steady_time_is_real),
		cmocka_unit_test(test_a_wait_is_real_time_and_short_enough_to_hear_of_a_turn),
		cmocka_unit_test(test_what_is_read_was_written_at_once),
		cmocka_unit_test(test_a_file_that_is_no_clock_ends_the_program),
	};

	if (argc > 1)
		return argv[1][0] == 'a' && now_wall_ms() > 0 ? 7 : 8; // the last test's child
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
