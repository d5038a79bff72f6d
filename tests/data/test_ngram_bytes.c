/* matinee/ngrams.bin: what is written is read again, and nothing else. */
#include "matinee/ngrams.h"
#include "ngram_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include <cmocka.h>

enum { V = 50, HEADER_BYTES = 28, CHECKSUM_BYTES = 8 };

/* Keys of both ends, and steps of one byte and of several. */
static struct ngrams *make(int n)
{
    static const uint64_t keys[NGRAMS_MAX][5] = {
        {0, 1, 2, 30, V - 1}, {0, 7, 134, 135, V * V - 1}, {3, 4, 131, 20000, V * V * V - 1}};
    struct ngrams *ngrams = calloc(1, sizeof *ngrams);
    struct error error;
    assert_non_null(ngrams);
    *ngrams = (struct ngrams){.n = n, .V = V};
    for (int k = 0; k < n; k++) {
        uint64_t packed[5];
        for (int i = 0; i < 5; i++)
            packed[i] =
                keys[k][i] << NGRAM_TOKEN_BITS | (uint64_t)(NGRAM_FIRST_BUCKET + (7 * i + k) % NGRAM_BUCKETS);
        assert_true(ngram_table_open(&ngrams->tables[k], packed, k == 1 ? 4 : 5, &error));
    }
    return ngrams;
}

static unsigned char *bytes_of(int n, size_t *size)
{
    struct ngrams *ngrams = make(n);
    unsigned char *bytes = ngrams_to_bytes(ngrams, size);
    assert_non_null(bytes);
    ngrams_close(ngrams);
    return bytes;
}

static void refuse(const unsigned char *bytes, size_t size)
{
    struct ngrams *ngrams = NULL;
    struct error error = {""};
    assert_false(ngrams_from_bytes(&ngrams, bytes, size, &error));
    assert_null(ngrams);
    assert_true(strlen(error.message) > 0);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    for (int n = 1; n <= NGRAMS_MAX; n++) {
        size_t size, again_size;
        struct ngrams *made = make(n), *read = NULL;
        struct error error;
        unsigned char *bytes = ngrams_to_bytes(made, &size);
        assert_true(ngrams_from_bytes(&read, bytes, size, &error));
        assert_int_equal(ngrams_order(read), n);
        assert_int_equal(ngrams_words(read), V);
        assert_int_equal(ngrams_count(read), n == 1 ? 5 : n == 2 ? 9 : 14);
        for (int k = 0; k < n; k++)
            for (uint64_t key = 0; key < 3000; key++) {
                const int64_t slot = ngram_table_slot(&read->tables[k], key),
                              wanted = ngram_table_slot(&made->tables[k], key);
                assert_int_equal(slot < 0, wanted < 0);
                if (slot >= 0)
                    assert_int_equal(read->tables[k].slots[slot], made->tables[k].slots[wanted]);
            }
        unsigned char *again = ngrams_to_bytes(read, &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(bytes, again, size);
        free(bytes);
        free(again);
        ngrams_close(made);
        ngrams_close(read);
    }
}

static void test_every_damage_is_refused(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = bytes_of(3, &size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            refuse(bytes, size);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    for (size_t cut = 0; cut < size; cut++)
        refuse(bytes, cut);
    free(bytes);
}

/* A checksum that is right for what stands before it. */
static void seal(unsigned char *bytes, size_t size)
{
    const uint64_t sum = XXH3_64bits(bytes, size - CHECKSUM_BYTES);
    for (int i = 0; i < CHECKSUM_BYTES; i++)
        bytes[size - CHECKSUM_BYTES + (size_t)i] = (unsigned char)(sum >> (8 * i));
}

/* Writes so many bytes over those at `at`, under a right checksum. */
static void refuse_with(size_t at, const char *with, size_t count)
{
    size_t size;
    unsigned char *bytes = bytes_of(1, &size);
    memcpy(bytes + at, with, count);
    seal(bytes, size);
    refuse(bytes, size);
    free(bytes);
}

static void test_contradictions_under_a_right_checksum_are_refused(void **state)
{
    (void)state;
    const size_t entries = HEADER_BYTES + 8;
    size_t size;
    refuse_with(16, "\2", 1); /* another version */
    refuse_with(20, "\0", 1); /* n */
    refuse_with(20, "\4", 1);
    refuse_with(20, "\2", 1);           /* more counts than there are */
    refuse_with(24, "\0", 1);           /* V */
    refuse_with(24, "\x31", 1);         /* a key that is none of V words */
    refuse_with(26, "\xFF", 1);         /* too many words */
    refuse_with(HEADER_BYTES, "\4", 1); /* bytes that are left */
    refuse_with(HEADER_BYTES, "\6", 1);
    refuse_with(HEADER_BYTES, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8);
    refuse_with(HEADER_BYTES + 7, "\x80", 1);
    refuse_with(entries + 1, "\0", 1); /* tokens that no k-gram has */
    refuse_with(entries + 1, "\1", 1);
    refuse_with(entries + 1, "\x23", 1);
    refuse_with(entries, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10);
    refuse_with(entries, "\x80\0", 2); /* a digit in vain */
    unsigned char *bytes = bytes_of(1, &size);
    bytes = realloc(bytes, size + 1);
    assert_non_null(bytes);
    seal(bytes, size + 1);
    refuse(bytes, size + 1);
    free(bytes);
}

/* Keys that all want one slot end with a message, and not after hours. */
static void test_keys_that_collide_are_refused(void **state)
{
    (void)state;
    enum { KEYS = 3000, SLOTS = 8192 };
    uint64_t *packed = malloc(KEYS * sizeof *packed);
    struct ngram_table table;
    struct error error;
    int found = 0;
    assert_non_null(packed);
    /* Those of one slot for the first seed are spread by the next. */
    for (uint64_t key = 0; found < KEYS; key++)
        if ((XXH3_64bits_withSeed(&key, sizeof key, 0) & (SLOTS - 1)) == 5)
            packed[found++] = key << NGRAM_TOKEN_BITS | NGRAM_FIRST_BUCKET;
    assert_true(ngram_table_open(&table, packed, KEYS, &error));
    assert_int_not_equal(table.seed, 0);
    for (int i = 0; i < KEYS; i++)
        assert_true(ngram_table_slot(&table, packed[i] >> NGRAM_TOKEN_BITS) >= 0);
    ngram_table_close(&table);
    /* Equal keys, which no reader lets through, are the enemy's whom no seed stops. */
    for (int i = 0; i < KEYS; i++)
        packed[i] = packed[0];
    assert_false(ngram_table_open(&table, packed, KEYS, &error));
    ngram_table_close(&table);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_every_damage_is_refused),
        cmocka_unit_test(test_contradictions_under_a_right_checksum_are_refused),
        cmocka_unit_test(test_keys_that_collide_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
