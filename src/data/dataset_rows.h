/* The encoded rows of a data set in files of the cache, from which they are mapped. */
#ifndef MATINEE_DATA_DATASET_ROWS_H
#define MATINEE_DATA_DATASET_ROWS_H

#include "data_cache.h"
#include "imdb.h"

struct rows_request {
    const struct data_cache *cache; /* has an entry of the reviews */
    struct imdb_split *splits;      /* (CORPUS_SPLITS) those before `first` are left alone */
    enum corpus_split first;
    const struct imdb_coding *coding;
    int threads;
    /* Whether the rows of a split may be used, by the lengths of its reviews. */
    bool (*check)(void *context, enum corpus_split split, const int32_t *lengths, struct error *error);
    void *context;
};

enum rows_answer {
    ROWS_MAPPED,
    ROWS_NOT_WRITTEN, /* the file could not be; the message says why: a full disk, say */
    ROWS_REFUSED,     /* `check` did not like them, or memory to encode them ran out */
};

/* Opens the rows of each split, which are written where they are not there, or damaged; that is told by `note` unless
 * there is one. Nothing is left of splits where the answer is not ROWS_MAPPED. Their lengths are known only of splits
 * that were written. */
enum rows_answer dataset_rows_open(const struct rows_request *request, char note[static ERROR_MESSAGE_BYTES],
                                   struct error *error);

#endif
