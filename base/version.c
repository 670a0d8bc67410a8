// SPDX-License-Identifier: Apache-2.0
// Libraries are asked through the dynamic linker, so that no room has to know another room's headers.
#include "base/version.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *version_text(void)
{
	return LOOKBACK_VERSION; // from cmake/base.cmake
}

static const struct {
	const char *name;
	const char *symbol;
	enum { SAYS_NOTHING, SAYS_TEXT, SAYS_TEXT_OF_0, SAYS_MALLCTL } kind;
} libraries[] = {
	{"librdkafka", "rd_kafka_version_str", SAYS_TEXT},
	{"rocksdb", "rocksdb_open", SAYS_NOTHING},
	{"curl", "curl_version", SAYS_TEXT},
	{"openssl", "OpenSSL_version", SAYS_TEXT_OF_0},
	{"jansson", "jansson_version_str", SAYS_TEXT},
	{"libyaml", "yaml_get_version_string", SAYS_TEXT},
	{"libmicrohttpd", "MHD_get_version", SAYS_TEXT},
	{"xxhash", "XXH64", SAYS_NOTHING},
	{"jemalloc", "mallctl", SAYS_MALLCTL},
};

enum { LIBRARIES = sizeof libraries / sizeof libraries[0] };
_Static_assert((int)LIBRARIES <= (int)VERSION_LIBRARIES_MAX, "the header promises room for all");

// librocksdb.so.7.8.3 behind the link librocksdb.so.7.8.
static void from_file(void *symbol, char *out, size_t room)
{
	Dl_info info;
	char path[PATH_MAX];

	if (!dladdr(symbol, &info) || !info.dli_fname || !realpath(info.dli_fname, path))
		return;
	const char *so = strstr(path, ".so.");
	const char *slash = strrchr(path, '/');
	snprintf(out, room, "%.60s", so ? so + strlen(".so.") : slash ? slash + 1 : path);
}

static void ask(size_t i, void *symbol, char *out, size_t room)
{
	const char *(*text)(void);
	const char *(*text_of)(int);
	int (*control)(const char *, void *, size_t *, void *, size_t);

	const char *words = "";

	out[0] = '\0';
	switch (libraries[i].kind) {
	case SAYS_NOTHING:
		from_file(symbol, out, room);
		break;
	case SAYS_TEXT:
		memcpy(&text, &symbol, sizeof text); // a function pointer, which C does not cast
		snprintf(out, room, "%s", text());
		break;
	case SAYS_TEXT_OF_0:
		memcpy(&text_of, &symbol, sizeof text_of);
		snprintf(out, room, "%s", text_of(0));
		break;
	case SAYS_MALLCTL:
		memcpy(&control, &symbol, sizeof control);
		if (control("version", &words, &(size_t){sizeof words}, NULL, 0) == 0)
			snprintf(out, room, "%s", words);
		break;
	}
}

// "libcurl/7.88.1 OpenSSL/3.0.22 ..." is "7.88.1", "OpenSSL 3.0.22 25 Aug 2026" is "3.0.22": the first word that has a digit first.
static void shorten(char *version)
{
	for (char *p = version; *p; p += *p != '\0') {
		size_t n = strcspn(p, " /-");

		if (*p >= '0' && *p <= '9') {
			memmove(version, p, n);
			version[n] = '\0';
			return;
		}
		p += n;
	}
}

size_t version_libraries(struct version_library out[VERSION_LIBRARIES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < LIBRARIES; i++) {
		void *symbol = dlsym(RTLD_DEFAULT, libraries[i].symbol);

		if (!symbol)
			continue;
		out[n].name = libraries[i].name;
		ask(i, symbol, out[n].version, sizeof out[n].version);
		shorten(out[n].version);
		n++;
	}
	return n;
}

const char *version_of(const char *library, struct version_library *out)
{
	struct version_library all[VERSION_LIBRARIES_MAX];
	size_t n = version_libraries(all);

	out->version[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].name, library) == 0)
			*out = all[i];
	}
	return out->version;
}
