// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct digest {
	EVP_MD *sha256;
	EVP_MD_CTX *context;
};

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof *digest);

	if (!digest)
		err_out_of_memory();
	digest->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	CHECK(digest->sha256); // part of every provider that OpenSSL can run with
	digest->context = EVP_MD_CTX_new();
	if (!digest->context)
		err_out_of_memory();
	return digest;
}

void digest_free(struct digest **digest)
{
	if (!*digest)
		return;
	EVP_MD_CTX_free((*digest)->context);
	EVP_MD_free((*digest)->sha256);
	free(*digest);
	*digest = NULL;
}

void digest_sha256(struct digest *digest, struct view text, char out[static DIGEST_HEX + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[DIGEST_HEX / 2];

	CHECK(EVP_DigestInit_ex2(digest->context, digest->sha256, NULL) == 1);
	CHECK(EVP_DigestUpdate(digest->context, text.p, text.n) == 1);
	CHECK(EVP_DigestFinal_ex(digest->context, bytes, NULL) == 1);
	for (size_t i = 0; i < sizeof bytes; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
	out[DIGEST_HEX] = '\0';
}
