#include "ngram_table.h"

#include <string.h>

enum { DIGIT_BITS = 8, DIGITS = 64 / DIGIT_BITS, DIGIT_VALUES = 1 << DIGIT_BITS };

static unsigned digit(uint64_t item, int number)
{
    return (unsigned)(item >> (number * DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

/* Moves all items, in their order, to where those of their digit stand. */
static void move(uint64_t *to, const uint64_t *from, int64_t count, int number, const int64_t *of_digit)
{
    int64_t next[DIGIT_VALUES], sum = 0;
    for (int value = 0; value < DIGIT_VALUES; value++) {
        next[value] = sum;
        sum += of_digit[value];
    }
    for (int64_t i = 0; i < count; i++)
        to[next[digit(from[i], number)]++] = from[i];
}

void ngram_sort(uint64_t *items, uint64_t *scratch, int64_t count)
{
    int64_t counts[DIGITS][DIGIT_VALUES] = {{0}};
    uint64_t *from = items, *to = scratch;
    for (int64_t i = 0; i < count; i++)
        for (int number = 0; number < DIGITS; number++)
            counts[number][digit(items[i], number)]++;
    for (int number = 0; number < DIGITS && count > 0; number++) {
        if (counts[number][digit(items[0], number)] == count)
            continue; /* all have the same */
        move(to, from, count, number, counts[number]);
        uint64_t *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != items)
        memcpy(items, from, (size_t)count * sizeof *items);
}
