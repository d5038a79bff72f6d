/* A file of encoded rows as it is, and every way in which it may be another. */
#include "cache_directory.h"
#include "imdb.h"
#include "rows_entry.h"
#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { COUNT = 3, T = 5, SHORT_WORDS = 1000, LONG_WORDS = UINT16_MAX + 2 };

static int32_t tokens[COUNT * T] = {0, 0, 1, 4, 999, 1, 2, 2, 9, 7, 0, 0, 0, 0, 1}, pads[COUNT] = {2, 0, 4};
static uint8_t labels[COUNT] = {1, 0, 1};
static const struct hash128 key = {.bytes = {0xAB, 1, 2, 3}};

static struct rows_shape shape_of(int num_words)
{
    return (struct rows_shape){.split = CORPUS_TEST, .count = COUNT, .T = T, .num_words = num_words};
}

static struct split_statistics small_statistics(void)
{
    return (struct split_statistics){.reviews = COUNT, .positive = 2, .words = 9, .mean_length = 4};
}

static char *write_entry(const char *scratch, int num_words)
{
    struct error error;
    struct rows_writer writer;
    char path[CACHE_PATH_BYTES];
    const struct rows_shape shape = shape_of(num_words);
    const struct split_statistics statistics = small_statistics();
    const struct reviews rest = {.count = COUNT, .T = T, .pads = pads, .labels = labels};
    cache_rows_path(path, scratch, &key);
    if (!rows_writer_open(&writer, path, &key, &shape, "some/reviews.csv", &error) ||
        !rows_writer_add(&writer, tokens, 1, &error) ||
        !rows_writer_add(&writer, tokens + T, COUNT - 1, &error) ||
        !rows_writer_commit(&writer, &rest, &statistics, &error))
        fail_msg("%s", error.message);
    return strdup(path);
}

static enum cache_answer read_entry(struct reviews *reviews, const char *path, int num_words,
                                    struct error *error)
{
    struct split_statistics statistics;
    const struct rows_shape shape = shape_of(num_words);
    *reviews = (struct reviews){.count = 0};
    return rows_entry_open(reviews, &statistics, path, &key, &shape, 1, error);
}

static void check_rows(const struct reviews *reviews, int num_words)
{
    assert_int_equal(reviews->count, COUNT);
    assert_int_equal(reviews->T, T);
    assert_non_null(reviews->mapped);
    assert_int_equal(reviews->tokens == NULL, num_words == SHORT_WORDS);
    assert_int_equal(reviews->short_tokens == NULL, num_words == LONG_WORDS);
    for (size_t i = 0; i < COUNT * T; i++)
        assert_int_equal(reviews_token(reviews, i), tokens[i]);
    assert_memory_equal(reviews->pads, pads, sizeof pads);
    assert_memory_equal(reviews->labels, labels, sizeof labels);
}

static void check_written(int num_words)
{
    struct error error;
    struct reviews reviews = {.count = 0};
    struct split_statistics statistics, expected = small_statistics();
    struct rows_header header;
    struct rows_shape shape = shape_of(num_words);
    char *scratch = scratch_open(), *path = write_entry(scratch, num_words);
    assert_int_equal(rows_entry_open(&reviews, &statistics, path, &key, &shape, 2, &error), CACHE_READ);
    check_rows(&reviews, num_words);
    assert_int_equal(statistics.words, expected.words);
    assert_true(statistics.mean_length == expected.mean_length);

    assert_true(rows_entry_summary(&header, path));
    assert_string_equal(header.source, "some/reviews.csv");
    assert_memory_equal(&header.shape, &shape, sizeof shape);

    /* Removed, or another in its place: who has mapped it keeps what it was. */
    assert_int_equal(unlink(path), 0);
    check_rows(&reviews, num_words);
    scratch_write(path, "x", 1);
    check_rows(&reviews, num_words);
    imdb_reviews_close(&reviews);
    assert_null(reviews.mapped);
    assert_int_equal(read_entry(&reviews, path, num_words, &error), CACHE_DAMAGED);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(read_entry(&reviews, path, num_words, &error), CACHE_NONE);
    assert_false(rows_entry_summary(&header, path));
    free(path);
    scratch_close(scratch);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    check_written(SHORT_WORDS);
    check_written(LONG_WORDS);
}

/* Of several blocks, the last one short; pads and labels lie across their borders. */
static void many_blocks(void **state)
{
    (void)state;
    enum { MANY = 70001, SHORT_T = 3 };
    struct error error;
    struct rows_writer writer;
    struct reviews reviews = {.count = 0};
    char path[CACHE_PATH_BYTES], *scratch = scratch_open();
    const struct rows_shape shape = {.count = MANY, .T = SHORT_T, .num_words = SHORT_WORDS};
    int32_t *rows = malloc(MANY * SHORT_T * sizeof *rows), *all_pads = malloc(MANY * sizeof *all_pads);
    uint8_t *all_labels = malloc(MANY);
    assert_true(rows != NULL && all_pads != NULL && all_labels != NULL);
    struct split_statistics statistics = {.reviews = MANY};
    for (int n = 0; n < MANY; n++) {
        all_pads[n] = n % (SHORT_T + 1);
        all_labels[n] = n % 5 == 0;
        statistics.positive += all_labels[n];
        for (int t = 0; t < SHORT_T; t++)
            rows[n * SHORT_T + t] = (n * 7 + t) % SHORT_WORDS;
    }
    const struct reviews rest = {.pads = all_pads, .labels = all_labels};
    cache_rows_path(path, scratch, &key);
    assert_true(rows_writer_open(&writer, path, &key, &shape, "", &error));
    for (int n = 0; n < MANY; n += 10000)
        assert_true(
            rows_writer_add(&writer, rows + n * SHORT_T, MANY - n < 10000 ? MANY - n : 10000, &error));
    assert_true(rows_writer_commit(&writer, &rest, &statistics, &error));
    if (rows_entry_open(&reviews, &statistics, path, &key, &shape, 3, &error) != CACHE_READ)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < MANY * SHORT_T; i++)
        assert_int_equal(reviews_token(&reviews, i), rows[i]);
    assert_memory_equal(reviews.pads, all_pads, MANY * sizeof *all_pads);
    assert_memory_equal(reviews.labels, all_labels, MANY);
    imdb_reviews_close(&reviews);
    free(rows);
    free(all_pads);
    free(all_labels);
    scratch_close(scratch);
}

/* One that is given up leaves no file behind. */
static void nothing_half_written(void **state)
{
    (void)state;
    struct error error;
    struct rows_writer writer;
    char path[CACHE_PATH_BYTES], *scratch = scratch_open();
    const struct rows_shape shape = shape_of(SHORT_WORDS);
    cache_rows_path(path, scratch, &key);
    assert_true(rows_writer_open(&writer, path, &key, &shape, "", &error));
    assert_true(rows_writer_add(&writer, tokens, 1, &error));
    assert_int_equal(access(path, F_OK), -1);
    rows_writer_abandon(&writer);
    assert_int_equal(scratch_count(scratch), 0);
    char *nowhere = scratch_path(scratch, "missing/rows");
    assert_false(rows_writer_open(&writer, nowhere, &key, &shape, "", &error));
    assert_non_null(strstr(error.message, nowhere));
    rows_writer_abandon(&writer);
    free(nowhere);
    scratch_close(scratch);
}

/* Whatever byte changes, the entry is refused or, if it is one behind the header, means the same. */
static void every_byte_changed(void **state)
{
    (void)state;
    struct error error;
    struct reviews reviews;
    char *scratch = scratch_open(), *path = write_entry(scratch, SHORT_WORDS);
    size_t bytes, refused = 0;
    char *good = scratch_read(path, &bytes);
    int file = open(path, O_RDWR);
    assert_true(file >= 0);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char bad = (unsigned char)good[i] ^ (unsigned char)(1u << i % 8);
        assert_int_equal(pwrite(file, &bad, 1, (off_t)i), 1);
        enum cache_answer answer = read_entry(&reviews, path, SHORT_WORDS, &error);
        /* Of another program, version or byte order: none. */
        assert_true(i < offsetof(struct rows_header, key) ? answer == CACHE_NONE
                                                          : answer == CACHE_READ || answer == CACHE_DAMAGED);
        refused += answer != CACHE_READ;
        if (answer == CACHE_READ)
            check_rows(&reviews, SHORT_WORDS);
        else
            assert_true(reviews.mapped == NULL && reviews.pads == NULL);
        imdb_reviews_close(&reviews);
        assert_int_equal(pwrite(file, good + i, 1, (off_t)i), 1);
    }
    close(file);
    assert_int_equal(refused, bytes - (ROWS_HEADER_BYTES - sizeof(struct rows_header)));
    free(good);
    free(path);
    scratch_close(scratch);
}

static void every_length(void **state)
{
    (void)state;
    struct error error;
    struct reviews reviews;
    char *scratch = scratch_open(), *path = write_entry(scratch, LONG_WORDS);
    size_t bytes;
    char *good = scratch_read(path, &bytes);
    for (size_t kept = bytes; kept-- > 0;) {
        assert_int_equal(truncate(path, (off_t)kept), 0);
        assert_int_equal(read_entry(&reviews, path, LONG_WORDS, &error), CACHE_DAMAGED);
    }
    scratch_write(path, good, bytes);
    assert_int_equal(read_entry(&reviews, path, LONG_WORDS, &error), CACHE_READ);
    imdb_reviews_close(&reviews);
    assert_int_equal(truncate(path, (off_t)bytes + 4096), 0);
    assert_int_equal(read_entry(&reviews, path, LONG_WORDS, &error), CACHE_DAMAGED);
    free(good);
    free(path);
    scratch_close(scratch);
}

/* Makes an entry that contradicts itself, or the name that it is under. */
static void forge(char *bytes, struct rows_header *header, const struct rows_layout *layout, int kind)
{
    int32_t *const ids = (int32_t *)(void *)(bytes + ROWS_HEADER_BYTES),
                   *const zeros = (int32_t *)(void *)(bytes + layout->pads);
    switch (kind) {
    case 0:
        break;
    case 1:
        ids[3] = LONG_WORDS;
        break;
    case 2:
        ids[3] = -1;
        break;
    case 3:
        zeros[1] = T + 1;
        break;
    case 4:
        zeros[1] = -1;
        break;
    case 5:
        bytes[layout->labels] = 2;
        break;
    case 6:
        bytes[layout->labels] = 0;
        break;
    case 7:
        header->key.bytes[5]++;
        break;
    case 8:
        header->shape.split = CORPUS_TRAIN;
        break;
    case 9:
        header->shape.num_words++;
        break;
    case 10:
        header->shape.T--;
        break;
    case 11:
        header->shape.count = INT32_MAX;
        break;
    case 12:
        header->statistics.reviews++;
        break;
    case 13:
        memset(header->source, 'x', sizeof header->source);
        break;
    case 14:
        header->version++;
        break;
    case 15:
        header->byte_order = 0x04030201;
        break;
    default:
        header->shape.count = -1;
    }
}

static void contradictions(void **state)
{
    (void)state;
    struct error error;
    struct reviews reviews;
    char *scratch = scratch_open();
    for (int kind = 0; kind <= 16; kind++) {
        char *path = write_entry(scratch, LONG_WORDS);
        size_t count;
        char *bytes = scratch_read(path, &count);
        struct rows_header header;
        struct rows_layout layout;
        memcpy(&header, bytes, sizeof header);
        rows_layout_open(&layout, &header.shape);
        forge(bytes, &header, &layout, kind);
        uint64_t *checksums = (uint64_t *)(void *)(bytes + layout.checksums);
        assert_int_equal(layout.blocks, 1);
        checksums[0] = checksum_of(bytes + ROWS_HEADER_BYTES, (size_t)layout.checksums - ROWS_HEADER_BYTES);
        header.blocks_checksum = checksum_of(checksums, sizeof *checksums);
        header.checksum = checksum_of(&header, offsetof(struct rows_header, checksum));
        memcpy(bytes, &header, sizeof header);
        scratch_write(path, bytes, count);
        enum cache_answer answer = read_entry(&reviews, path, LONG_WORDS, &error);
        const bool is_foreign = kind == 14 || kind == 15; /* by their version and byte order */
        if (answer != (kind == 0 ? CACHE_READ : is_foreign ? CACHE_NONE : CACHE_DAMAGED))
            fail_msg("forgery %d: answer %d", kind, (int)answer);
        imdb_reviews_close(&reviews);
        free(bytes);
        free(path);
    }
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(many_blocks),
        cmocka_unit_test(nothing_half_written),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(every_length),
        cmocka_unit_test(contradictions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
