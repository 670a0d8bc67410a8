// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_ask.h"

#include "base/own.h"
#include "net/http.h"
#include "runtime/admin_owners.h"

enum { OWNERS_MAX = 512, TIMEOUT_MS = 8000, ANSWER_MAX = 64 << 20, OK = 200, NOT_FOUND = 404 };

void admin_ask_clear(struct admin_ask *answers)
{
	buf_clear(&answers->troubles);
	buf_clear(&answers->text);
	buf_clear(&answers->keys);
	buf_clear(&answers->absent);
}

static void add_argument(struct buf *url, const char *name, struct view value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	if (!view_is_set(value))
		return;
	buf_addf(url, "%s=", name);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] && strchr(plain, value.p[i]))
			buf_add_byte(url, (uint8_t)value.p[i]);
		else
			buf_addf(url, "%%%02X", (unsigned)(unsigned char)value.p[i]);
	buf_add_byte(url, '&');
}

static void print_url(const struct admin_owner *owner, const struct processor_question *q, enum processor_form form, struct buf *out)
{
	static const char *const names[] = {[QUESTION_JSON] = "json", [QUESTION_TABLE] = "table", [QUESTION_KEYS] = "keys"};

	buf_reset(out);
	buf_addf(out, "%s/explain?", owner->url);
	add_argument(out, "tenant", q->tenant);
	add_argument(out, "conversion", q->conversion);
	add_argument(out, "user", q->user);
	buf_addf(out, "output=%s", names[form]);
	buf_add_byte(out, 0);
}

static int get(struct http *http, const char *url, struct http_answer *answer, struct err *err)
{
	struct http_request request = {.method = "GET", .url = url, .timeout_ms = TIMEOUT_MS, .answer_max = ANSWER_MAX};

	if (http_send(http, &request, answer, err) != 0)
		return -1;
	if (answer->status == OK || answer->status == NOT_FOUND)
		return 0;
	return err_set(err, ERR_RETRY, "refused", "it answers with status %d: %.*s", answer->status,
		answer->body.n > 300 ? 300 : (int)answer->body.n, answer->body.n ? answer->body.p : "");
}

// The page's objects without what stands around them; everything for a table.
static struct view objects_of(struct view page, enum processor_form form)
{
	static const char before[] = "{\"explanations\":[", after[] = "],\"shards_not_live\":[";
	const size_t head = sizeof before - 1, tail = sizeof after - 1;

	if (form != QUESTION_JSON)
		return page;
	if (page.n < head || memcmp(page.p, before, head) != 0)
		return VIEW_ABSENT;
	for (size_t at = page.n; at >= head + tail; at--)
		if (memcmp(page.p + at - tail, after, tail) == 0)
			return view_of(page.p + head, at - tail - head);
	return VIEW_ABSENT;
}

// "key…" lines are kept, "not_live" lines become numbers.
static void take_lines(struct view lines, struct admin_ask *out)
{
	static const char absent[] = "not_live\t";

	while (lines.n > 0) {
		const char *end = memchr(lines.p, '\n', lines.n);
		size_t n = end ? (size_t)(end - lines.p) : lines.n;

		if (n > sizeof absent - 1 && memcmp(lines.p, absent, sizeof absent - 1) == 0)
			buf_addf(&out->absent, "%s%.*s", out->absent.n ? ", " : "", (int)(n - (sizeof absent - 1)), lines.p + sizeof absent - 1);
		else
			buf_addf(&out->keys, "%.*s\n", (int)n, lines.p);
		lines = view_of(lines.p + n + (end != NULL), lines.n - n - (end != NULL));
	}
}

static int ask(struct http *http, const struct admin_owner *owner, const struct processor_question *q, struct admin_ask *out,
	struct err *err)
{
	OWN(buf_clear) struct buf url = {0};
	OWN(http_answer_clear) struct http_answer keys = {0}, page = {0};

	print_url(owner, q, QUESTION_KEYS, &url);
	if (get(http, url.p, &keys, err) != 0)
		return -1;
	out->asked++;
	take_lines(buf_view(&keys.body), out);
	if (keys.status == NOT_FOUND)
		return 0;
	print_url(owner, q, q->form, &url);
	if (get(http, url.p, &page, err) != 0)
		return -1;
	struct view objects = objects_of(buf_view(&page.body), q->form);

	if (page.status == NOT_FOUND || objects.n == 0)
		return 0;
	buf_add_text(&out->text, q->form == QUESTION_JSON && out->text.n ? "," : "");
	buf_add_view(&out->text, objects);
	out->found = true;
	return 0;
}

int admin_ask_owners(const struct config *config, const char *role, const struct processor_question *question, struct admin_ask *out,
	struct err *err)
{
	OWN(http_free) struct http *http = http_new();
	OWN(own_free) struct admin_owner *owners = calloc(OWNERS_MAX, sizeof *owners);
	size_t count = 0;

	if (!owners)
		err_out_of_memory();
	if (admin_owners(config, role, owners, OWNERS_MAX, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (ask(http, &owners[i], question, out, err) != 0)
			buf_addf(&out->troubles, "%s does not say: %s\n", owners[i].url, err->words);
	return 0;
}
