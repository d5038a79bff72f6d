#include "hash128.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { FILE_BUFFER_BYTES = 1 << 20 };

static struct hash128 canonical(XXH128_hash_t hash)
{
    XXH128_canonical_t bytes;
    struct hash128 digest;
    XXH128_canonicalFromHash(&bytes, hash);
    memcpy(digest.bytes, bytes.digest, sizeof digest.bytes);
    return digest;
}

struct hash128 hash128_of(const void *data, size_t bytes)
{
    return canonical(XXH3_128bits(data, bytes));
}

bool hash128_equals(const struct hash128 *a, const struct hash128 *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void hash128_add(struct hash128 *sum, const struct hash128 *digest)
{
    unsigned carry = 0;
    for (int i = (int)sizeof sum->bytes - 1; i >= 0; i--) {
        carry += (unsigned)sum->bytes[i] + digest->bytes[i];
        sum->bytes[i] = (unsigned char)(carry & 0xFF);
        carry >>= 8;
    }
}

void hash128_text(const struct hash128 *digest, char text[static HASH128_TEXT_BYTES])
{
    for (size_t i = 0; i < sizeof digest->bytes; i++)
        sprintf(text + 2 * i, "%02x", digest->bytes[i]);
}

bool hash128_of_file(struct hash128 *hash, int file)
{
    XXH3_state_t *state = XXH3_createState();
    unsigned char *buffer = malloc(FILE_BUFFER_BYTES);
    bool ok = state != NULL && buffer != NULL && XXH3_128bits_reset(state) == XXH_OK;
    off_t at = 0;
    while (ok) {
        ssize_t got = pread(file, buffer, FILE_BUFFER_BYTES, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            ok = got == 0;
            break;
        }
        ok = XXH3_128bits_update(state, buffer, (size_t)got) == XXH_OK;
        at += got;
    }
    if (ok)
        *hash = canonical(XXH3_128bits_digest(state));
    free(buffer);
    XXH3_freeState(state);
    return ok;
}

uint64_t checksum_of(const void *data, size_t bytes)
{
    return XXH3_64bits(data, bytes);
}
