// SPDX-License-Identifier: Apache-2.0
// The role spend-ingest: for every active connection it reads the advertiser account's info, structure and daily reports at TikTok and publishes them
// (docs/spend-ingest.md). Its state is an ingest_role (processors/spend-ingest/ingest_role.h).
#pragma once
#include "processors/spend-ingest/ingest_role.h"
#include "runtime/processor.h"

const struct processor *spend_ingest_processor(void);
