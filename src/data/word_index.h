#ifndef MATINEE_DATA_WORD_INDEX_H
#define MATINEE_DATA_WORD_INDEX_H

#include "matinee/data.h"
#include "word_table.h"

/* The word of rank r has number r - 1; it is empty where no word has that rank. */
struct word_index {
    struct word_table words;
    int64_t *counts; /* (words.count) occurrences in the training split */
};

/* Words, one behind the other. */
struct word_texts {
    int32_t count;
    char *text;
    int64_t *ends; /* (count) offsets in text */
};

/* Word i, 0 <= i < count. */
struct word word_texts_word(const struct word_texts *words, int32_t i);

/* Ranks words by falling count. Equal counts keep the order of a Python 2 dict that received the words in the order of
 * `seen`, which is that of their first occurrence. rank_of[number in seen] receives the ranks, from 1. */
bool word_index_rank(const struct word_table *seen, const int64_t *counts, int32_t *rank_of,
                     struct error *error);

/* Of the first so many of the words, which are by rank, with their counts. False, too, if a word is there twice. */
bool word_index_open(struct word_index **index, const struct word_texts *words, int32_t count,
                     const int64_t *counts, struct error *error);

/* Reads Keras' imdb_word_index.json. Ranks are whole numbers from 1, each of one word; those that are left out get a
 * word of no bytes. The counts are 0. Errors name the file. */
bool word_index_read(struct word_index **index, const char *path, struct error *error);

void word_index_close(struct word_index *index);

#endif
