/* Reads a tar archive in two layers: one undoes the compression, the other takes the stream apart. libarchive would do
 * both at once, but stops at the mark that ends a tar, so that a checksum after it is never compared, and takes the
 * end of a cut file between two members for the end of the archive.
 */
#include "corpus.h"

#include "members.h"
#include "stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

enum { TAR_BLOCK_BYTES = 512 };

static const char remedy[] = "name a directory, a .tar.gz or other archive of one, a .csv or a .tsv";

struct source {
    struct stream stream; /* the uncompressed bytes */
    struct archive *tar;  /* its members            */
};

static la_ssize_t next_block(struct archive *tar, void *context, const void **block)
{
    struct source *source = context;
    struct error error;
    size_t bytes;
    if (stream_next(&source->stream, block, &bytes, &error))
        return (la_ssize_t)bytes;
    archive_set_error(tar, archive_errno(source->stream.archive), "%s", error.message);
    return -1;
}

static void source_close(struct source *source)
{
    archive_read_free(source->tar);
    stream_close(&source->stream);
    source->tar = NULL;
}

static bool not_an_archive(const struct source *source, struct error *error)
{
    const char *path = source->stream.path;
    char reason[ARCHIVE_REASON_BYTES];
    if (archive_errno(source->stream.archive) != 0)
        return error_set(error, "%s: the archive is damaged or cut off (%s); get it again", path,
                         archive_reason(source->stream.archive, reason));
    return error_set(error, "%s: not a tar archive: %s; %s", path, archive_reason(source->tar, reason),
                     remedy);
}

static bool source_open(struct source *source, const char *path, struct error *error)
{
    if (!stream_open(&source->stream, path, remedy, error))
        return false;
    source->tar = archive_read_new();
    if (source->tar == NULL)
        return error_set(error, "%s: out of memory for reading an archive", path);
    archive_read_support_format_tar(source->tar);
    if (archive_read_open(source->tar, source, NULL, next_block, NULL) != ARCHIVE_OK)
        return not_an_archive(source, error);
    return true;
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
        return member_damaged(corpus, source->tar, last, error);
    if (source->stream.bytes - tar_end < TAR_BLOCK_BYTES)
        return error_set(error, "%s: the archive is cut off after %s (no end mark); get it again",
                         corpus->source, last);
    return stream_check(&source->stream, error);
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
            return member_damaged(corpus, source->tar, last, error);

        const char *path = member_path(entry);
        if (path == NULL)
            continue;
        struct member_place place;
        if (member_find_place(path, &place) &&
            !member_read(corpus, source->tar, entry, &place, buffer, error))
            return false;
        size_t kept = strlen(path) < sizeof last ? strlen(path) : sizeof last - 1;
        memcpy(last, path, kept);
        last[kept] = '\0';
    }
}

bool corpus_archive_read(struct corpus *corpus, const char *path, struct error *error)
{
    struct source source = {.tar = NULL};
    char *buffer = malloc(MEMBER_BUFFER_BYTES);
    bool ok = buffer != NULL ? source_open(&source, path, error)
                             : error_memory(error, "a review", MEMBER_BUFFER_BYTES);
    ok = ok && read_members(corpus, &source, buffer, error);
    source_close(&source);
    free(buffer);
    return ok;
}
