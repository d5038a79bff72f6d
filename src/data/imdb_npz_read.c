#include "imdb_npz.h"

#include "npy_header.h"
#include "npz_read.h"
#include "pickle_read.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* One split of the file, as far as it has been seen. */
struct split {
    bool has_rows, has_labels;
    struct pickle_rows rows;
    int64_t label_count, positive;
    uint8_t *labels; /* out (label_count), or NULL: they are only counted */
    int64_t labels_max;
};

struct reading {
    struct npz_reader npz;
    struct split splits[CORPUS_SPLITS];
    bool test_only;
};

bool is_npz(const char *path)
{
    static const char ending[] = ".npz";
    size_t bytes = strlen(path), ending_bytes = sizeof ending - 1;
    return bytes > ending_bytes && strcmp(path + bytes - ending_bytes, ending) == 0;
}

static bool read_rows(struct reading *reading, struct split *split, struct error *error)
{
    struct npy_header header;
    if (!npy_header_read(&header, &reading->npz, error))
        return false;
    if (strcmp(header.type, "|O") != 0 && strcmp(header.type, "O") != 0)
        return error_set(
            error,
            "holds numbers (%s), expected lists of ranks; save the reviews as Keras' imdb.npz has them, "
            "not as load_data returns them",
            header.type);
    return pickle_read_rows(&split->rows, &reading->npz, header.count, error);
}

/* Bytes of a label of this type; 0: none that is read. */
static size_t label_bytes(const char *type)
{
    static const struct {
        char name[4];
        size_t bytes;
    } known[] = {{"<i8", 8}, {"<i4", 4}, {"|i1", 1}, {"|u1", 1}, {"|b1", 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(type, known[i].name) == 0)
            return known[i].bytes;
    return 0;
}

static bool read_labels(struct reading *reading, struct split *split, struct error *error)
{
    static const unsigned char zeros[8];
    struct npy_header header;
    if (!npy_header_read(&header, &reading->npz, error))
        return false;
    size_t bytes = label_bytes(header.type);
    if (bytes == 0)
        return error_set(
            error, "has labels of the type %s, expected int64, int32, int8, uint8 or bool; convert them",
            header.type);
    if (header.count > INT_MAX / 4)
        return error_set(error, "states %lld labels, more than can be; save the file again",
                         (long long)header.count);
    for (int64_t i = 0; i < header.count; i++) {
        unsigned char label[8];
        if (!npz_bytes(&reading->npz, label, bytes, error))
            return false;
        if (label[0] > 1 || memcmp(label + 1, zeros, bytes - 1) != 0)
            return error_set(error, "label %lld is neither 0 nor 1; label the reviews so", (long long)i + 1);
        if (split->labels != NULL && i == split->labels_max)
            return error_set(error, "changed while it was read; start again");
        if (split->labels != NULL)
            split->labels[i] = label[0];
        split->positive += label[0];
    }
    split->label_count = header.count;
    return true;
}

/* Reads the present member if it is one of the four. */
static bool read_member(struct reading *reading, struct error *error)
{
    static const struct {
        const char *name;
        enum corpus_split split;
        bool rows;
    } known[] = {{"x_train.npy", CORPUS_TRAIN, true},
                 {"y_train.npy", CORPUS_TRAIN, false},
                 {"x_test.npy", CORPUS_TEST, true},
                 {"y_test.npy", CORPUS_TEST, false}};
    size_t i = 0, count = sizeof known / sizeof known[0];
    while (i < count && strcmp(known[i].name, reading->npz.name) != 0)
        i++;
    if (i == count)
        return true;
    struct split *split = &reading->splits[known[i].split];
    bool *seen = known[i].rows ? &split->has_rows : &split->has_labels;
    if (*seen)
        return error_set(error, "%s: is there twice; save the file again", reading->npz.name);
    *seen = true;
    if (reading->test_only && known[i].split == CORPUS_TRAIN && known[i].rows)
        return true;
    bool read = known[i].rows ? read_rows(reading, split, error) : read_labels(reading, split, error);
    read = (read && npz_end(&reading->npz, error)) || npz_blame(&reading->npz, error);
    return read || error_within(error, "%s", reading->npz.name);
}

static bool check_split(const struct reading *reading, enum corpus_split which, struct error *error)
{
    const struct split *split = &reading->splits[which];
    const char *name = corpus_split_name(which);
    if (!split->has_rows || !split->has_labels)
        return error_set(error, "lacks %s_%s.npy; name Keras' imdb.npz or a file with its four members",
                         split->has_rows ? "y" : "x", name);
    if (reading->test_only && which == CORPUS_TRAIN)
        return true;
    if (split->rows.row_count != split->label_count)
        return error_set(error,
                         "has %lld reviews in x_%s.npy and %lld labels in y_%s.npy; save the file again",
                         (long long)split->rows.row_count, name, (long long)split->label_count, name);
    /* A table without test reviews is exported with four members, too. */
    bool may_be_empty = which == CORPUS_TEST && split->label_count == 0;
    return split->rows.word_count > 0 || may_be_empty ||
           error_set(error, "x_%s.npy holds no reviews with words; name a file that does", name);
}

/* Reads all members into what the splits have room for. */
static bool read_all(struct reading *reading, const char *path, struct error *error)
{
    bool read = npz_open(&reading->npz, path, error);
    while (read) {
        read = npz_next(&reading->npz, error);
        if (!read || reading->npz.name[0] == '\0')
            break;
        read = read_member(reading, error);
    }
    npz_close(&reading->npz);
    for (enum corpus_split split = CORPUS_TRAIN; read && split < CORPUS_SPLITS; split++)
        read = check_split(reading, split, error);
    return read;
}

/* Takes memory for what was counted, and has the splits fill it. */
static bool make_room(struct ranked_reviews *ranked, struct split *split, struct error *error)
{
    size_t count = (size_t)split->label_count, words = (size_t)split->rows.word_count;
    ranked->starts = calloc(count + 1, sizeof *ranked->starts);
    ranked->labels = malloc(count + 1);
    ranked->ranks = malloc((words + 1) * sizeof *ranked->ranks);
    if (ranked->starts == NULL || ranked->labels == NULL || ranked->ranks == NULL)
        return error_memory(error, "the ranks of the reviews", words * sizeof *ranked->ranks);
    *split = (struct split){.labels = ranked->labels,
                            .labels_max = (int64_t)count,
                            .rows = {.starts = ranked->starts,
                                     .ranks = ranked->ranks,
                                     .rows_max = (int64_t)count,
                                     .words_max = (int64_t)words}};
    return true;
}

static bool check_bytes(const struct reading *reading, int64_t bytes_max, struct error *error)
{
    const double MB = 1 << 20;
    int64_t words = 0;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        words += reading->splits[split].rows.word_count;
    int64_t bytes = words * (int64_t)sizeof(int32_t);
    return bytes_max == 0 || bytes <= bytes_max ||
           error_set(error, "its %lld ranks take %.3g MB of memory and %.3g MB are free; split the data",
                     (long long)words, (double)bytes / MB, (double)bytes_max / MB);
}

bool imdb_npz_read(struct ranked_reviews ranked[CORPUS_SPLITS], const char *path, bool test_only,
                   int64_t ranks_bytes_max, struct error *error)
{
    enum corpus_split first = test_only ? CORPUS_TEST : CORPUS_TRAIN;
    struct reading counting = {.test_only = test_only};
    bool read = read_all(&counting, path, error) && check_bytes(&counting, ranks_bytes_max, error);
    struct reading filling = counting;
    filling.npz = (struct npz_reader){0};
    filling.splits[CORPUS_TRAIN].has_rows = filling.splits[CORPUS_TRAIN].has_labels = false;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        ranked[split].count = (int)counting.splits[split].label_count;
    for (enum corpus_split split = first; read && split < CORPUS_SPLITS; split++)
        read = make_room(&ranked[split], &filling.splits[split], error);
    read = read && read_all(&filling, path, error);
    for (enum corpus_split split = first; read && split < CORPUS_SPLITS; split++) {
        const struct split *now = &filling.splits[split], *before = &counting.splits[split];
        if (now->rows.word_count != before->rows.word_count || now->label_count != before->label_count)
            read = error_set(error, "changed while it was read; start again");
        ranked[split].positive = (int)now->positive;
        ranked[split].largest = now->rows.largest;
    }
    return read || error_within(error, "%s", path);
}
