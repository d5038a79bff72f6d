/* From a path to ranked reviews: from the data themselves, or from the cache. */
#ifndef MATINEE_DATA_DATASET_READ_H
#define MATINEE_DATA_DATASET_READ_H

#include "corpus.h"
#include "ranked_corpus.h"

struct reviews_source {
    const char *path;
    bool is_sample, is_npz;
    bool test_only; /* the words of the training reviews are of no use */
};

/* Bytes that numbers of words, ranks and rows, may take in memory each; more are to be in files of the cache, if there
 * is one. INT64_MAX: any number. */
int64_t dataset_memory_bytes(const struct dataset_options *options);

struct read_reviews {
    struct ranked_corpus ranked;
    struct corpus corpus; /* names of files and rows, for messages; has_names: it was read */
    bool has_names;
};

/* Reads the data. Fills a zeroed struct, which can be closed after a failure too. */
bool read_reviews_open(struct read_reviews *read, const struct reviews_source *source,
                       const struct dataset_options *options, int threads, struct error *error);

/* Whether the words of the reviews of a split have ranks: those of a file must have one at least, of a table and an
 * .npz all together one. lengths: (reviews) words with a rank. */
bool read_reviews_check(const struct read_reviews *read, const struct reviews_source *source,
                        enum corpus_split split, const int32_t *lengths, struct error *error);

void read_reviews_close(struct read_reviews *read);

#endif
