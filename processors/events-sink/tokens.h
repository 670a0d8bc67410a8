// SPDX-License-Identifier: Apache-2.0
// The names that callers of sink_tokens.h know it by.
#pragma once
#include "processors/events-sink/sink_tokens.h"

struct tokens;

static inline int tokens_new(const struct config *config, struct tokens **out, struct err *err)
{
	(void)err;
	*out = (struct tokens *)sink_tokens_new(config);
	return 0;
}

static inline void tokens_free(struct tokens **tokens)
{
	sink_tokens_free((struct sink_tokens **)tokens);
}

static inline struct send_tokens tokens_source(struct tokens *tokens)
{
	return sink_tokens_source((struct sink_tokens *)tokens);
}

static inline uint64_t tokens_version(struct tokens *tokens, struct view tenant)
{
	return sink_tokens_version((struct sink_tokens *)tokens, tenant);
}
