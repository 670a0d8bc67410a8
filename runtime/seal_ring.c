// SPDX-License-Identifier: Apache-2.0
#include "runtime/seal_ring.h"

#include "base/core_limit.h"
#include "base/own.h"

// Does this one seal? With one key alone nobody has to say so.
static bool is_current(const struct config *config, const struct destination_pair *key)
{
	return !config->seal.current || view_eq(key->from, view_text(config->seal.current));
}

static int add_key(struct seal *seal, const struct destination_pair *key, struct err *err)
{
	OWN(seal_wipe) struct buf text = {0};

	if (config_expand_secret(key->to, &text, err) == 0 && seal_add_key(seal, key->from, buf_view(&text), err) == 0)
		return 0;
	return err_prefix(err, "seal.keys.%.*s", VIEW_ARG(key->from));
}

struct seal *seal_ring_read(const struct config *config, struct err *problem)
{
	struct seal *seal = seal_new();
	struct err err;

	core_limit_forbid();
	*problem = (struct err){.class = ERR_NONE};
	for (size_t i = 0; i < config->seal.key_count; i++)
		if (add_key(seal, &config->seal.keys[i], &err) != 0)
			*problem = err;
	if (config->seal.current && seal_use(seal, view_text(config->seal.current), &err) != 0 && problem->class == ERR_NONE)
		*problem = err;
	return seal;
}

// Tried by itself first: in a ring the failure of one key would be hidden by the others.
int seal_ring_for_sealing(const struct config *config, struct seal **out, struct err *err)
{
	struct err ignored;

	for (size_t i = 0; i < config->seal.key_count; i++) {
		OWN(seal_free) struct seal *probe = seal_new();

		if (!is_current(config, &config->seal.keys[i]))
			continue;
		if (add_key(probe, &config->seal.keys[i], err) != 0)
			return -1;
		*out = seal_ring_read(config, &ignored);
		return 0;
	}
	return err_set(err, ERR_FATAL, "seal_key",
		"seal.keys has no key to seal with; make one (`openssl rand -base64 32`), keep it as a secret and name it there: {2026a: '${file:PATH}'}");
}
