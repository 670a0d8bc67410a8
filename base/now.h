// SPDX-License-Identifier: Apache-2.0
// Wall and steady time. Nothing in attribution/, schemas/ or state/ calls these: time reaches them as a parameter.
#pragma once
#include <stdint.h>

int64_t now_wall_ms(void);   // since 1970, UTC
int64_t now_steady_ms(void); // never goes back
int64_t now_steady_us(void);
