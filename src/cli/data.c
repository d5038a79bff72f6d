#include "matinee/data.h"

#include "commands.h"
#include "data_cache.h"
#include "json_print.h"

#include "matinee/machine.h"
#include "matinee/output_file.h"
#include "matinee/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum option_id data_options[] = {
    OPTION_DATA,       OPTION_TEST,  OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN, OPTION_NO_QUOTES,
    OPTION_WORD_INDEX, OPTION_CACHE, OPTION_NO_CACHE,    OPTION_VOCABULARY,   OPTION_MAXLEN,
    OPTION_EXPORT_OUT, OPTION_COUNT, OPTION_JSON,        OPTION_END};

static enum exit_status run_data(const struct options *options, struct error *error);

const struct command command_data = {
    .name = "data",
    .arguments = "info|words|export|cache|clear-cache",
    .summary = "Describe a data set, list its words, export it as Keras' files; the cache",
    .details = "info    reviews, words and lengths of both splits\n"
               "words   the --count most frequent words with rank, id and count\n"
               "export  writes imdb_word_index.json and imdb.npz as Keras distributes them to the directory "
               "of --out\n"
               "cache   lists the data sets that are kept for the next time; clear-cache removes them",
    .options = data_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_data,
};

static json_t *statistics_json(const struct split_statistics *s)
{
    return json_pack("{s:i, s:i, s:I, s:I, s:I, s:i, s:i, s:i, s:o, s:i}", "reviews", s->reviews, "positive",
                     s->positive, "words", (json_int_t)s->words, "dropped", (json_int_t)s->dropped,
                     "out_of_vocabulary", (json_int_t)s->out_of_vocabulary, "shortest", s->shortest,
                     "longest", s->longest, "median_length", s->median_length, "mean_length",
                     json_number(s->mean_length), "truncated", s->truncated);
}

static void print_row(const char *what, long long train, long long test)
{
    printf("%-34s %12lld %12lld\n", what, train, test);
}

static void print_statistics(const struct dataset *data, const struct preset_options *sizes)
{
    const struct split_statistics *a = &data->train_statistics, *b = &data->test_statistics;
    char truncated[64];
    snprintf(truncated, sizeof truncated, "  longer than %d ids, cut in front", sizes->maxlen);
    if (data->words)
        printf("%s: %d words", data->source, word_index_count(data->words));
    else
        printf("%s: ranks without words", data->source);
    printf("\n\n%-34s %12s %12s\n", "", "train", "test");
    print_row("reviews", a->reviews, b->reviews);
    print_row("  positive", a->positive, b->positive);
    print_row("words with a rank", a->words, b->words);
    print_row("  with an id outside the vocabulary", a->out_of_vocabulary, b->out_of_vocabulary);
    print_row("words without a rank, dropped", a->dropped, b->dropped);
    print_row("ids in the shortest review", a->shortest, b->shortest);
    print_row("ids in the median review", a->median_length, b->median_length);
    printf("%-34s %12.2f %12.2f\n", "ids in the mean review", a->mean_length, b->mean_length);
    print_row("ids in the longest review", a->longest, b->longest);
    print_row(truncated, a->truncated, b->truncated);
}

static json_t *word_count_json(const struct dataset *data)
{
    return data->words ? json_integer(word_index_count(data->words)) : json_null();
}

static bool info(const struct dataset *data, const struct options *options, struct error *error)
{
    if (options->json)
        return json_print(json_pack("{s:o, s:b, s:o, s:i, s:i, s:o, s:o}", "data", json_text(data->source),
                                    "sample", data->is_sample, "word_index", word_count_json(data),
                                    "vocabulary", options->sizes.vocabulary, "maxlen", options->sizes.maxlen,
                                    "train", statistics_json(&data->train_statistics), "test",
                                    statistics_json(&data->test_statistics)),
                          error);
    print_statistics(data, &options->sizes);
    return true;
}

static json_t *word_json(const struct word_index *words, int rank, int id)
{
    size_t bytes;
    int64_t count;
    const char *word = word_index_word(words, rank, &bytes, &count);
    return json_pack("{s:i, s:i, s:I, s:o}", "rank", rank, "id", id, "count", (json_int_t)count, "word",
                     json_stringn(word, bytes));
}

static json_t *words_json(const struct word_index *words, int listed)
{
    json_t *list = json_array();
    for (int rank = 1; list && rank <= listed; rank++)
        if (json_array_append_new(list, word_json(words, rank, word_index_id(rank))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool words(const struct dataset *data, const struct options *options, struct error *error)
{
    if (!data->words)
        return error_set(error,
                         "%s: holds ranks and no words; put imdb_word_index.json beside it or name it with "
                         "--word-index FILE",
                         data->source);
    int all = word_index_count(data->words), listed = options->count < all ? options->count : all;
    json_t *list = words_json(data->words, listed), *entry;
    if (options->json || !list)
        return json_print(list, error);
    size_t i;
    bool complete = true;
    printf("    rank       id      count  word\n");
    json_array_foreach(list, i, entry)
    {
        char *word = strdup(json_string_value(json_object_get(entry, "word")));
        complete = word || error_memory(error, "a word", 0);
        if (!complete)
            break;
        make_printable(word);
        printf("%8lld %8lld %10lld  %s\n", (long long)json_integer_value(json_object_get(entry, "rank")),
               (long long)json_integer_value(json_object_get(entry, "id")),
               (long long)json_integer_value(json_object_get(entry, "count")), word);
        free(word);
    }
    json_decref(list);
    return complete;
}

/* "DIRECTORY/NAME"; free() it. */
static char *export_path(const struct options *options, const char *name, struct error *error)
{
    size_t bytes = strlen(options->out) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path)
        snprintf(path, bytes, "%s/%s", options->out, name);
    else
        error_memory(error, "a path", bytes);
    return path;
}

static bool write_index(const struct dataset *data, const char *path, struct error *error)
{
    char *json;
    size_t bytes;
    if (!word_index_to_json(data->words, &json, &bytes, error))
        return false;
    bool written = output_file_write(path, json, bytes, error);
    free(json);
    return written;
}

static bool report_export(const struct dataset *data, const char *index, const char *npz, bool json,
                          struct error *error)
{
    if (json)
        return json_print(json_pack("{s:o, s:o, s:o, s:i, s:i}", "file",
                                    json_text(data->words ? index : NULL), "words", word_count_json(data),
                                    "npz", json_text(npz), "train_reviews", data->train.count, "test_reviews",
                                    data->test.count),
                          error);
    if (data->words)
        printf("Wrote %s: %d words of %s\n", index, word_index_count(data->words), data->source);
    printf("Wrote %s: %d training and %d test reviews of %s\n", npz, data->train.count, data->test.count,
           data->source);
    return true;
}

static bool export(const struct dataset *data, const struct options *options, struct error *error)
{
    char *index = export_path(options, "imdb_word_index.json", error);
    char *npz = index ? export_path(options, "imdb.npz", error) : NULL;
    bool written = npz && make_directories(options->out, error) &&
                   (!data->words || write_index(data, index, error)) && dataset_write_npz(data, npz, error) &&
                   report_export(data, index, npz, options->json, error);
    free(index);
    free(npz);
    return written;
}

/* An option that another of the three has would be ignored without a word. */
static bool check_options(const char *what, const struct options *options, struct error *error)
{
    bool exports = strcmp(what, "export") == 0, lists = strcmp(what, "words") == 0;
    if (exports && !options->out)
        return error_set(error, "export needs --out DIRECTORY");
    if (!exports && options->out)
        return error_set(error, "--out: belongs to export; %s prints", what);
    if (!lists && option_given(options, OPTION_COUNT))
        return error_set(error, "--count: belongs to words");
    if (exports || lists)
        for (enum option_id id = OPTION_VOCABULARY; id <= OPTION_MAXLEN; id++)
            if (option_given(options, id))
                return error_set(error, "%s: belongs to info; the word index holds all words",
                                 option_name(id));
    return true;
}

static enum exit_status run_data(const struct options *options, struct error *error)
{
    static const struct {
        const char *name;
        bool (*run)(const struct dataset *, const struct options *, struct error *);
    } kinds[] = {{"info", info}, {"words", words}, {"export", export}};
    const char *what = options->arguments[0];
    size_t kind = 0;
    if (strcmp(what, "cache") == 0)
        return run_cache_list(options, error);
    if (strcmp(what, "clear-cache") == 0)
        return run_cache_clear(options, error);
    while (kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, what) != 0)
        kind++;
    if (kind == sizeof kinds / sizeof kinds[0]) {
        error_set(error, "%s: must be info, words, export, cache or clear-cache", what);
        return STATUS_USAGE;
    }
    if (!check_options(what, options, error))
        return STATUS_USAGE;
    struct dataset data;
    struct dataset_options wanted = {.path = options->data,
                                     .table = options->table,
                                     .num_words = options->sizes.vocabulary,
                                     .maxlen = options->sizes.maxlen,
                                     .word_index = options->word_index,
                                     .keep_ranks = strcmp(what, "export") == 0,
                                     .bytes_max = machine_available_bytes()};
    if (!session_open_dataset(&data, &wanted, options, error))
        return STATUS_FAILED;
    bool done = kinds[kind].run(&data, options, error);
    dataset_close(&data);
    return done ? STATUS_DONE : STATUS_FAILED;
}
