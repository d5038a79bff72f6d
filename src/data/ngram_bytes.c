/* matinee/ngrams.bin: little-endian, all k-grams by k and key.
 *
 *     0   16   "Matinee n-grams\n"
 *     16  4    version
 *     20  4    n
 *     24  4    V
 *     28  8*n  how many k-grams, for k = 1..n
 *     ..       of each k-gram: key - (key before it of this k) - 1, the first time key itself, in base 128 with the
 *              lowest digit first and bit 7 where digits follow; then a byte, its token
 *     end 8    XXH3, 64 bits, of all bytes before
 */
#include "ngram_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const char magic[] = "Matinee n-grams\n"; /* 16 bytes, without the zero */

enum {
    MAGIC_BYTES = sizeof magic - 1,
    VERSION = 1,
    COUNT_BYTES = 8,
    CHECKSUM_BYTES = 8,
    HEADER_BYTES = MAGIC_BYTES + 3 * 4,
    DIGIT_BITS = 7,
    MORE = 1 << DIGIT_BITS,
    KEY_BYTES_MAX = (NGRAM_KEY_BITS + DIGIT_BITS - 1) / DIGIT_BITS,
    ENTRY_BYTES_MIN = 2,
};

static unsigned char *put(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *out++ = (unsigned char)(value >> (8 * i));
    return out;
}

static uint64_t get(const unsigned char *from, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | from[i];
    return value;
}

static unsigned char *put_number(unsigned char *out, uint64_t value)
{
    for (; value >= MORE; value >>= DIGIT_BITS)
        *out++ = (unsigned char)(value | MORE);
    *out++ = (unsigned char)value;
    return out;
}

static unsigned char *put_table(unsigned char *out, const uint64_t *packed, int64_t count)
{
    uint64_t next = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint64_t key = packed[i] >> NGRAM_TOKEN_BITS;
        out = put_number(out, key - next);
        *out++ = (unsigned char)(packed[i] & ((1 << NGRAM_TOKEN_BITS) - 1));
        next = key + 1;
    }
    return out;
}

unsigned char *ngrams_to_bytes(const struct ngrams *ngrams, size_t *bytes)
{
    const size_t all = (size_t)ngrams_count(ngrams);
    unsigned char *data =
        malloc(HEADER_BYTES + NGRAMS_MAX * COUNT_BYTES + all * (KEY_BYTES_MAX + 1) + CHECKSUM_BYTES);
    uint64_t *packed = malloc((all + 1) * sizeof *packed), *scratch = malloc((all + 1) * sizeof *scratch);
    if (data != NULL && packed != NULL && scratch != NULL) {
        memcpy(data, magic, MAGIC_BYTES);
        unsigned char *out = put(data + MAGIC_BYTES, VERSION, 4);
        out = put(out, (uint64_t)ngrams->n, 4);
        out = put(out, (uint64_t)ngrams->V, 4);
        for (int k = 1; k <= ngrams->n; k++)
            out = put(out, (uint64_t)ngrams->tables[k - 1].count, COUNT_BYTES);
        for (int k = 1; k <= ngrams->n; k++) {
            ngram_table_sorted(&ngrams->tables[k - 1], packed, scratch);
            out = put_table(out, packed, ngrams->tables[k - 1].count);
        }
        out = put(out, XXH3_64bits(data, (size_t)(out - data)), CHECKSUM_BYTES);
        *bytes = (size_t)(out - data);
        unsigned char *shrunk = realloc(data, *bytes);
        data = shrunk != NULL ? shrunk : data;
    } else {
        free(data);
        data = NULL;
    }
    free(packed);
    free(scratch);
    return data;
}

/* What is still to be read. */
struct source {
    const unsigned char *next, *end;
};

static bool get_number(struct source *source, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < KEY_BYTES_MAX && source->next < source->end; i++) {
        const unsigned char byte = *source->next++;
        *value |= (uint64_t)(byte & (MORE - 1)) << (DIGIT_BITS * i);
        if (byte < MORE)
            return byte != 0 || i == 0; /* no digits in vain */
    }
    return false;
}

/* False for keys that are none or not in order, and tokens that are none. */
static bool get_table(struct source *source, uint64_t *packed, int64_t count, uint64_t keys)
{
    uint64_t next = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t step;
        if (!get_number(source, &step) || source->next == source->end || step >= keys - next)
            return false;
        const unsigned char token = *source->next++;
        if (token < NGRAM_FIRST_BUCKET || token >= NGRAM_IDS)
            return false;
        packed[i] = (next + step) << NGRAM_TOKEN_BITS | token;
        next += step + 1;
    }
    return true;
}

static bool damaged(struct error *error)
{
    return error_set(error, "is damaged; use the file as it was saved");
}

static bool read_table(struct ngram_table *table, struct source *source, uint64_t count, uint64_t keys,
                       struct error *error)
{
    if (count > (uint64_t)(source->end - source->next) / ENTRY_BYTES_MIN)
        return damaged(error);
    const size_t bytes = (count + 1) * sizeof(uint64_t);
    uint64_t *packed = malloc(bytes);
    if (packed == NULL)
        return error_memory(error, "the n-grams", bytes);
    bool ok = get_table(source, packed, (int64_t)count, keys) || damaged(error);
    ok = ok && ngram_table_open(table, packed, (int64_t)count, error);
    free(packed);
    return ok;
}

static bool read_tables(struct ngrams *ngrams, const unsigned char *counts, struct source *source,
                        struct error *error)
{
    uint64_t keys = 1;
    for (int k = 1; k <= ngrams->n; k++, counts += COUNT_BYTES) {
        keys *= (uint64_t)ngrams->V;
        if (!read_table(&ngrams->tables[k - 1], source, get(counts, COUNT_BYTES), keys, error))
            return false;
    }
    return source->next == source->end || damaged(error);
}

bool ngrams_from_bytes(struct ngrams **ngrams, const void *data, size_t bytes, struct error *error)
{
    const unsigned char *from = data;
    if (bytes < HEADER_BYTES + CHECKSUM_BYTES || memcmp(from, magic, MAGIC_BYTES) != 0)
        return error_set(error, "is no table of n-grams; use the file as it was saved");
    const uint64_t version = get(from + MAGIC_BYTES, 4), n = get(from + MAGIC_BYTES + 4, 4),
                   V = get(from + MAGIC_BYTES + 8, 4);
    const unsigned char *end = from + bytes - CHECKSUM_BYTES;
    if (version != VERSION)
        return error_set(error, "is of version %llu, this program knows %d; use the program that wrote it",
                         (unsigned long long)version, VERSION);
    if (get(end, CHECKSUM_BYTES) != XXH3_64bits(from, (size_t)(end - from)) || n < 1 || n > NGRAMS_MAX ||
        V < 1 || V > NGRAM_WORDS_MAX || (size_t)(end - from) < HEADER_BYTES + n * COUNT_BYTES)
        return damaged(error);
    struct ngrams *read = calloc(1, sizeof *read);
    if (read == NULL)
        return error_memory(error, "the n-grams", sizeof *read);
    *read = (struct ngrams){.n = (int)n, .V = (int)V};
    struct source source = {from + HEADER_BYTES + n * COUNT_BYTES, end};
    if (!read_tables(read, from + HEADER_BYTES, &source, error)) {
        ngrams_close(read);
        return false;
    }
    *ngrams = read;
    return true;
}
