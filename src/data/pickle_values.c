#include "pickle_values.h"

#include <string.h>

static unsigned long long place(const struct pickle_machine *m)
{
    return (unsigned long long)m->opcode_at;
}

static bool is_text(const struct pickle_value *value, const char *text)
{
    return value->kind == PICKLE_TEXT && value->bytes == strlen(text) &&
           memcmp(value->text, text, value->bytes) == 0;
}

static bool is_number(const struct pickle_value *value, int64_t number)
{
    return (value->kind == PICKLE_INT || value->kind == PICKLE_BOOL) && value->number == number;
}

static bool is_string(const struct pickle_value *value)
{
    return value->kind == PICKLE_TEXT || value->kind == PICKLE_DATA;
}

bool pickle_find_global(struct pickle_machine *m, const char *module, const char *name,
                        struct pickle_value *global)
{
    static const struct {
        const char *module, *name;
        enum pickle_global global;
    } known[] = {
        {"numpy.core.multiarray", "_reconstruct", GLOBAL_RECONSTRUCT},
        {"numpy._core.multiarray", "_reconstruct", GLOBAL_RECONSTRUCT},
        {"numpy", "ndarray", GLOBAL_NDARRAY},
        {"numpy", "dtype", GLOBAL_DTYPE},
        {"_codecs", "encode", GLOBAL_ENCODE},
        {"numpy.core.numeric", "_frombuffer", GLOBAL_FROMBUFFER},
        {"numpy._core.numeric", "_frombuffer", GLOBAL_FROMBUFFER},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(module, known[i].module) == 0 && strcmp(name, known[i].name) == 0) {
            *global = (struct pickle_value){.kind = PICKLE_GLOBAL, .number = known[i].global};
            return true;
        }
    return error_set(
        m->error,
        "the global %s.%s at byte %llu has no place in an array of reviews, and was not called; do not "
        "load this file with Python, get it again",
        module, name, place(m));
}

static void hold_string(struct pickle_value *holder, const struct pickle_value *string)
{
    holder->holds = string->kind;
    holder->unicode = string->unicode;
    holder->bytes = string->bytes;
    holder->serial = string->serial;
    memcpy(holder->text, string->text, sizeof holder->text);
}

static bool is_dtype_state(const struct pickle_value *items, int count)
{
    return count == 8 && is_number(&items[0], 3) && items[1].kind == PICKLE_TEXT &&
           items[2].kind == PICKLE_NONE && items[3].kind == PICKLE_NONE && items[4].kind == PICKLE_NONE &&
           is_number(&items[5], -1) && is_number(&items[6], -1) && items[7].kind == PICKLE_INT;
}

static bool is_array_state(const struct pickle_value *items, int count)
{
    return count == 5 && is_number(&items[0], 1) && items[1].kind == PICKLE_SHAPE &&
           items[2].kind == PICKLE_DTYPE && (is_number(&items[3], 0) || is_number(&items[3], 1)) &&
           (items[4].kind == PICKLE_LIST || (is_string(&items[4]) && !items[4].unicode));
}

static bool is_buffer_args(const struct pickle_value *items, int count)
{
    return count == 4 && is_string(&items[0]) && !items[0].unicode && items[1].kind == PICKLE_DTYPE &&
           items[2].kind == PICKLE_SHAPE && is_text(&items[3], "C");
}

bool pickle_tuple(struct pickle_machine *m, const struct pickle_value *items, int count,
                  struct pickle_value *tuple)
{
    *tuple = (struct pickle_value){.kind = PICKLE_SHAPE};
    if (count == 1 && items[0].kind == PICKLE_INT) {
        tuple->number = items[0].number;
    } else if (count == 2 && is_string(&items[0]) && is_text(&items[1], "latin1")) {
        tuple->kind = PICKLE_ENCODE_ARGS;
        hold_string(tuple, &items[0]);
    } else if (count == 3 && items[0].kind == PICKLE_TEXT && is_number(&items[1], 0) &&
               is_number(&items[2], 1)) {
        tuple->kind = PICKLE_DTYPE_ARGS;
        hold_string(tuple, &items[0]);
    } else if (count == 3 && items[0].kind == PICKLE_GLOBAL && items[0].number == GLOBAL_NDARRAY &&
               items[1].kind == PICKLE_SHAPE && items[1].number == 0 && is_text(&items[2], "b")) {
        tuple->kind = PICKLE_ARRAY_ARGS;
    } else if (is_dtype_state(items, count)) {
        tuple->kind = PICKLE_DTYPE_STATE;
        hold_string(tuple, &items[1]);
    } else if (is_array_state(items, count)) {
        *tuple = items[4]; /* with its words or rows, if it is a list */
        tuple->kind = PICKLE_ARRAY_STATE;
        tuple->holds = items[4].kind;
        tuple->number = items[1].number;
        tuple->width = items[2].width;
    } else if (is_buffer_args(items, count)) {
        hold_string(tuple, &items[0]);
        tuple->kind = PICKLE_BUFFER_ARGS;
        tuple->number = items[2].number;
        tuple->width = items[1].width;
    } else {
        return error_set(
            m->error,
            "the tuple of %d items at byte %llu is none that an array of reviews has; save the reviews "
            "as Keras does, one list of ranks each",
            count, place(m));
    }
    return true;
}

/* The bytes that a TEXT or DATA, or what holds one, stands for; NULL if another DATA has taken their place. */
static unsigned char *bytes_of(struct pickle_machine *m, struct pickle_value *value, enum pickle_kind holds)
{
    if (holds == PICKLE_TEXT)
        return (unsigned char *)value->text;
    if (value->serial == m->data_serial)
        return m->data;
    error_set(m->error, "the array at byte %llu is not built of the bytes before it; save the file again",
              place(m));
    return NULL;
}

/* bytes.encode of Python 3: its characters are bytes, written as UTF-8. */
static bool encode(struct pickle_machine *m, const struct pickle_value *arguments,
                   struct pickle_value *result)
{
    *result = *arguments;
    result->kind = arguments->holds;
    result->unicode = false;
    unsigned char *text = bytes_of(m, result, result->kind), *out = text;
    if (text == NULL)
        return false;
    for (uint32_t i = 0; i < arguments->bytes; i++) {
        bool two = (text[i] & 0xFE) == 0xC2 && i + 1 < arguments->bytes && (text[i + 1] & 0xC0) == 0x80;
        if (text[i] >= 0x80 && !two)
            return error_set(m->error, "the text at byte %llu is not Latin-1; save the file again", place(m));
        unsigned character = two ? (text[i] & 3U) << 6 | (text[i + 1] & 0x3FU) : text[i];
        *out++ = (unsigned char)character;
        i += two;
    }
    result->bytes = (uint32_t)(out - text);
    return true;
}

static bool make_dtype(struct pickle_machine *m, const struct pickle_value *arguments,
                       struct pickle_value *dtype)
{
    static const struct {
        char name[4];
        int width;
    } known[] = {{"O8", 0}, {"O4", 0}, {"i8", 8}, {"i4", 4}};
    char name[PICKLE_TEXT_BYTES + 1] = "";
    memcpy(name, arguments->text, arguments->bytes);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0) {
            *dtype = (struct pickle_value){.kind = PICKLE_DTYPE, .width = known[i].width};
            return true;
        }
    return error_set(m->error, "an array at byte %llu has the type %s, expected int64 or int32; convert it",
                     place(m), name);
}

bool pickle_reduce(struct pickle_machine *m, const struct pickle_value *callable,
                   const struct pickle_value *arguments, struct pickle_value *result)
{
    static const enum pickle_kind expected[GLOBAL_COUNT] = {
        [GLOBAL_RECONSTRUCT] = PICKLE_ARRAY_ARGS, [GLOBAL_NDARRAY] = PICKLE_MARK /* never called */,
        [GLOBAL_DTYPE] = PICKLE_DTYPE_ARGS,       [GLOBAL_ENCODE] = PICKLE_ENCODE_ARGS,
        [GLOBAL_FROMBUFFER] = PICKLE_BUFFER_ARGS,
    };
    if (callable->kind != PICKLE_GLOBAL || arguments->kind != expected[callable->number])
        return error_set(
            m->error,
            "the call (REDUCE) at byte %llu is none that builds an array, and was not made; save the "
            "file again with NumPy",
            place(m));
    switch ((enum pickle_global)callable->number) {
    case GLOBAL_DTYPE:
        return make_dtype(m, arguments, result);
    case GLOBAL_ENCODE:
        return encode(m, arguments, result);
    case GLOBAL_FROMBUFFER: {
        struct pickle_value array = *arguments;
        const unsigned char *data = bytes_of(m, &array, array.holds);
        return data != NULL && pickle_take_array(m, data, &array, result);
    }
    default:
        *result = (struct pickle_value){.kind = PICKLE_ARRAY};
        return true;
    }
}

/* The state of a dtype says its byte order; '|' is that of objects. */
static bool build_dtype(struct pickle_machine *m, const struct pickle_value *dtype,
                        const struct pickle_value *state, struct pickle_value *result)
{
    *result = *dtype;
    const char *order = dtype->width == 0 ? "|" : "<";
    return (state->bytes == 1 && state->text[0] == order[0]) ||
           error_set(m->error, "an array at byte %llu is not little-endian; convert it", place(m));
}

static bool build_array(struct pickle_machine *m, const struct pickle_value *state,
                        struct pickle_value *result)
{
    struct pickle_value array = *state;
    if ((array.holds == PICKLE_LIST) != (array.width == 0))
        return error_set(m->error, "the array at byte %llu has contents of another type; save the file again",
                         place(m));
    if (array.holds != PICKLE_LIST) {
        const unsigned char *data = bytes_of(m, &array, array.holds);
        return data != NULL && pickle_take_array(m, data, &array, result);
    }
    if (array.words > 0 || array.rows != array.number)
        return error_set(
            m->error, "the array at byte %llu is said to hold %lld lists and holds %lld; save the file again",
            place(m), (long long)array.number, (long long)array.rows);
    *result = (struct pickle_value){.kind = PICKLE_ROWS, .rows = array.rows};
    return true;
}

bool pickle_build(struct pickle_machine *m, const struct pickle_value *object,
                  const struct pickle_value *state, struct pickle_value *result)
{
    if (object->kind == PICKLE_DTYPE && state->kind == PICKLE_DTYPE_STATE)
        return build_dtype(m, object, state, result);
    if (object->kind == PICKLE_ARRAY && state->kind == PICKLE_ARRAY_STATE)
        return build_array(m, state, result);
    return error_set(
        m->error,
        "the state (BUILD) at byte %llu is none of an array, and was not set; save the file again with "
        "NumPy",
        place(m));
}
