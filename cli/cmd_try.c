// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/options.h"
#include "cli/try_run.h"

struct files {
	FILE *deltas, *dead_letters;
};

static void files_close(struct files *f)
{
	own_file(&f->deltas);
	own_file(&f->dead_letters);
}

static int open_output(const struct options *options, const char *name, FILE **out)
{
	const char *path = options_value(options, name);

	if (!path)
		return 0;
	*out = fopen(path, "we");
	if (*out)
		return 0;
	fprintf(stderr, "lookback: --%s %s: %s\n", name, path, strerror(errno));
	return -1;
}

// A disk that is full says so when the file is closed.
static int close_output(FILE **file, const char *name)
{
	FILE *closing = *file;

	*file = NULL;
	if (!closing || fclose(closing) == 0)
		return 0;
	fprintf(stderr, "lookback: --%s: %s\n", name, strerror(errno));
	return -1;
}

static int read_size(const struct options *options, const char *name, size_t *out)
{
	int64_t value;

	if (options_integer(options, name, 0, INT32_MAX, 0, &value) != 0)
		return -1;
	*out = (size_t)value;
	return 0;
}

static int read_options(const struct options *options, struct try_options *out)
{
	int64_t seed;

	out->clicks = options_value(options, "clicks");
	out->orders = options_value(options, "orders");
	out->conversions = options_value(options, "conversions");
	out->lose_disk = options_has(options, "lose-disk");
	out->outputs = stdout;
	if (!out->clicks && !out->orders && !out->conversions) {
		fprintf(stderr, "lookback try: nothing to read: name files by --clicks, --orders or --conversions\n");
		return -1;
	}
	if (options_integer(options, "interleave", 0, INT64_MAX, 0, &seed) != 0)
		return -1;
	out->interleave_seed = (uint64_t)seed;
	if (read_size(options, "commit-every", &out->commit_every) != 0 || read_size(options, "flush-every", &out->flush_every) != 0)
		return -1;
	return read_size(options, "restart-every", &out->restart_every);
}

static int finish(struct files *files, const struct try_summary *s)
{
	bool failed = close_output(&files->deltas, "deltas") != 0;

	failed |= close_output(&files->dead_letters, "dead-letters") != 0;
	if (fflush(stdout) != 0) {
		fprintf(stderr, "lookback: standard output: %s\n", strerror(errno));
		failed = true;
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%" PRIu64 " records: %" PRIu64 " attributed conversions, %" PRIu64 " credit deltas, %" PRIu64 " dead letters\n",
			s->records, s->outputs, s->deltas, s->dead_letters);
	return failed ? COMMAND_FAILED : COMMAND_DONE;
}

static int run(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	OWN(files_close) struct files files = {0};
	struct try_options o = {0};
	struct try_summary summary;
	struct err err;

	if (read_options(options, &o) != 0)
		return COMMAND_USAGE;
	if (options_config_with_tenants(options, &config) != 0 || open_output(options, "deltas", &files.deltas) != 0 ||
		open_output(options, "dead-letters", &files.dead_letters) != 0)
		return COMMAND_FAILED;
	o.deltas = files.deltas;
	o.dead_letters = files.dead_letters;
	if (try_run(config, &o, &summary, &err) != 0)
		return options_fail(&err);
	return finish(&files, &summary);
}

const struct command cmd_try = {
	.name = "try",
	.about = "attribution over files of JSON lines, without a broker: the same code",
	.traits = COMMAND_CONFIG,
	.options =
		(const struct command_option[]){
			{"clicks", "FILE", "clicks, a JSON object per line; - is standard input", NULL},
			{"orders", "FILE", "orders", NULL},
			{"conversions", "FILE", "conversions", NULL},
			{"deltas", "FILE", "write credit deltas here", NULL},
			{"dead-letters", "FILE", "write records that cannot be used here, with their reasons", NULL},
			{"interleave", "SEED", "merge the inputs at random instead of by time", NULL},
			{"commit-every", "N", "records per commit (1000)", NULL},
			{"flush-every", "N", "commits after which the state goes to disk; for tests", NULL},
			{"restart-every", "N", "commits after which the shard is closed and recovered; for tests", NULL},
			{"lose-disk", NULL, "a restart finds no state; for tests", NULL},
			{0},
		},
	.example = "lookback try --config shop.yaml --clicks clicks.jsonl --orders orders.jsonl",
	.run = run,
};
