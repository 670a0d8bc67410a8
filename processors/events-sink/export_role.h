// SPDX-License-Identifier: Apache-2.0
// What all shards of the events sink share: each exported goal's plan, the sender, the tokens.
#pragma once
#include "config/config.h"
#include "processors/events-sink/pauses.h"
#include "processors/events-sink/sink_tokens.h"
#include "schemas/wire.h"
#include "tiktok/event.h"
#include "tiktok/order_sync.h"
#include "tiktok/send.h"

// The input, by role, and what both write.
enum export_topic { EXPORT_INPUT, EXPORT_RESULTS, EXPORT_DEAD_LETTERS, EXPORT_TOPICS };
#define EXPORT_TO_EVENTS "events_api"
#define EXPORT_TO_OFFLINE "offline"
#define EXPORT_TO_ORDERS "sync_order"
enum { EXPORT_INPUTS = 1, EXPORT_VERDICTS = EXPORT_SENT_THEN_CHANGED + 1 };

// A goal that is exported.
struct export_goal {
	const struct tenant *tenant;
	const struct goal *goal;
	struct event_plan *plan;
	size_t tenant_index;
};

struct export_role {
	const struct config *config;
	struct registry *registry;
	struct export_goal *goals; // sorted by tenant and name
	size_t goal_count;
	struct order_sync_plan **orders; // by tenant; NULL: its orders are not told
	struct wire_header result_header;
	struct sender *sender;
	struct sink_tokens *tokens;
	struct pauses *pauses;
	struct send_numbers measured; // by export_role_measure
};

// Compiles what the config says and starts the sender. FATAL: what config_check_events_sink and event_plan_new say.
int export_role_new(const struct config *config, struct registry *registry, struct export_role **out, struct err *err) MUST_USE;
void export_role_free(struct export_role **role); // after all shards are closed

const struct export_goal *export_role_goal(const struct export_role *role, struct view tenant, struct view goal); // NULL: not exported

// Does some tenant tell TikTok of its orders? Then the role order-sync runs beside the sink.
bool export_role_tells_orders(const struct config *config);

// A shard pauses a tenant, or has asked again in vain; it goes on.
void export_role_pause(struct export_role *role, const struct pause *pause);
void export_role_go_on(struct export_role *role, const struct pause *pause);

// As struct processor has them: the sender's numbers and who is paused, for both roles.
void export_role_describe(void *role_state, struct buf *json);
void export_role_measure(void *role_state);
