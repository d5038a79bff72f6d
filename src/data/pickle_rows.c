/* What becomes of ranks and rows while a pickle is read: they are counted, and stored where there is room for them. */
#include "pickle_values.h"

#include <limits.h>

static bool add_rank(struct pickle_machine *m, int64_t rank)
{
    struct pickle_rows *rows = m->rows;
    if (rank < 1 || rank > PICKLE_RANK_MAX)
        return error_set(
            m->error,
            "review %lld has %lld among its ranks, before byte %llu; ranks are from 1 to %d: save the "
            "reviews as Keras' imdb.npz has them, not as load_data returns them",
            (long long)m->rows_begun, (long long)rank, (unsigned long long)npz_offset(m->npz),
            PICKLE_RANK_MAX);
    if (rows->ranks != NULL && rows->word_count == rows->words_max)
        return error_set(m->error, "changed while it was read; start again");
    if (rows->ranks != NULL)
        rows->ranks[rows->word_count] = (int32_t)rank;
    if (rank > rows->largest)
        rows->largest = (int32_t)rank;
    rows->word_count++;
    return true;
}

/* Whether more ranks may come to a row; nothing may have come between. */
static bool extend(struct pickle_machine *m, struct pickle_value *row, int64_t more)
{
    if (row->words == 0) {
        row->start = m->rows->word_count;
        m->rows_begun++;
    }
    if (row->start + row->words != m->rows->word_count)
        return error_set(m->error,
                         "the lists at byte %llu are not one after the other; save the file again with NumPy",
                         (unsigned long long)m->opcode_at);
    if (row->words + more > ROW_WORDS_MAX)
        return error_set(m->error, "review %lld has more than %d words; shorten it", (long long)m->rows_begun,
                         ROW_WORDS_MAX);
    row->words += more;
    return true;
}

static bool append_ranks(struct pickle_machine *m, struct pickle_value *list,
                         const struct pickle_value *items, int count)
{
    if (!extend(m, list, count))
        return false;
    for (int i = 0; i < count; i++)
        if (!add_rank(m, items[i].number))
            return false;
    return true;
}

static bool append_row(struct pickle_machine *m, struct pickle_value *list, const struct pickle_value *row)
{
    struct pickle_rows *rows = m->rows;
    /* A review without words is the start token alone, as in Keras. */
    int64_t start = row->words > 0 ? row->start : m->rows_end;
    if (start != m->rows_end)
        return error_set(
            m->error,
            "the reviews at byte %llu are not in the order in which they come; save the file again "
            "with NumPy",
            (unsigned long long)m->opcode_at);
    if (rows->row_count > INT_MAX / 4)
        return error_set(m->error, "holds more than %lld reviews; split the data",
                         (long long)rows->row_count);
    if (rows->starts != NULL && rows->row_count == rows->rows_max)
        return error_set(m->error, "changed while it was read; start again");
    m->rows_end = start + row->words;
    rows->row_count++;
    list->rows++;
    if (rows->starts != NULL)
        rows->starts[rows->row_count] = m->rows_end;
    return true;
}

bool pickle_append(struct pickle_machine *m, struct pickle_value *list, const struct pickle_value *items,
                   int count)
{
    bool ranks = true, rows = true;
    for (int i = 0; i < count; i++) {
        ranks = ranks && items[i].kind == PICKLE_INT;
        rows = rows && (items[i].kind == PICKLE_ROW || (items[i].kind == PICKLE_LIST && items[i].rows == 0));
    }
    if (list->kind == PICKLE_LIST && ranks && list->rows == 0)
        return append_ranks(m, list, items, count);
    if (list->kind != PICKLE_LIST || !rows || list->words > 0)
        return error_set(
            m->error,
            "a list at byte %llu holds something other than ranks or reviews; save the reviews as "
            "Keras does, one list of ranks each",
            (unsigned long long)m->opcode_at);
    for (int i = 0; i < count; i++)
        if (!append_row(m, list, &items[i]))
            return false;
    return true;
}

bool pickle_take_array(struct pickle_machine *m, const unsigned char *data, const struct pickle_value *array,
                       struct pickle_value *row)
{
    *row = (struct pickle_value){.kind = PICKLE_ROW};
    int width = array->width;
    if (width == 0)
        return error_set(m->error,
                         "the array at byte %llu holds objects, expected int64 or int32; convert it",
                         (unsigned long long)m->opcode_at);
    if (array->number < 0 || array->bytes != (uint64_t)array->number * (uint64_t)width)
        return error_set(
            m->error, "the array at byte %llu has %u bytes for %lld numbers of %d; save the file again",
            (unsigned long long)m->opcode_at, (unsigned)array->bytes, (long long)array->number, width);
    if (!extend(m, row, array->number))
        return false;
    for (int64_t i = 0; i < array->number; i++, data += width) {
        uint64_t bits = 0;
        for (int byte = width - 1; byte >= 0; byte--)
            bits = bits << 8 | data[byte];
        if (!add_rank(m, width == 4 ? (int32_t)(uint32_t)bits : (int64_t)bits))
            return false;
    }
    return true;
}
