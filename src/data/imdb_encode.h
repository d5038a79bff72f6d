/* What imdb_splits.c and imdb_rows.c share: a review's ranks become a row, and the rows of a split are counted. */
#ifndef MATINEE_DATA_IMDB_ENCODE_H
#define MATINEE_DATA_IMDB_ENCODE_H

#include "imdb.h"

/* What ranks become; those behind the last are outside the vocabulary. */
struct imdb_ids {
    int32_t count;
    int32_t *items; /* (count) [r - 1], 0: a word that is dropped */
};

bool imdb_ids_open(struct imdb_ids *ids, const struct imdb_coding *coding, struct error *error);
void imdb_ids_close(struct imdb_ids *ids);

/* Sums over reviews. */
struct imdb_sums {
    long long words;   /* with a rank */
    long long outside; /* the vocabulary */
};

/* Encodes a review into a row of T zeros, and adds to the sums. *length: words of it with a rank. Returns the row's
 * pads. */
int32_t imdb_encode_review(const struct imdb_ids *ids, const struct ranked_reviews *ranked, int32_t review,
                           int T, int32_t *row, int32_t *length, struct imdb_sums *sums);

/* Lengths, pads and labels of a split, of which nothing is known yet; no rows. */
bool imdb_split_begin(struct imdb_split *split, int T, struct error *error);

/* The statistics of a split whose lengths are known. */
bool imdb_split_count(struct imdb_split *split, int T, const struct imdb_sums *sums, struct error *error);

#endif
