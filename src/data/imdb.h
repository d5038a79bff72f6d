/* What Keras' imdb.load_data and pad_sequences make of ranked reviews. */
#ifndef MATINEE_DATA_IMDB_H
#define MATINEE_DATA_IMDB_H

#include "corpus.h"
#include "matinee/data.h"
#include "ranked_reviews.h"

/* Ids: a word of rank r has id r + IMDB_INDEX_FROM if that is below num_words, and IMDB_OUT_OF_VOCABULARY otherwise. */
enum { IMDB_PAD = 0, IMDB_START = 1, IMDB_OUT_OF_VOCABULARY = 2, IMDB_INDEX_FROM = 3 };

/* num_words below the first leaves no word with an id; maxlen above the second is more than any review has. */
enum { IMDB_SMALLEST_NUM_WORDS = IMDB_INDEX_FROM + 2, IMDB_LARGEST_MAXLEN = REVIEW_MAX_BYTES };

/* The start token and the ids of so many ranks, of which the last maxlen stay, behind zeros where there are fewer.
 * row: (maxlen). Returns the number of zeros. */
int32_t imdb_encode(const int32_t *ranks, int64_t count, int num_words, int maxlen, int32_t *row);

/* Bytes that imdb_splits_open takes for so many reviews; and of them what is not rows. */
int64_t imdb_reviews_bytes(int count, int maxlen);
int64_t imdb_labels_bytes(int count);

/* How ranks become ids. */
struct imdb_coding {
    /* (largest) [r - 1]: the rank that takes the place of r, or 0: none, the word is dropped. NULL: each stays. */
    const int32_t *ranks;
    int32_t largest;       /* rank of the reviews */
    int num_words, maxlen; /* as Keras has them */
};

/* A split on its way from ranks to ids. */
struct imdb_split {
    const struct ranked_reviews *ranked;
    const int32_t *order;                /* (ranked->count) row k is review order[k] */
    struct reviews *reviews;             /* out, zeroed before */
    struct split_statistics *statistics; /* out; counts before truncation, the lower one of two medians */
    int32_t
        *lengths; /* out (ranked->count) words of review i that have a rank; free() it, after a failure too */
};

/* Encodes so many splits, the same whatever the number of threads. */
bool imdb_splits_open(struct imdb_split *splits, int count, const struct imdb_coding *coding, int threads,
                      struct error *error);

/* Receives encoded rows (count,T) in their order; false ends the encoding with its message. */
struct imdb_row_sink {
    void *context;
    bool (*take)(void *context, const int32_t *rows, int count, struct error *error);
};

/* The same for one split whose rows are handed over, a few at a time, and do not stay: of its reviews there are pads
 * and labels. */
bool imdb_rows_encode(struct imdb_split *split, const struct imdb_coding *coding, int threads,
                      const struct imdb_row_sink *sink, struct error *error);

/* Frees, or unmaps, what the reviews own. */
void imdb_reviews_close(struct reviews *reviews);

/* The order in which load_data returns splits of so many reviews: orders[split] is (counts[split]). free() both, after
 * a failure too. */
bool imdb_orders(int32_t *orders[CORPUS_SPLITS], const int counts[CORPUS_SPLITS], struct error *error);

#endif
