#include "python2_dict.h"

#include <stdlib.h>

enum { SMALLEST_TABLE = 8, PERTURB_SHIFT = 5, LARGE_DICT = 50000 };

struct slots {
    uint64_t mask; /* slots - 1, slots a power of two */
    int32_t *keys; /* (mask + 1) number of the key, or EMPTY */
};

enum { EMPTY = -1 };

uint64_t python2_hash(const char *text, size_t bytes)
{
    if (bytes == 0)
        return 0;
    uint64_t x = (uint64_t)(unsigned char)text[0] << 7;
    for (size_t i = 0; i < bytes; i++)
        x = (1000003 * x) ^ (unsigned char)text[i];
    x ^= bytes;
    /* -1 tells C code in Python of an error, so no object has it as its hash. */
    return x == UINT64_MAX ? UINT64_MAX - 1 : x;
}

static bool slots_open(struct slots *slots, uint64_t count, struct error *error)
{
    slots->mask = count - 1;
    slots->keys = malloc(count * sizeof *slots->keys);
    if (slots->keys == NULL)
        return error_memory(error, "the order of the words", count * sizeof *slots->keys);
    for (uint64_t i = 0; i < count; i++)
        slots->keys[i] = EMPTY;
    return true;
}

static void insert(const struct slots *slots, uint64_t hash, int32_t key)
{
    uint64_t i = hash & slots->mask;
    for (uint64_t perturb = hash; slots->keys[i & slots->mask] != EMPTY; perturb >>= PERTURB_SHIFT)
        i = 5 * i + perturb + 1;
    slots->keys[i & slots->mask] = key;
}

static bool resize(struct slots *slots, const uint64_t *hashes, int used, struct error *error)
{
    uint64_t wanted = (uint64_t)used * (used > LARGE_DICT ? 2 : 4);
    uint64_t count = SMALLEST_TABLE;
    while (count <= wanted)
        count <<= 1;

    struct slots larger;
    if (!slots_open(&larger, count, error))
        return false;
    for (uint64_t i = 0; i <= slots->mask; i++) {
        int32_t key = slots->keys[i];
        if (key != EMPTY)
            insert(&larger, hashes[key], key);
    }
    free(slots->keys);
    *slots = larger;
    return true;
}

bool python2_dict_order(const uint64_t *hashes, int count, int32_t *order, struct error *error)
{
    struct slots slots;
    if (!slots_open(&slots, SMALLEST_TABLE, error))
        return false;
    for (int key = 0; key < count; key++) {
        insert(&slots, hashes[key], key);
        uint64_t used = (uint64_t)key + 1;
        if (3 * used >= 2 * (slots.mask + 1) && !resize(&slots, hashes, key + 1, error)) {
            free(slots.keys);
            return false;
        }
    }
    int k = 0;
    for (uint64_t i = 0; i <= slots.mask; i++)
        if (slots.keys[i] != EMPTY)
            order[k++] = slots.keys[i];
    free(slots.keys);
    return true;
}
