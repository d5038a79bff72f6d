#include "imdb_npz.h"

#include "matinee/output_file.h"
#include "npz_write.h"
#include "pickle_opcodes.h"

#include <stdio.h>
#include <string.h>

/* A pickle of reviews on its way to the file. */
struct pickle_writer {
    struct npz_writer *npz;
    uint32_t memo; /* the latest number */
    size_t used;
    unsigned char bytes[1 << 12];
};

enum { BATCH = 1000 };

static void flush(struct pickle_writer *w)
{
    npz_writer_add(w->npz, w->bytes, w->used);
    w->used = 0;
}

static void put_byte(struct pickle_writer *w, unsigned byte)
{
    if (w->used == sizeof w->bytes)
        flush(w);
    w->bytes[w->used++] = (unsigned char)byte;
}

static void put_bytes(struct pickle_writer *w, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_byte(w, (unsigned char)bytes[i]);
}

static void put_little_endian(struct pickle_writer *w, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        put_byte(w, value >> 8 * i & 0xFF);
}

static void put_int(struct pickle_writer *w, int32_t value)
{
    int bytes = value >= 0 && value < 1 << 8 ? 1 : value >= 0 && value < 1 << 16 ? 2 : 4;
    put_byte(w, bytes == 1 ? OP_BININT1 : bytes == 2 ? OP_BININT2 : OP_BININT);
    put_little_endian(w, (uint32_t)value, bytes);
}

/* Gives what was written last the next number in the memo, as Python does for all that might come again. */
static void put_memo(struct pickle_writer *w)
{
    bool is_short = ++w->memo < 1 << 8;
    put_byte(w, is_short ? OP_BINPUT : OP_LONG_BINPUT);
    put_little_endian(w, w->memo, is_short ? 1 : 4);
}

/* Items of a list stand in batches of 1000 behind a mark each, one that is left over alone. */
static bool opens_batch(int64_t item, int64_t count)
{
    return item % BATCH == 0 && item + 1 < count;
}

static void put_batch_end(struct pickle_writer *w, int64_t item, int64_t count)
{
    if (item % BATCH == 0 && item + 1 == count)
        put_byte(w, OP_APPEND);
    else if (item % BATCH == BATCH - 1 || item + 1 == count)
        put_byte(w, OP_APPENDS);
}

static void put_review(struct pickle_writer *w, const int32_t *ranks, int64_t count)
{
    put_byte(w, OP_EMPTY_LIST);
    put_memo(w);
    for (int64_t i = 0; i < count; i++) {
        if (opens_batch(i, count))
            put_byte(w, OP_MARK);
        put_int(w, ranks[i]);
        put_batch_end(w, i, count);
    }
}

#define put_literal(w, text) put_bytes(w, text, sizeof(text) - 1)

/* numpy.ndarray.__reduce__ of an object array of so many elements, up to its elements. */
static void put_array_start(struct pickle_writer *w, int count)
{
    put_literal(w, "\x80\x02"
                   "cnumpy.core.multiarray\n_reconstruct\n");
    put_memo(w);
    put_literal(w, "cnumpy\nndarray\n");
    put_memo(w);
    put_literal(w, "K\0\x85"
                   "U\1b\x87R");
    put_memo(w);
    put_literal(w, "(K\1");
    put_int(w, count);
    put_literal(w, "\x85"
                   "cnumpy\ndtype\n");
    put_memo(w);
    put_literal(w, "U\2O8K\0K\1\x87R");
    put_memo(w);
    put_literal(w, "(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89");
}

static void put_pickle(struct npz_writer *npz, const struct ranked_reviews *ranked)
{
    struct pickle_writer w = {.npz = npz};
    put_array_start(&w, ranked->count);
    put_byte(&w, OP_EMPTY_LIST);
    put_memo(&w);
    for (int i = 0; i < ranked->count; i++) {
        if (opens_batch(i, ranked->count))
            put_byte(&w, OP_MARK);
        put_review(&w, ranked->ranks + ranked->starts[i], ranked->starts[i + 1] - ranked->starts[i]);
        put_batch_end(&w, i, ranked->count);
    }
    put_literal(&w, "tb.");
    flush(&w);
}

/* As NumPy 1.12 had it: padded to a multiple of 16 bytes. */
static void put_npy_header(struct npz_writer *npz, const char *type, int count)
{
    enum { PREFIX = 10, ALIGNMENT = 16 };
    char header[PREFIX + 118] = "\x93NUMPY\x01";
    int text = snprintf(header + PREFIX, sizeof header - PREFIX,
                        "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", type, count);
    size_t used = PREFIX + (size_t)text, bytes = used + ALIGNMENT - used % ALIGNMENT;
    memset(header + used, ' ', bytes - used - 1);
    header[bytes - 1] = '\n';
    header[8] = (char)(bytes - PREFIX);
    npz_writer_add(npz, header, bytes);
}

static void put_labels(struct npz_writer *npz, const struct ranked_reviews *ranked)
{
    for (int i = 0; i < ranked->count; i++) {
        const unsigned char label[8] = {ranked->labels[i]};
        npz_writer_add(npz, label, sizeof label);
    }
}

static bool write_members(struct npz_writer *npz, const struct ranked_reviews ranked[CORPUS_SPLITS],
                          struct error *error)
{
    static const char *const names[CORPUS_SPLITS][2] = {{"x_train.npy", "y_train.npy"},
                                                        {"x_test.npy", "y_test.npy"}};
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        if (!npz_writer_begin(npz, names[split][0], error))
            return false;
        put_npy_header(npz, "|O", ranked[split].count);
        put_pickle(npz, &ranked[split]);
        if (!npz_writer_end(npz, error) || !npz_writer_begin(npz, names[split][1], error))
            return false;
        put_npy_header(npz, "<i8", ranked[split].count);
        put_labels(npz, &ranked[split]);
        if (!npz_writer_end(npz, error))
            return false;
    }
    return npz_writer_finish(npz, error);
}

bool imdb_npz_write(const struct ranked_reviews ranked[CORPUS_SPLITS], const char *path, struct error *error)
{
    struct output_file file;
    if (!output_file_open(&file, path, error))
        return false;
    struct npz_writer npz = {.stream = file.stream};
    bool written = write_members(&npz, ranked, error) || error_within(error, "%s", path);
    npz_writer_close(&npz);
    if (written)
        return output_file_commit(&file, error);
    output_file_abandon(&file);
    return false;
}
