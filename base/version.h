// SPDX-License-Identifier: Apache-2.0
// What is running: our version and those of the libraries that are loaded.
#pragma once
#include <stddef.h>

// "0.1.0", with what git says where it was built from a checkout: "0.1.0 (1a2b3c4, changed)".
const char *version_text(void);

struct version_library {
	const char *name;
	char version[64];
};
enum { VERSION_LIBRARIES_MAX = 16 };

// As the loaded libraries say it themselves; those that say nothing by their file's name. How many.
size_t version_libraries(struct version_library out[VERSION_LIBRARIES_MAX]);

// Of one library ("librdkafka"), "" if it is not loaded. Borrows `out`.
const char *version_of(const char *library, struct version_library *out);
