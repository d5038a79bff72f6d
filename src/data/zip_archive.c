#include "zip_archive.h"

#include "members.h"
#include "stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_BLOCK_BYTES = 1 << 14 };

bool zip_is_archive(const char *path)
{
    char mark[4];
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) /* of a pipe the mark would be lost */
        return false;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    bool read = fread(mark, 1, sizeof mark, file) == sizeof mark;
    fclose(file);
    return read && (memcmp(mark, "PK\3\4", sizeof mark) == 0 || memcmp(mark, "PK\5\6", sizeof mark) == 0);
}

static bool damaged(struct archive *zip, const char *path, struct error *error)
{
    char reason[ARCHIVE_REASON_BYTES];
    return error_set(error, "%s: the archive is damaged or cut off (%s); get it again", path,
                     archive_reason(zip, reason));
}

bool zip_open(struct archive **zip, const char *path, struct error *error)
{
    *zip = archive_read_new();
    if (*zip == NULL)
        return error_set(error, "%s: out of memory for reading an archive", path);
    /* The other reader goes from member to member, and takes a cut file for a whole one. */
    if (archive_read_support_format_zip_seekable(*zip) != ARCHIVE_OK ||
        archive_read_open_filename(*zip, path, FILE_BLOCK_BYTES) != ARCHIVE_OK)
        return damaged(*zip, path, error);
    return true;
}

bool zip_next(struct archive *zip, const char *path, struct archive_entry **entry, const char **member,
              struct error *error)
{
    do {
        int status = archive_read_next_header(zip, entry);
        if (status == ARCHIVE_EOF) {
            *entry = NULL;
            *member = NULL;
            return true;
        }
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return damaged(zip, path, error);
        *member = member_path(*entry);
    } while (*member == NULL);
    return true;
}

/* The companions that macOS adds are called ._NAME. */
static bool is_table(const char *member)
{
    const char *slash = strrchr(member, '/');
    return (slash == NULL ? member : slash + 1)[0] != '.' && corpus_is_table_name(member);
}

static bool find_table(struct archive *zip, const char *path, char **table, struct error *error)
{
    for (;;) {
        struct archive_entry *entry;
        const char *member;
        struct member_place place;
        if (!zip_next(zip, path, &entry, &member, error))
            return false;
        if (member == NULL)
            break;
        if (member_find_place(member, &place)) {
            free(*table);
            *table = NULL;
            return true;
        }
        if (!is_table(member))
            continue;
        if (*table != NULL)
            return error_set(error,
                             "%s: holds several tables, %s and %s; unpack it and name one with --data, and "
                             "one with --test",
                             path, *table, member);
        *table = strdup(member);
        if (*table == NULL)
            return error_memory(error, "a path", strlen(member) + 1);
    }
    return *table != NULL || error_set(error,
                                       "%s: holds neither reviews (train/pos/*.txt and so on) nor a .csv or "
                                       ".tsv; name an archive that does",
                                       path);
}

bool zip_find_table(const char *path, char **table, struct error *error)
{
    struct archive *zip = NULL;
    *table = NULL;
    bool found = zip_open(&zip, path, error) && find_table(zip, path, table, error);
    archive_read_free(zip);
    if (!found) {
        free(*table);
        *table = NULL;
    }
    return found;
}
