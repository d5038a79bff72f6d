#include "imdb_encode.h"

#include <stdlib.h>
#include <string.h>

bool imdb_ids_open(struct imdb_ids *ids, const struct imdb_coding *coding, struct error *error)
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

void imdb_ids_close(struct imdb_ids *ids)
{
    free(ids->items);
    *ids = (struct imdb_ids){.count = 0};
}

/* From its end: what a long review loses is its beginning. */
int32_t imdb_encode_review(const struct imdb_ids *ids, const struct ranked_reviews *ranked, int32_t review,
                           int T, int32_t *row, int32_t *length, struct imdb_sums *sums)
{
    int32_t kept = 0, rare = 0, *out = row + T;
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
    *length = kept;
    sums->words += kept;
    sums->outside += rare;
    return (int32_t)(out - row);
}

bool imdb_split_begin(struct imdb_split *split, int T, struct error *error)
{
    struct reviews *reviews = split->reviews;
    size_t count = (size_t)split->ranked->count;
    *reviews = (struct reviews){.count = split->ranked->count, .T = T};
    *split->statistics = (struct split_statistics){.reviews = split->ranked->count};
    split->lengths = malloc((count + 1) * sizeof *split->lengths);
    if (split->lengths == NULL)
        return error_memory(error, "the lengths of the reviews", count * sizeof *split->lengths);
    if (count == 0)
        return true;
    reviews->pads = malloc(count * sizeof *reviews->pads);
    reviews->labels = malloc(count * sizeof *reviews->labels);
    return (reviews->pads != NULL && reviews->labels != NULL) ||
           error_memory(error, "the labels of the reviews", count);
}

static int by_value(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return a < b ? -1 : a > b;
}

bool imdb_split_count(struct imdb_split *split, int T, const struct imdb_sums *sums, struct error *error)
{
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
    statistics->words = sums->words;
    statistics->dropped = ranked->starts[count] - sums->words;
    statistics->out_of_vocabulary = sums->outside;
    statistics->shortest = sorted[0] + 1;
    statistics->longest = sorted[count - 1] + 1;
    statistics->median_length = sorted[(count - 1) / 2] + 1;
    statistics->mean_length = (double)(statistics->words + ranked->count) / ranked->count;
    for (size_t i = 0; i < count; i++)
        statistics->truncated += sorted[i] + 1 > T;
    free(sorted);
    return true;
}
