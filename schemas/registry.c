// SPDX-License-Identifier: Apache-2.0
#include "schemas/registry.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/now.h"
#include "base/own.h"
#include "net/http.h"

enum {
	ATTEMPTS = 4,
	BACKOFF_MS = 100,
	BACKOFF_MAX_MS = 2000,
	UNKNOWN_MS = 5000, // a replica of the registry may lag behind
	UNKNOWN_MAX = 64,
	SCHEMAS_MAX = 10000,
	URL_ROOM = 2048,
};

struct cached {
	uint32_t id;
	char *text;
};

struct unknown {
	uint32_t id;
	int64_t until_ms;
};

struct registry {
	char *url, *user, *password, *ca_file;
	bool register_schemas;
	int64_t timeout_ms;
	pthread_mutex_t cache_lock; // the fields below
	struct cached *cached;
	size_t cached_n, cached_room;
	struct unknown unknown[UNKNOWN_MAX];
	size_t unknown_next;
	pthread_mutex_t http_lock; // one request at a time
	struct http *http;
	uint64_t jitter;
};

static void own_json(json_t **json)
{
	json_decref(*json);
}

static void unlock(pthread_mutex_t **lock)
{
	pthread_mutex_unlock(*lock);
}

static char *dup_text(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		err_out_of_memory();
	return copy;
}

// The base URL without its last slashes.
static char *dup_url(const char *url)
{
	char *copy = dup_text(url);

	for (size_t n = strlen(copy); n && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	return copy;
}

int registry_new(const struct registry_options *options, struct registry **out, struct err *err)
{
	bool http = options->url && (strncmp(options->url, "http://", 7) == 0 || strncmp(options->url, "https://", 8) == 0);

	if (!http || strlen(options->url) > URL_ROOM / 2)
		return err_set(err, ERR_FATAL, "registry_setting", "schema_registry.url begins with http:// or https:// and has at most %d bytes",
			URL_ROOM / 2);
	struct registry *r = calloc(1, sizeof *r);
	if (!r)
		err_out_of_memory();
	r->url = dup_url(options->url);
	r->user = dup_text(options->user);
	r->password = dup_text(options->password);
	r->ca_file = dup_text(options->ca_file);
	r->register_schemas = options->register_schemas;
	r->timeout_ms = options->timeout_ms;
	r->http = http_new();
	r->jitter = (uint64_t)now_steady_us() * 2654435761u | 1;
	pthread_mutex_init(&r->cache_lock, NULL);
	pthread_mutex_init(&r->http_lock, NULL);
	*out = r;
	return 0;
}

void registry_free(struct registry **registry)
{
	struct registry *r = *registry;

	if (!r)
		return;
	for (size_t i = 0; i < r->cached_n; i++)
		free(r->cached[i].text);
	free(r->cached);
	http_free(&r->http);
	if (r->password)
		explicit_bzero(r->password, strlen(r->password));
	free(r->password);
	free(r->url);
	free(r->user);
	free(r->ca_file);
	pthread_mutex_destroy(&r->cache_lock);
	pthread_mutex_destroy(&r->http_lock);
	free(r);
	*registry = NULL;
}

// Half to all of the time that the attempt is due, so that many workers do not come back together.
static void back_off(struct registry *r, int attempt, int64_t asked_ms)
{
	int64_t ms = (int64_t)BACKOFF_MS << attempt;

	if (asked_ms > ms)
		ms = asked_ms;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	r->jitter ^= r->jitter << 13;
	r->jitter ^= r->jitter >> 7;
	r->jitter ^= r->jitter << 17;
	ms = ms / 2 + (int64_t)(r->jitter % (uint64_t)(ms / 2 + 1));
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static bool is_worth_repeating(int status)
{
	return status >= 500 || status == 429;
}

static int unavailable(struct err *err, const char *path, const struct http_answer *answer)
{
	if (answer)
		err_set(err, ERR_RETRY, "registry_unavailable", "schema registry: %.200s was answered with status %d", path, answer->status);
	else
		err_prefix(err, "schema registry");
	snprintf(err->code, sizeof err->code, "registry_unavailable");
	return -1;
}

// Sends, again if that may help. An answer that asks for other credentials is final: waiting does not change them.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): every answer of a registry, and what is tried again
static int call(struct registry *r, const char *method, const char *path, struct view body, struct http_answer *answer, struct err *err)
{
	static const char *const headers[] = {"Accept: application/vnd.schemaregistry.v1+json, application/json",
		"Content-Type: application/vnd.schemaregistry.v1+json", NULL};
	char url[URL_ROOM];
	int n = snprintf(url, sizeof url, "%s%s", r->url, path);
	const struct http_request request = {.method = method,
		.url = url,
		.headers = headers,
		.body = body,
		.timeout_ms = r->timeout_ms,
		.user = r->user,
		.password = r->password,
		.ca_file = r->ca_file};

	if (n < 0 || (size_t)n >= sizeof url)
		return err_set(err, ERR_FATAL, "registry_setting", "schema registry: the URL for a subject is longer than %d bytes", URL_ROOM);
	for (int attempt = 0;; attempt++) {
		bool sent = http_send(r->http, &request, answer, err) == 0;
		bool last = attempt + 1 == ATTEMPTS;

		if (!sent && err->class != ERR_RETRY)
			return err_prefix(err, "schema registry");
		if (sent && (answer->status == 401 || answer->status == 403))
			return err_set(err, ERR_FATAL, "registry_refused",
				"schema registry: status %d for %.200s: check schema_registry.user and password", answer->status, path);
		if (sent && !is_worth_repeating(answer->status))
			return 0;
		if (last)
			return unavailable(err, path, sent ? answer : NULL);
		back_off(r, attempt, sent ? answer->retry_after_ms : -1);
	}
}

static int garbage(struct err *err, const char *path)
{
	return err_set(err, ERR_RETRY, "registry_unavailable",
		"schema registry: the answer to %.200s is not what a registry says: is the URL right?", path);
}

static json_t *load_answer(const struct http_answer *answer)
{
	return json_loadb(answer->body.p ? answer->body.p : "", answer->body.n, JSON_REJECT_DUPLICATES, NULL);
}

// What the registry says about an error, for people.
static const char *message_of(const json_t *json)
{
	const char *text = json_string_value(json_object_get(json, "message"));

	return text ? text : "no reason given";
}

static const char *find_cached(struct registry *r, uint32_t id, bool *unknown)
{
	pthread_mutex_t *lock OWN(unlock) = &r->cache_lock;
	int64_t now = now_steady_ms();

	pthread_mutex_lock(lock);
	*unknown = false;
	for (size_t i = 0; i < UNKNOWN_MAX; i++)
		if (r->unknown[i].id == id && r->unknown[i].until_ms > now)
			*unknown = true;
	for (size_t i = 0; i < r->cached_n; i++)
		if (r->cached[i].id == id)
			return r->cached[i].text;
	return NULL;
}

static void remember_unknown(struct registry *r, uint32_t id)
{
	pthread_mutex_t *lock OWN(unlock) = &r->cache_lock;

	pthread_mutex_lock(lock);
	r->unknown[r->unknown_next++ % UNKNOWN_MAX] = (struct unknown){id, now_steady_ms() + UNKNOWN_MS};
}

// NULL: too many.
static const char *remember(struct registry *r, uint32_t id, const char *text)
{
	pthread_mutex_t *lock OWN(unlock) = &r->cache_lock;

	pthread_mutex_lock(lock);
	if (r->cached_n == SCHEMAS_MAX)
		return NULL;
	if (r->cached_n == r->cached_room) {
		r->cached_room = r->cached_room ? 2 * r->cached_room : 16;
		r->cached = realloc(r->cached, r->cached_room * sizeof *r->cached);
		if (!r->cached)
			err_out_of_memory();
	}
	r->cached[r->cached_n] = (struct cached){id, dup_text(text)};
	return r->cached[r->cached_n++].text;
}

static int unknown_id(uint32_t id, struct err *err)
{
	return err_set(err, ERR_POISON, "unknown_schema_id", "the schema registry knows no schema with id %" PRIu32, id);
}

// Takes the schema out of the answer into the cache.
static int accept_schema(struct registry *r, uint32_t id, const char *path, const struct http_answer *answer, const char **text,
	struct err *err)
{
	OWN(own_json) json_t *json = load_answer(answer);
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const char *type = json_string_value(json_object_get(json, "schemaType"));

	if (answer->status == 404) {
		remember_unknown(r, id);
		return unknown_id(id, err);
	}
	if (answer->status != 200)
		return unavailable(err, path, answer);
	if (!schema)
		return garbage(err, path);
	if (type && strcmp(type, "AVRO") != 0)
		return err_set(err, ERR_POISON, "unknown_schema_id", "schema %" PRIu32 " of the registry is %.40s, not Avro", id, type);
	if (json_array_size(json_object_get(json, "references")))
		return err_set(err, ERR_POISON, "unknown_schema_id",
			"schema %" PRIu32 " of the registry refers to other schemas, which is not supported: register it in one piece", id);
	*text = remember(r, id, schema);
	return *text
		? 0
		: err_set(err, ERR_POISON, "unknown_schema_id", "more than %d schemas in use: schema %" PRIu32 " is not taken", SCHEMAS_MAX, id);
}

static int fetch_schema(struct registry *r, uint32_t id, const char **text, struct err *err)
{
	pthread_mutex_t *lock OWN(unlock) = &r->http_lock;
	OWN(http_answer_clear) struct http_answer answer = {0};
	char path[40];
	bool unknown;

	pthread_mutex_lock(lock);
	*text = find_cached(r, id, &unknown); // another thread may have been faster
	if (*text)
		return 0;
	if (unknown)
		return unknown_id(id, err);
	snprintf(path, sizeof path, "/schemas/ids/%" PRIu32, id);
	if (call(r, "GET", path, VIEW_ABSENT, &answer, err))
		return -1;
	return accept_schema(r, id, path, &answer, text, err);
}

int registry_schema(struct registry *r, uint32_t id, struct view *schema, struct err *err)
{
	bool unknown;
	const char *text = find_cached(r, id, &unknown);

	if (!text && unknown)
		return unknown_id(id, err);
	if (!text && fetch_schema(r, id, &text, err))
		return -1;
	*schema = view_text(text);
	return 0;
}

// "/subjects/<topic>-value", percent-encoded.
static void subject_path(const char *topic, struct buf *out)
{
	buf_add_text(out, "/subjects/");
	for (const char *p = topic; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("-._~", *p);

		if (plain)
			buf_add_byte(out, (uint8_t)*p);
		else
			buf_addf(out, "%%%02X", (uint8_t)*p);
	}
	buf_add_text(out, "-value");
}

static int accept_id(const struct registry *r, const char *topic, const char *path, const struct http_answer *answer, uint32_t *id,
	struct err *err)
{
	OWN(own_json) json_t *json = load_answer(answer);
	json_int_t value = json_integer_value(json_object_get(json, "id"));

	if (answer->status == 404 && !r->register_schemas)
		return err_set(err, ERR_FATAL, "schema_not_registered",
			"schema registry: subject %.200s-value does not have our schema: register the one under schemas/avro, or allow it to be registered "
			"(schema_registry.register_schemas)",
			topic);
	if (answer->status == 409 || answer->status == 422)
		return err_set(err, ERR_FATAL, "schema_incompatible",
			"schema registry: our schema is refused under subject %.200s-value (%.250s): look at the versions that are registered there",
			topic, message_of(json));
	if (answer->status != 200)
		return unavailable(err, path, answer);
	if (value <= 0 || value > UINT32_MAX)
		return garbage(err, path);
	*id = (uint32_t)value;
	return 0;
}

int registry_id(struct registry *r, const char *topic, const char *schema, uint32_t *id, struct err *err)
{
	pthread_mutex_t *lock OWN(unlock) = &r->http_lock;
	OWN(http_answer_clear) struct http_answer answer = {0};
	OWN(own_json) json_t *json = json_pack("{s:s}", "schema", schema);
	OWN(own_free) char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
	OWN(buf_clear) struct buf path = {0};

	pthread_mutex_lock(lock);
	if (!body)
		err_out_of_memory();
	subject_path(topic, &path);
	buf_add(&path, r->register_schemas ? "/versions" : "", r->register_schemas ? sizeof "/versions" : 1); // with its NUL
	if (call(r, "POST", path.p, view_text(body), &answer, err))
		return -1;
	return accept_id(r, topic, path.p, &answer, id, err);
}

int registry_ping(struct registry *r, struct err *err)
{
	pthread_mutex_t *lock OWN(unlock) = &r->http_lock;
	OWN(http_answer_clear) struct http_answer answer = {0};

	pthread_mutex_lock(lock);
	if (call(r, "GET", "/subjects", VIEW_ABSENT, &answer, err))
		return -1;
	return answer.status == 200 ? 0 : unavailable(err, "/subjects", &answer);
}
