// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 64 * 1024 };

static int unreadable(const char *path, const char *why, struct err *err)
{
	return err_set(err, ERR_FATAL, "file_unreadable", "%s: %s", path, why);
}

// -1 with errno, or how many bytes came; 0 at the end.
static ssize_t read_some(int fd, size_t step, struct buf *out)
{
	char *to = buf_reserve(out, step);
	ssize_t n;

	if (!to)
		return errno = EFBIG, -1;
	do {
		n = read(fd, to, step);
	} while (n < 0 && errno == EINTR);
	out->n += n > 0 ? (size_t)n : 0;
	return n;
}

int file_read(const char *path, size_t limit, struct buf *out, struct err *err)
{
	OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t before = out->n;
	struct stat about;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &about) != 0)
		return unreadable(path, strerror(errno), err);
	if (!S_ISREG(about.st_mode))
		return unreadable(path, "is no regular file", err);
	do {
		n = read_some(fd, limit < STEP ? limit + 1 : STEP, out);
	} while (n > 0 && out->n - before <= limit);
	if (n < 0)
		return unreadable(path, strerror(errno), err);
	if (out->n - before > limit)
		return err_set(err, ERR_FATAL, "file_too_large", "%s: has more than %zu bytes", path, limit);
	return 0;
}
