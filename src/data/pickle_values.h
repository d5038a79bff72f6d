/* The values on the stack of pickle_read.c, and what tuples, calls and states make of them. */
#ifndef MATINEE_DATA_PICKLE_VALUES_H
#define MATINEE_DATA_PICKLE_VALUES_H

#include "corpus.h"
#include "pickle_read.h"

enum pickle_kind {
    PICKLE_MARK,
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_TEXT, /* bytes or characters, here    */
    PICKLE_DATA, /* the same, in the data buffer */
    PICKLE_GLOBAL,
    PICKLE_SHAPE,       /* (count,)                                         */
    PICKLE_ENCODE_ARGS, /* (text, 'latin1')                                 */
    PICKLE_DTYPE_ARGS,  /* ('i8', False, True)                              */
    PICKLE_DTYPE_STATE, /* (3, '<', None, None, None, -1, -1, 0)            */
    PICKLE_DTYPE,
    PICKLE_ARRAY_ARGS,  /* (ndarray, (0,), b'b')                            */
    PICKLE_ARRAY_STATE, /* (1, (count,), dtype, False, list or bytes)       */
    PICKLE_BUFFER_ARGS, /* (bytes, dtype, (count,), 'C')                    */
    PICKLE_ARRAY,       /* without its state                                */
    PICKLE_LIST,        /* of ranks: a row; or of rows                      */
    PICKLE_ROW,         /* an array of ranks                                */
    PICKLE_ROWS,        /* the array of rows                                */
};

enum pickle_global {
    GLOBAL_RECONSTRUCT,
    GLOBAL_NDARRAY,
    GLOBAL_DTYPE,
    GLOBAL_ENCODE,
    GLOBAL_FROMBUFFER,
    GLOBAL_COUNT,
};

enum {
    PICKLE_TEXT_BYTES = 32,
    PICKLE_STACK = 4096, /* pickles of Python hold two batches of 1000 items at most, and little besides */
    PICKLE_MEMO = 64,
    ROW_WORDS_MAX = REVIEW_MAX_BYTES / 2,
    PICKLE_DATA_MAX = 2 * ROW_WORDS_MAX * (int)sizeof(int64_t), /* UTF-8 of Latin-1 doubles */
};

struct pickle_value {
    enum pickle_kind kind;
    enum pickle_kind holds; /* ARRAY_STATE: LIST, TEXT or DATA; ENCODE_ARGS: TEXT or DATA    */
    bool unicode;           /* TEXT, DATA                                                   */
    int width;              /* DTYPE and what holds one: bytes of an element; 0: objects    */
    int64_t number;         /* BOOL, INT, GLOBAL; SHAPE and what holds one: elements        */
    uint32_t bytes, serial; /* of TEXT and DATA, or what holds them; serial: which DATA     */
    int64_t start, words;   /* LIST and ROW of ranks: where they are among all              */
    int64_t rows;           /* LIST of rows, ROWS                                           */
    char text[PICKLE_TEXT_BYTES];
};

struct pickle_memo {
    uint32_t index;
    struct pickle_value value;
};

struct pickle_machine {
    struct npz_reader *npz;
    struct pickle_rows *rows;
    struct error *error;
    uint64_t opcode_at; /* offset of the present opcode */
    int depth;
    struct pickle_value stack[PICKLE_STACK];
    /* Of the memo only texts, globals and dtypes are kept, and of them the first: those are what pickles of arrays come
     * back to. */
    int memo_count;
    bool memo_numbered;     /* there were entries with numbers of their own */
    uint32_t memo_implicit; /* entries without */
    struct pickle_memo memo[PICKLE_MEMO];
    unsigned char *data; /* the latest DATA */
    size_t data_room;
    uint32_t data_serial;
    int64_t rows_begun; /* with a first rank: what messages call the review */
    int64_t rows_end;   /* words in rows that the list of rows has taken */
};

/* Each returns false with a message that names the offset. */

bool pickle_find_global(struct pickle_machine *m, const char *module, const char *name,
                        struct pickle_value *global);

/* The tuple of these items, which must be one of those above. */
bool pickle_tuple(struct pickle_machine *m, const struct pickle_value *items, int count,
                  struct pickle_value *tuple);

/* The result of calling a global, and the value of an object that gets its state. */
bool pickle_reduce(struct pickle_machine *m, const struct pickle_value *callable,
                   const struct pickle_value *arguments, struct pickle_value *result);
bool pickle_build(struct pickle_machine *m, const struct pickle_value *object,
                  const struct pickle_value *state, struct pickle_value *result);

/* Adds items, all ranks or all rows, to a list. */
bool pickle_append(struct pickle_machine *m, struct pickle_value *list, const struct pickle_value *items,
                   int count);

/* Takes the ranks of an array: `bytes` little-endian numbers of so many bytes each. */
bool pickle_take_array(struct pickle_machine *m, const unsigned char *data, const struct pickle_value *array,
                       struct pickle_value *row);

#endif
