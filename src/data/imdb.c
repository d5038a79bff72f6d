#include "imdb.h"

#include "mt19937.h"

#include <stdlib.h>
#include <string.h>

enum { KERAS_SEED = 113 };

int word_index_id(int rank)
{
    return rank + IMDB_INDEX_FROM;
}

static int32_t id_of(int32_t rank, int num_words)
{
    return rank < num_words - IMDB_INDEX_FROM ? word_index_id(rank) : IMDB_OUT_OF_VOCABULARY;
}

int32_t imdb_encode(const int32_t *ranks, int64_t count, int num_words, int maxlen, int32_t *row)
{
    int64_t length = count + 1;
    int32_t pads = length < maxlen ? (int32_t)(maxlen - length) : 0;
    memset(row, 0, (size_t)pads * sizeof *row);
    int32_t *out = row + pads;
    if (length <= maxlen)
        *out++ = IMDB_START;
    int64_t kept = row + maxlen - out;
    for (int64_t i = count - kept; i < count; i++)
        *out++ = id_of(ranks[i], num_words);
    return pads;
}

int64_t imdb_reviews_bytes(int count, int maxlen)
{
    const struct reviews *reviews = NULL;
    int64_t row = (int64_t)sizeof *reviews->tokens * maxlen;
    return count * (row + (int64_t)(sizeof *reviews->pads + sizeof *reviews->labels));
}

bool imdb_reviews_open(struct reviews *reviews, const struct ranked_reviews *ranked, const int32_t *order,
                       int num_words, int maxlen, struct error *error)
{
    size_t count = (size_t)ranked->count, T = (size_t)maxlen;
    reviews->count = ranked->count;
    reviews->T = maxlen;
    if (count == 0)
        return true;
    reviews->tokens =
        count <= SIZE_MAX / sizeof *reviews->tokens / T ? malloc(count * T * sizeof *reviews->tokens) : NULL;
    reviews->pads = malloc(count * sizeof *reviews->pads);
    reviews->labels = malloc(count * sizeof *reviews->labels);
    if (reviews->tokens == NULL || reviews->pads == NULL || reviews->labels == NULL) {
        imdb_reviews_close(reviews);
        return error_set(error, "out of memory: %zu reviews of %d ids; lower --maxlen", count, maxlen);
    }
    for (size_t k = 0; k < count; k++) {
        int32_t i = order[k];
        int64_t start = ranked->starts[i];
        reviews->pads[k] = imdb_encode(ranked->ranks + start, ranked->starts[i + 1] - start, num_words,
                                       maxlen, reviews->tokens + k * T);
        reviews->labels[k] = ranked->labels[i];
    }
    return true;
}

void imdb_reviews_close(struct reviews *reviews)
{
    free(reviews->tokens);
    free(reviews->pads);
    free(reviews->labels);
    *reviews = (struct reviews){0};
}

static int by_value(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return a < b ? -1 : a > b;
}

bool imdb_statistics(struct split_statistics *statistics, const struct ranked_reviews *ranked, int num_words,
                     int maxlen, struct error *error)
{
    *statistics = (struct split_statistics){.reviews = ranked->count};
    if (ranked->count == 0)
        return true;
    int *lengths = malloc((size_t)ranked->count * sizeof *lengths);
    if (lengths == NULL)
        return error_memory(error, "the lengths of the reviews", (size_t)ranked->count * sizeof *lengths);
    int64_t words = ranked->starts[ranked->count];
    *statistics = (struct split_statistics){
        .reviews = ranked->count, .positive = ranked->positive, .words = words, .dropped = ranked->dropped};
    for (int64_t i = 0; i < words; i++)
        statistics->out_of_vocabulary += id_of(ranked->ranks[i], num_words) == IMDB_OUT_OF_VOCABULARY;
    for (int i = 0; i < ranked->count; i++) {
        lengths[i] = (int)(ranked->starts[i + 1] - ranked->starts[i]) + 1;
        statistics->truncated += lengths[i] > maxlen;
    }
    qsort(lengths, (size_t)ranked->count, sizeof *lengths, by_value);
    statistics->shortest = lengths[0];
    statistics->longest = lengths[ranked->count - 1];
    statistics->median_length = lengths[(ranked->count - 1) / 2];
    statistics->mean_length = (double)(words + ranked->count) / ranked->count;
    free(lengths);
    return true;
}

bool imdb_orders(int32_t *orders[CORPUS_SPLITS], const int counts[CORPUS_SPLITS], struct error *error)
{
    /* One generator for both: the order of the test reviews depends on the number of training reviews. */
    struct mt19937 mt;
    mt19937_open(&mt, KERAS_SEED);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        int count = counts[split];
        /* One entry at least: a skipped split may be empty. */
        size_t bytes = ((size_t)count + 1) * sizeof **orders;
        orders[split] = malloc(bytes);
        if (orders[split] == NULL)
            return error_memory(error, "the order of the reviews", bytes);
        for (int i = 0; i < count; i++)
            orders[split][i] = i;
        mt19937_shuffle(&mt, orders[split], count);
    }
    return true;
}
