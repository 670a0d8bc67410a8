// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.h"

#include "base/own.h"
#include "crypto/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum { NONCE = 12, TAG = 16 };

static const char version[] = "v1.";

struct key {
	char id[SEAL_ID + 1];
	unsigned char bytes[SEAL_KEY];
};

struct seal {
	EVP_CIPHER *cipher;
	struct key *keys;
	size_t count;
	const struct key *current; // the one that seals
};

static void own_context(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context); // wipes the key schedule
}

void seal_wipe(struct buf *text)
{
	if (text->p)
		OPENSSL_cleanse(text->p, text->room);
	buf_clear(text);
}

// ---- keys

struct seal *seal_new(void)
{
	struct seal *seal = calloc(1, sizeof *seal);

	if (!seal)
		err_out_of_memory();
	seal->keys = calloc(SEAL_KEYS_MAX, sizeof *seal->keys);
	if (!seal->keys)
		err_out_of_memory();
	seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	CHECK(seal->cipher); // part of every provider that OpenSSL can run with
	return seal;
}

void seal_free(struct seal **seal)
{
	if (!*seal)
		return;
	OPENSSL_cleanse((*seal)->keys, SEAL_KEYS_MAX * sizeof *(*seal)->keys);
	free((*seal)->keys);
	EVP_CIPHER_free((*seal)->cipher);
	free(*seal);
	*seal = NULL;
}

static bool is_id(struct view id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return id.n > 0 && id.n <= SEAL_ID;
}

static struct key *key_of(const struct seal *seal, struct view id)
{
	for (size_t i = 0; i < seal->count; i++) {
		if (view_eq(view_text(seal->keys[i].id), id))
			return &seal->keys[i];
	}
	return NULL;
}

static bool read_hex(struct view text, struct buf *out)
{
	for (size_t i = 0; i + 1 < text.n; i += 2) {
		int high = bytes_hex_digit(text.p[i]), low = bytes_hex_digit(text.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		buf_add_byte(out, (uint8_t)(high << 4 | low));
	}
	return true;
}

int seal_add_key(struct seal *seal, struct view id, struct view text, struct err *err)
{
	OWN(seal_wipe) struct buf bytes = {0};
	struct view key = view_trimmed(text);
	struct key *place = key_of(seal, id);

	if (!is_id(id))
		return err_set(err, ERR_FATAL, "seal_key", "a key's id has 1 to %d letters, digits, underscores and hyphens", SEAL_ID);
	bool good = key.n == 2 * (size_t)SEAL_KEY ? read_hex(key, &bytes) : base64_read_any(key, &bytes);
	if (!good || bytes.n != SEAL_KEY)
		return err_set(err, ERR_FATAL, "seal_key", "key %.*s is not %d bytes as base64 or hex; `openssl rand -base64 %d` makes one",
			VIEW_ARG(id), SEAL_KEY, SEAL_KEY);
	if (!place && seal->count == SEAL_KEYS_MAX)
		return err_set(err, ERR_FATAL, "seal_key", "more than %d keys", SEAL_KEYS_MAX);
	if (!place)
		place = &seal->keys[seal->count++];
	memcpy(place->id, id.p, id.n);
	memcpy(place->bytes, bytes.p, SEAL_KEY);
	seal->current = place;
	return 0;
}

int seal_use(struct seal *seal, struct view id, struct err *err)
{
	const struct key *key = key_of(seal, id);

	if (!key)
		return err_set(err, ERR_FATAL, "seal_key", "there is no key %.*s", VIEW_ARG(id));
	seal->current = key;
	return 0;
}

// ---- sealing

// What is authenticated beside the text: the head with the key's id, and whom it is for. Lengths stand in front, so that no two owners look alike.
static void add_bound(struct buf *out, const struct key *key, const struct seal_owner *owner)
{
	const struct view parts[] = {view_text(key->id), owner->tenant, owner->advertiser};

	buf_add_text(out, version);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		buf_add_sized(out, parts[i]);
}

// Context with key, nonce and what is bound; encrypting (1) or decrypting (0).
static EVP_CIPHER_CTX *begin(const struct seal *seal, const struct key *key, const unsigned char *nonce, const struct seal_owner *owner,
	int encrypting)
{
	OWN(buf_clear) struct buf bound = {0};
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n;

	if (!context)
		err_out_of_memory();
	add_bound(&bound, key, owner);
	CHECK(EVP_CipherInit_ex2(context, seal->cipher, key->bytes, nonce, encrypting, NULL) == 1);
	CHECK(EVP_CipherUpdate(context, NULL, &n, (unsigned char *)bound.p, (int)bound.n) == 1);
	return context;
}

int seal_close(const struct seal *seal, const struct seal_owner *owner, struct view clear, struct buf *out, struct err *err)
{
	unsigned char bytes[NONCE + SEAL_CLEAR_MAX + TAG];
	unsigned char *text = bytes + NONCE;
	int n = 0, last = 0;

	if (!seal->current)
		return err_set(err, ERR_FATAL, "seal_key", "there is no key to seal with: seal.keys");
	if (clear.n == 0 || clear.n > SEAL_CLEAR_MAX)
		return err_set(err, ERR_FATAL, "seal_text", "%zu bytes to seal; it must be 1 to %d", clear.n, SEAL_CLEAR_MAX);
	if (RAND_bytes(bytes, NONCE) != 1)
		return err_set(err, ERR_FATAL, "seal_random", "the system gives no random bytes");
	OWN(own_context) EVP_CIPHER_CTX *context = begin(seal, seal->current, bytes, owner, 1);
	CHECK(EVP_CipherUpdate(context, text, &n, (const unsigned char *)clear.p, (int)clear.n) == 1);
	CHECK(EVP_CipherFinal_ex(context, text + n, &last) == 1 && (size_t)(n + last) == clear.n);
	CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, text + clear.n) == 1);
	buf_addf(out, "%s%s.", version, seal->current->id);
	base64_add(out, view_of(bytes, NONCE + clear.n + TAG));
	return 0;
}

// ---- opening

// "v1.ID.REST" into ID and REST; false: it has another form.
static bool split(struct view text, struct view *id, struct view *rest)
{
	size_t n = sizeof version - 1;

	if (text.n < n || memcmp(text.p, version, n) != 0)
		return false;
	struct view behind = view_of(text.p + n, text.n - n);
	const char *dot = behind.n > 0 ? memchr(behind.p, '.', behind.n) : NULL;
	if (!dot)
		return false;
	*id = view_of(behind.p, (size_t)(dot - behind.p));
	*rest = view_of(dot + 1, behind.n - id->n - 1);
	return is_id(*id);
}

bool seal_is_sealed(struct view text)
{
	struct view id, rest;

	return split(view_trimmed(text), &id, &rest);
}

struct view seal_key_id(struct view sealed)
{
	struct view id, rest;

	return split(view_trimmed(sealed), &id, &rest) ? id : VIEW_ABSENT;
}

struct view seal_current_id(const struct seal *seal)
{
	return seal->current ? view_text(seal->current->id) : VIEW_ABSENT;
}

static int broken(struct err *err, const struct seal_owner *owner)
{
	return err_set(err, ERR_FATAL, "seal_broken",
		"the sealed text does not open for tenant %.*s and advertiser %.*s: it was changed or cut, or sealed for others or with another key of that id; "
		"seal the token again",
		VIEW_ARG(owner->tenant), VIEW_ARG(owner->advertiser));
}

// The clear text is authentic or it is not there.
static bool decrypt(const struct seal *seal, const struct key *key, const struct seal_owner *owner, struct view bytes, struct buf *out)
{
	const unsigned char *nonce = (const unsigned char *)bytes.p, *text = nonce + NONCE;
	size_t count = bytes.n - NONCE - TAG;
	unsigned char *to = (unsigned char *)buf_reserve(out, count);
	unsigned char tag[TAG];
	int n = 0, last = 0;

	if (!to)
		return false;
	memcpy(tag, text + count, TAG);
	OWN(own_context) EVP_CIPHER_CTX *context = begin(seal, key, nonce, owner, 0);
	CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1);
	bool good = EVP_CipherUpdate(context, to, &n, text, (int)count) == 1 && EVP_CipherFinal_ex(context, to + n, &last) == 1;
	if (good)
		out->n += count;
	else
		OPENSSL_cleanse(to, count);
	return good;
}

int seal_open(const struct seal *seal, const struct seal_owner *owner, struct view sealed, struct buf *out, struct err *err)
{
	OWN(buf_clear) struct buf bytes = {.ceiling = 64 << 10};
	struct view id, rest;

	if (!split(view_trimmed(sealed), &id, &rest))
		return broken(err, owner);
	const struct key *key = key_of(seal, id);
	if (!key)
		return err_set(err, ERR_FATAL, "seal_key", "sealed with key %.*s, which seal.keys does not have", VIEW_ARG(id));
	if (!base64_read(rest, &bytes) || bytes.full || bytes.n <= NONCE + TAG || bytes.n > NONCE + TAG + SEAL_CLEAR_MAX)
		return broken(err, owner);
	return decrypt(seal, key, owner, buf_view(&bytes), out) ? 0 : broken(err, owner);
}
