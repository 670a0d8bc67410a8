// SPDX-License-Identifier: Apache-2.0
// Whatever bytes a config file has: it is refused with words, or it loads, and then what is printed loads to the same.
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/own.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A file in memory and its name.
static int given_file(const void *bytes, size_t n, char *path, size_t room)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	snprintf(path, room, "/proc/self/fd/%d", fd);
	return fd;
}

static struct config *load(const void *bytes, size_t n)
{
	char path[64];
	OWN(own_fd) int fd = given_file(bytes, n, path, sizeof path);
	OWN(buf_clear) struct buf problems = {0};
	struct config *config = NULL;
	struct err err = {0};

	if (config_load_verbose(path, NULL, 0, &config, &problems, &err) == 0)
		return config;
	CHECK(!config && err.class == ERR_FATAL && err.words[0]);
	CHECK(bytes_are_utf8(buf_view(&problems)));
	return NULL;
}

static void canonical(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < config->tenant_count; i++) {
		CHECK(config_tenant(config, config->tenants[i].id) == &config->tenants[i]);
		config_canonical_goals(&config->tenants[i], out);
	}
}

// Secrets are printed as stars, so a file that has any does not read back to the same.
static bool has_secret(const struct buf *printed)
{
	return memmem(printed->p, printed->n, "***", 3) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(config_free) struct config *config = load(data, size);
	OWN(buf_clear) struct buf yaml = {0}, json = {0}, goals = {0}, goals_again = {0};

	if (!config)
		return 0;
	config_print(config, false, &yaml);
	config_print(config, true, &json);
	CHECK(bytes_are_utf8(buf_view(&json)));
	if (has_secret(&yaml))
		return 0;
	OWN(config_free) struct config *again = load(yaml.p, yaml.n);
	CHECK(again);
	canonical(config, &goals);
	canonical(again, &goals_again);
	CHECK(view_eq(buf_view(&goals), buf_view(&goals_again)));
	return 0;
}
