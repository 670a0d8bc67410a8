// SPDX-License-Identifier: Apache-2.0
#include "cli/try_files.h"

#include <errno.h>
#include <jansson.h>

#include "base/own.h"
#include "runtime/bus_memory.h"

static void own_json(json_t **value)
{
	json_decref(*value);
}

// What stands beside a value in Kafka. A line that is no object gets neither: the decoder will say what is wrong with it.
struct envelope {
	struct buf key;
	int64_t timestamp;
};

static void own_envelope(struct envelope *e)
{
	buf_clear(&e->key);
}

static struct view text_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) ? view_of(json_string_value(value), json_string_length(value)) : VIEW_LIT("");
}

static void read_envelope(struct view line, struct envelope *out)
{
	OWN(own_json) json_t *object = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);
	const json_t *timestamp = json_object_get(object, "kafka_timestamp");

	buf_reset(&out->key);
	buf_add_view(&out->key, text_of(object, "tenant"));
	buf_add_byte(&out->key, '|');
	buf_add_view(&out->key, text_of(object, "user"));
	out->timestamp = json_is_integer(timestamp) ? (int64_t)json_integer_value(timestamp) : -1;
}

static struct view without_newline(const char *line, ssize_t n)
{
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	return view_of(line, (size_t)n);
}

int try_files_load(const char *path, struct bus *bus, int input, struct err *err)
{
	OWN(own_file) FILE *opened = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
	OWN(own_envelope) struct envelope envelope = {0};
	OWN(own_free) char *line = NULL;
	FILE *file = strcmp(path, "-") == 0 ? stdin : opened;
	size_t room = 0;

	if (!file)
		return err_set(err, ERR_FATAL, "try_input", "%s: %s", path, strerror(errno));
	for (ssize_t n; (n = getline(&line, &room, file)) >= 0;) {
		struct view value = without_newline(line, n);

		if (value.n == 0) {
			bus_memory_skip(bus, input); // so that offsets are lines
			continue;
		}
		read_envelope(value, &envelope);
		bus_memory_put(bus, input, envelope.timestamp, buf_view(&envelope.key), value);
	}
	return ferror(file) ? err_set(err, ERR_FATAL, "try_input", "%s: %s", path, strerror(errno)) : 0;
}
