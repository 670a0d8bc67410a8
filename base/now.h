// SPDX-License-Identifier: Apache-2.0
// Wall and steady time. Decisions about records never call these: time reaches attribution/, decoding and
// the state as a parameter. Deadlines and back-off (net/, registry, runtime/) do.
#pragma once
#include <stdint.h>

int64_t now_wall_ms(void);   // since 1970, UTC
int64_t now_steady_ms(void); // never goes back
int64_t now_steady_us(void);
