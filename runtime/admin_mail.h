// SPDX-License-Identifier: Apache-2.0
// Questions from the admin port's threads to the workers' own loops, which alone may touch a shard's store. A question waits, with a
// deadline, until every worker has looked at it. Safe from any thread.
//
//   worker, between batches and with no transaction open:  admin_mail_serve(mail, index, processor, live_shards, count);
//   admin port:                                            admin_mail_ask(mail, &question, 5000, &answer, &err);
#pragma once
#include "runtime/processor.h"
#include "runtime/shard.h"

struct admin_mail;

struct admin_mail *admin_mail_new(int workers); // all that serve; numbered from 0
void admin_mail_free(struct admin_mail **mail);

// The question's texts are borrowed. Appends what the shards say, in the form asked for (JSON: objects with commas between them): `*found` says whether any
// knows the conversion.
// RETRY no_answer: the deadline passed and nobody who answered knew it. Else the error of a worker that could not read, if nobody knew it.
int admin_mail_ask(struct admin_mail *mail, const struct processor_question *question, int64_t timeout_ms, struct buf *answer, bool *found,
	struct err *err) MUST_USE;

// Answers what waits for this worker; costs one atomic load if nothing does. Workers whose processor explains nothing call it with no shards.
void admin_mail_serve(struct admin_mail *mail, int worker, const struct processor *processor, struct shard *const *live, size_t count);
