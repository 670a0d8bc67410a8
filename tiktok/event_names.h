// SPDX-License-Identifier: Apache-2.0
// What TikTok calls an event: the destination's own table, then names that TikTok knows, then the tracker's names (docs/events-sink.md, "What is sent").
#pragma once
#include "attribution/destination.h"
#include "schemas/records.h"

enum event_name_is {
	NAME_KNOWN,  // by TikTok for this source, or said by the destination's own table
	NAME_CUSTOM, // any other: counted and reported, not optimised for
	NAME_NONE,   // an event that is not sent: no counterpart at this source, or the other one of the ViewContent choice
};

// `name`: static, of the destination, or `event` itself.
enum event_name_is event_names_find(const struct destination *destination, enum event_source source, struct view event, struct view *name);
