// SPDX-License-Identifier: Apache-2.0
// Verdicts, money and texts of export results as people read them. Everything is appended.
#pragma once
#include "base/bytes.h"
#include "schemas/records.h"

enum { EXPORTS_WORDS_VERDICTS = EXPORT_SENT_THEN_CHANGED + 1 };

const char *exports_words_verdict(int verdict); // as in the contract; "other" for one that this build does not know
const char *exports_words_meaning(int verdict); // for people, half a sentence
int exports_words_parse(const char *name);      // -1: there is no such verdict
const char *exports_words_colour(int verdict);  // how a terminal begins to show it; EXPORTS_WORDS_PLAIN ends it
#define EXPORTS_WORDS_PLAIN "\033[0m"

// What comes from outside never steers a terminal: control characters become '?'.
void exports_words_text(struct buf *out, struct view text);
void exports_words_integer(struct buf *out, __int128 number);
// "20.00 EUR"; "-" without a currency.
void exports_words_money(struct buf *out, __int128 micros, struct view currency);
