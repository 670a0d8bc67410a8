// SPDX-License-Identifier: Apache-2.0
// Promise: what is wrong with a directory is said by name, what expired leaves the disk, and a store that is only read changes nothing.
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <rocksdb/c.h>

#include "base/own.h"
#include "state/budget.h"
#include "state/disk.h"
#include "state/row.h"
#include "state/sst.h"

enum { HOUR = TRIM_HOUR_MS, MIB = 1024 * 1024 };

static char directory[64];

static void fail_with(const struct err *err)
{
	fail_msg("%s: %s", err->code, err->words);
}

struct opened {
	struct budget *budget;
	struct store *store;
};

static int try_open_as(struct opened *o, struct store_options options, struct err *err)
{
	*o = (struct opened){0};
	if (budget_new(128 * MIB, 1, 1, &o->budget, err) != 0)
		fail_with(err);
	options.directory = directory;
	options.flood_keep = 100;
	options.budget = o->budget;
	int failed = store_open(&options, &o->store, err);
	if (failed)
		budget_free(&o->budget);
	return failed;
}

static int try_open(struct opened *o, bool read_only, struct err *err)
{
	return try_open_as(o, (struct store_options){.read_only = read_only}, err);
}

static void end(struct opened *o)
{
	store_close(&o->store);
	budget_free(&o->budget);
}

static void fill(int users)
{
	struct opened o;
	struct err err;

	if (try_open(&o, false, &err) != 0)
		fail_with(&err);
	for (int i = 0; i < users; i++) {
		char text[32];
		struct view user = {text, (size_t)snprintf(text, sizeof text, "shop|%d", i)};
		struct state_click old = {HOUR, VIEW_LIT("old"), VIEW_LIT("")}, young = {100 * (int64_t)HOUR, VIEW_LIT("young"), VIEW_LIT("")};
		struct state_conversion c = {VIEW_LIT("key"), HOUR, VIEW_LIT("value")};

		store_add_click(o.store, store_hash(user), user, &old);
		if (i % 3 == 0)
			store_add_click(o.store, store_hash(user), user, &young);
		if (i % 3 == 1)
			store_put_conversion(o.store, store_hash(user), user, &c, user);
	}
	if (store_commit(o.store, VIEW_LIT("here"), &err) != 0 || store_flush(o.store, &err) != 0)
		fail_with(&err);
	end(&o);
}

static void test_locked(void **state)
{
	struct opened first, second;
	struct err err;

	(void)state;
	assert_int_equal(try_open(&first, false, &err), 0);
	assert_int_equal(try_open(&second, false, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "store_locked");
	end(&first);
}

static void shorten_files(const char *suffix)
{
	char command[160];

	snprintf(command, sizeof command, "for f in %s/*%s; do truncate -s -7 $f; done", directory, suffix);
	assert_int_equal(system(command), 0);
}

static void test_corrupt(void **state)
{
	struct opened o;
	struct err err;

	(void)state;
	fill(100);
	shorten_files(".sst");
	assert_int_equal(try_open(&o, false, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "store_corrupt");
}

// Past RocksDB, which knows nothing of our bytes.
static void put_raw(const char *key, size_t key_size, struct view value)
{
	rocksdb_options_t *options = rocksdb_options_create();
	rocksdb_writeoptions_t *writing = rocksdb_writeoptions_create();
	char *message = NULL;

	rocksdb_options_set_create_if_missing(options, 1);
	rocksdb_t *db = rocksdb_open(options, directory, &message);
	assert_null(message);
	rocksdb_put(db, writing, key, key_size, value.p, value.n, &message);
	assert_null(message);
	rocksdb_close(db);
	rocksdb_writeoptions_destroy(writing);
	rocksdb_options_destroy(options);
}

enum { ALIKE = 2000 };

// Conversions that say the same, so that a file of them compresses well.
static uint64_t bytes_of_alike(bool compress, const char *prefix)
{
	static const char words[] = "the same words in each of them, the same words in each of them, the same words in each of them";
	struct store_sizes before, after;
	struct opened o;
	struct err err;

	if (try_open_as(&o, (struct store_options){.compress = compress}, &err) != 0)
		fail_with(&err);
	store_sizes(o.store, &before);
	for (int i = 0; i < ALIKE; i++) {
		char text[32];
		struct view user = {text, (size_t)snprintf(text, sizeof text, "%s|%d", prefix, i)};
		struct state_conversion c = {VIEW_LIT("key"), HOUR, VIEW_LIT(words)};

		store_put_conversion(o.store, store_hash(user), user, &c, VIEW_ABSENT);
	}
	if (store_commit(o.store, VIEW_LIT("here"), &err) != 0 || store_flush(o.store, &err) != 0)
		fail_with(&err);
	store_sizes(o.store, &after);
	end(&o);
	return after.disk_bytes - before.disk_bytes;
}

static void test_compression_may_change(void **state)
{
	(void)state;
	uint64_t plain = bytes_of_alike(false, "first"), packed = bytes_of_alike(true, "second"), again = bytes_of_alike(false, "third");

	assert_true(plain > ALIKE * 90 && again > ALIKE * 90);
	assert_true(packed < plain / 2);
}

static void test_another_format(void **state)
{
	OWN(buf_clear) struct buf meta = {0};
	struct opened o;
	struct err err;

	(void)state;
	buf_add_varint(&meta, DISK_FORMAT + 1);
	put_raw("\0", 1, buf_view(&meta));
	assert_int_equal(try_open(&o, false, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "store_format");
}

static void test_unreadable_position(void **state)
{
	static const char cut_short[] = {DISK_FORMAT, 2, 0x77, 's', 'h', 'o', 'r', 't'};
	struct opened o;
	struct err err;

	(void)state;
	put_raw("\0", 1, view_of(cut_short, sizeof cut_short));
	assert_int_equal(try_open(&o, false, &err), -1);
	assert_string_equal(err.code, "store_corrupt");
}

static void test_unreadable_row(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	char key[DISK_ROW_KEY_SIZE];
	struct state_user rows;
	struct opened o;
	struct err err;

	(void)state;
	disk_row_key(42, key);
	put_raw(key, sizeof key, VIEW_LIT("\x7f no row"));
	assert_int_equal(try_open(&o, false, &err), 0);
	assert_int_equal(store_read(o.store, 42, VIEW_LIT("user"), &arena, &rows, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "store_corrupt");
	end(&o);
}

static void test_no_such_directory(void **state)
{
	struct opened o;
	struct err err;

	(void)state;
	assert_int_equal(try_open(&o, true, &err), -1);
	assert_string_equal(err.code, "store_io");
	assert_non_null(strstr(err.words, directory));
	snprintf(directory, sizeof directory, "/proc/no/such/place");
	assert_int_equal(try_open(&o, false, &err), -1);
	assert_string_equal(err.code, "state_directory");
}

static int count_user(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	(void)user;
	(void)rows;
	(void)err;
	++*(size_t *)context;
	return 0;
}

// Also beside the process that writes it.
static void test_read_only(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	struct opened writer, o;
	struct state_user rows;
	struct view *users;
	struct err err;
	size_t n = 0;

	(void)state;
	fill(10);
	assert_int_equal(try_open(&writer, false, &err), 0);
	if (try_open(&o, true, &err) != 0)
		fail_with(&err);
	assert_true(view_eq(store_position(o.store), VIEW_LIT("here")));
	assert_int_equal(store_read(o.store, store_hash(VIEW_LIT("shop|3")), VIEW_LIT("shop|3"), &arena, &rows, &err), 0);
	assert_int_equal(rows.click_count, 2);
	assert_int_equal(store_find(o.store, VIEW_LIT("shop|4"), &arena, &users, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_true(view_eq(users[0], VIEW_LIT("shop|4")));
	n = 0;
	assert_int_equal(store_visit(o.store, count_user, &n, &err), 0);
	assert_int_equal(n, 10);
	end(&o);
	end(&writer);
}

static int refuse(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	(void)context;
	(void)user;
	(void)rows;
	return err_set(err, ERR_RETRY, "enough", "no more");
}

static void test_a_visitor_may_stop(void **state)
{
	struct opened o;
	struct err err;

	(void)state;
	fill(10);
	assert_int_equal(try_open(&o, false, &err), 0);
	assert_int_equal(store_visit(o.store, refuse, NULL, &err), -1);
	assert_string_equal(err.code, "enough");
	end(&o);
}

struct tally {
	size_t rows, clicks, conversions, empty;
};

static int tally_row(void *context, struct view key, struct view value, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct tally *t = context;
	struct row_user *users;
	size_t n;

	(void)key;
	(void)err;
	assert_int_equal(row_decode(value, &arena, &users, &n), 0);
	t->rows++;
	t->empty += n == 0;
	for (size_t i = 0; i < n; i++) {
		t->clicks += users[i].rows.click_count;
		t->conversions += users[i].rows.conversion_count;
	}
	return 0;
}

static struct tally compact_and_count(int64_t expire_before, int compactions)
{
	struct trim_rules rules = {.flood_keep = 100, .expire_before = expire_before};
	struct disk *disk;
	struct tally tally = {0};
	struct err err;

	if (disk_open(&(struct disk_place){.directory = directory, .rules = &rules}, &disk, &err) != 0)
		fail_with(&err);
	for (int i = 0; i < compactions; i++)
		disk_compact(disk);
	if (disk_each(disk, DISK_KEY_ROW, tally_row, &tally, &err) != 0)
		fail_with(&err);
	disk_close(&disk);
	return tally;
}

// A first compaction completes the merges, a second drops what they left empty.
static void test_what_expired_leaves_the_disk(void **state)
{
	(void)state;
	fill(300);
	struct tally before = compact_and_count(INT64_MIN, 1);
	assert_int_equal(before.rows, 300);
	assert_int_equal(before.clicks, 400);
	struct tally after = compact_and_count(50 * (int64_t)HOUR, 2);
	assert_int_equal(after.rows, 200); // a young click, or a conversion
	assert_int_equal(after.clicks, 100);
	assert_int_equal(after.conversions, 100);
	assert_int_equal(after.empty, 0);
}

static size_t pages_missing(const char *path)
{
	OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat file;
	unsigned char there[1024];
	size_t missing = 0;

	assert_true(fd >= 0 && fstat(fd, &file) == 0 && file.st_size > 0);
	size_t size = (size_t)file.st_size, pages = (size + 4095) / 4096;
	assert_true(pages <= sizeof there);
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(at != MAP_FAILED);
	assert_int_equal(mincore(at, size, there), 0);
	for (size_t i = 0; i < pages; i++)
		missing += !(there[i] & 1);
	munmap(at, size);
	return missing;
}

// Where the directory is on a disk: in memory all pages are always there.
static void test_a_fresh_file_is_in_the_page_cache(void **state)
{
	OWN(buf_clear) struct buf pattern = {0};
	glob_t files;

	(void)state;
	fill(20000);
	buf_addf(&pattern, "%s/*.sst", directory);
	buf_add_byte(&pattern, 0);
	assert_int_equal(glob(pattern.p, 0, NULL, &files), 0);
	assert_int_equal(files.gl_pathc, 1);
	assert_int_equal(pages_missing(files.gl_pathv[0]), 0);
	globfree(&files);
}

static void test_what_a_crash_left_is_removed(void **state)
{
	OWN(buf_clear) struct buf path = {0};
	struct opened o;
	struct err err;

	(void)state;
	fill(100);
	buf_addf(&path, "%s/unfinished.sst", directory);
	buf_add_byte(&path, 0);
	int fd = creat(path.p, 0600);
	assert_true(fd >= 0 && write(fd, "half a file", 11) == 11 && close(fd) == 0);
	assert_int_equal(try_open(&o, true, &err), 0); // who only reads removes nothing: somebody may be writing it
	end(&o);
	assert_int_equal(access(path.p, F_OK), 0);
	assert_int_equal(try_open(&o, false, &err), 0);
	end(&o);
	assert_int_not_equal(access(path.p, F_OK), 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/test_disk.%d", (int)getpid());
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf /tmp/test_disk.%d", (int)getpid());
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_locked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_corrupt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_compression_may_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_format, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable_position, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable_row, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_such_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_visitor_may_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_fresh_file_is_in_the_page_cache, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_a_crash_left_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_expired_leaves_the_disk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
