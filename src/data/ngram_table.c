#include "ngram_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* With twice as many slots as keys the longest search of a million keys is of some dozens. */
enum { SEARCH_MAX = 1024, SEEDS = 8 };

static uint64_t place(const struct ngram_table *table, uint64_t key)
{
    return XXH3_64bits_withSeed(&key, sizeof key, table->seed) & table->mask;
}

/* False if a key is too far from its place. */
static bool fill(struct ngram_table *table, const uint64_t *packed)
{
    memset(table->slots, 0, (table->mask + 1) * sizeof *table->slots);
    for (int64_t i = 0; i < table->count; i++) {
        uint64_t slot = place(table, packed[i] >> NGRAM_TOKEN_BITS);
        int searched = 0;
        for (; table->slots[slot] != 0; slot = (slot + 1) & table->mask)
            if (++searched == SEARCH_MAX)
                return false;
        table->slots[slot] = packed[i];
    }
    return true;
}

bool ngram_table_open(struct ngram_table *table, const uint64_t *packed, int64_t count, struct error *error)
{
    uint64_t slots = 2;
    while (slots < 2 * (uint64_t)count)
        slots *= 2;
    *table = (struct ngram_table){.count = count, .mask = slots - 1};
    table->slots = malloc(slots * sizeof *table->slots);
    if (table->slots == NULL)
        return error_memory(error, "the n-grams", slots * sizeof *table->slots);
    for (table->seed = 0; table->seed < SEEDS; table->seed++)
        if (fill(table, packed))
            return true;
    return error_set(error, "the n-grams are made to collide; use the file as it was saved");
}

void ngram_table_close(struct ngram_table *table)
{
    free(table->slots);
    *table = (struct ngram_table){.count = 0};
}

int64_t ngram_table_slot(const struct ngram_table *table, uint64_t key)
{
    uint64_t slot = place(table, key);
    for (; table->slots[slot] != 0; slot = (slot + 1) & table->mask)
        if (table->slots[slot] >> NGRAM_TOKEN_BITS == key)
            return (int64_t)slot;
    return -1;
}

void ngram_table_sorted(const struct ngram_table *table, uint64_t *packed, uint64_t *scratch)
{
    int64_t count = 0;
    for (uint64_t slot = 0; slot <= table->mask; slot++)
        if (table->slots[slot] != 0)
            packed[count++] = table->slots[slot];
    ngram_sort(packed, scratch, count);
}
