#define _XOPEN_SOURCE 700 /* realpath */
#include "data_cache.h"

#include "cache_directory.h"
#include "cache_entry.h"
#include "cache_stamps.h"
#include "zip_archive.h"

#include "matinee/output_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const int64_t dataset_cache_bytes_max = INT64_C(1) << 30;

/* Of what the readers make of data: another number makes all entries strangers. */
enum { READERS_VERSION = 1 };

/* The contents of a directory are its mark, those of a file all its bytes, or what was noted for its mark. */
static bool look_at(struct cached_file *file, const char *directory, int threads)
{
    if (file->path == NULL)
        return true;
    if (!source_mark_take(&file->mark, file->path, threads))
        return false;
    bool sure = source_mark_is_sure(&file->mark);
    file->contents = file->mark.hash;
    if (file->mark.is_directory)
        return sure;
    if (sure && cache_stamps_find(directory, &file->mark.hash, &file->contents))
        return true;
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    struct source_mark after;
    bool read = hash128_of_file(&file->contents, descriptor) &&
                source_mark_take(&after, file->path, threads) && source_mark_equals(&file->mark, &after);
    close(descriptor);
    file->was_read = read;
    return read;
}

/* The next start need not read it. */
static void note_stamp(const struct cached_file *file, const char *directory)
{
    if (file->was_read && source_mark_is_sure(&file->mark))
        cache_stamps_note(directory, &file->mark.hash, &file->contents);
}

/* Whether a file is what it was when it was looked at, before it was read. */
static bool is_unchanged(struct cached_file *file, const char *directory, int threads)
{
    struct cached_file now = {.path = file->path};
    if (file->path == NULL)
        return true;
    if (source_mark_is_sure(&file->mark))
        return source_mark_take(&now.mark, file->path, threads) && source_mark_equals(&file->mark, &now.mark);
    return look_at(&now, directory, threads) && source_mark_equals(&file->mark, &now.mark) &&
           hash128_equals(&file->contents, &now.contents);
}

/* Zeros for what is not there. */
static struct hash128 hash_of_text(const char *text)
{
    return text != NULL ? hash128_of(text, strlen(text)) : (struct hash128){.bytes = {0}};
}

/* What decides how a file is read: of a table its name (separator, compression), of others their contents. */
static struct hash128 hash_of_kind(const struct cached_file *file)
{
    if (file->path == NULL || file->mark.is_directory || !corpus_is_table_name(file->path))
        return hash_of_text(file->path == NULL ? NULL : file->mark.is_directory ? "directory" : "archive");
    const char *slash = strrchr(file->path, '/');
    return hash_of_text(slash != NULL ? slash + 1 : file->path);
}

static struct hash128 key_of(const struct data_cache *cache, const struct reviews_source *source,
                             const struct table_options *table, bool test_only)
{
    struct {
        int32_t version, is_npz, test_only, no_quotes;
        double test_fraction;
        uint64_t sizes; /* of what is behind */
        struct hash128 parts[6];
    } all = {.version = READERS_VERSION,
             .is_npz = source->is_npz,
             .test_only = test_only,
             .no_quotes = table->no_quotes,
             .test_fraction = table->test_fraction,
             .sizes = sizeof all.parts,
             .parts = {cache->data.contents, hash_of_kind(&cache->data), cache->test.contents,
                       hash_of_kind(&cache->test), hash_of_text(table->text_column),
                       hash_of_text(table->label_column)}};
    return hash128_of(&all, sizeof all);
}

bool data_cache_find(struct data_cache *cache, struct ranked_corpus *ranked,
                     const struct reviews_source *source, const struct dataset_options *options, int threads,
                     char note[static ERROR_MESSAGE_BYTES])
{
    char path[CACHE_PATH_BYTES];
    struct error error;
    const char *directory = options->cache;
    if (directory == NULL || source->is_sample || strlen(directory) >= 4096)
        return false;
    cache->data.path = source->path;
    cache->test.path = options->table.test;
    if (!look_at(&cache->data, directory, threads) || !look_at(&cache->test, directory, threads))
        return false;
    cache->directory = directory;
    enum cache_answer answer = CACHE_NONE;
    const struct cache_wish wish = {.test_only = source->test_only,
                                    .bytes_max = options->bytes_max,
                                    .ranks_bytes = dataset_memory_bytes(options),
                                    .threads = threads};
    /* Of a whole data set the test reviews are there, too; of a table they depend on what is asked for. */
    bool whole_first =
        source->test_only &&
        (source->is_npz || !(corpus_is_table_name(source->path) || zip_is_archive(source->path)));
    for (int only = whole_first ? 0 : source->test_only; only <= source->test_only && answer == CACHE_NONE;
         only++) {
        cache->key = key_of(cache, source, &options->table, only);
        cache_entry_path(path, directory, &cache->key);
        answer = cache_entry_read(ranked, path, &cache->key, &wish, &error);
    }
    if (answer == CACHE_READ) {
        note_stamp(&cache->data, directory);
        note_stamp(&cache->test, directory);
    }
    if (answer == CACHE_DAMAGED)
        snprintf(note, ERROR_MESSAGE_BYTES, "%.900s; the data are read again", error.message);
    cache->has_entry = answer == CACHE_READ;
    return cache->has_entry;
}

bool data_cache_keep(struct data_cache *cache, const struct ranked_corpus *ranked, int threads,
                     char note[static ERROR_MESSAGE_BYTES])
{
    char path[CACHE_PATH_BYTES];
    struct error error;
    const char *directory = cache->directory;
    if (directory == NULL || !is_unchanged(&cache->data, directory, threads) ||
        !is_unchanged(&cache->test, directory, threads)) {
        cache->has_entry = false; /* of what the data were */
        return false;
    }
    if (cache->has_entry)
        return true;
    cache_entry_path(path, directory, &cache->key);
    char *absolute = realpath(cache->data.path, NULL);
    bool kept = make_directories(directory, &error) &&
                cache_entry_write(path, &cache->key, absolute != NULL ? absolute : cache->data.path, ranked,
                                  threads, &error);
    free(absolute);
    if (!kept) {
        snprintf(note, ERROR_MESSAGE_BYTES,
                 "the reviews are not cached: %.700s, with --cache DIR, or give --no-cache", error.message);
        return false;
    }
    note_stamp(&cache->data, directory);
    note_stamp(&cache->test, directory);
    cache->has_entry = true;
    cache_directory_tidy(directory, dataset_cache_bytes_max, &cache->key, 1);
    return true;
}
