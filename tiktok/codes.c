// SPDX-License-Identifier: Apache-2.0
#include "tiktok/codes.h"

#include <stddef.h>
#include <stdlib.h>

enum { MAINTENANCE_S = 60 };

// Names are those of TikTok's SDK (tiktok_code.py) where it has one. Sorted by code.
static const struct codes_rule rules[] = {
	{0, CODES_DONE, 0, 0, 0}, {20001, CODES_PARTIAL, 0, 0, 0}, // PARTIAL_OK
	{40000, CODES_REFUSE, 0, 0, 0},                            // INVALID_PARAMS
	{40001, CODES_PAUSE, 0, 0, 0},                             // PERMISSION_ERROR: of this token on this pixel or advertiser
	{40002, CODES_REFUSE, 0, 0, 0},                            // PARAM_ERROR
	{40003, CODES_PAUSE, 0, 0, 0},                             // FORBIDDEN
	{40006, CODES_REFUSE_ALL, 0, 0, 0},                        // version of the API
	{40007, CODES_REFUSE, 0, 0, 0},                            // NOT_EXIST
	{40008, CODES_REFUSE_ALL, 0, 0, 0},                        // NOT_IMPL
	{40009, CODES_REFUSE_ALL, 0, 0, 0},                        // not in the sandbox
	{40010, CODES_REFUSE_ALL, 0, 0, 0},                        // domain
	{40011, CODES_SPLIT, 0, 0, 0},                             // too many ids
	{40012, CODES_REFUSE, 0, 0, 0},                            // NO_UPDATE
	{40013, CODES_PAUSE, 0, 0, 0},                             // no such sandbox advertiser
	{40014, CODES_REFUSE_ALL, 0, 0, 0},                        // INVALID_CLUSTER
	{40016, CODES_THROTTLE_APP, 0, 0, 0},                      // BIZ_FC_ERROR: flow control
	{40050, CODES_DONE, 0, 0, 0},                              // the same request again
	{40051, CODES_REFUSE_ALL, 0, 0, 0},                        // version of the API
	{40061, CODES_SPLIT, 0, 0, 0},                             // INVALID_BATCH_SIZE
	{40062, CODES_REFUSE, 0, 0, 0},                            // PII_NOT_HASHED
	{40063, CODES_REFUSE_ALL, 0, 0, 0},                        // INVALID_PARTNER_NAME
	{40067, CODES_SPLIT, 0, 0, 0},                             // too large
	{40100, CODES_THROTTLE_APP, 0, 0, 0},                      // REQUEST_TOO_FREQUENT
	{40101, CODES_RETRY, 2, CODES_PAUSE, 0},                   // INVALID_PARTNER; by another reading too frequent
	{40102, CODES_RETRY, 2, CODES_PAUSE, 0},                   // ACCESS_TOKEN_EXPIRE; by another reading too frequent
	{40103, CODES_PAUSE, 0, 0, 0},                             // REFRESH_TOKEN_EXPIRE
	{40104, CODES_PAUSE, 0, 0, 0},                             // EMPTY_ACCESS_TOKEN
	{40105, CODES_PAUSE, 0, 0, 0},                             // INVALID_ACCESS_TOKEN: wrong or revoked
	{40106, CODES_PAUSE, 0, 0, 0},                             // INVALID_CORE_USER
	{40107, CODES_PAUSE, 0, 0, 0},                             // INVALID_REFRESH_TOKEN
	{40108, CODES_PAUSE, 0, 0, 0},                             // INVALID_GRANT_TYPE
	{40110, CODES_PAUSE, 0, 0, 0},                             // AUTH_CODE_ERROR
	{40112, CODES_PAUSE, 0, 0, 0},                             // PASSWORD_ERROR
	{40113, CODES_PAUSE, 0, 0, 0},                             // app forbidden
	{40114, CODES_PAUSE, 0, 0, 0},                             // ADVERTISER_LOGOUT
	{40115, CODES_PAUSE, 0, 0, 0},                             // time of the signature
	{40116, CODES_PAUSE, 0, 0, 0},                             // signature
	{40117, CODES_PAUSE, 0, 0, 0},                             // method forbidden
	{40118, CODES_PAUSE, 0, 0, 0},                             // NOT_IN_WHITELIST: a feature that TikTok opens per account
	{40124, CODES_PAUSE, 0, 0, 0},                             // developer rejected
	{40125, CODES_PAUSE, 0, 0, 0},                             // developer without permission
	{40130, CODES_PAUSE, 0, 0, 0},                             // scope
	{40131, CODES_PAUSE, 0, 0, 0},                             // scope
	{40132, CODES_THROTTLE_APP, 0, 0, 0},                      // REQUEST_FREQUENCY_LIMITED
	{40133, CODES_THROTTLE_ADVERTISER, 0, 0, 0},               // this advertiser's limit for this path
	{40200, CODES_RETRY, 0, 0, 0},                             // GENERAL_TASK_ERROR
	{40201, CODES_RETRY, 0, 0, 0},                             // TASK_NOT_READY
	{40202, CODES_RETRY, 0, 0, 0},                             // WRITE_CONFLICT
	{40300, CODES_PAUSE, 0, 0, 0},                             // ADVERTISER_NOT_EXIST
	{40301, CODES_PAUSE, 0, 0, 0},                             // ADVERTISER_ROLE_ERROR
	{40309, CODES_PAUSE, 0, 0, 0},                             // REQUIRE_LOGIN
	{40400, CODES_REFUSE_ALL, 0, 0, 0},                        // ROUTE_NOT_FOUND
	{40700, CODES_RETRY, 3, CODES_REFUSE, 0},                  // RPC_VALIDATION_ERROR
	{41000, CODES_PAUSE, 0, 0, 0},                             // BLOCKED: the country
	{41001, CODES_REFUSE_ALL, 0, 0, 0},                        // the interface was withdrawn
	{41002, CODES_REFUSE, 0, 0, 0},                            // a field was
	{51021, CODES_THROTTLE_APP, 0, 0, 0},                      // statistics: too many requests
	{60001, CODES_RETRY, 0, 0, MAINTENANCE_S},                 // MAINTENANCE
	{61000, CODES_THROTTLE_APP, 0, 0, 0},                      // TOO_MANY_REQUESTS
	{70001, CODES_REFUSE_ALL, 0, 0, 0},                        // type of authentication
};

static int compare(const void *key, const void *element)
{
	int code = *(const int *)key, other = ((const struct codes_rule *)element)->code;

	return (code > other) - (code < other);
}

const struct codes_rule *codes_rule(int code)
{
	static const struct codes_rule refused = {0, CODES_REFUSE, 0, 0, 0};
	static const struct codes_rule again = {0, CODES_RETRY, 0, 0, 0};
	static const struct codes_rule unknown = {0, CODES_RETRY, 3, CODES_REFUSE_ALL, 0};
	const struct codes_rule *found = bsearch(&code, rules, sizeof rules / sizeof *rules, sizeof *rules, compare);

	if (found)
		return found;
	if (code >= 40000 && code < 50000)
		return &refused;
	return code >= 50000 && code < 70000 ? &again : &unknown;
}
