#include "tokenizer.h"

#include <string.h>

/* What a byte becomes. */
static unsigned char fold(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (unsigned char)(byte - 'A' + 'a');
    bool separates = byte == '\t' || byte == '\n' || (byte >= 0x21 && byte <= 0x2F && byte != '\'') ||
                     (byte >= 0x3A && byte <= 0x40) || (byte >= 0x5B && byte <= 0x60) ||
                     (byte >= 0x7B && byte <= 0x7E);
    return separates ? ' ' : byte;
}

struct tokenizer tokenizer_open(char *text, size_t bytes)
{
    unsigned char folded[256];
    for (int byte = 0; byte < 256; byte++)
        folded[byte] = fold((unsigned char)byte);
    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)folded[(unsigned char)text[i]];
    return (struct tokenizer){.next = text, .end = text + bytes};
}

bool tokenizer_next(struct tokenizer *tokenizer, struct word *word)
{
    const char *start = tokenizer->next, *end = tokenizer->end;
    while (start < end && *start == ' ')
        start++;
    if (start == end) {
        tokenizer->next = end;
        return false;
    }
    const char *stop = memchr(start, ' ', (size_t)(end - start));
    if (stop == NULL)
        stop = end;
    *word = (struct word){.text = start, .bytes = (size_t)(stop - start)};
    tokenizer->next = stop;
    return true;
}
