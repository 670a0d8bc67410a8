// SPDX-License-Identifier: Apache-2.0
// The payload's fields (event_fields.def): where each stands, what it holds, which sources have it. The writer, the mapping in the config and its error messages
// all use this one table.
#pragma once
#include "attribution/destination.h"
#include "base/arena.h"
#include "crypto/digest.h"
#include "schemas/records.h"

enum event_field_id {
#define FIELD(id, group, name, type, sources, offered) FIELD_##id,
#include "tiktok/event_fields.def"
#undef FIELD
	FIELD_COUNT
};

enum event_field_group { IN_USER, IN_PAGE, IN_APP, IN_AD, IN_LEAD, IN_PROPERTIES, IN_CONTENTS, IN_ROOT };

enum event_field_type {
	TYPE_TEXT,
	TYPE_NUMBER,
	TYPE_INTEGER,
	TYPE_BOOLEAN,
	TYPE_LIST,  // of texts, given as "a, b"
	TYPE_EMAIL, // from here on hashed, unless it is a digest
	TYPE_PHONE,
	TYPE_EXTERNAL_ID,
	TYPE_NAME,
	TYPE_DEVICE,
	TYPE_LOCALE,
	TYPE_IP,
	TYPE_ATT_STATUS,
};

struct event_field {
	uint8_t group, type;
	uint8_t sources; // a bit for each enum event_source
	bool offered;
	struct view name, key; // "email" and `"email":`
};

extern const struct event_field event_fields[FIELD_COUNT];

static inline unsigned event_fields_bit(enum event_source source)
{
	return 1u << source;
}

// "user.email", "properties.value", "properties.contents.price", "limited_data_use"; -1: there is none.
int event_fields_find(struct view path);
struct view event_fields_path(enum event_field_id id, char *out, size_t room);
// The known path that is written most alike.
struct view event_fields_nearest(struct view path, char *out, size_t room);

// The property that fills a field by its name; -1: none does.
int event_fields_offered(struct view name);

// What a text becomes in a field of this type, ready to be written. Absent: it does not fit.
struct event_fields_tools {
	struct digest *digest;
	struct arena *arena;
	bool lower_case_external_id;
};
struct view event_fields_convert(enum event_field_type type, struct view text, const struct event_fields_tools *tools);
const char *event_fields_type_words(enum event_field_type type); // "a number, as 79.90"

// Appends `"key":value` of what event_fields_convert gave, with a comma in front unless an object has just been opened. Returns
// where the value begins.
size_t event_fields_write(enum event_field_id id, struct view value, struct buf *json);
