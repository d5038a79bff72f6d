/* Some texts, one behind the other, and the numbers of their words. */
#ifndef MATINEE_DATA_TEXT_BLOCK_H
#define MATINEE_DATA_TEXT_BLOCK_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a block is opened for; a longer text has a block to itself. */
enum { TEXT_BLOCK_BYTES = 1 << 18 };

struct text_block {
    char *text; /* NULL once the words have been found */
    uint32_t text_bytes, text_room;
    int32_t count, room;     /* of texts */
    uint32_t *text_ends;     /* (count) offsets in text */
    int32_t *numbers;        /* of the words of all texts, in a finder's table; NULL: in the spill */
    uint64_t numbers_offset; /* there */
    uint32_t *number_ends;   /* (count) offsets in numbers */
    int finder;              /* whose table */
};

/* A new block with room for a text of so many bytes at least; NULL, with a message, without memory. */
struct text_block *text_block_open(size_t bytes, struct error *error);
void text_block_close(struct text_block *block);

/* Whether a text of so many bytes still goes into the block. */
static inline bool text_block_has_room(const struct text_block *block, size_t bytes)
{
    return block->text_room - block->text_bytes >= bytes;
}

/* Appends a copy of a text for which there is room. */
bool text_block_add(struct text_block *block, const char *text, size_t bytes, struct error *error);

static inline uint32_t text_block_text_start(const struct text_block *block, int32_t place)
{
    return place == 0 ? 0 : block->text_ends[place - 1];
}

static inline uint32_t text_block_number_start(const struct text_block *block, int32_t place)
{
    return place == 0 ? 0 : block->number_ends[place - 1];
}

#endif
