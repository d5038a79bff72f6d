/* Encodes whole splits on several threads: their rows do not depend on each other. */
#include "imdb.h"

#include "parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_REVIEWS = 512 };

/* What ranks become; those behind the last are outside the vocabulary. */
struct ids {
    int32_t count;
    int32_t *items; /* (count) [r - 1], 0: a word that is dropped */
};

struct work {
    const struct imdb_split *split;
    int T;
    int32_t *rows; /* (reviews) of each review; it is the reviews that are read one after the other */
    const struct ids *ids;
    atomic_llong words; /* with a rank */
    atomic_llong outside;
    int turns;
};

static bool ids_open(struct ids *ids, const struct imdb_coding *coding, struct error *error)
{
    const int32_t ends = coding->num_words - IMDB_INDEX_FROM; /* the first rank without an id of its own */
    ids->count = coding->ranks != NULL || coding->largest < ends ? coding->largest : ends;
    size_t bytes = ((size_t)ids->count + 1) * sizeof *ids->items;
    ids->items = malloc(bytes);
    if (ids->items == NULL)
        return error_memory(error, "the ids of the words", bytes);
    for (int32_t i = 0; i < ids->count; i++) {
        int32_t rank = coding->ranks != NULL ? coding->ranks[i] : i + 1;
        ids->items[i] = rank == 0 ? 0 : rank < ends ? word_index_id(rank) : IMDB_OUT_OF_VOCABULARY;
    }
    return true;
}

/* A review into its row, which is all zeros, from its end: what a long review loses is its beginning. */
static void encode_review(struct work *work, int32_t review, long long *words, long long *outside)
{
    const struct imdb_split *split = work->split;
    const struct ranked_reviews *ranked = split->ranked;
    const struct ids *ids = work->ids;
    int32_t k = work->rows[review], kept = 0, rare = 0;
    int32_t *row = split->reviews->tokens + (size_t)k * (size_t)work->T, *out = row + work->T;
    for (int64_t i = ranked->starts[review + 1]; i-- > ranked->starts[review];) {
        int32_t before = ranked->ranks[i] - 1, id = IMDB_OUT_OF_VOCABULARY;
        if (before < ids->count)
            id = ids->items[before];
        if (id == 0)
            continue;
        kept++;
        rare += id == IMDB_OUT_OF_VOCABULARY;
        if (out > row)
            *--out = id;
    }
    if (out > row)
        *--out = IMDB_START;
    split->reviews->pads[k] = (int32_t)(out - row);
    split->reviews->labels[k] = ranked->labels[review];
    split->lengths[review] = kept;
    *words += kept;
    *outside += rare;
}

static void encode_turn(void *context, int turn)
{
    struct work *work = context;
    while (turn >= work->turns)
        turn -= work++->turns;
    int count = work->split->ranked->count, first = TURN_REVIEWS * turn,
        end = count - first < TURN_REVIEWS ? count : first + TURN_REVIEWS;
    long long words = 0, outside = 0;
    for (int review = first; review < end; review++)
        encode_review(work, review, &words, &outside);
    atomic_fetch_add(&work->words, words);
    atomic_fetch_add(&work->outside, outside);
}

static bool open_split(struct imdb_split *split, int maxlen, struct error *error)
{
    struct reviews *reviews = split->reviews;
    size_t count = (size_t)split->ranked->count, T = (size_t)maxlen;
    *reviews = (struct reviews){.count = split->ranked->count, .T = maxlen};
    *split->statistics = (struct split_statistics){.reviews = split->ranked->count};
    split->lengths = malloc((count + 1) * sizeof *split->lengths);
    if (split->lengths == NULL)
        return error_memory(error, "the lengths of the reviews", count * sizeof *split->lengths);
    if (count == 0)
        return true;
    reviews->tokens =
        count <= SIZE_MAX / sizeof *reviews->tokens / T ? calloc(count * T, sizeof *reviews->tokens) : NULL;
    reviews->pads = malloc(count * sizeof *reviews->pads);
    reviews->labels = malloc(count * sizeof *reviews->labels);
    return (reviews->tokens != NULL && reviews->pads != NULL && reviews->labels != NULL) ||
           error_set(error, "out of memory: %zu reviews of %d ids; lower --maxlen", count, maxlen);
}

static int by_value(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return a < b ? -1 : a > b;
}

static bool count_split(struct work *work, struct error *error)
{
    const struct imdb_split *split = work->split;
    const struct ranked_reviews *ranked = split->ranked;
    struct split_statistics *statistics = split->statistics;
    size_t count = (size_t)ranked->count;
    if (count == 0)
        return true;
    int32_t *sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL)
        return error_memory(error, "the lengths of the reviews", count * sizeof *sorted);
    memcpy(sorted, split->lengths, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    statistics->positive = ranked->positive;
    statistics->words = work->words;
    statistics->dropped = ranked->starts[count] - work->words;
    statistics->out_of_vocabulary = work->outside;
    statistics->shortest = sorted[0] + 1;
    statistics->longest = sorted[count - 1] + 1;
    statistics->median_length = sorted[(count - 1) / 2] + 1;
    statistics->mean_length = (double)(statistics->words + ranked->count) / ranked->count;
    for (size_t i = 0; i < count; i++)
        statistics->truncated += sorted[i] + 1 > work->T;
    free(sorted);
    return true;
}

static bool work_open(struct work *work, struct imdb_split *split, const struct imdb_coding *coding,
                      const struct ids *ids, struct error *error)
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
    return open_split(split, coding->maxlen, error);
}

bool imdb_splits_open(struct imdb_split *splits, int count, const struct imdb_coding *coding, int threads,
                      struct error *error)
{
    struct work works[CORPUS_SPLITS] = {{.split = NULL}};
    struct ids ids;
    int turns = 0;
    for (int i = 0; i < count; i++)
        splits[i].lengths = NULL;
    bool ok = ids_open(&ids, coding, error);
    for (int i = 0; ok && i < count; i++) {
        ok = work_open(&works[i], &splits[i], coding, &ids, error);
        turns += works[i].turns;
    }
    if (ok)
        parallel_for(threads, turns, encode_turn, works);
    for (int i = 0; ok && i < count; i++)
        ok = count_split(&works[i], error);
    for (int i = 0; i < count; i++) {
        free(works[i].rows);
        if (!ok)
            imdb_reviews_close(splits[i].reviews);
    }
    free(ids.items);
    return ok;
}
