#include "imdb.h"

#include "mapped_file.h"
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
    return count * ((int64_t)sizeof *reviews->tokens * maxlen) + imdb_labels_bytes(count);
}

int64_t imdb_labels_bytes(int count)
{
    const struct reviews *reviews = NULL;
    return count * (int64_t)(sizeof *reviews->pads + sizeof *reviews->labels);
}

void imdb_reviews_close(struct reviews *reviews)
{
    mapped_tokens_close(reviews);
    free(reviews->pads);
    free(reviews->labels);
    *reviews = (struct reviews){0};
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
