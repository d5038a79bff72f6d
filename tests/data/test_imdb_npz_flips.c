/* No imdb.npz makes the reader fall or take what is not there: random flips, over the checksums and under them, and all
 * that a file can be cut to. */
#include "imdb_npz.h"
#include "matinee/rng.h"
#include "npz_set.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool read_file(struct ranked_reviews ranked[CORPUS_SPLITS], const char *path, struct error *error)
{
    memset(ranked, 0, CORPUS_SPLITS * sizeof *ranked);
    error->message[0] = '\0';
    return imdb_npz_read(ranked, path, false, 0, error);
}

static void close_both(struct ranked_reviews ranked[CORPUS_SPLITS])
{
    ranked_reviews_close(&ranked[0]);
    ranked_reviews_close(&ranked[1]);
}

static bool same_ranks(const struct ranked_reviews *a, const struct ranked_reviews *b)
{
    size_t count = (size_t)b->count;
    return a->count == b->count && memcmp(a->starts, b->starts, (count + 1) * sizeof *b->starts) == 0 &&
           memcmp(a->labels, b->labels, count) == 0 &&
           memcmp(a->ranks, b->ranks, (size_t)b->starts[count] * sizeof *b->ranks) == 0;
}

static const char *const fuzzed[] = {"numpy1-list-savez.npz", "numpy1-int64-2.npz", "numpy2-int64-5.npz",
                                     "numpy2-int64-savez.npz"};

enum { FUZZED = sizeof fuzzed / sizeof fuzzed[0] };

/* A thousand flips and all truncations: refused, or read as it was where no checksum looks (dates, say). */
static void flips_and_cuts(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    for (uint32_t f = 0; f < FUZZED; f += 2) {
        char *original = scratch_path(MATINEE_FIXTURES "/npz", fuzzed[f]);
        size_t bytes;
        char *data = scratch_read(original, &bytes);
        struct ranked_reviews good[CORPUS_SPLITS], read[CORPUS_SPLITS];
        struct error error;
        assert_true(read_file(good, original, &error));
        struct rng rng = rng_open(113, RNG_SAMPLE, f);
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            uint32_t bit = rng_below(&rng, (uint32_t)bytes * 8);
            data[bit / 8] ^= (char)(1 << bit % 8);
            scratch_write(path, data, bytes);
            if (!read_file(read, path, &error))
                refused += strstr(error.message, path) != NULL && strchr(error.message, '\n') == NULL;
            else
                assert_true(same_ranks(&read[0], &good[0]) && same_ranks(&read[1], &good[1]));
            close_both(read);
            data[bit / 8] ^= (char)(1 << bit % 8);
        }
        assert_true(refused > 500);
        for (size_t cut = 0; cut < bytes; cut += 1 + cut / 64) {
            scratch_write(path, data, cut);
            assert_false(read_file(read, path, &error));
            assert_non_null(strstr(error.message, "not a whole .npz file"));
            close_both(read);
        }
        close_both(good);
        free(data);
        free(original);
    }
    free(path);
    scratch_close(scratch);
}

/* Whatever is read satisfies what the rest of the program relies on. */
static void check_sound(const struct ranked_reviews *ranked)
{
    assert_true(ranked->count > 0 && ranked->starts[0] == 0);
    for (int i = 0; i < ranked->count; i++)
        assert_true(ranked->starts[i + 1] >= ranked->starts[i] && ranked->labels[i] <= 1);
    for (int64_t i = 0; i < ranked->starts[ranked->count]; i++)
        assert_true(ranked->ranks[i] >= 1 && ranked->ranks[i] <= ranked->largest);
}

/* The checksums are right here, so that the flips reach the headers and the pickles. */
static void flips_under_the_checksum(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    for (uint32_t f = 0; f < FUZZED; f++) {
        char *original = scratch_path(MATINEE_FIXTURES "/npz", fuzzed[f]);
        struct npz_set_member members[NPZ_SET_MEMBERS];
        assert_int_equal(npz_set_read(original, members), NPZ_SET_MEMBERS);
        struct rng rng = rng_open(114, RNG_SAMPLE, f);
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            struct npz_set_member *member = &members[rng_below(&rng, NPZ_SET_MEMBERS)];
            uint32_t bit = rng_below(&rng, (uint32_t)member->bytes * 8);
            member->data[bit / 8] ^= (char)(1 << bit % 8);
            npz_set_write(path, false, members, NPZ_SET_MEMBERS);
            struct ranked_reviews read[CORPUS_SPLITS];
            struct error error;
            if (!read_file(read, path, &error)) {
                refused += strstr(error.message, path) != NULL;
            } else {
                check_sound(&read[0]);
                check_sound(&read[1]);
            }
            close_both(read);
            member->data[bit / 8] ^= (char)(1 << bit % 8);
        }
        assert_true(refused > 50);
        npz_set_close(members, NPZ_SET_MEMBERS);
        free(original);
    }
    free(path);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips_and_cuts),
        cmocka_unit_test(flips_under_the_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
