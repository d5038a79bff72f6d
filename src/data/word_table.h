/* Distinct words, numbered from 0 in the order in which they were added. An empty word is none: each takes a number,
 * and none is ever found. */
#ifndef MATINEE_DATA_WORD_TABLE_H
#define MATINEE_DATA_WORD_TABLE_H

#include "matinee/error.h"
#include "tokenizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORD_UNKNOWN = -1 };

struct word_entry {
    uint64_t hash; /* python2_hash: one hash serves this table and the order of the word index */
    size_t text;   /* offset */
    size_t bytes;
};

struct word_table {
    int count, room;
    struct word_entry *entries; /* (room) */
    char *text;
    size_t text_bytes, text_room;
    int32_t *slots; /* (slot_count) number of a word, or WORD_UNKNOWN */
    size_t slot_count;
};

/* Fills a zeroed table. */
bool word_table_open(struct word_table *table, struct error *error);
/* The same with slots for so many words. */
bool word_table_open_for(struct word_table *table, int32_t count, struct error *error);
/* Words, numbers and slots of another one; close it, without memory, too. */
bool word_table_copy(struct word_table *copy, const struct word_table *table, struct error *error);
void word_table_close(struct word_table *table);

/* Memory that it takes. */
size_t word_table_bytes(const struct word_table *table);

/* The number of a word, or WORD_UNKNOWN. */
int32_t word_table_find(const struct word_table *table, struct word word);

/* The number of a word, which becomes a new one if need be; WORD_UNKNOWN, with a message, without memory. */
int32_t word_table_add(struct word_table *table, struct word word, struct error *error);

struct word word_table_word(const struct word_table *table, int32_t number);

/* The numbers of all words in the order in which a Python 2 dict yields them after it received them in the order of
 * `sequence`; NULL: by number. Both are (count). */
bool word_table_dict_order(const struct word_table *table, const int32_t *sequence, int32_t *order,
                           struct error *error);

#endif
