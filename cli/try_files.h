// SPDX-License-Identifier: Apache-2.0
// JSON lines as records of a log in memory.
#pragma once
#include "runtime/bus.h"

// Every line of the file ("-": stdin) that is not empty becomes a record of the input: key tenant|user, timestamp from its `kafka_timestamp` (ms), if it has
// one. FATAL try_input: the file cannot be read.
int try_files_load(const char *path, struct bus *bus, int input, struct err *err) MUST_USE;
