// SPDX-License-Identifier: Apache-2.0
// The listening socket of the admin port.
#pragma once
#include "base/err.h"

// Binds and listens on "host" (a name, an address, "" or "*" for all) and port (0 = any free one); the port that it got is put out.
// FATAL admin_listen, saying why and what to set.
int admin_listen(const char *host, int port, int *fd, int *got, struct err *err) MUST_USE;
