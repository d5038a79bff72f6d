#include "npz_read.h"

#include "stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 16 };

static bool not_whole(const struct npz_reader *npz, struct error *error)
{
    char reason[ARCHIVE_REASON_BYTES];
    return error_set(error, "not a whole .npz file (%s); get it again", archive_reason(npz->zip, reason));
}

static bool check_file(const char *path, struct error *error)
{
    /* Not blocking: a pipe without a writer would make open wait. */
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        error_set(error, "%s; name Keras' imdb.npz or a file of its form", strerror(errno));
        if (file >= 0)
            close(file);
        return false;
    }
    close(file);
    return S_ISREG(status.st_mode) ||
           error_set(error, "not a regular file; name Keras' imdb.npz or a file of its form");
}

bool npz_open(struct npz_reader *npz, const char *path, struct error *error)
{
    if (!check_file(path, error))
        return false;
    npz->zip = archive_read_new();
    npz->block = malloc(BLOCK_BYTES);
    npz->room = NPZ_BYTES_MAX;
    if (npz->zip == NULL || npz->block == NULL)
        return error_memory(error, "reading a zip file", BLOCK_BYTES);
    if (archive_read_support_format_zip_seekable(npz->zip) != ARCHIVE_OK ||
        archive_read_open_filename(npz->zip, path, BLOCK_BYTES) != ARCHIVE_OK)
        return not_whole(npz, error);
    return true;
}

void npz_close(struct npz_reader *npz)
{
    archive_read_free(npz->zip);
    free(npz->block);
    *npz = (struct npz_reader){0};
}

/* libarchive knows methods that take as much memory as a member asks for. Their names stand in "ZIP 2.0 (deflation)". */
static bool is_plain(struct archive *zip)
{
    const char *name = archive_format_name(zip);
    const char *method = name != NULL ? strchr(name, '(') : NULL;
    return method != NULL && (strcmp(method, "(uncompressed)") == 0 || strcmp(method, "(deflation)") == 0);
}

bool npz_next(struct npz_reader *npz, struct error *error)
{
    struct archive_entry *entry = NULL;
    int status = archive_read_next_header(npz->zip, &entry);
    npz->at = npz->have = 0;
    npz->offset = 0;
    npz->name[0] = '\0';
    if (status == ARCHIVE_EOF)
        return true;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return not_whole(npz, error);
    if (++npz->members > NPZ_MEMBERS_MAX)
        return error_set(error, "holds more than %d members; this is not Keras' imdb.npz", NPZ_MEMBERS_MAX);
    if (!is_plain(npz->zip))
        return error_set(error,
                         "member %d is packed otherwise than NumPy does; save the file again with NumPy",
                         npz->members);
    /* Without a name in this locale it is none of those that are asked for. */
    const char *name = archive_entry_pathname(entry);
    bool regular = archive_entry_filetype(entry) == AE_IFREG;
    snprintf(npz->name, sizeof npz->name, "%s", name != NULL && name[0] != '\0' && regular ? name : "?");
    return true;
}

/* Reads the next block; have stays 0 at the member's end. The sizes that the zip states are not believed. */
static bool next_block(struct npz_reader *npz, struct error *error)
{
    if (npz->damaged)
        return false;
    npz->offset += npz->have;
    npz->at = npz->have = 0;
    la_ssize_t got = archive_read_data(npz->zip, npz->block, BLOCK_BYTES);
    if (got < 0) {
        char reason[ARCHIVE_REASON_BYTES];
        npz->damaged = true;
        return error_set(error, "is damaged (%s); get the file again", archive_reason(npz->zip, reason));
    }
    if ((uint64_t)got > npz->room) {
        npz->damaged = true;
        return error_set(error, "the file unpacks to more than %d bytes; this is not Keras' imdb.npz",
                         NPZ_BYTES_MAX);
    }
    npz->room -= (uint64_t)got;
    npz->have = (size_t)got;
    return true;
}

bool npz_bytes(struct npz_reader *npz, void *bytes, size_t count, struct error *error)
{
    unsigned char *out = bytes;
    while (count > npz->have - npz->at) {
        size_t part = npz->have - npz->at;
        memcpy(out, npz->block + npz->at, part);
        out += part;
        count -= part;
        npz->at = npz->have;
        if (!next_block(npz, error))
            return false;
        if (npz->have == 0)
            return error_set(error, "ends at byte %llu, within its array; save the file again",
                             (unsigned long long)npz_offset(npz));
    }
    memcpy(out, npz->block + npz->at, count);
    npz->at += count;
    return true;
}

bool npz_end(struct npz_reader *npz, struct error *error)
{
    if (npz->at == npz->have && !next_block(npz, error))
        return false;
    return npz->have == npz->at ||
           error_set(error, "has more bytes after its array, from byte %llu on; save the file again",
                     (unsigned long long)npz_offset(npz));
}

bool npz_blame(struct npz_reader *npz, struct error *error)
{
    struct error damage;
    bool read = !npz->damaged;
    if (!read)
        return false; /* the message is there already */
    do
        read = next_block(npz, &damage);
    while (read && npz->have > 0);
    if (!read)
        *error = damage;
    return false;
}
