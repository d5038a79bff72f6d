/* Keras' imdb.npz: the ranks of both splits' reviews and their labels, before load_data shuffles and encodes them.
 * Members x_train.npy and x_test.npy hold a list of ranks for each review, y_train.npy and y_test.npy 0 or 1. */
#ifndef MATINEE_DATA_IMDB_NPZ_H
#define MATINEE_DATA_IMDB_NPZ_H

#include "corpus.h"
#include "ranked_reviews.h"

/* Whether a file is read as an imdb.npz: its name ends in .npz. */
bool is_npz(const char *path);

/* Fills both zeroed splits. The file is read twice, first to check and count, so that memory is taken only for what a
 * sound file holds: 4 bytes a rank, 9 a review. ranks_bytes_max: that the ranks may take; 0: any number. test_only: of
 * the training split only `count` is filled. Errors name the file, the member and the place in it. */
bool imdb_npz_read(struct ranked_reviews ranked[CORPUS_SPLITS], const char *path, bool test_only,
                   int64_t ranks_bytes_max, struct error *error);

/* Writes the file as Keras has it: pickles of protocol 2 as Python 2 writes them, deflated, in a zip whose dates are
 * 1980-01-01, so that equal reviews give equal bytes. The file appears whole or not at all. */
bool imdb_npz_write(const struct ranked_reviews ranked[CORPUS_SPLITS], const char *path, struct error *error);

#endif
