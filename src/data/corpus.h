/* The raw text of labelled reviews, in the order in which Keras read it: for each split the positive reviews by
 * name, bytewise, then the negative ones. The reviews of a table stay in the order of its rows.
 */
#ifndef MATINEE_DATA_CORPUS_H
#define MATINEE_DATA_CORPUS_H

#include "matinee/data.h"
#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum corpus_split { CORPUS_TRAIN, CORPUS_TEST, CORPUS_SPLITS };

enum { REVIEW_MAX_BYTES = 1 << 20 };

struct text_block;
struct word_finder;

struct corpus_review {
    size_t name;          /* offset into the corpus's names */
    int32_t block, place; /* its text is the place-th of that block */
    int64_t text_start;   /* in the kept texts, if it is there */
    uint32_t text_bytes;
    bool positive;
};

struct corpus_part {
    bool skipped; /* reviews are only counted, their text is not kept */
    char *table;  /* the file whose rows the reviews are, named "line 7"; NULL: each is a file; owned */
    int count, positive;
    struct corpus_review *reviews; /* (count), or nothing if skipped */
    int room;                      /* of reviews */
};

/* A file that receives texts as they come, in bytes as they are. */
struct kept_corpus_texts {
    FILE *file; /* NULL: nobody wants them, or there was no room for them */
    int64_t bytes;
    enum corpus_split split; /* of which; of a table of both */
};

struct corpus {
    char source[1024]; /* for people: a path, or the name of the sample; starts every message */
    int64_t bytes_max; /* that the texts may take; 0: any number */
    /* Receives the texts as they come and keeps the numbers of their words instead; NULL: the texts stay. */
    struct word_finder *finder;
    /* Where the finder leaves numbers that would fill the memory: texts may be of any size then, if bytes_max has room
     * for what remains of each review. NULL: all stay in memory. */
    struct spill *spill;
    struct kept_corpus_texts kept; /* file: closed with the corpus */
    bool names_only;               /* no text stays but in kept.file; there is no finder */
    struct corpus_part parts[CORPUS_SPLITS];
    char *names; /* each ends in a zero byte */
    size_t names_bytes, names_room;
    struct text_block *
        *blocks; /* (block_count) each at an address of its own, for another thread may read it */
    int block_count, block_room;
    int64_t text_bytes; /* of all reviews */
};

/* Whether a text may be a review: not empty, not longer than REVIEW_MAX_BYTES, UTF-8. */
bool corpus_check_text(const char *text, size_t bytes, struct error *error);

/* Adds a copy of one review, in any order; `name` ("0_9.txt") decides its place and is unique among the positive or
 * negative reviews of its split. Fails for a text that corpus_check_text refuses, and without memory. In a skipped
 * part it only counts, and text may be NULL. */
bool corpus_add(struct corpus *corpus, enum corpus_split split, bool positive, const char *name,
                const char *text, size_t bytes, struct error *error);

/* Appends a review whose name and text the corpus has. */
bool corpus_part_append(struct corpus_part *part, const struct corpus_review *review, struct error *error);

/* After the last corpus_add: checks that no class of reviews is missing, and puts the reviews in Keras' order. The test
 * reviews of a table may be of one class, or none. */
bool corpus_finish(struct corpus *corpus, struct error *error);

/* Fills a corpus, zero but for bytes_max and finder, and sorts it. The path is
 * - a directory (it holds train/pos, train/neg, test/pos, test/neg) or an archive of one (zip, or tar; plain, gzip, xz,
 *   bzip2 or zstd; whatever folder is on top); or
 * - a table: CSV or TSV, by its name, plain or compressed likewise, or the only one in a zip.
 * test_only: the training reviews are counted without being kept; those of a table that has no test reviews are all
 * test reviews then. */
bool corpus_open(struct corpus *corpus, const char *path, bool test_only, const struct table_options *table,
                 struct error *error);

/* The same from the built-in sample. */
bool corpus_open_sample(struct corpus *corpus, bool test_only, struct error *error);

void corpus_close(struct corpus *corpus);

/* Frees the texts or the numbers of their words, and forgets the finder; the names stay. */
void corpus_close_texts(struct corpus *corpus);

const char *corpus_split_name(enum corpus_split split); /* "train", "test" */

/* Puts "SOURCE: train/pos/0_9.txt", or "TABLE: line 7", in front of the message. Always returns false. */
bool corpus_error_within(const struct corpus *corpus, enum corpus_split split, bool positive,
                         const char *name, struct error *error);

/* The name of a review, 0 <= review < the part's count. */
const char *corpus_review_name(const struct corpus *corpus, enum corpus_split split, int review);
/* Its text; the corpus has no finder. */
const char *corpus_review_text(const struct corpus *corpus, enum corpus_split split, int review,
                               size_t *bytes);

/* What corpus_open calls: they only add. */
bool corpus_directory_read(struct corpus *corpus, const char *path, struct error *error);
bool corpus_archive_read(struct corpus *corpus, const char *path, struct error *error);
bool corpus_zip_read(struct corpus *corpus, const char *path, struct error *error);
bool corpus_table_read(struct corpus *corpus, enum corpus_split split, const char *path,
                       const struct table_options *options, struct error *error);

/* For data with columns and test reviews of their own: refuses options that would be ignored without a word. */
bool corpus_check_no_table(const char *path, const struct table_options *options, struct error *error);

/* Whether a file of a directory is a review. */
bool corpus_is_review_name(const char *name);

/* Whether a file's name is that of a table: .csv or .tsv, before .gz, .bz2, .xz or .zst if that stands behind it. */
bool corpus_is_table_name(const char *path);

/* Moves a fraction of the training reviews of each class, the last ones, to the test split: of n the nearest number to
 * n * fraction. False if that leaves none of a class to train on, or no test reviews. */
bool corpus_hold_out(struct corpus *corpus, double fraction, struct error *error);

#endif
