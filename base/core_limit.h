// SPDX-License-Identifier: Apache-2.0
// A core file holds all that the process knew. Whoever takes access tokens or keys into memory says so here, before it does.
#pragma once

// From now on this process leaves no core, neither as a file nor through a program that the system pipes cores to. Again is fine; it cannot be undone.
void core_limit_forbid(void);
