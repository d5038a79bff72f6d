/* A file of the cache as it is, and every way in which it may be another. */
#include "cache_directory.h"
#include "cache_entry.h"
#include "cache_stamps.h"
#include "scratch.h"
#include "source_mark.h"

#include "matinee/output_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Three words of the training split, one more of the test split. */
static uint8_t train_labels[] = {1, 0}, test_labels[] = {1};
static int64_t train_starts[] = {0, 3, 4}, test_starts[] = {0, 3}, word_ends[] = {3, 7, 10, 14},
               counts[] = {2, 1, 1};
static int32_t train_ranks[] = {1, 2, 1, 3}, test_ranks[] = {2, 4, 1};
static char word_text[] = "thefilmbadgood";

static const struct hash128 key = {.bytes = {0xAB, 1, 2, 3}};

static struct ranked_corpus small_corpus(void)
{
    return (struct ranked_corpus){
        .splits =
            {{.count = 2,
              .positive = 1,
              .labels = train_labels,
              .starts = train_starts,
              .ranks = train_ranks},
             {.count = 1, .positive = 1, .labels = test_labels, .starts = test_starts, .ranks = test_ranks}},
        .rows = {true, true},
        .ranked = 3,
        .words = {.count = 4, .text = word_text, .ends = word_ends},
        .counts = counts};
}

static char *write_entry(const char *scratch)
{
    struct error error;
    struct ranked_corpus corpus = small_corpus();
    char path[CACHE_PATH_BYTES];
    cache_entry_path(path, scratch, &key);
    if (!cache_entry_write(path, &key, "some/reviews.csv", &corpus, 2, &error))
        fail_msg("%s", error.message);
    return strdup(path);
}

static void check_split(const struct ranked_reviews *a, const struct ranked_reviews *b)
{
    size_t count = (size_t)b->count;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->positive, b->positive);
    assert_memory_equal(a->labels, b->labels, count);
    assert_memory_equal(a->starts, b->starts, (count + 1) * sizeof *b->starts);
    assert_memory_equal(a->ranks, b->ranks, (size_t)b->starts[count] * sizeof *b->ranks);
}

static void check_corpus(const struct ranked_corpus *read)
{
    const struct ranked_corpus corpus = small_corpus();
    assert_int_equal(read->ranked, 3);
    assert_int_equal(read->words.count, 4);
    assert_memory_equal(read->words.ends, word_ends, sizeof word_ends);
    assert_memory_equal(read->words.text, word_text, sizeof word_text - 1);
    assert_memory_equal(read->counts, counts, sizeof counts);
    for (int split = 0; split < CORPUS_SPLITS; split++) {
        check_split(&read->splits[split], &corpus.splits[split]);
        assert_false(read->skipped[split]);
        assert_true(read->rows[split]);
    }
}

static enum cache_answer read_entry(struct ranked_corpus *read, const char *path, struct error *error)
{
    *read = (struct ranked_corpus){.ranked = 0};
    const struct cache_wish wish = {.ranks_bytes = INT64_MAX, .threads = 1};
    return cache_entry_read(read, path, &key, &wish, error);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct error error;
    struct ranked_corpus read = {.ranked = 0};
    struct cache_summary summary;
    char *scratch = scratch_open(), *path = write_entry(scratch);
    assert_int_equal(read_entry(&read, path, &error), CACHE_READ);
    check_corpus(&read);
    ranked_corpus_close(&read);

    /* Of the training reviews the number alone. */
    struct cache_wish wish = {.test_only = true, .ranks_bytes = INT64_MAX, .threads = 1};
    assert_int_equal(cache_entry_read(&read, path, &key, &wish, &error), CACHE_READ);
    assert_true(read.skipped[CORPUS_TRAIN]);
    assert_int_equal(read.splits[CORPUS_TRAIN].count, 2);
    assert_null(read.splits[CORPUS_TRAIN].ranks);
    assert_memory_equal(read.splits[CORPUS_TEST].ranks, test_ranks, sizeof test_ranks);
    ranked_corpus_close(&read);

    /* More than there may be. */
    wish = (struct cache_wish){.bytes_max = 100, .ranks_bytes = INT64_MAX, .threads = 1};
    assert_int_equal(cache_entry_read(&read, path, &key, &wish, &error), CACHE_NONE);
    assert_true(cache_entry_summary(&summary, path));
    assert_string_equal(summary.source, "some/reviews.csv");
    assert_int_equal(summary.reviews[CORPUS_TRAIN], 2);
    assert_int_equal(summary.reviews[CORPUS_TEST], 1);

    /* Under another name. */
    const struct hash128 other = {.bytes = {1}};
    wish.bytes_max = 0;
    assert_int_equal(cache_entry_read(&read, path, &other, &wish, &error), CACHE_DAMAGED);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(read_entry(&read, path, &error), CACHE_NONE);
    free(path);
    scratch_close(scratch);
}

/* Whatever byte changes, the entry is refused or, if it is one between the sections, means the same. */
static void every_byte_changed(void **state)
{
    (void)state;
    struct error error;
    struct ranked_corpus read;
    char *scratch = scratch_open(), *path = write_entry(scratch);
    size_t bytes, refused = 0;
    char *good = scratch_read(path, &bytes);
    int file = open(path, O_RDWR);
    assert_true(file >= 0);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char bad = (unsigned char)good[i] ^ (unsigned char)(1u << i % 8);
        assert_int_equal(pwrite(file, &bad, 1, (off_t)i), 1);
        enum cache_answer answer = read_entry(&read, path, &error);
        /* Of another program, version or byte order: none. */
        assert_true(i < offsetof(struct cache_header, key) ? answer == CACHE_NONE
                                                           : answer == CACHE_READ || answer == CACHE_DAMAGED);
        refused += answer != CACHE_READ;
        if (answer == CACHE_READ)
            check_corpus(&read);
        ranked_corpus_close(&read);
        assert_int_equal(pwrite(file, good + i, 1, (off_t)i), 1);
    }
    close(file);
    size_t meant = sizeof(struct cache_header) + 9 * sizeof(uint64_t) + sizeof word_text - 1 +
                   sizeof word_ends + sizeof counts + sizeof train_labels + sizeof train_starts +
                   sizeof train_ranks + sizeof test_labels + sizeof test_starts + sizeof test_ranks;
    assert_in_range(refused, meant, meant + sizeof(uint64_t)); /* and the checksum of the source */
    free(good);
    free(path);
    scratch_close(scratch);
}

static void every_length(void **state)
{
    (void)state;
    struct error error;
    struct ranked_corpus read;
    char *scratch = scratch_open(), *path = write_entry(scratch);
    size_t bytes;
    char *good = scratch_read(path, &bytes);
    for (size_t kept = bytes; kept-- > 0;) {
        assert_int_equal(truncate(path, (off_t)kept), 0);
        assert_int_equal(read_entry(&read, path, &error), CACHE_DAMAGED);
    }
    char *longer = calloc(1, bytes + 4096);
    assert_non_null(longer);
    memcpy(longer, good, bytes);
    scratch_write(path, longer, bytes + 4096);
    assert_int_equal(read_entry(&read, path, &error), CACHE_DAMAGED);
    free(longer);
    free(good);
    free(path);
    scratch_close(scratch);
}

/* An entry that somebody made, checksums and all. */
struct forgery {
    char *bytes;
    size_t count;
    struct cache_header header;
    struct cache_layout layout;
};

static void sign(struct forgery *forgery)
{
    struct cache_header *header = &forgery->header;
    uint64_t *blocks = (uint64_t *)(void *)(forgery->bytes + sizeof *header);
    for (int i = 0; i < SECTION_COUNT; i++) /* all small: a block each */
        if (header->bytes[i] > 0)
            blocks[forgery->layout.first_blocks[i]] =
                checksum_of(forgery->bytes + forgery->layout.offsets[i], (size_t)header->bytes[i]);
    header->blocks_checksum = checksum_of(blocks, (size_t)forgery->layout.blocks * sizeof *blocks);
    header->checksum = checksum_of(header, offsetof(struct cache_header, checksum));
    memcpy(forgery->bytes, header, sizeof *header);
}

static void *section(const struct forgery *forgery, enum cache_section which)
{
    return forgery->bytes + forgery->layout.offsets[which];
}

static void forge(struct forgery *forgery, int kind)
{
    struct cache_header *header = &forgery->header;
    switch (kind) {
    case 0:
        break;
    case 1:
        ((int32_t *)section(forgery, SECTION_RANKS))[1] = 5;
        break;
    case 2:
        ((int32_t *)section(forgery, SECTION_TEST_RANKS))[1] = 0;
        break;
    case 3:
        ((int32_t *)section(forgery, SECTION_RANKS))[3] = INT32_MIN;
        break;
    case 4:
        ((int64_t *)section(forgery, SECTION_STARTS))[1] = 5;
        break;
    case 5:
        ((int64_t *)section(forgery, SECTION_STARTS))[0] = -1;
        break;
    case 6:
        ((int64_t *)section(forgery, SECTION_TEST_STARTS))[1] = 2;
        break;
    case 7:
        ((int64_t *)section(forgery, SECTION_WORD_ENDS))[3] = 15;
        break;
    case 8:
        ((int64_t *)section(forgery, SECTION_WORD_ENDS))[1] = 2;
        break;
    case 9:
        ((uint8_t *)section(forgery, SECTION_LABELS))[0] = 2;
        break;
    case 10:
        ((uint8_t *)section(forgery, SECTION_LABELS))[1] = 1;
        break;
    case 11:
        header->words = 5;
        break;
    case 12:
        header->words = -1;
        break;
    case 13:
        header->ranked = 5;
        break;
    case 14:
        header->splits[0].count = 3;
        break;
    case 15:
        header->splits[1].count = -1;
        break;
    case 16:
        header->splits[0].skipped = 1;
        break;
    case 17:
        header->bytes[SECTION_RANKS] = UINT64_MAX - 8;
        break;
    case 18:
        header->bytes[SECTION_RANKS] -= 1;
        break;
    case 19:
        header->version++;
        break;
    case 20:
        header->byte_order = 0x04030201;
        break;
    default:
        header->file_bytes++;
    }
}

static void contradictions(void **state)
{
    (void)state;
    struct error error;
    struct ranked_corpus read;
    char *scratch = scratch_open(), *path = write_entry(scratch);
    for (int kind = 0; kind <= 21; kind++) {
        free(path);
        path = write_entry(scratch);
        struct forgery forgery = {.bytes = scratch_read(path, &forgery.count)};
        memcpy(&forgery.header, forgery.bytes, sizeof forgery.header);
        cache_layout_open(&forgery.layout, forgery.header.bytes);
        const struct cache_header before = forgery.header;
        forge(&forgery, kind);
        struct cache_header changed = forgery.header;
        forgery.header = before;
        sign(&forgery); /* the sections as they lie */
        changed.blocks_checksum = forgery.header.blocks_checksum;
        changed.checksum = checksum_of(&changed, offsetof(struct cache_header, checksum));
        memcpy(forgery.bytes, &changed, sizeof changed);
        scratch_write(path, forgery.bytes, forgery.count);
        free(forgery.bytes);
        enum cache_answer answer = read_entry(&read, path, &error);
        const bool is_foreign = kind == 19 || kind == 20; /* by their version and byte order */
        if (answer != (kind == 0 ? CACHE_READ : is_foreign ? CACHE_NONE : CACHE_DAMAGED))
            fail_msg("forgery %d: answer %d", kind, (int)answer);
        ranked_corpus_close(&read);
    }
    free(path);
    scratch_close(scratch);
}

static void set_age(const char *path, time_t seconds)
{
    const struct timespec time = {.tv_sec = 1000000000 - seconds};
    assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){time, time}, 0), 0);
}

static void the_oldest_go_first(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *paths[4], path[CACHE_PATH_BYTES];
    struct hash128 keys[4];
    struct error error;
    const struct ranked_corpus corpus = small_corpus();
    for (int i = 0; i < 4; i++) {
        keys[i] = hash128_of(&i, sizeof i);
        cache_entry_path(path, scratch, &keys[i]);
        paths[i] = strdup(path);
        assert_true(cache_entry_write(path, &keys[i], "x", &corpus, 1, &error));
        set_age(path, 100 + i);
    }
    struct stat status;
    struct dataset_cache_list list;
    assert_int_equal(stat(paths[0], &status), 0);
    char *foreign = scratch_path(scratch, "0123.reviews"), *begun = NULL;
    scratch_write(foreign, "x", 1);
    snprintf(path, sizeof path, "%s.AbCdEf", paths[0]);
    begun = strdup(path);
    scratch_write(begun, "x", 1);
    assert_true(dataset_cache_list_open(&list, scratch, &error));
    assert_int_equal(list.count, 4);
    assert_string_equal(list.items[0].name, strrchr(paths[0], '/') + 1);
    assert_string_equal(list.items[3].name, strrchr(paths[3], '/') + 1);
    dataset_cache_list_close(&list);

    /* Room for three; the oldest is the one that was just written. */
    cache_directory_tidy(scratch, 3 * status.st_size, &keys[3], 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(access(paths[i], F_OK), 0);
    cache_directory_tidy(scratch, 2 * status.st_size, &keys[0], 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(access(paths[i], F_OK), i < 2 ? 0 : -1);
    assert_int_equal(access(begun, F_OK), 0);
    set_age(begun, 0);
    cache_directory_tidy(scratch, 2 * status.st_size, &keys[0], 1);
    assert_int_equal(access(begun, F_OK), -1);

    /* What has just been used may be another program's that is about to open it. */
    const struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    assert_int_equal(utimensat(AT_FDCWD, paths[1], now, 0), 0);
    cache_directory_tidy(scratch, 0, &keys[0], 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(access(paths[i], F_OK), 0);
    const struct timespec later[2] = {{.tv_sec = time(NULL) + 86400}, {.tv_sec = time(NULL) + 86400}};
    assert_int_equal(utimensat(AT_FDCWD, paths[1], later, 0), 0);
    cache_directory_tidy(scratch, 0, &keys[0], 1);
    assert_int_equal(access(paths[1], F_OK), -1);
    assert_true(cache_entry_write(paths[1], &keys[1], "x", &corpus, 1, &error));

    /* One that another program removes between the two. */
    struct cache_summary summary;
    memset(&summary, 'x', sizeof summary);
    assert_false(cache_entry_summary(&summary, begun));
    assert_string_equal(summary.source, "");
    assert_int_equal(summary.reviews[CORPUS_TEST], 0);

    int entries;
    int64_t bytes;
    assert_true(dataset_cache_clear(scratch, &entries, &bytes, &error));
    assert_int_equal(entries, 2);
    assert_int_equal(bytes, 2 * status.st_size);
    assert_int_equal(scratch_count(scratch), 1); /* the stranger */
    for (int i = 0; i < 4; i++)
        free(paths[i]);
    free(foreign);
    free(begun);
    scratch_close(scratch);
}

static void stamps(void **state)
{
    (void)state;
    enum { STAMPS = 34 };
    char *scratch = scratch_open(), *path = scratch_path(scratch, cache_stamps_name);
    struct hash128 marks[STAMPS], contents[STAMPS], found;
    for (int i = 0; i < STAMPS; i++) {
        marks[i] = hash128_of(&i, sizeof i);
        contents[i] = hash128_of(&marks[i], sizeof marks[i]);
        assert_false(cache_stamps_find(scratch, &marks[i], &found));
        cache_stamps_note(scratch, &marks[i], &contents[i]);
    }
    for (int i = 0; i < STAMPS; i++) {
        assert_int_equal(cache_stamps_find(scratch, &marks[i], &found), i >= 2); /* the oldest went */
        assert_true(i < 2 || hash128_equals(&found, &contents[i]));
    }
    size_t bytes;
    char *good = scratch_read(path, &bytes);
    for (size_t i = 0; i < bytes; i++) {
        good[i] = (char)~good[i];
        scratch_write(path, good, bytes);
        good[i] = (char)~good[i];
        assert_false(cache_stamps_find(scratch, &marks[5], &found));
    }
    cache_stamps_note(scratch, &marks[0], &contents[0]);
    assert_true(cache_stamps_find(scratch, &marks[0], &found));
    free(good);
    free(path);
    scratch_close(scratch);
}

/* A mark moves with the size and with each time, and is sure two seconds after the last. */
static void marks_of_a_file(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "file");
    struct source_mark first, second;
    scratch_write(path, "one", 3);
    assert_true(source_mark_take(&first, path, 1));
    assert_false(source_mark_is_sure(&first));
    assert_true(source_mark_take(&second, path, 1));
    assert_true(source_mark_equals(&first, &second));
    set_age(path, 0);
    assert_true(source_mark_take(&second, path, 1));
    assert_false(source_mark_equals(&first, &second));
    assert_false(source_mark_is_sure(&second)); /* ctime is now */
    second.newest = second.taken - 2000000000;
    assert_false(source_mark_is_sure(&second));
    second.newest--;
    assert_true(source_mark_is_sure(&second));
    scratch_write(path, "four", 4);
    set_age(path, 0);
    assert_true(source_mark_take(&first, path, 1));
    assert_false(source_mark_equals(&first, &second));
    assert_int_equal(unlink(path), 0);
    assert_false(source_mark_take(&first, path, 1));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(source_mark_take(&first, path, 1));
    free(path);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(every_length),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(the_oldest_go_first),
        cmocka_unit_test(stamps),
        cmocka_unit_test(marks_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
