// SPDX-License-Identifier: Apache-2.0
// A Confluent-compatible schema registry over HTTP (net/): GET /schemas/ids/N, POST /subjects/S/versions. Answers are cached for ever,
// unknown ids for some seconds. Safe from any thread; a call may take four times `timeout_ms` and the pauses between.
#pragma once
#include "base/bytes.h"

struct registry_options {
	const char *url;       // https://host:port/path; NULL = no registry
	const char *user;      // basic auth, or NULL
	const char *password;  // never printed
	const char *ca_file;   // PEM, or NULL for the system's
	bool register_schemas; // else a missing subject is an error that says how to register
	int64_t timeout_ms;    // of one request; 0 = 5,000
};

struct registry;
int registry_new(const struct registry_options *options, struct registry **out, struct err *err) MUST_USE;
void registry_free(struct registry **registry);

// The schema's text; owned by the registry, lives as long as it. POISON unknown_schema_id; RETRY registry_unavailable, after some tries of its
// own; FATAL registry_refused (401, 403), http_untrusted, http_setting: waiting does not help.
int registry_schema(struct registry *registry, uint32_t id, struct view *schema, struct err *err) MUST_USE;
// The id of `schema` under `<topic>-value`. FATAL schema_not_registered / schema_incompatible, with what to do.
int registry_id(struct registry *registry, const char *topic, const char *schema, uint32_t *id, struct err *err) MUST_USE;
// Reachable at all? For `validate --live`.
int registry_ping(struct registry *registry, struct err *err) MUST_USE;
