#include "evaluation.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A batch of rows, and what its evaluation leaves. */
struct occluded_rows {
    struct reviews reviews;
    float *probabilities, *rests; /* p, and (p-1)/N */
    int length;                   /* of `words` */
    int32_t *words;               /* (length) a copy of the occlusion's tokens */
    int32_t *whole, pads;         /* (T) the row as it is */
};

/* The row that the network reads of the occlusion's tokens. */
static void rows_fill_whole(struct occluded_rows *rows, const struct occlusion *occlusion)
{
    const size_t bytes = (size_t)rows->length * sizeof *rows->words;
    memcpy(rows->words, occlusion->tokens, bytes);
    if (occlusion->ngrams) {
        int32_t pads;
        ngrams_expand_row(occlusion->ngrams, rows->words, rows->length, occlusion->pads, rows->whole, &pads);
        rows->pads = pads;
        return;
    }
    memcpy(rows->whole, rows->words, bytes);
    rows->pads = occlusion->pads;
}

static bool rows_open(struct occluded_rows *rows, const struct network *network,
                      const struct occlusion *occlusion, int count, struct error *error)
{
    const int tokens = occlusion->ngrams ? ngram_tokens(ngrams_order(occlusion->ngrams)) : 1;
    const size_t T = (size_t)network->spec.maxlen, n = (size_t)count;
    *rows = (struct occluded_rows){.reviews = {.T = network->spec.maxlen},
                                   .length = network->spec.maxlen / tokens};
    rows->words = malloc(T * sizeof *rows->words);
    rows->whole = malloc(T * sizeof *rows->whole);
    rows->reviews.tokens = malloc(n * T * sizeof *rows->reviews.tokens);
    rows->reviews.pads = malloc(n * sizeof *rows->reviews.pads);
    rows->reviews.labels = malloc(n);
    rows->probabilities = malloc(n * sizeof *rows->probabilities);
    rows->rests = malloc(n * sizeof *rows->rests);
    if (rows->reviews.tokens && rows->reviews.pads && rows->reviews.labels && rows->probabilities &&
        rows->rests && rows->words && rows->whole) {
        rows_fill_whole(rows, occlusion);
        return true;
    }
    return error_memory(error, "the rows with a token replaced", n * T * sizeof *rows->reviews.tokens);
}

static void rows_close(struct occluded_rows *rows)
{
    free(rows->reviews.tokens);
    free(rows->reviews.pads);
    free(rows->reviews.labels);
    free(rows->probabilities);
    free(rows->rests);
    free(rows->words);
    free(rows->whole);
}

/* A row of words and n-grams with one word replaced. Only what begins before the word, or with it, contains it. */
static void replace_word(int32_t *row, const struct occlusion *occlusion, int32_t *words, int length,
                         int position)
{
    const int reach = position - ngrams_order(occlusion->ngrams) + 1, pads = occlusion->pads;
    const int32_t word = words[position];
    words[position] = occlusion->replacement;
    ngrams_expand_positions(occlusion->ngrams, words, length, reach > pads ? reach : pads, position + 1, row);
    words[position] = word;
}

/* Rows number `first` and on; number 0 is the row as it is. */
static void rows_fill(struct occluded_rows *rows, const struct occlusion *occlusion, int first, int count)
{
    struct reviews *reviews = &rows->reviews;
    const size_t T = (size_t)reviews->T;
    reviews->count = count;
    for (int n = 0; n < count; n++) {
        int32_t *row = reviews->tokens + (size_t)n * T;
        memcpy(row, rows->whole, T * sizeof *row);
        if (first + n > 0 && occlusion->ngrams)
            replace_word(row, occlusion, rows->words, rows->length, occlusion->positions[first + n - 1]);
        else if (first + n > 0)
            row[occlusion->positions[first + n - 1]] = occlusion->replacement;
        reviews->pads[n] = rows->pads;
        reviews->labels[n] = 1; /* so that the gradient of a logit is -(1-p)/N */
    }
}

/* Unlike fmax, leaves NaN. */
static double at_least(double value, double least)
{
    return value < least ? least : value;
}

static double logit(float probability, float rest)
{
    return log(at_least((double)probability, (double)FLT_TRUE_MIN)) -
           log(at_least((double)rest, DBL_EPSILON / 2));
}

/* The rows have as many pads, so they are evaluated in their own order. */
static bool rows_evaluate(struct occluded_rows *rows, struct network *network, double *logits,
                          struct error *error)
{
    const struct backend_memory *memory = network->backend->memory;
    struct evaluation evaluation;
    if (!evaluation_open(&evaluation, network, &rows->reviews, error))
        return false;
    const int N = rows->reviews.count;
    recorded_steps_begin(&evaluation.steps);
    const bool run = recorded_steps_replay(&evaluation.steps, 0, error);
    if (run) {
        memory->download(network->backend, rows->probabilities, network->prob, (size_t)N * sizeof(float));
        memory->download(network->backend, rows->rests, network->dz, (size_t)N * sizeof(float));
        for (int n = 0; n < N; n++)
            logits[n] = logit(rows->probabilities[n], -(float)N * rows->rests[n]);
    }
    evaluation_close(&evaluation);
    return run && memory->status(network->backend, error);
}

bool trainer_occlude(struct network *network, const struct occlusion *occlusion, struct error *error)
{
    const int all = occlusion->count + 1, room = all < network->N_evaluate ? all : network->N_evaluate;
    assert(occlusion->replacement != 0);
    struct occluded_rows rows;
    bool good = rows_open(&rows, network, occlusion, room, error);
    for (int first = 0; good && first < all; first += room) {
        rows_fill(&rows, occlusion, first, all - first < room ? all - first : room);
        good = rows_evaluate(&rows, network, occlusion->logits + first, error);
    }
    rows_close(&rows);
    return good;
}
