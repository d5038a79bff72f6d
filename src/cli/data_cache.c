#include "data_cache.h"

#include "json_print.h"

#include "matinee/cli.h"
#include "matinee/session.h"
#include "matinee/summary.h"

#include <stdio.h>
#include <time.h>

/* False, with the message, for an option that would be ignored and for a cache that is nowhere. */
static bool check_options(const struct options *options, const char *directory, struct error *error)
{
    static const enum option_id of_others[] = {OPTION_DATA,         OPTION_TEST,      OPTION_TEXT_COLUMN,
                                               OPTION_LABEL_COLUMN, OPTION_NO_QUOTES, OPTION_WORD_INDEX,
                                               OPTION_VOCABULARY,   OPTION_MAXLEN,    OPTION_EXPORT_OUT,
                                               OPTION_COUNT,        OPTION_NO_CACHE,  OPTION_END};
    enum option_id given = option_first_given(options, of_others);
    if (given != OPTION_END)
        return error_set(error, "%s: %s is about the cache alone; leave the option out", option_name(given),
                         options->arguments[0]);
    return directory ||
           error_set(error, "there is no cache, as neither MATINEE_CACHE nor XDG_CACHE_HOME nor HOME "
                            "is set; name one with --cache DIR");
}

static void time_text(char text[static 32], time_t time)
{
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&time, &utc))
        strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Of encoded reviews; null of what was read, which can be encoded in any way. */
static json_t *size_json(const struct dataset_cache_entry *entry, int size)
{
    return entry->is_rows && entry->is_sound ? json_integer(size) : json_null();
}

static json_t *list_json(const struct dataset_cache_list *list, const char *directory, int64_t bytes)
{
    json_t *entries = json_array();
    for (int i = 0; entries && i < list->count; i++) {
        const struct dataset_cache_entry *entry = &list->items[i];
        char used[32];
        time_text(used, entry->used);
        json_t *item =
            json_pack("{s:s, s:I, s:s, s:o, s:i, s:i, s:o, s:o}", "file", entry->name, "bytes",
                      (json_int_t)entry->bytes, "last_used", used, "data",
                      json_text(entry->is_sound ? entry->source : NULL), "train_reviews",
                      entry->train_reviews, "test_reviews", entry->test_reviews, "vocabulary",
                      size_json(entry, entry->num_words), "maxlen", size_json(entry, entry->maxlen));
        if (json_array_append_new(entries, item) != 0) {
            json_decref(entries);
            entries = NULL;
        }
    }
    return json_pack("{s:o, s:I, s:I, s:o}", "directory", json_text(directory), "bytes", (json_int_t)bytes,
                     "bytes_max", (json_int_t)dataset_cache_bytes_max, "entries", entries);
}

static void print_list(const struct dataset_cache_list *list, const char *directory, int64_t bytes)
{
    char size[32], most[32], used[32];
    int data_sets = 0;
    summary_memory(size, sizeof size, bytes);
    summary_memory(most, sizeof most, dataset_cache_bytes_max);
    for (int i = 0; i < list->count; i++)
        data_sets += !list->items[i].is_rows;
    printf("%s: %d data sets, %s of at most %s\n", directory, data_sets, size, most);
    if (list->count)
        printf("\n%12s  %-20s  %9s  %9s  %s\n", "size", "last used", "train", "test", "data");
    for (int i = 0; i < list->count; i++) {
        struct dataset_cache_entry *entry = &list->items[i];
        summary_memory(size, sizeof size, entry->bytes);
        time_text(used, entry->used);
        make_printable(entry->source);
        printf("%12s  %-20s  %9d  %9d  %s", size, used, entry->train_reviews, entry->test_reviews,
               entry->is_sound ? entry->source : "(damaged, or of another version)");
        if (entry->is_rows && entry->is_sound)
            printf(", encoded: --vocabulary %d --maxlen %d", entry->num_words, entry->maxlen);
        putchar('\n');
    }
}

enum exit_status run_cache_list(const struct options *options, struct error *error)
{
    char located[DATA_PATH_BYTES];
    const char *directory = session_cache_directory(options, located);
    if (!check_options(options, directory, error))
        return STATUS_USAGE;
    struct dataset_cache_list list;
    if (!dataset_cache_list_open(&list, directory, error))
        return STATUS_FAILED;
    int64_t bytes = 0;
    for (int i = 0; i < list.count; i++)
        bytes += list.items[i].bytes;
    bool done = !options->json || json_print(list_json(&list, directory, bytes), error);
    if (!options->json)
        print_list(&list, directory, bytes);
    dataset_cache_list_close(&list);
    return done ? STATUS_DONE : STATUS_FAILED;
}

enum exit_status run_cache_clear(const struct options *options, struct error *error)
{
    char located[DATA_PATH_BYTES], size[32];
    const char *directory = session_cache_directory(options, located);
    int entries;
    int64_t bytes;
    if (!check_options(options, directory, error))
        return STATUS_USAGE;
    if (!dataset_cache_clear(directory, &entries, &bytes, error))
        return STATUS_FAILED;
    summary_memory(size, sizeof size, bytes);
    if (options->json)
        return json_print(json_pack("{s:o, s:i, s:I}", "directory", json_text(directory), "removed", entries,
                                    "bytes", (json_int_t)bytes),
                          error)
                   ? STATUS_DONE
                   : STATUS_FAILED;
    printf("Removed %d data sets, %s, from %s\n", entries, size, directory);
    return STATUS_DONE;
}
