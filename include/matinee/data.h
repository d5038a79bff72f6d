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
#include <time.h>

/* A file of the cache in the place of memory. */
struct mapped_file;

/* One split, padded and truncated in front, in Keras' load_data order (shuffled with seed 113). */
struct reviews {
    int count;
    int T;
    int32_t *tokens;        /* (count,T) */
    uint16_t *short_tokens; /* (count,T) in the place of tokens, then NULL: rows with n-grams, mapped rows */
    struct mapped_file *mapped; /* where the tokens are, only to be read; NULL: in memory. Owned like them */
    int32_t *pads;   /* (count)   leading zero tokens; T for a review that encodes to nothing but zeros */
    uint8_t *labels; /* (count)   1 positive, 0 negative */
};

/* Mapped rows, or a part of them, will be taken in any order: nothing is read ahead of them from now on. */
void reviews_take_any_order(const struct reviews *reviews);

/* Token number i of all rows, whatever holds them. */
static inline int32_t reviews_token(const struct reviews *reviews, size_t i)
{
    return reviews->tokens ? reviews->tokens[i] : reviews->short_tokens[i];
}

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
    /* aclImdb, or an archive of that name, where scripts/fetch_imdb.sh puts it: in $MATINEE_DATA_DIRECTORY, otherwise
     * ${XDG_CACHE_HOME:-~/.cache}/matinee. As XDG has it, a relative XDG_CACHE_HOME does not count. */
    DATA_CACHED,
    DATA_SAMPLE, /* nothing found: the built-in sample */
};

enum { DATA_PATH_BYTES = 4096 };

/* The origin and its path; for DATA_SAMPLE the place where scripts/fetch_imdb.sh would put it, or "" where the
 * environment names no directory. */
enum data_origin dataset_locate(char *path, size_t bytes);

/* The path that stands for the built-in sample: "sample". */
extern const char *const dataset_sample_name;

/* How a table (CSV or TSV) of labelled reviews is read. Other data have columns and test reviews of their own, and are
 * refused with any of these. */
struct table_options {
    const char *test;     /* a table with the test reviews; NULL: there are none, or the fraction */
    double test_fraction; /* of the reviews of each label, the last in the file; 0: none         */
    /* Each is the name of a column in the header or its number from 1; NULL: text or review, label or sentiment. */
    const char *text_column, *label_column;
    bool no_quotes; /* a quote is text like any other, and a row is a line */
};

/* Of which reviews the names and the texts are kept; where there are no test reviews those of training take their
 * place. */
enum kept_texts { KEEP_NO_TEXTS, KEEP_TEST_TEXTS, KEEP_TRAINING_TEXTS };

/* Whether encoded reviews are mapped from files of the cache, so that of a corpus beyond memory only what is in use is
 * in memory. */
enum map_reviews {
    MAP_REVIEWS_AUTO,   /* where they would take more than a quarter of bytes_max, and there is a cache */
    MAP_REVIEWS_ALWAYS, /* or fail */
    MAP_REVIEWS_NEVER,
};

/* The names of one split's reviews, and their texts, which wait in a temporary file. */
struct review_texts;

struct dataset_options {
    const char *path; /* directory, archive, table, .npz or dataset_sample_name; NULL: by dataset_locate */
    struct table_options table;
    int num_words;     /* Keras' num_words: ids below it are kept                           */
    int maxlen;        /* T                                                                 */
    bool test_only;    /* leave `train` empty                                               */
    int64_t bytes_max; /* that the encoded reviews may take, and their texts a quarter; 0: any */
    /* Encode with a model's vocabulary, whose num_words and maxlen then count; NULL: with the data's own. */
    const struct vocabulary *encoder;
    /* An imdb_word_index.json. Of an .npz: what its ranks mean; NULL: the file of that name beside it, if there is one.
     * Of text: the ranks of its words, instead of those of its training split; NULL with an encoder. */
    const char *word_index;
    bool keep_ranks; /* for dataset_write_npz */
    enum kept_texts keep_texts;
    /* A directory where what was read of the data is kept for the next time; it need not be there yet. NULL: none. */
    const char *cache;
    enum map_reviews map; /* keep_ranks keeps all in memory */
    int threads; /* that read and encode; 0: one for each processor. They change no bit of the result. */
};

struct dataset {
    char source[1024]; /* what was read, for people: a path, or "built-in sample" */
    bool is_sample;
    bool is_ranks;              /* came from an .npz, which holds no words */
    char word_source[1024];     /* the word index that was read, or "" */
    struct reviews train, test; /* test.count 0: a table without test reviews */
    int32_t *train_places;      /* (train.count) of each training review in the files, from 0; owned */
    struct split_statistics train_statistics, test_statistics;
    /* That the reviews were encoded with; NULL for an .npz without a word index or encoder. Owned. */
    struct vocabulary *vocabulary;
    struct word_index *words;      /* NULL with an encoder, and for an .npz without a word index; owned */
    struct ranked_reviews *ranked; /* (2) NULL unless kept; owned */
    struct review_texts *texts;    /* NULL unless kept; owned */
    bool from_cache, is_cached;    /* the cache had the reviews; has them now */
    double seconds;                /* that dataset_open took */
    /* On one line, why the cache is of less use than it could be: an entry was damaged, or nothing can be written; or
     * "". The data are the same. */
    char cache_note[ERROR_MESSAGE_BYTES];
};

/* Before names and texts are asked for: the cache has neither, and so another thread reads them of the data; waits for
 * it. False if these cannot be read any more; names are numbers then, "test[7]", and there are no texts. */
bool review_texts_prepare(struct review_texts *texts, struct error *error);

/* The name of row `row` of the encoded reviews: "test/pos/0_9.txt", of a table "line 7" of its file, of an .npz
 * "x_test[7]". Bytes of a file's name are as they are. */
enum { REVIEW_NAME_BYTES = 320 };
void review_texts_name(const struct review_texts *texts, int row, char name[static REVIEW_NAME_BYTES]);

/* Its text as it was read, not zero-terminated; free() it. NULL where there is none: of an .npz, and where there was no
 * room for the temporary file. False if it cannot be read again. */
bool review_texts_read(const struct review_texts *texts, int row, char **text, size_t *bytes,
                       struct error *error);

/* Where the cache is if nobody names a directory: $MATINEE_CACHE, or ${XDG_CACHE_HOME:-~/.cache}/matinee/encoded.
 * False, and "", where the environment names none. */
bool dataset_cache_locate(char *path, size_t bytes);

/* The entries of a cache take no more than this, all together, but for those of the last minutes. */
extern const int64_t dataset_cache_bytes_max;

/* One file of the cache. */
struct dataset_cache_entry {
    char name[64];
    int64_t bytes;
    time_t used;
    bool is_sound;     /* by its header; the rest only counts */
    char source[1024]; /* what was read */
    int train_reviews, test_reviews;
    bool is_rows; /* encoded, of one split; else what was read, from which they can be made again */
    int num_words, maxlen;
};

struct dataset_cache_list {
    int count, room;
    struct dataset_cache_entry *items; /* (count) the one that was used last first */
};

/* Lists the entries in a directory, which may be missing. False for what cannot be listed. */
bool dataset_cache_list_open(struct dataset_cache_list *list, const char *directory, struct error *error);
void dataset_cache_list_close(struct dataset_cache_list *list);

/* Removes all entries, whatever is in them, and no other files; `entries` of what was read and, with those of rows, the
 * `bytes` that they took. */
bool dataset_cache_clear(const char *directory, int *entries, int64_t *bytes, struct error *error);

/* Whether a path, or what is found without one, is read as an .npz. */
bool dataset_holds_ranks(const char *path);

/* Writes both splits as Keras' imdb.npz has them: ranks in the order of the files, before any shuffle. The data set was
 * opened with keep_ranks. The file appears whole or not at all. */
bool dataset_write_npz(const struct dataset *dataset, const char *path, struct error *error);

/* Reads, tokenises, ranks, shuffles, encodes and pads. Errors name the file, the place in it and the remedy. */
bool dataset_open(struct dataset *dataset, const struct dataset_options *options, struct error *error);
void dataset_close(struct dataset *dataset);

/* Whether a file's name is that of a table: .csv or .tsv, or one of them before .gz, .bz2, .xz or .zst. */
bool table_is_name(const char *path);

/* One text of a table, valid while it is handled. */
struct table_text {
    const char *file; /* for messages */
    long line;        /* on which its row begins, from 1 */
    const char *text;
    size_t bytes;
};

struct table_texts_reader {
    /* False ends the reading with its message, to which nothing is added. */
    bool (*handle)(void *context, const struct table_text *text, struct error *error);
    void *context;
};

/* Hands over the texts of a table in the order of its rows; a label need not be there. False if the table cannot be
 * read, with file, line and remedy, or has no row. */
bool table_texts_read(const char *path, const struct table_options *options,
                      const struct table_texts_reader *reader, struct error *error);

/* Encodes one text into a padded row of vocabulary_maxlen() ids. False, with a message, if the text is not UTF-8 or
 * has no word that the vocabulary knows. */
bool vocabulary_encode(const struct vocabulary *vocabulary, const char *text, size_t bytes, int32_t *row,
                       int32_t *pads, struct error *error);
int vocabulary_size(const struct vocabulary *vocabulary);   /* num_words: ids are below it */
int vocabulary_maxlen(const struct vocabulary *vocabulary); /* T */
int vocabulary_outside_id(void);                            /* 2: of all words without an id of their own */

/* What becomes of a word of a text. */
enum word_state {
    WORD_READ,    /* a token of the row, with an id of its own          */
    WORD_OUTSIDE, /* a token of the row, id 2: ranked, but too rare     */
    WORD_UNSEEN,  /* no token: the training split never had it          */
    WORD_CUT,     /* no token: it stands before the last maxlen ones    */
};

struct text_word {
    size_t start, bytes; /* in the text as it was given, capitals and all */
    enum word_state state;
    int rank;     /* from 1; 0: WORD_UNSEEN                                       */
    int position; /* in the row of vocabulary_encode; -1 for what is no token of it */
};

struct text_words {
    int count;
    struct text_word *items; /* (count) in the order of the text */
};

/* All words of a text that vocabulary_encode has taken. False only without memory. */
bool vocabulary_trace(const struct vocabulary *vocabulary, const char *text, size_t bytes,
                      struct text_words *words, struct error *error);

/* Accepts a zeroed struct. */
void text_words_close(struct text_words *words);

int vocabulary_word_count(const struct vocabulary *vocabulary); /* the largest rank */
/* The word of a rank, 1 <= rank <= vocabulary_word_count. Not zero-terminated. */
const char *vocabulary_word(const struct vocabulary *vocabulary, int rank, size_t *bytes);

/* The rank of a word that has an id of its own, written as a review may write it. What is no word, more than one, not
 * in the training split or too rare for an id is refused with the reason. */
bool vocabulary_find(const struct vocabulary *vocabulary, const char *word, int *rank, struct error *error);

/* JSON text for a model file's matinee/vocabulary.json; free() it. NULL only without memory. */
char *vocabulary_to_json(const struct vocabulary *vocabulary, size_t *bytes);
bool vocabulary_from_json(struct vocabulary **vocabulary, const char *json, size_t bytes,
                          struct error *error);
struct vocabulary *vocabulary_copy(const struct vocabulary *vocabulary);
void vocabulary_close(struct vocabulary *vocabulary);

/* The words of an imdb_word_index.json, for a model that Keras wrote: it has none itself. */
bool vocabulary_from_word_index(struct vocabulary **vocabulary, const char *path, int num_words, int maxlen,
                                struct error *error);

/* The largest rank. */
int word_index_count(const struct word_index *words);
/* The id of a rank in load_data's numbering: rank + 3. */
int word_index_id(int rank);
/* The word of a rank, 1 <= rank <= word_index_count; bytes and count may be NULL. Not zero-terminated; no bytes if the
 * index, which was read, has no word of that rank. */
const char *word_index_word(const struct word_index *words, int rank, size_t *bytes, int64_t *count);

/* The text of Keras' imdb_word_index.json; free() it. For aclImdb its MD5 is bfafd718b763782e994055a2d397834f. */
bool word_index_to_json(const struct word_index *words, char **json, size_t *bytes, struct error *error);

#endif
