// SPDX-License-Identifier: Apache-2.0
// Where a role's members can be asked: their client ids carry the address of their admin port.
#pragma once
#include "config/config.h"

enum { ADMIN_OWNER_URL = 320 };

struct admin_owner {
	char url[ADMIN_OWNER_URL]; // "http://pod-0.shop.svc:9404"
};

// The distinct addresses of the group's members, up to `room`. None is no error: nothing runs. RETRY: no broker answers.
int admin_owners(const struct config *config, const char *role, struct admin_owner *out, size_t room, size_t *count,
	struct err *err) MUST_USE;

// "lookback-pod-0-00@*:9404" and "/pod-0.shop.svc" -> "http://pod-0.shop.svc:9404". False: this client id carries no address.
bool admin_owner_url(const char *client_id, const char *client_host, struct admin_owner *out);
