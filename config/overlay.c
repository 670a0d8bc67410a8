// SPDX-License-Identifier: Apache-2.0
#include "config/overlay.h"

#include "base/own.h"
#include "config/assign.h"
#include "config/keys.h"

#include <ctype.h>
#include <fnmatch.h>
#include <unistd.h>

static const char prefix[] = "LOOKBACK_";
static const char properties_variable[] = "LOOKBACK_KAFKA_PROPERTIES_";
static const char properties_key[] = "kafka.properties.";

static void set_row(struct loading *l, const struct setting *row, const char *value, struct origin at)
{
	struct config *config = l->config;
	bool secret = false;

	if (row->optional && (value[0] == '\0' || strcmp(value, "null") == 0))
		setting_set_null(row, (char *)config + row->offset);
	else if (!assign_text(l, row, view_text(value), at, config, &secret))
		return;
	config->origins->rows[setting_index(row)] = at;
	config->origins->secret[setting_index(row)] = secret;
}

// LOOKBACK_KAFKA_PROPERTIES_SASL_USERNAME is sasl.username.
static void set_property_of_variable(struct loading *l, const char *name, const char *value, struct origin at)
{
	struct view lowered = arena_dup(&l->config->arena, view_text(name + sizeof properties_variable - 1));
	char *p = (char *)lowered.p; // our own copy

	for (size_t i = 0; i < lowered.n; i++)
		p[i] = p[i] == '_' ? '.' : (char)tolower((unsigned char)p[i]);
	assign_property(l, lowered, view_text(value), at);
}

static void unknown_variable(struct loading *l, const char *name, struct origin at)
{
	OWN(buf_clear) struct buf nearest = {0};

	keys_nearest_variable(name, &nearest);
	problem_add(&l->problems, at, "sets nothing%s%.*s", nearest.n > 0 ? "; nearest: " : "", VIEW_ARG(buf_view(&nearest)));
}

static void take_variable(struct loading *l, const char *name, const char *value)
{
	struct origin at = {ORIGIN_ENVIRONMENT, name, 0, 0};
	const struct setting *row = keys_of_variable(name);

	if (row)
		set_row(l, row, value, at);
	else if (strncmp(name, properties_variable, sizeof properties_variable - 1) == 0)
		set_property_of_variable(l, name, value, at);
	else
		unknown_variable(l, name, at);
}

// What is called LOOKBACK_ but not ours to read: the command line's, and Docker's and Kubernetes' words for a service of this name.
static bool is_foreign(const char *name, const char *value)
{
	static const char *const patterns[] = {
		"LOOKBACK_CONFIG",
		"LOOKBACK_INSTANCE", // the process's name in its group
		"LOOKBACK_TEST_*",
		"LOOKBACK_SERVICE_*",
		"LOOKBACK_*_SERVICE_HOST",
		"LOOKBACK_*_SERVICE_PORT",
		"LOOKBACK_*_SERVICE_PORT_*",
		"LOOKBACK_PORT_[0-9]*_*",
		"LOOKBACK_*_PORT_[0-9]*_*",
	};

	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return fnmatch("*_PORT", name, 0) == 0 && strstr(value, "://");
}

void overlay_environment(struct loading *l)
{
	for (char **entry = environ; *entry; entry++) {
		const char *equals = strchr(*entry, '=');

		if (!equals || strncmp(*entry, prefix, sizeof prefix - 1) != 0)
			continue;
		const char *name = arena_dup(&l->config->arena, view_of(*entry, (size_t)(equals - *entry))).p;
		if (!is_foreign(name, equals + 1))
			take_variable(l, name, equals + 1);
	}
}

// What stands in argv is seen by every process of the machine.
static bool shows_secret(struct loading *l, const struct config_flag *flag, struct origin at)
{
	if (!assign_name_is_secret(view_text(flag->key)) || strstr(flag->value, "${"))
		return false;
	problem_add(&l->problems, at, "a secret on the command line is seen by all; write '${NAME}' or '${file:PATH}' in its place");
	return true;
}

static void take_flag(struct loading *l, const struct config_flag *flag)
{
	struct view key = arena_dup(&l->config->arena, view_text(flag->key));
	struct origin at = {ORIGIN_FLAG, key.p, 0, 0};
	const struct setting *row = setting_find(SETTING_OF_CONFIG, key);
	size_t n = sizeof properties_key - 1;

	if (shows_secret(l, flag, at))
		return;
	if (strncmp(key.p, properties_key, n) == 0)
		assign_property(l, view_of(key.p + n, key.n - n), view_text(flag->value), at);
	else if (!row)
		keys_unknown(l, SETTING_OF_CONFIG, key, at);
	else if (setting_is_scalar(row))
		set_row(l, row, flag->value, at);
	else if (row->type == SETTING_PROPERTIES)
		problem_add(&l->problems, at, "set one property: kafka.properties.NAME=VALUE");
	else
		problem_add(&l->problems, at, "a list is set in a file");
}

void overlay_flags(struct loading *l, const struct config_flag *flags, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_flag(l, &flags[i]);
}
