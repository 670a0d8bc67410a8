// SPDX-License-Identifier: Apache-2.0
// The tables that tie the contracts to the structs of schemas/records.h. Adding a field: the .avsc, the struct, the line here, in the same place
// (docs/contracts.md); contract_setup refuses to start until all three agree.
#pragma once
#include "schemas/shape.h"

extern const struct binding bindings_click[], bindings_order[], bindings_conversion[], bindings_attributed_conversion[],
	bindings_credit_delta[], bindings_export_result[], bindings_connection[], bindings_sync_status[], bindings_report_snapshot[],
	bindings_ad_entity[], bindings_roas_row[], bindings_daily_sum[], bindings_tenant_day[];
