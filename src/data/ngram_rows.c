/* Rows of words into rows of words and n-grams. */
#include "ngram_counts.h"

#include "mapped_file.h"
#include "parallel.h"

#include <stdlib.h>
#include <string.h>

enum { TURN_REVIEWS = 64 };

/* Whose tokens a row gets: all counts, or those without a fold. */
struct view {
    const struct ngrams *ngrams;
    uint8_t *const *without; /* [k - 1] as struct ngram_counts has them; NULL: all counts */
    int fold;
};

static int token_of(const struct view *view, int k, const int32_t *words)
{
    const struct ngram_table *table = &view->ngrams->tables[k - 1];
    const int64_t slot = ngram_table_slot(table, ngram_key(words, k, view->ngrams->V));
    if (slot < 0)
        return NGRAM_UNSEEN;
    if (view->without != NULL)
        return view->without[k - 1][slot * NGRAM_FOLDS + view->fold];
    return (int)(table->slots[slot] & ((1 << NGRAM_TOKEN_BITS) - 1));
}

/* The 1+n tokens of position t, whose word is words[0]. */
static void expand_position(const struct view *view, const int32_t *words, int T, int t, int32_t *out)
{
    *out++ = words[0];
    for (int k = 1; k <= view->ngrams->n; k++) {
        const int token = t + k <= T ? token_of(view, k, words) : NGRAM_PAST_END;
        *out++ = (int32_t)(view->ngrams->V + ngram_ids(k - 1) + token);
    }
}

void ngrams_expand_positions(const struct ngrams *ngrams, const int32_t *words, int T, int first, int end,
                             int32_t *row)
{
    const struct view view = {.ngrams = ngrams};
    for (int t = first; t < end; t++)
        expand_position(&view, words + t, T, t, row + (size_t)t * (size_t)ngram_tokens(ngrams->n));
}

void ngrams_expand_row(const struct ngrams *ngrams, const int32_t *words, int T, int32_t pads, int32_t *row,
                       int32_t *row_pads)
{
    *row_pads = pads * ngram_tokens(ngrams->n);
    memset(row, 0, (size_t)*row_pads * sizeof *row);
    ngrams_expand_positions(ngrams, words, T, pads, T, row);
}

/* Whether two bytes hold every id. */
static bool are_short(int n, int V)
{
    return V + ngram_ids(n) <= UINT16_MAX + 1;
}

bool ngrams_check_bytes(int n, int V, int64_t count, int T, int64_t bytes_max, struct error *error)
{
    const double GB = 1 << 30;
    const int64_t each = are_short(n, V) ? sizeof(uint16_t) : sizeof(int32_t);
    const int64_t bytes = count * (each * ngram_tokens(n) * T + (int64_t)sizeof(int32_t));
    return bytes_max == 0 || bytes <= bytes_max ||
           error_set(
               error,
               "%lld reviews of %d tokens a word and %d words take %.3g GB of memory and %.3g GB are free; "
               "take a smaller --maxlen or --ngrams",
               (long long)count, ngram_tokens(n), T, (double)bytes / GB, (double)bytes_max / GB);
}

struct work {
    struct view view;
    const uint8_t *folds; /* (words->count); NULL: all counts */
    const struct reviews *words;
    struct reviews *expanded;
};

static void expand_review(const struct work *work, const struct view *view, int n)
{
    const struct reviews *words = work->words, *expanded = work->expanded;
    const size_t row = (size_t)n * (size_t)words->T;
    const int tokens = ngram_tokens(view->ngrams->n), pads = words->pads[n] * tokens;
    size_t at = (size_t)n * (size_t)expanded->T;
    expanded->pads[n] = pads;
    if (expanded->tokens != NULL)
        memset(expanded->tokens + at, 0, (size_t)pads * sizeof *expanded->tokens);
    else
        memset(expanded->short_tokens + at, 0, (size_t)pads * sizeof *expanded->short_tokens);
    at += (size_t)pads;
    for (int t = words->pads[n]; t < words->T; t++, at += (size_t)tokens) {
        int32_t position[1 + NGRAMS_MAX], next[NGRAMS_MAX] = {0};
        for (int k = 0; k < NGRAMS_MAX && t + k < words->T; k++)
            next[k] = reviews_token(words, row + (size_t)(t + k));
        expand_position(view, next, words->T, t, position);
        if (expanded->tokens != NULL)
            memcpy(expanded->tokens + at, position, (size_t)tokens * sizeof *position);
        else
            for (int i = 0; i < tokens; i++)
                expanded->short_tokens[at + (size_t)i] = (uint16_t)position[i];
    }
}

static void expand_turn(void *context, int turn)
{
    const struct work *work = context;
    const int first = TURN_REVIEWS * turn;
    struct view view = work->view;
    for (int n = first; n < work->words->count && n < first + TURN_REVIEWS; n++) {
        view.fold = work->folds != NULL ? work->folds[n] : 0;
        expand_review(work, &view, n);
    }
}

static bool expand_all(const struct work *work, int threads, struct error *error)
{
    const struct reviews *words = work->words;
    const struct ngrams *ngrams = work->view.ngrams;
    const int T = ngram_tokens(ngrams->n) * words->T;
    const bool is_short = are_short(ngrams->n, ngrams->V);
    const size_t count = (size_t)words->count,
                 bytes = (count * (size_t)T + 1) * (is_short ? sizeof(uint16_t) : sizeof(int32_t));
    *work->expanded = (struct reviews){.count = words->count,
                                       .T = T,
                                       .tokens = is_short ? NULL : malloc(bytes),
                                       .short_tokens = is_short ? malloc(bytes) : NULL,
                                       .pads = malloc((count + 1) * sizeof *words->pads),
                                       .labels = words->labels};
    if ((work->expanded->tokens == NULL && work->expanded->short_tokens == NULL) ||
        work->expanded->pads == NULL) {
        ngrams_free_rows(work->expanded);
        return error_memory(error, "the n-grams of the reviews", bytes);
    }
    parallel_for(parallel_threads(threads), (words->count + TURN_REVIEWS - 1) / TURN_REVIEWS, expand_turn,
                 (void *)work);
    return true;
}

bool ngrams_expand(const struct ngrams *ngrams, const struct reviews *words, int threads,
                   struct reviews *expanded, struct error *error)
{
    const struct work work = {.view = {.ngrams = ngrams}, .words = words, .expanded = expanded};
    return expand_all(&work, threads, error);
}

bool ngram_counts_expand(const struct ngram_counts *counts, const struct ngram_training *training,
                         struct reviews *expanded, struct error *error)
{
    const struct work work = {.view = {.ngrams = counts->ngrams, .without = counts->without},
                              .folds = training->folds,
                              .words = training->reviews,
                              .expanded = expanded};
    return expand_all(&work, training->threads, error);
}

void ngrams_free_rows(struct reviews *reviews)
{
    mapped_tokens_close(reviews);
    free(reviews->pads);
    *reviews = (struct reviews){.count = 0};
}
