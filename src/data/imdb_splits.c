/* Encodes whole splits on several threads: their rows do not depend on each other. */
#include "imdb_encode.h"

#include "parallel.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { TURN_REVIEWS = 512 };

struct work {
    const struct imdb_split *split;
    int T;
    int32_t *rows; /* (reviews) of each review; it is the reviews that are read one after the other */
    const struct imdb_ids *ids;
    atomic_llong words; /* with a rank */
    atomic_llong outside;
    int turns;
};

static void encode_turn(void *context, int turn)
{
    struct work *work = context;
    while (turn >= work->turns)
        turn -= work++->turns;
    const struct imdb_split *split = work->split;
    struct reviews *reviews = split->reviews;
    int count = split->ranked->count, first = TURN_REVIEWS * turn,
        end = count - first < TURN_REVIEWS ? count : first + TURN_REVIEWS;
    struct imdb_sums sums = {.words = 0};
    for (int review = first; review < end; review++) {
        int32_t k = work->rows[review];
        reviews->labels[k] = split->ranked->labels[review];
        reviews->pads[k] =
            imdb_encode_review(work->ids, split->ranked, review, work->T,
                               reviews->tokens + (size_t)k * (size_t)work->T, &split->lengths[review], &sums);
    }
    atomic_fetch_add(&work->words, sums.words);
    atomic_fetch_add(&work->outside, sums.outside);
}

static bool open_rows(struct imdb_split *split, int maxlen, struct error *error)
{
    struct reviews *reviews = split->reviews;
    if (!imdb_split_begin(split, maxlen, error))
        return false;
    size_t count = (size_t)reviews->count, T = (size_t)maxlen;
    if (count == 0)
        return true;
    reviews->tokens =
        count <= SIZE_MAX / sizeof *reviews->tokens / T ? calloc(count * T, sizeof *reviews->tokens) : NULL;
    return reviews->tokens != NULL ||
           error_set(error, "out of memory: %zu reviews of %d ids; lower --maxlen", count, maxlen);
}

static bool work_open(struct work *work, struct imdb_split *split, const struct imdb_coding *coding,
                      const struct imdb_ids *ids, struct error *error)
{
    size_t count = (size_t)split->ranked->count;
    *work = (struct work){.split = split,
                          .T = coding->maxlen,
                          .rows = malloc((count + 1) * sizeof *work->rows),
                          .ids = ids,
                          .turns = (split->ranked->count + TURN_REVIEWS - 1) / TURN_REVIEWS};
    if (work->rows == NULL)
        return error_memory(error, "the order of the reviews", count * sizeof *work->rows);
    for (size_t k = 0; k < count; k++)
        work->rows[split->order[k]] = (int32_t)k;
    return open_rows(split, coding->maxlen, error);
}

bool imdb_splits_open(struct imdb_split *splits, int count, const struct imdb_coding *coding, int threads,
                      struct error *error)
{
    struct work works[CORPUS_SPLITS] = {{.split = NULL}};
    struct imdb_ids ids;
    int turns = 0;
    for (int i = 0; i < count; i++)
        splits[i].lengths = NULL;
    bool ok = imdb_ids_open(&ids, coding, error);
    for (int i = 0; ok && i < count; i++) {
        ok = work_open(&works[i], &splits[i], coding, &ids, error);
        turns += works[i].turns;
    }
    if (ok)
        parallel_for(threads, turns, encode_turn, works);
    for (int i = 0; ok && i < count; i++) {
        const struct imdb_sums sums = {.words = works[i].words, .outside = works[i].outside};
        ok = imdb_split_count(&splits[i], coding->maxlen, &sums, error);
    }
    for (int i = 0; i < count; i++) {
        free(works[i].rows);
        if (!ok)
            imdb_reviews_close(splits[i].reviews);
    }
    imdb_ids_close(&ids);
    return ok;
}
