#include "blocks.h"

#include <string.h>

bool block_next(const char **details, struct block *block)
{
    const char *line = *details + strspn(*details, "\n");
    size_t length = strcspn(line, "\n");
    *details = line + length;
    *block = (struct block){.text = line, .text_bytes = length};
    size_t term = strcspn(line, " \n");
    size_t blanks = strspn(line + term, " ");
    if (blanks >= 2) {
        block->term = line;
        block->term_bytes = term;
        block->text += term + blanks;
        block->text_bytes -= term + blanks;
    }
    return length > 0;
}
