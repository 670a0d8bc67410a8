// SPDX-License-Identifier: Apache-2.0
#include "base/own.h"
#include "base/version.h"
#include "cli/options.h"

static void add_json(struct buf *out, const struct version_library *libraries, size_t count)
{
	buf_add_text(out, "{\"lookback\": ");
	buf_add_quoted(out, view_text(version_text()));
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, ", \"%s\": ", libraries[i].name);
		buf_add_quoted(out, view_text(libraries[i].version));
	}
	buf_add_text(out, "}\n");
}

static int run(const struct options *options)
{
	struct version_library libraries[VERSION_LIBRARIES_MAX];
	size_t count = version_libraries(libraries);
	OWN(buf_clear) struct buf text = {0};

	if (options->json) {
		add_json(&text, libraries, count);
		return command_print(&text);
	}
	buf_addf(&text, "%-14s %s\n", "lookback", version_text());
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%-14s %s\n", libraries[i].name, libraries[i].version);
	return command_print(&text);
}

const struct command cmd_version = {
	.name = "version",
	.about = "our version and those of the loaded libraries",
	.traits = COMMAND_OUTPUT,
	.example = "lookback version --output json",
	.run = run,
};
