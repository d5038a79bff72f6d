#include "word_table.h"

#include "python2_dict.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1 << 12 };

bool word_table_open_for(struct word_table *table, int32_t count, struct error *error)
{
    table->slot_count = FIRST_SLOTS;
    while (table->slot_count / 2 < (size_t)count)
        table->slot_count *= 2;
    table->slots = malloc(table->slot_count * sizeof *table->slots);
    if (table->slots == NULL)
        return error_memory(error, "the table of words", table->slot_count * sizeof *table->slots);
    for (size_t i = 0; i < table->slot_count; i++)
        table->slots[i] = WORD_UNKNOWN;
    return true;
}

bool word_table_open(struct word_table *table, struct error *error)
{
    return word_table_open_for(table, 0, error);
}

bool word_table_copy(struct word_table *copy, const struct word_table *table, struct error *error)
{
    size_t entries = (size_t)table->count * sizeof *copy->entries, text = table->text_bytes,
           slots = table->slot_count * sizeof *copy->slots;
    *copy = (struct word_table){.entries = malloc(entries + 1),
                                .count = table->count,
                                .room = table->count,
                                .text = malloc(text + 1),
                                .text_bytes = text,
                                .text_room = text,
                                .slots = malloc(slots),
                                .slot_count = table->slot_count};
    if (copy->entries == NULL || copy->text == NULL || copy->slots == NULL)
        return error_memory(error, "the table of words", entries + text + slots);
    if (table->count > 0)
        memcpy(copy->entries, table->entries, entries);
    if (text > 0)
        memcpy(copy->text, table->text, text);
    memcpy(copy->slots, table->slots, slots);
    return true;
}

void word_table_close(struct word_table *table)
{
    free(table->entries);
    free(table->text);
    free(table->slots);
    *table = (struct word_table){0};
}

/* The slot that holds the word, or the empty one where it belongs. The high bits are folded in because the
 * low bits of Python's hash are little more than the last letters. */
static size_t slot_of(const struct word_table *table, struct word word, uint64_t hash)
{
    size_t mask = table->slot_count - 1;
    size_t slot = (size_t)(hash ^ hash >> 23) & mask;
    for (;; slot = (slot + 1) & mask) {
        int32_t number = table->slots[slot];
        if (number == WORD_UNKNOWN)
            return slot;
        const struct word_entry *entry = &table->entries[number];
        if (entry->hash == hash && entry->bytes == word.bytes &&
            memcmp(table->text + entry->text, word.text, word.bytes) == 0)
            return slot;
    }
}

size_t word_table_bytes(const struct word_table *table)
{
    return (size_t)table->room * sizeof *table->entries + table->text_room +
           table->slot_count * sizeof *table->slots;
}

int32_t word_table_find(const struct word_table *table, struct word word)
{
    return table->slots[slot_of(table, word, python2_hash(word.text, word.bytes))];
}

struct word word_table_word(const struct word_table *table, int32_t number)
{
    const struct word_entry *entry = &table->entries[number];
    return (struct word){.text = table->text + entry->text, .bytes = entry->bytes};
}

static bool double_slots(struct word_table *table, struct error *error)
{
    size_t count = 2 * table->slot_count;
    int32_t *slots = malloc(count * sizeof *slots);
    if (slots == NULL)
        return error_memory(error, "the table of words", count * sizeof *slots);
    for (size_t i = 0; i < count; i++)
        slots[i] = WORD_UNKNOWN;
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    for (int32_t number = 0; number < table->count; number++)
        if (table->entries[number].bytes > 0)
            slots[slot_of(table, word_table_word(table, number), table->entries[number].hash)] = number;
    return true;
}

/* Room for one more word of so many bytes. */
static bool reserve(struct word_table *table, size_t bytes, struct error *error)
{
    if (table->count == table->room) {
        if (table->room > INT_MAX / 2)
            return error_set(error, "more than %d distinct words; split the data", table->count);
        int room = table->room == 0 ? FIRST_SLOTS : 2 * table->room;
        struct word_entry *entries = realloc(table->entries, (size_t)room * sizeof *entries);
        if (entries == NULL)
            return error_memory(error, "the table of words", (size_t)room * sizeof *entries);
        table->entries = entries;
        table->room = room;
    }
    if (table->text_room - table->text_bytes < bytes) {
        size_t room = 2 * table->text_room + bytes;
        char *text = realloc(table->text, room);
        if (text == NULL)
            return error_memory(error, "the table of words", room);
        table->text = text;
        table->text_room = room;
    }
    return true;
}

static int32_t add_empty(struct word_table *table, struct error *error)
{
    if (!reserve(table, 0, error))
        return WORD_UNKNOWN;
    /* A hash of its own: thousands of equal ones would make word_table_dict_order slow. */
    table->entries[table->count] =
        (struct word_entry){.hash = (uint64_t)table->count, .text = table->text_bytes};
    return table->count++;
}

int32_t word_table_add(struct word_table *table, struct word word, struct error *error)
{
    if (word.bytes == 0)
        return add_empty(table, error);
    uint64_t hash = python2_hash(word.text, word.bytes);
    size_t slot = slot_of(table, word, hash);
    if (table->slots[slot] != WORD_UNKNOWN)
        return table->slots[slot];

    if (!reserve(table, word.bytes, error))
        return WORD_UNKNOWN;
    if ((size_t)table->count + 1 > table->slot_count / 2) {
        if (!double_slots(table, error))
            return WORD_UNKNOWN;
        slot = slot_of(table, word, hash);
    }
    memcpy(table->text + table->text_bytes, word.text, word.bytes);
    table->entries[table->count] =
        (struct word_entry){.hash = hash, .text = table->text_bytes, .bytes = word.bytes};
    table->text_bytes += word.bytes;
    table->slots[slot] = table->count;
    return table->count++;
}

bool word_table_dict_order(const struct word_table *table, const int32_t *sequence, int32_t *order,
                           struct error *error)
{
    size_t count = (size_t)table->count;
    uint64_t *hashes = calloc(count, sizeof *hashes);
    if (hashes == NULL)
        return error_memory(error, "the order of the words", count * sizeof *hashes);
    for (size_t i = 0; i < count; i++)
        hashes[i] = table->entries[sequence == NULL ? i : (size_t)sequence[i]].hash;
    bool ok = python2_dict_order(hashes, table->count, order, error);
    for (size_t i = 0; ok && sequence != NULL && i < count; i++)
        order[i] = sequence[order[i]];
    free(hashes);
    return ok;
}
