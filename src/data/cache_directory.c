#include "cache_directory.h"

#include "cache_entry.h"
#include "cache_stamps.h"
#include "matinee/data.h"
#include "rows_entry.h"
#include "spill.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_LETTERS = HASH128_TEXT_BYTES - 1, UNFINISHED_SECONDS = 3600, IN_USE_SECONDS = 600 };

enum kind { KIND_NONE, KIND_REVIEWS, KIND_ROWS, KIND_UNFINISHED, KIND_STAMPS };

static const char *const endings[] = {[KIND_REVIEWS] = ".reviews", [KIND_ROWS] = ".rows"};

/* What stands behind a name's known part: nothing, or what mkstemp adds. */
static enum kind kind_by_rest(const char *rest, enum kind whole)
{
    static const char temporary[] = ".XXXXXX";
    return rest[0] == '\0'                                          ? whole
           : rest[0] == '.' && strlen(rest) == sizeof temporary - 1 ? KIND_UNFINISHED
                                                                    : KIND_NONE;
}

static enum kind kind_of(const char *name)
{
    if (strncmp(name, cache_stamps_name, strlen(cache_stamps_name)) == 0)
        return kind_by_rest(name + strlen(cache_stamps_name), KIND_STAMPS);
    if (strncmp(name, spill_name, strlen(spill_name)) == 0)
        return kind_by_rest(name + strlen(spill_name), KIND_NONE);
    if (strspn(name, "0123456789abcdef") != KEY_LETTERS)
        return KIND_NONE;
    name += KEY_LETTERS;
    for (enum kind kind = KIND_REVIEWS; kind <= KIND_ROWS; kind++)
        if (strncmp(name, endings[kind], strlen(endings[kind])) == 0)
            return kind_by_rest(name + strlen(endings[kind]), kind);
    return KIND_NONE;
}

static void path_of(char path[static CACHE_PATH_BYTES], const char *directory, const struct hash128 *key,
                    enum kind kind)
{
    char text[HASH128_TEXT_BYTES];
    hash128_text(key, text);
    snprintf(path, CACHE_PATH_BYTES, "%s/%s%s", directory, text, endings[kind]);
}

void cache_entry_path(char path[static CACHE_PATH_BYTES], const char *directory, const struct hash128 *key)
{
    path_of(path, directory, key, KIND_REVIEWS);
}

void cache_rows_path(char path[static CACHE_PATH_BYTES], const char *directory, const struct hash128 *key)
{
    path_of(path, directory, key, KIND_ROWS);
}

/* Calls back for each of the cache's files; false without the directory. */
static bool each_file(const char *directory,
                      bool (*handle)(void *context, const char *path, enum kind kind,
                                     const struct stat *status),
                      void *context)
{
    DIR *folder = opendir(directory);
    if (folder == NULL)
        return false;
    bool goes_on = true;
    for (const struct dirent *entry; goes_on && (entry = readdir(folder)) != NULL;) {
        enum kind kind = kind_of(entry->d_name);
        char path[CACHE_PATH_BYTES];
        struct stat status;
        snprintf(path, sizeof path, "%s/%.63s", directory, entry->d_name);
        if (kind != KIND_NONE && lstat(path, &status) == 0 && S_ISREG(status.st_mode))
            goes_on = handle(context, path, kind, &status);
    }
    closedir(folder);
    return true;
}

static bool list_file(void *context, const char *path, enum kind kind, const struct stat *status)
{
    struct dataset_cache_list *list = context;
    if (kind != KIND_REVIEWS && kind != KIND_ROWS)
        return true;
    if (list->count == list->room) {
        int room = list->room == 0 ? 16 : 2 * list->room;
        struct dataset_cache_entry *items = realloc(list->items, (size_t)room * sizeof *items);
        if (items == NULL)
            return false;
        list->items = items;
        list->room = room;
    }
    struct dataset_cache_entry *entry = &list->items[list->count++];
    *entry = (struct dataset_cache_entry){.bytes = (int64_t)status->st_size, .used = status->st_mtime};
    snprintf(entry->name, sizeof entry->name, "%s", strrchr(path, '/') + 1);
    return true;
}

/* The one that was used last comes first. */
static int by_use(const void *left, const void *right)
{
    const struct dataset_cache_entry *a = left, *b = right;
    if (a->used != b->used)
        return a->used > b->used ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void list_entries(struct dataset_cache_list *list, const char *directory)
{
    *list = (struct dataset_cache_list){.count = 0};
    (void)each_file(directory, list_file, list);
    if (list->count > 0)
        qsort(list->items, (size_t)list->count, sizeof *list->items, by_use);
}

/* A directory that is not there is an empty cache; what is no directory, or is nobody's to look at, is no cache. */
static bool check_directory(const char *directory, struct error *error)
{
    DIR *folder = opendir(directory);
    if (folder != NULL)
        closedir(folder);
    return folder != NULL || errno == ENOENT ||
           error_set(error, "%s: cannot be read as a cache: %s; name another directory with --cache DIR",
                     directory, strerror(errno));
}

static void describe_reviews(struct dataset_cache_entry *entry, const char *path)
{
    struct cache_summary summary;
    entry->is_sound = cache_entry_summary(&summary, path);
    snprintf(entry->source, sizeof entry->source, "%s", summary.source);
    entry->train_reviews = summary.reviews[CORPUS_TRAIN];
    entry->test_reviews = summary.reviews[CORPUS_TEST];
}

static void describe_rows(struct dataset_cache_entry *entry, const char *path)
{
    struct rows_header header;
    entry->is_rows = true;
    entry->is_sound = rows_entry_summary(&header, path);
    if (!entry->is_sound)
        return;
    const struct rows_shape *shape = &header.shape;
    snprintf(entry->source, sizeof entry->source, "%s", header.source);
    entry->num_words = shape->num_words;
    entry->maxlen = shape->T;
    *(shape->split == CORPUS_TRAIN ? &entry->train_reviews : &entry->test_reviews) = shape->count;
}

bool dataset_cache_list_open(struct dataset_cache_list *list, const char *directory, struct error *error)
{
    *list = (struct dataset_cache_list){.count = 0};
    if (!check_directory(directory, error))
        return false;
    list_entries(list, directory);
    for (int i = 0; i < list->count; i++) {
        struct dataset_cache_entry *entry = &list->items[i];
        char path[CACHE_PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", directory, entry->name);
        if (kind_of(entry->name) == KIND_ROWS)
            describe_rows(entry, path);
        else
            describe_reviews(entry, path);
    }
    return true;
}

void dataset_cache_list_close(struct dataset_cache_list *list)
{
    free(list->items);
    *list = (struct dataset_cache_list){.count = 0};
}

static bool remove_old(void *context, const char *path, enum kind kind, const struct stat *status)
{
    const time_t *now = context;
    if (kind == KIND_UNFINISHED && *now - status->st_mtime > UNFINISHED_SECONDS)
        (void)unlink(path);
    return true;
}

/* Whether an entry's name begins with one of the keys. */
static bool is_kept(const char *name, const struct hash128 *keys, int count)
{
    for (int i = 0; i < count; i++) {
        char text[HASH128_TEXT_BYTES];
        hash128_text(&keys[i], text);
        if (strncmp(name, text, KEY_LETTERS) == 0)
            return true;
    }
    return false;
}

/* A time to come, of a clock that was set back, is not recent for ever. */
static bool is_recent(time_t used, time_t now)
{
    return used > now - IN_USE_SECONDS && used < now + IN_USE_SECONDS;
}

void cache_directory_tidy(const char *directory, int64_t bytes_max, const struct hash128 *keys, int count)
{
    struct dataset_cache_list list;
    time_t now = time(NULL);
    char path[CACHE_PATH_BYTES];
    int64_t bytes = 0;
    (void)each_file(directory, remove_old, &now);
    list_entries(&list, directory);
    for (int i = 0; i < list.count; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, list.items[i].name);
        bytes += list.items[i].bytes;
        if (bytes > bytes_max && !is_recent(list.items[i].used, now) &&
            !is_kept(list.items[i].name, keys, count))
            (void)unlink(path);
    }
    dataset_cache_list_close(&list);
}

struct clearing {
    int files;
    int64_t bytes;
    struct error *error;
    bool failed;
};

static bool remove_file(void *context, const char *path, enum kind kind, const struct stat *status)
{
    struct clearing *clearing = context;
    if (unlink(path) != 0 && errno != ENOENT) {
        clearing->failed = true;
        return error_set(clearing->error, "%s: cannot remove the file: %s; remove it yourself", path,
                         strerror(errno));
    }
    clearing->files += kind == KIND_REVIEWS;
    clearing->bytes += (int64_t)status->st_size;
    return true;
}

bool dataset_cache_clear(const char *directory, int *entries, int64_t *bytes, struct error *error)
{
    struct clearing clearing = {.error = error};
    if (!check_directory(directory, error))
        return false;
    (void)each_file(directory, remove_file, &clearing);
    *entries = clearing.files;
    *bytes = clearing.bytes;
    return !clearing.failed;
}
