// SPDX-License-Identifier: Apache-2.0
// A whole file in memory: config, secrets, certificates. Regular files only, so that a FIFO or a device cannot hang or fill us.
#pragma once
#include "base/bytes.h"

// Adds the file's bytes to `out`. FATAL file_unreadable (missing, not regular, no permission) or file_too_large, naming the path.
int file_read(const char *path, size_t limit, struct buf *out, struct err *err) MUST_USE;
