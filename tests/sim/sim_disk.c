// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/store.h"
#include "tests/sim/sim_report.h"

enum { PATH_SIZE = 512, CHUNK = 65536 };

static void copy_file(const char *from, const char *to)
{
	char chunk[CHUNK];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK(in >= 0 && out >= 0);
	for (ssize_t n; (n = read(in, chunk, sizeof chunk)) > 0;)
		CHECK(write(out, chunk, (size_t)n) == n);
	close(in);
	close(out);
}

// A store's directory is flat.
static bool copy_directory(const char *from, const char *to)
{
	char source[PATH_SIZE], target[PATH_SIZE];
	DIR *dir = opendir(from);

	if (!dir)
		return false;
	CHECK(mkdir(to, 0700) == 0);
	for (const struct dirent *e; (e = readdir(dir));) {
		snprintf(source, sizeof source, "%.240s/%.240s", from, e->d_name);
		snprintf(target, sizeof target, "%.240s/%.240s", to, e->d_name);
		if (e->d_type == DT_REG && strcmp(e->d_name, "LOCK") != 0)
			copy_file(source, target);
	}
	closedir(dir);
	return true;
}

static void name_copy(const char *directory, char *out)
{
	snprintf(out, PATH_SIZE, "%.240s.copy", directory);
}

void sim_disk_lose(const char *directory)
{
	sim_report_remove_tree(directory);
}

void sim_disk_save(const char *directory)
{
	char copy[PATH_SIZE];

	name_copy(directory, copy);
	sim_report_remove_tree(copy);
	copy_directory(directory, copy);
}

bool sim_disk_go_back(const char *directory)
{
	char copy[PATH_SIZE];

	name_copy(directory, copy);
	if (access(copy, F_OK) != 0)
		return false;
	sim_report_remove_tree(directory);
	return copy_directory(copy, directory);
}

// ---- calls that fail

static struct sim_random *chance;
static const struct sim_disk_faults *faulty;

void sim_disk_fail(struct sim_random *random, const struct sim_disk_faults *faults)
{
	chance = random;
	faulty = faults;
}

static int may_fail(struct err *err)
{
	if (!faulty)
		return 0;
	if (sim_random_hits(chance, faulty->crash))
		return err_set(err, ERR_FATAL, SIM_DISK_CRASH, "the process is gone");
	if (sim_random_hits(chance, faulty->full))
		return err_set(err, ERR_RETRY, "store_full", "no space left");
	return 0;
}

int __real_store_commit(struct store *store, struct view position, struct err *err);
int __wrap_store_commit(struct store *store, struct view position, struct err *err);
int __real_store_read(struct store *store, uint64_t hash, struct view user, struct arena *arena, struct state_user *out, struct err *err);
int __wrap_store_read(struct store *store, uint64_t hash, struct view user, struct arena *arena, struct state_user *out, struct err *err);

// As the store's own: what was committed stays so, though the flush that it would begin fails.
int __wrap_store_commit(struct store *store, struct view position, struct err *err)
{
	if (faulty && sim_random_hits(chance, faulty->crash))
		return err_set(err, ERR_FATAL, SIM_DISK_CRASH, "the process is gone");
	if (__real_store_commit(store, position, err) != 0)
		return -1;
	return may_fail(err);
}

int __wrap_store_read(struct store *store, uint64_t hash, struct view user, struct arena *arena, struct state_user *out, struct err *err)
{
	return may_fail(err) != 0 ? -1 : __real_store_read(store, hash, user, arena, out, err);
}
