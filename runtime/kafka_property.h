// SPDX-License-Identifier: Apache-2.0
// Which librdkafka properties the user may set. Pure.
#pragma once

// NULL: it may be set. Else why not and what to set instead.
const char *kafka_property_refusal(const char *name);
