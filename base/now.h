// SPDX-License-Identifier: Apache-2.0
// Wall, steady and paced time. Decisions about records never call these: time reaches attribution/, decoding and the state as a parameter.
//
//   now_wall_ms     what is published, logged and due: a processor's ticks, how long an event may still be sent
//   now_paced_ms    what the outside is promised: rate limits, back-off, how long a batch waits, when a refused tenant is asked again
//   now_steady_ms   what this machine waits for: Kafka's and HTTP's deadlines, back-off towards them, how long something took, whether a thread stands still
//
// In a build with LOOKBACK_TEST_HOOKS a test may turn the first two: make them run faster, jump ahead, stand still (base/now_turned.h). Steady time is always
// real, so that no broker and no request looks late because a day passes in a minute.
#pragma once
#include <stdint.h>

int64_t now_wall_ms(void);   // since 1970, UTC
int64_t now_paced_ms(void);  // never goes back
int64_t now_steady_ms(void); // never goes back
int64_t now_steady_us(void);

// How long a thread may really wait for so much paced time to pass: `ms` itself, less on a clock that a test turns, so that it hears of each turn.
int64_t now_wait_ms(int64_t ms);
