/* Reads a tar archive in two layers: one undoes the compression, the other takes the stream apart. libarchive would do
 * both at once, but stops at the mark that ends a tar, so that a checksum after it is never compared, and takes the
 * end of a cut file between two members for the end of the archive.
 */
#include "corpus.h"

#include "gzip_checksum.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

/* One byte more than a review may have, so that a longer one is noticed without being read. */
enum { BUFFER_BYTES = REVIEW_MAX_BYTES + 1, FILE_BLOCK_BYTES = 1 << 16, TAR_BLOCK_BYTES = 512 };

struct source {
    const char *path;
    struct archive *stream; /* the uncompressed bytes */
    struct archive *tar;    /* its members            */
    int64_t bytes;          /* of the stream, so far  */
    bool is_gzip;
    struct gzip_checksum checksum; /* of the stream, if is_gzip */
};

static la_ssize_t next_block(struct archive *tar, void *context, const void **block)
{
    struct source *source = context;
    size_t bytes = 0;
    int64_t offset;
    int status = archive_read_data_block(source->stream, block, &bytes, &offset);
    if (status == ARCHIVE_EOF)
        return 0;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
        archive_set_error(tar, archive_errno(source->stream), "%s", archive_error_string(source->stream));
        return -1;
    }
    source->bytes += (int64_t)bytes;
    if (source->is_gzip)
        gzip_checksum_add(&source->checksum, *block, bytes);
    return (la_ssize_t)bytes;
}

static void source_close(struct source *source)
{
    archive_read_free(source->tar);
    archive_read_free(source->stream);
    *source = (struct source){0};
}

/* Whether the failure to open is that of data that a filter had taken for its own. libarchive forgets its filters when
 * the one that it chose fails on the first bytes, and keeps the one that passes bytes on when none is chosen. */
static bool is_damaged_stream(struct archive *stream)
{
    if (archive_filter_count(stream) == 0)
        return archive_errno(stream) <= 0; /* not the system's: the file can be read */
    return archive_filter_code(stream, 0) != ARCHIVE_FILTER_NONE;
}

static bool not_an_archive(const struct source *source, struct error *error)
{
    if (archive_errno(source->stream) != 0)
        return error_set(error, "%s: the archive is damaged or cut off (%s); get it again", source->path,
                         archive_error_string(source->stream));
    return error_set(error, "%s: not a tar archive: %s; name a .tar.gz, a .tar.xz or a directory",
                     source->path, archive_error_string(source->tar));
}

static bool source_open(struct source *source, struct error *error)
{
    const char *path = source->path;
    source->stream = archive_read_new();
    source->tar = archive_read_new();
    if (source->stream == NULL || source->tar == NULL)
        return error_set(error, "%s: out of memory for reading an archive", path);
    archive_read_support_filter_gzip(source->stream);
    archive_read_support_filter_bzip2(source->stream);
    archive_read_support_filter_xz(source->stream);
    archive_read_support_filter_zstd(source->stream);
    archive_read_support_format_raw(source->stream);
    archive_read_support_format_tar(source->tar);

    struct archive_entry *whole;
    if (archive_read_open_filename(source->stream, path, FILE_BLOCK_BYTES) != ARCHIVE_OK ||
        archive_read_next_header(source->stream, &whole) != ARCHIVE_OK) {
        const char *why = archive_error_string(source->stream);
        if (is_damaged_stream(source->stream))
            return error_set(error, "%s: the archive is damaged or cut off (%s); get it again", path,
                             why == NULL ? "no reason given" : why);
        return error_set(error, "%s: cannot read as an archive: %s; name a .tar.gz, a .tar.xz or a directory",
                         path, why == NULL ? "no reason given" : why);
    }
    source->is_gzip = archive_filter_code(source->stream, 0) == ARCHIVE_FILTER_GZIP;
    if (archive_read_open(source->tar, source, NULL, next_block, NULL) != ARCHIVE_OK)
        return not_an_archive(source, error);
    return true;
}

struct place {
    enum corpus_split split;
    bool positive;
    const char *name;
};

/* Goes back from `end` to the start of the component of `path` that stops there. */
static const char *component_before(const char *path, const char *end)
{
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

/* Recognises .../train/pos/NAME.txt. What lies above those folders does not matter, other members are not ours. */
static bool find_place(const char *path, struct place *place)
{
    const char *end = path + strlen(path);
    const char *name = component_before(path, end);
    if (end - name <= 4 || strcmp(end - 4, ".txt") != 0 || name[0] == '.' || name == path)
        return false;
    const char *label = component_before(path, name - 1);
    if (label == path)
        return false;
    const char *split = component_before(path, label - 1);
    place->name = name;

    if (strncmp(label, "pos/", 4) == 0)
        place->positive = true;
    else if (strncmp(label, "neg/", 4) == 0)
        place->positive = false;
    else
        return false;
    if (strncmp(split, "train/", 6) == 0)
        place->split = CORPUS_TRAIN;
    else if (strncmp(split, "test/", 5) == 0)
        place->split = CORPUS_TEST;
    else
        return false;
    return true;
}

static bool damaged(const struct corpus *corpus, const struct source *source, const char *last,
                    struct error *error)
{
    const char *why = archive_error_string(source->tar);
    return error_set(error, "%s: the archive is damaged or cut off after %s (%s); get it again",
                     corpus->source, last[0] == '\0' ? "its first bytes" : last,
                     why == NULL ? "no reason given" : why);
}

static bool read_member(struct corpus *corpus, struct source *source, struct archive_entry *entry,
                        const struct place *place, char *buffer, struct error *error)
{
    size_t bytes = 0;
    if (!corpus->parts[place->split].skipped) {
        if (archive_entry_filetype(entry) != AE_IFREG) {
            error_set(error, "not a regular file; pack the archive from plain files");
            return corpus_error_within(corpus, place->split, place->positive, place->name, error);
        }
        la_ssize_t got = archive_read_data(source->tar, buffer, BUFFER_BYTES);
        if (got < 0)
            return damaged(corpus, source, archive_entry_pathname(entry), error);
        bytes = (size_t)got;
    }
    return corpus_add(corpus, place->split, place->positive, place->name, buffer, bytes, error);
}

/* Reads on to the end of the file, where the checksum is, and checks that the tar had its end mark. */
static bool check_end(const struct corpus *corpus, struct source *source, const char *last,
                      struct error *error)
{
    int64_t tar_end = archive_read_header_position(source->tar);
    const void *block;
    la_ssize_t bytes;
    do
        bytes = next_block(source->tar, source, &block);
    while (bytes > 0);
    if (bytes < 0)
        return damaged(corpus, source, last, error);
    if (source->bytes - tar_end < TAR_BLOCK_BYTES)
        return error_set(error, "%s: the archive is cut off after %s (no end mark); get it again",
                         corpus->source, last);
    if (source->is_gzip && !gzip_checksum_agrees(&source->checksum, source->path))
        return error_set(error,
                         "%s: the archive is damaged, or made of several gzip files (the checksum at its end "
                         "differs); get it again, or unpack it and name the directory",
                         corpus->source);
    return true;
}

static bool read_members(struct corpus *corpus, struct source *source, char *buffer, struct error *error)
{
    char last[256] = "";
    for (;;) {
        struct archive_entry *entry;
        int status = archive_read_next_header(source->tar, &entry);
        if (status == ARCHIVE_EOF)
            return check_end(corpus, source, last, error);
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN && last[0] == '\0')
            return not_an_archive(source, error);
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return damaged(corpus, source, last, error);

        /* NULL if the name has characters that the locale lacks. */
        const char *path = archive_entry_pathname(entry);
        if (path == NULL)
            path = archive_entry_pathname_utf8(entry);
        if (path == NULL)
            continue;
        struct place place;
        if (find_place(path, &place) && !read_member(corpus, source, entry, &place, buffer, error))
            return false;
        size_t kept = strlen(path) < sizeof last ? strlen(path) : sizeof last - 1;
        memcpy(last, path, kept);
        last[kept] = '\0';
    }
}

bool corpus_archive_read(struct corpus *corpus, const char *path, struct error *error)
{
    struct source source = {.path = path};
    char *buffer = malloc(BUFFER_BYTES);
    bool ok = buffer != NULL ? source_open(&source, error) : error_memory(error, "a review", BUFFER_BYTES);
    ok = ok && read_members(corpus, &source, buffer, error);
    source_close(&source);
    free(buffer);
    return ok;
}
