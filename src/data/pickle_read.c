#include "pickle_read.h"

#include "pickle_opcodes.h"
#include "pickle_values.h"

#include <stdlib.h>
#include <string.h>

static unsigned long long place(const struct pickle_machine *m)
{
    return (unsigned long long)m->opcode_at;
}

static bool unsuitable(struct pickle_machine *m, const char *what)
{
    return error_set(m->error, "%s at byte %llu; save the file again with NumPy", what, place(m));
}

/* Reads a little-endian number of so many bytes. */
static bool read_number(struct pickle_machine *m, int bytes, uint64_t *number)
{
    unsigned char text[8];
    if (!npz_bytes(m->npz, text, (size_t)bytes, m->error))
        return false;
    *number = 0;
    for (int i = bytes - 1; i >= 0; i--)
        *number = *number << 8 | text[i];
    return true;
}

static bool push(struct pickle_machine *m, struct pickle_value value)
{
    if (m->depth == PICKLE_STACK)
        return unsuitable(m, "more values than an array of reviews leaves open");
    m->stack[m->depth++] = value;
    return true;
}

/* The top `count` values, none of them a mark, which are taken away; NULL if there are fewer. */
static const struct pickle_value *pop(struct pickle_machine *m, int count)
{
    for (int i = 1; i <= count; i++)
        if (m->depth < i || m->stack[m->depth - i].kind == PICKLE_MARK) {
            unsuitable(m, "too few values");
            return NULL;
        }
    m->depth -= count;
    return &m->stack[m->depth];
}

/* The values above the last mark, and how many; both they and the mark are taken away. */
static const struct pickle_value *pop_mark(struct pickle_machine *m, int *count)
{
    int mark = m->depth - 1;
    while (mark >= 0 && m->stack[mark].kind != PICKLE_MARK)
        mark--;
    if (mark < 0) {
        unsuitable(m, "no mark below the values");
        return NULL;
    }
    *count = m->depth - mark - 1;
    m->depth = mark;
    return &m->stack[mark + 1];
}

/* Reads into the data buffer. What the pickle states of the length is believed only as far as bytes come. */
static bool read_data(struct pickle_machine *m, size_t bytes)
{
    enum { FIRST_BYTES = 1 << 16 };
    if (bytes > PICKLE_DATA_MAX)
        return unsuitable(m, "a review longer than any may be");
    m->data_serial++;
    for (size_t have = 0; have < bytes;) {
        if (have == m->data_room) {
            size_t room = have == 0 ? FIRST_BYTES : 2 * have;
            unsigned char *data = realloc(m->data, room);
            if (data == NULL)
                return error_memory(m->error, "a review", room);
            m->data = data;
            m->data_room = room;
        }
        size_t part = m->data_room - have < bytes - have ? m->data_room - have : bytes - have;
        if (!npz_bytes(m->npz, m->data + have, part, m->error))
            return false;
        have += part;
    }
    return true;
}

static bool push_string(struct pickle_machine *m, int length_bytes, bool unicode)
{
    uint64_t bytes;
    struct pickle_value value = {.kind = PICKLE_TEXT, .unicode = unicode};
    if (!read_number(m, length_bytes, &bytes))
        return false;
    if (bytes <= sizeof value.text) {
        if (!npz_bytes(m->npz, value.text, (size_t)bytes, m->error))
            return false;
    } else {
        if (!read_data(m, bytes))
            return false;
        value.kind = PICKLE_DATA;
        value.serial = m->data_serial;
    }
    value.bytes = (uint32_t)bytes;
    return push(m, value);
}

static bool push_global(struct pickle_machine *m, const char *module, const char *name)
{
    struct pickle_value global;
    return pickle_find_global(m, module, name, &global) && push(m, global);
}

/* One line of GLOBAL; longer names than the known ones are cut, and then are not among them. */
static bool read_line(struct pickle_machine *m, char line[PICKLE_TEXT_BYTES])
{
    for (int bytes = 0;;) {
        char c;
        if (!npz_bytes(m->npz, &c, 1, m->error))
            return false;
        if (c == '\n') {
            line[bytes] = '\0';
            return true;
        }
        if (bytes == PICKLE_TEXT_BYTES - 1) {
            line[bytes] = '\0';
            return push_global(m, line, "...");
        }
        line[bytes++] = c;
    }
}

static bool read_global(struct pickle_machine *m)
{
    char module[PICKLE_TEXT_BYTES], name[PICKLE_TEXT_BYTES];
    return read_line(m, module) && read_line(m, name) && push_global(m, module, name);
}

static bool stack_global(struct pickle_machine *m)
{
    const struct pickle_value *names = pop(m, 2);
    char texts[2][PICKLE_TEXT_BYTES + 1] = {"", ""};
    if (names == NULL)
        return false;
    for (int i = 0; i < 2; i++) {
        if (names[i].kind != PICKLE_TEXT)
            return unsuitable(m, "a global whose name is too long, or no text,");
        memcpy(texts[i], names[i].text, names[i].bytes);
    }
    return push_global(m, texts[0], texts[1]);
}

static struct pickle_memo *find_memo(struct pickle_machine *m, uint64_t index)
{
    for (int i = 0; i < m->memo_count; i++)
        if (m->memo[i].index == index)
            return &m->memo[i];
    return NULL;
}

static bool put(struct pickle_machine *m, uint32_t index)
{
    if (m->depth == 0 || m->stack[m->depth - 1].kind == PICKLE_MARK)
        return unsuitable(m, "too few values");
    const struct pickle_value *value = &m->stack[m->depth - 1];
    /* A name has no zero byte, the bytes of a rank do. */
    bool name = value->kind == PICKLE_TEXT && memchr(value->text, 0, value->bytes) == NULL;
    bool kept = name || value->kind == PICKLE_GLOBAL || value->kind == PICKLE_DTYPE;
    struct pickle_memo *entry = find_memo(m, index);
    if (entry != NULL)
        return unsuitable(m, "a memo entry that is there already");
    if (kept && m->memo_count < PICKLE_MEMO)
        m->memo[m->memo_count++] = (struct pickle_memo){.index = index, .value = *value};
    return true;
}

static bool put_numbered(struct pickle_machine *m, int bytes)
{
    uint64_t index;
    m->memo_numbered = true;
    return read_number(m, bytes, &index) &&
           (m->memo_implicit == 0 ? put(m, (uint32_t)index)
                                  : unsuitable(m, "two ways of numbering the memo"));
}

static bool memoize(struct pickle_machine *m)
{
    return m->memo_numbered ? unsuitable(m, "two ways of numbering the memo") : put(m, m->memo_implicit++);
}

static bool get(struct pickle_machine *m, int bytes)
{
    uint64_t index;
    if (!read_number(m, bytes, &index))
        return false;
    const struct pickle_memo *entry = find_memo(m, index);
    if (entry == NULL)
        return error_set(
            m->error,
            "memo entry %llu, asked for at byte %llu, is no name or type; reviews that stand there twice "
            "are not read, make lists of their own of them",
            (unsigned long long)index, place(m));
    return push(m, entry->value);
}

static bool tuple(struct pickle_machine *m, const struct pickle_value *items, int count)
{
    struct pickle_value made;
    return items != NULL && pickle_tuple(m, items, count, &made) && push(m, made);
}

static bool tuple_to_mark(struct pickle_machine *m)
{
    int count = 0;
    const struct pickle_value *items = pop_mark(m, &count);
    return tuple(m, items, count);
}

static bool append(struct pickle_machine *m, const struct pickle_value *items, int count)
{
    if (items == NULL)
        return false;
    if (m->depth == 0)
        return unsuitable(m, "too few values");
    return pickle_append(m, &m->stack[m->depth - 1], items, count);
}

static bool append_to_mark(struct pickle_machine *m)
{
    int count = 0;
    const struct pickle_value *items = pop_mark(m, &count);
    return append(m, items, count);
}

static bool call(struct pickle_machine *m, bool (*make)(struct pickle_machine *, const struct pickle_value *,
                                                        const struct pickle_value *, struct pickle_value *))
{
    struct pickle_value made;
    const struct pickle_value *pair = pop(m, 2);
    return pair != NULL && make(m, &pair[0], &pair[1], &made) && push(m, made);
}

/* Millions of these come: only the fields that are read of one are written. */
static bool push_int(struct pickle_machine *m, int bytes)
{
    uint64_t number;
    if (!read_number(m, bytes, &number))
        return false;
    if (m->depth == PICKLE_STACK)
        return push(m, (struct pickle_value){.kind = PICKLE_INT});
    struct pickle_value *value = &m->stack[m->depth++];
    value->kind = PICKLE_INT;
    value->number = bytes == 4 ? (int32_t)(uint32_t)number : (int64_t)number;
    return true;
}

static bool push_bool(struct pickle_machine *m, bool value)
{
    return push(m, (struct pickle_value){.kind = PICKLE_BOOL, .number = value});
}

/* Follows one opcode other than PROTO and STOP. */
static bool step(struct pickle_machine *m, unsigned char opcode)
{
    uint64_t ignored;
    switch (opcode) {
    case OP_MARK:
        return push(m, (struct pickle_value){.kind = PICKLE_MARK});
    case OP_NONE:
        return push(m, (struct pickle_value){.kind = PICKLE_NONE});
    case OP_NEWTRUE:
    case OP_NEWFALSE:
        return push_bool(m, opcode == OP_NEWTRUE);
    case OP_BININT:
        return push_int(m, 4);
    case OP_BININT2:
        return push_int(m, 2);
    case OP_BININT1:
        return push_int(m, 1);
    case OP_SHORT_BINSTRING:
    case OP_SHORT_BINBYTES:
        return push_string(m, 1, false);
    case OP_BINSTRING:
    case OP_BINBYTES:
        return push_string(m, 4, false);
    case OP_BYTEARRAY8:
        return push_string(m, 8, false);
    case OP_SHORT_BINUNICODE:
        return push_string(m, 1, true);
    case OP_BINUNICODE:
        return push_string(m, 4, true);
    case OP_GLOBAL:
        return read_global(m);
    case OP_STACK_GLOBAL:
        return stack_global(m);
    case OP_BINPUT:
        return put_numbered(m, 1);
    case OP_LONG_BINPUT:
        return put_numbered(m, 4);
    case OP_MEMOIZE:
        return memoize(m);
    case OP_BINGET:
        return get(m, 1);
    case OP_LONG_BINGET:
        return get(m, 4);
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
        return tuple(m, pop(m, opcode - OP_TUPLE1 + 1), opcode - OP_TUPLE1 + 1);
    case OP_TUPLE:
        return tuple_to_mark(m);
    case OP_EMPTY_LIST:
        return push(m, (struct pickle_value){.kind = PICKLE_LIST});
    case OP_APPEND:
        return append(m, pop(m, 1), 1);
    case OP_APPENDS:
        return append_to_mark(m);
    case OP_REDUCE:
        return call(m, pickle_reduce);
    case OP_BUILD:
        return call(m, pickle_build);
    case OP_FRAME:
        return read_number(m, 8, &ignored); /* a hint of how much to read at once */
    default:
        return error_set(
            m->error,
            "the pickle opcode %s (0x%02X) at byte %llu has no place in an array of reviews, and was not "
            "followed; do not load this file with Python, get it again",
            pickle_opcode_name(opcode), (unsigned)opcode, place(m));
    }
}

static bool read_pickle(struct pickle_machine *m, int64_t rows_stated)
{
    unsigned char start[2], opcode;
    m->opcode_at = npz_offset(m->npz);
    if (!npz_bytes(m->npz, start, sizeof start, m->error))
        return false;
    if (start[0] != OP_PROTO || start[1] < 2 || start[1] > 5)
        return error_set(m->error,
                         "byte %llu does not begin a pickle of protocol 2 to 5; save the file again with "
                         "NumPy",
                         place(m));
    for (;;) {
        m->opcode_at = npz_offset(m->npz);
        if (!npz_bytes(m->npz, &opcode, 1, m->error))
            return false;
        if (opcode == OP_STOP)
            break;
        if (!step(m, opcode))
            return false;
    }
    if (m->depth != 1 || m->stack[0].kind != PICKLE_ROWS)
        return unsuitable(m, "something other than one array of reviews ends");
    return m->stack[0].rows == rows_stated ||
           error_set(m->error, "holds %lld reviews, its header says %lld; save the file again with NumPy",
                     (long long)m->stack[0].rows, (long long)rows_stated);
}

bool pickle_read_rows(struct pickle_rows *rows, struct npz_reader *npz, int64_t rows_stated,
                      struct error *error)
{
    struct pickle_machine *m = malloc(sizeof *m);
    if (m == NULL)
        return error_memory(error, "reading a pickle", sizeof *m);
    m->npz = npz;
    m->rows = rows;
    m->error = error;
    m->depth = m->memo_count = 0;
    m->memo_numbered = false;
    m->memo_implicit = 0;
    m->data = NULL;
    m->data_room = 0;
    m->data_serial = 0;
    m->rows_begun = m->rows_end = 0;
    bool read = read_pickle(m, rows_stated);
    free(m->data);
    free(m);
    return read;
}
