/* Threads that find the words of texts while the thread that reads them goes on: each numbers words in a table of its
 * own. Which of them takes a block depends on chance, so the numbers mean nothing until ranked_corpus_open has put them
 * in order. */
#ifndef MATINEE_DATA_WORD_FINDER_H
#define MATINEE_DATA_WORD_FINDER_H

#include "text_block.h"
#include "word_table.h"

struct word_finder;
struct spill;

/* So many threads beside the caller's; 0: word_finder_take itself finds the words. It does so, too, where no thread can
 * be had. */
bool word_finder_open(struct word_finder **finder, int threads, struct error *error);

/* Before the first block: numbers may wait in a file, and the words that differ take no more memory than this; 0: any.
 * Without this call the texts bound both. */
void word_finder_set_spill(struct word_finder *finder, struct spill *spill, int64_t words_bytes_max);

/* Hands over a block, which stays the caller's; its texts are freed once their words are found. Waits while
 * many blocks are waiting, so that few texts are in memory. */
void word_finder_take(struct word_finder *finder, struct text_block *block);

/* Waits until the words of all blocks are found. False, with a message unless error is NULL, if memory ran out. */
bool word_finder_wait(struct word_finder *finder, struct error *error);

/* After word_finder_wait: how many tables there are, and those of block->finder. */
int word_finder_count(const struct word_finder *finder);
const struct word_table *word_finder_table(const struct word_finder *finder, int number);

/* Waits for the threads to end; accepts NULL. */
void word_finder_close(struct word_finder *finder);

#endif
