/* n-grams of words as further tokens of a review: what the training reviews with this pair or triple of words are like.
 *
 * A position of a review becomes 1+n tokens in a row: the id of its word, and for k = 1..n the token of the k words that
 * begin there. A pad becomes 1+n zeros. Ids, with V ids of words:
 *
 *     0 .. V-1                      words, as data.h has them
 *     V + (k-1)*NGRAM_IDS + i       k-grams; i is NGRAM_UNSEEN, NGRAM_PAST_END, or NGRAM_FIRST_BUCKET + a bucket
 *
 * The bucket of a k-gram is clip(round(ln((p+1)/(q+1)) / 0.15), -16, 16) + 16, where p positive and q negative training
 * reviews contain it, each counted once; in fewer than NGRAM_MIN_REVIEWS it counts as never seen. Labels go into the
 * input, so this is target encoding, and a review that is trained on must not see its own label: its buckets leave out
 * the counts of its fold (cross-fitting). Everything is about rows of ids as they are encoded, so that start tokens and
 * words outside the vocabulary are words like others, and what a row is too short for does not count. */
#ifndef MATINEE_NGRAMS_H
#define MATINEE_NGRAMS_H

#include "matinee/data.h"

enum {
    NGRAMS_MAX = 3,
    NGRAM_UNSEEN = 0,
    NGRAM_PAST_END = 1, /* fewer than k words are left */
    NGRAM_FIRST_BUCKET = 2,
    NGRAM_BUCKETS = 33,
    NGRAM_IDS = NGRAM_FIRST_BUCKET + NGRAM_BUCKETS, /* of each k */
    NGRAM_MIN_REVIEWS = 2,
    NGRAM_FOLDS = 10,
    NGRAM_BLOCK_REVIEWS = 125,
    NGRAM_WORDS_MAX = 1 << 19, /* V: three ids and a bucket fit a word of the machine */
};

/* Tokens of a position. */
static inline int ngram_tokens(int n)
{
    return 1 + n;
}

/* Ids beyond those of the words. */
static inline int ngram_ids(int n)
{
    return n * NGRAM_IDS;
}

/* The folds of training reviews: neighbours in the files are often of the same film, so folds are made of blocks of
 * NGRAM_BLOCK_REVIEWS reviews of one label in the order of the files, or of a tenth of the label's if that is less, and
 * block b is of fold b % NGRAM_FOLDS. places (count): of each review in the files, a permutation. folds: out (count). */
bool ngram_folds(uint8_t *folds, const uint8_t *labels, const int32_t *places, int count,
                 struct error *error);

/* What was counted: k-grams and their buckets over all training reviews. It travels in model files. */
struct ngrams;

int ngrams_order(const struct ngrams *ngrams);     /* n, 1..NGRAMS_MAX */
int ngrams_words(const struct ngrams *ngrams);     /* V */
int64_t ngrams_count(const struct ngrams *ngrams); /* k-grams that have a bucket, of all k */
void ngrams_close(struct ngrams *ngrams);          /* NULL is fine */

/* The table, and for the reviews that it was counted of what it would be without each fold. */
struct ngram_counts;

struct ngram_training {
    int n, V; /* n in 1..NGRAMS_MAX, ids of the reviews below V <= NGRAM_WORDS_MAX */
    const struct reviews *reviews;
    const uint8_t *folds; /* (reviews->count) below NGRAM_FOLDS */
    int threads;          /* 0: one for each processor; they change no bit */
};

/* Takes 16 bytes for each word of the reviews while it counts. False without memory. */
bool ngram_counts_open(struct ngram_counts **counts, const struct ngram_training *training,
                       struct error *error);

/* NULL from the second call on: whoever takes it closes it. */
struct ngrams *ngram_counts_take(struct ngram_counts *counts);
void ngram_counts_close(struct ngram_counts *counts); /* NULL is fine */

/* False for so many rows of T words that would take more than bytes_max with their n-grams; 0: any. The system may
 * promise memory that it does not have. */
bool ngrams_check_bytes(int n, int V, int64_t count, int T, int64_t bytes_max, struct error *error);

/* Rows (count,T) of words into rows (count,(1+n)*T). `expanded` is overwritten: its tokens, short ones where the ids
 * allow it, and pads are new, to be freed with ngrams_free_rows; its labels are those of `words`. Reviews that were not
 * counted see all counts. False without memory. */
bool ngrams_expand(const struct ngrams *ngrams, const struct reviews *words, int threads,
                   struct reviews *expanded, struct error *error);

/* The same for the reviews that were counted, each without the counts of its fold. Before ngram_counts_take. */
bool ngram_counts_expand(const struct ngram_counts *counts, const struct ngram_training *training,
                         struct reviews *expanded, struct error *error);
void ngrams_free_rows(struct reviews *reviews);

/* Positions first .. end-1 of a row of T words, none of them a pad, into their places in a row of (1+n)*T. A word that
 * changes at position t changes positions t-n+1 .. t. */
void ngrams_expand_positions(const struct ngrams *ngrams, const int32_t *words, int T, int first, int end,
                             int32_t *row);

/* A whole row with its pads; *row_pads is (1+n)*pads. */
void ngrams_expand_row(const struct ngrams *ngrams, const int32_t *words, int T, int32_t pads, int32_t *row,
                       int32_t *row_pads);

/* The bytes of a model file's matinee/ngrams.bin (docs/data.md); free() them. NULL only without memory. */
unsigned char *ngrams_to_bytes(const struct ngrams *ngrams, size_t *bytes);

/* False for anything but what ngrams_to_bytes writes. Takes 16 times the bytes at most. */
bool ngrams_from_bytes(struct ngrams **ngrams, const void *data, size_t bytes, struct error *error);

#endif
