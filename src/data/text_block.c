#include "text_block.h"

#include <stdlib.h>
#include <string.h>

struct text_block *text_block_open(size_t bytes, struct error *error)
{
    size_t room = bytes > TEXT_BLOCK_BYTES ? bytes : TEXT_BLOCK_BYTES;
    struct text_block *block = calloc(1, sizeof *block);
    if (block != NULL) {
        block->text = malloc(room);
        block->text_room = (uint32_t)room;
    }
    if (block == NULL || block->text == NULL) {
        text_block_close(block);
        error_memory(error, "the reviews", room);
        return NULL;
    }
    return block;
}

bool text_block_add(struct text_block *block, const char *text, size_t bytes, struct error *error)
{
    if (block->count == block->room) {
        int32_t room = block->room == 0 ? 64 : 2 * block->room;
        uint32_t *ends = realloc(block->text_ends, (size_t)room * sizeof *ends);
        if (ends == NULL)
            return error_memory(error, "the reviews", (size_t)room * sizeof *ends);
        block->text_ends = ends;
        block->room = room;
    }
    memcpy(block->text + block->text_bytes, text, bytes);
    block->text_bytes += (uint32_t)bytes;
    block->text_ends[block->count++] = block->text_bytes;
    return true;
}

void text_block_close(struct text_block *block)
{
    if (block == NULL)
        return;
    free(block->text);
    free(block->text_ends);
    free(block->numbers);
    free(block->number_ends);
    free(block);
}
