// SPDX-License-Identifier: Apache-2.0
// The .avsc files as text, put into the program at build time (cmake/schemas.cmake). A contract is named by its file ("click"); an
// older version of it, kept so that its records stay readable without a registry, by file and version ("click.1").
#pragma once

struct embedded_schema {
	const char *name;
	const char *text;
};

extern const struct embedded_schema embedded_schemas[]; // ends with a NULL name
