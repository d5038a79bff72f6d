/* Labelled reviews, encoded as Keras' imdb.load_data and pad_sequences encode them.
 *
 * Ids: 0 pad, 1 start of review, 2 any word outside the vocabulary, 3 never occurs, rank + 3 for the rest.
 */
#ifndef MATINEE_DATA_H
#define MATINEE_DATA_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One split, padded and truncated in front, in Keras' load_data order (shuffled with seed 113). */
struct reviews {
    int count;
    int T;
    int32_t *tokens; /* (count,T) */
    int32_t *pads;   /* (count)   leading zero tokens; T for a review that encodes to nothing but zeros */
    uint8_t *labels; /* (count)   1 positive, 0 negative */
};

/* Turns raw text into ids: every word of the training split by rank, and Keras' rules. It travels in model files. The
 * words without an id of their own belong to it: Keras turns those into id 2, but drops words that it never saw. */
struct vocabulary;

/* The whole word index of a training split: every word with its rank (from 1) and count. */
struct word_index;

/* Counts over a split before truncation. */
struct split_statistics {
    int reviews, positive;
    int64_t words;             /* tokens that have a rank, no start tokens    */
    int64_t dropped;           /* tokens of the test split without a rank     */
    int64_t out_of_vocabulary; /* ids 2 after num_words, before truncation    */
    /* Ids with the start token, before truncation; the median of an even number is the lower middle one. */
    int shortest, longest, median_length;
    double mean_length;
    int truncated; /* reviews longer than maxlen                  */
};

/* Where data comes from when a command names none. */
enum data_origin {
    DATA_NAMED, /* $MATINEE_DATA */
    /* ${XDG_CACHE_HOME:-~/.cache}/matinee, where scripts/fetch_imdb.sh puts it. As XDG has it, a relative
     * XDG_CACHE_HOME does not count. */
    DATA_CACHED,
    DATA_SAMPLE, /* nothing found: the built-in sample */
};

enum { DATA_PATH_BYTES = 4096 };

/* The origin and its path; for DATA_SAMPLE the place in the cache that is empty, or "" where the environment names no
 * cache. */
enum data_origin dataset_locate(char *path, size_t bytes);

/* The path that stands for the built-in sample: "sample". */
extern const char *const dataset_sample_name;

struct dataset_options {
    const char *path;  /* directory, archive or dataset_sample_name; NULL: by dataset_locate */
    int num_words;     /* Keras' num_words: ids below it are kept                           */
    int maxlen;        /* T                                                                 */
    bool test_only;    /* leave `train` empty                                               */
    int64_t bytes_max; /* that the encoded reviews may take; 0: any number                */
    /* Encode with a model's vocabulary, whose num_words and maxlen then count; NULL: with the data's own. */
    const struct vocabulary *encoder;
};

struct dataset {
    char source[1024]; /* what was read, for people: a path, or "built-in sample" */
    bool is_sample;
    struct reviews train, test;
    struct split_statistics train_statistics, test_statistics;
    struct vocabulary *vocabulary; /* that the reviews were encoded with; owned */
    struct word_index *words;      /* NULL when an encoder was given; owned */
};

/* Reads, tokenises, ranks, shuffles, encodes and pads. Errors name the file, the place in it and the remedy. */
bool dataset_open(struct dataset *dataset, const struct dataset_options *options, struct error *error);
void dataset_close(struct dataset *dataset);

/* Encodes one text into a padded row of vocabulary_maxlen() ids. False, with a message, if the text is not UTF-8 or
 * has no word that the vocabulary knows. */
bool vocabulary_encode(const struct vocabulary *vocabulary, const char *text, size_t bytes, int32_t *row,
                       int32_t *pads, struct error *error);
int vocabulary_size(const struct vocabulary *vocabulary);   /* num_words: ids are below it */
int vocabulary_maxlen(const struct vocabulary *vocabulary); /* T */

/* JSON text for a model file's matinee/vocabulary.json; free() it. NULL only without memory. */
char *vocabulary_to_json(const struct vocabulary *vocabulary, size_t *bytes);
bool vocabulary_from_json(struct vocabulary **vocabulary, const char *json, size_t bytes,
                          struct error *error);
struct vocabulary *vocabulary_copy(const struct vocabulary *vocabulary);
void vocabulary_close(struct vocabulary *vocabulary);

int word_index_count(const struct word_index *words);
/* The id of a rank in load_data's numbering: rank + 3. */
int word_index_id(int rank);
/* The word of a rank, 1 <= rank <= word_index_count; bytes and count may be NULL. Not zero-terminated. */
const char *word_index_word(const struct word_index *words, int rank, size_t *bytes, int64_t *count);

/* The text of Keras' imdb_word_index.json; free() it. For aclImdb its MD5 is bfafd718b763782e994055a2d397834f. */
bool word_index_to_json(const struct word_index *words, char **json, size_t *bytes, struct error *error);

#endif
