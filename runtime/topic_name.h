// SPDX-License-Identifier: Apache-2.0
// The name of a topic, by its key in the config.
#pragma once
#include "config/config.h"

const char *topic_name(const struct config *config, const char *key); // of config `topics`: "clicks"; asserts that it is one
