#include "zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 64 * 1024, READ_BLOCK_BYTES = 64 * 1024 };

static const char *reason(struct archive *zip)
{
    const char *text = archive_error_string(zip);
    return text ? text : "unknown reason";
}

/* Makes room for more data of the member, never much more than `room` bytes in all. */
static bool grow(struct zip_member *member, size_t *capacity, size_t room, struct error *error)
{
    size_t wanted = *capacity ? 2 * *capacity : FIRST_CAPACITY;
    if (wanted > room + 1)
        wanted = room + 1;
    char *data = realloc(member->data, wanted + 1);
    if (!data)
        return error_memory(error, "a member of a model file", wanted + 1);
    member->data = data;
    *capacity = wanted;
    return true;
}

/* The sizes that the zip states are not believed: memory grows with the data that really come. */
static bool read_data(struct archive *zip, struct zip_member *member, size_t room, struct error *error)
{
    size_t capacity = 0;
    for (;;) {
        if (member->bytes == capacity && !grow(member, &capacity, room, error))
            return false;
        la_ssize_t got = archive_read_data(zip, member->data + member->bytes, capacity - member->bytes);
        if (got < 0)
            return error_set(error, "member %s is damaged (%s); fetch or save the file again", member->name,
                             reason(zip));
        if (got == 0)
            break;
        member->bytes += (size_t)got;
        if (member->bytes > room)
            return error_set(error, "its members unpack to too many bytes; this is not a model file");
    }
    member->data[member->bytes] = '\0';
    return true;
}

/* A plain relative path: what Keras and we write. */
static bool name_is_safe(const char *name)
{
    if (!*name || *name == '/' || strlen(name) > ZIP_NAME_BYTES_MAX)
        return false;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            return false;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]))
            return false;
    }
    return true;
}

static bool read_member(struct zip_members *members, struct archive *zip, struct archive_entry *entry,
                        size_t *room, struct error *error)
{
    const char *name = archive_entry_pathname(entry);
    if (!name)
        return true; /* not expressible in this locale, so none of the members that are ever asked for */
    if (!name_is_safe(name))
        return error_set(error,
                         "the name of member %d is not a plain relative path; this is not a model file",
                         members->count);
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return true;
    if (archive_entry_filetype(entry) != AE_IFREG)
        return error_set(error, "member %s is not a regular file; this is not a model file", name);
    if (zip_members_find(members, name))
        return error_set(error, "holds member %s twice; save the model again", name);
    if (members->count == ZIP_MEMBERS_MAX)
        return error_set(error, "holds more than %d members; this is not a model file", ZIP_MEMBERS_MAX);

    struct zip_member *member = &members->items[members->count++];
    member->name = strdup(name);
    if (!member->name)
        return error_memory(error, "a member's name", strlen(name));
    if (!read_data(zip, member, *room, error))
        return false;
    *room -= member->bytes;
    return true;
}

static bool read_all(struct zip_members *members, struct archive *zip, const char *path, size_t room,
                     struct error *error)
{
    /* The seekable reader goes by the directory at the end, so a truncated file is never half believed. */
    if (archive_read_support_format_zip_seekable(zip) != ARCHIVE_OK ||
        archive_read_open_filename(zip, path, READ_BLOCK_BYTES) != ARCHIVE_OK)
        return error_set(error, "not a whole .keras file (%s); fetch or save it again", reason(zip));

    /* Entries without data count too: a directory of millions of names is work as well. */
    for (int entries = 0; entries <= 2 * ZIP_MEMBERS_MAX; entries++) {
        struct archive_entry *entry = NULL;
        int status = archive_read_next_header(zip, &entry);
        if (status == ARCHIVE_EOF)
            return true;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return error_set(error, "not a whole .keras file (%s); fetch or save it again", reason(zip));
        if (!read_member(members, zip, entry, &room, error))
            return false;
    }
    return error_set(error, "holds more than %d members; this is not a model file", ZIP_MEMBERS_MAX);
}

static bool check_file(const char *path, size_t bytes_max, struct error *error)
{
    /* Not blocking: a pipe without a writer would make open wait. */
    int descriptor = open(path, O_RDONLY | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        error_set(error, "cannot read the file: %s; name a model file that can be read", strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    char begin[2] = "";
    ssize_t got = S_ISREG(status.st_mode) ? read(descriptor, begin, sizeof begin) : 0;
    close(descriptor);
    if (!S_ISREG(status.st_mode))
        return error_set(error, "not a regular file; name a model file, .keras or .h5");
    if (got == sizeof begin && memcmp(begin, "PK", sizeof begin) != 0)
        return error_set(error,
                         "neither a .keras nor a .h5 file; name a model file, or fetch or save it again");
    if ((uintmax_t)status.st_size > bytes_max)
        return error_set(error, "has more than %zu bytes; this is not a model file", bytes_max);
    return true;
}

bool zip_members_read(struct zip_members *members, const char *path, size_t bytes_max, struct error *error)
{
    *members = (struct zip_members){0};
    if (!check_file(path, bytes_max, error))
        return error_within(error, "%s", path);
    struct archive *zip = archive_read_new();
    if (!zip)
        return error_memory(error, "reading a zip file", 0);
    bool read = read_all(members, zip, path, bytes_max, error);
    archive_read_free(zip);
    if (!read) {
        zip_members_close(members);
        return error_within(error, "%s", path);
    }
    return true;
}

void zip_members_close(struct zip_members *members)
{
    for (int i = 0; i < members->count; i++) {
        free(members->items[i].name);
        free(members->items[i].data);
    }
    *members = (struct zip_members){0};
}

const struct zip_member *zip_members_find(const struct zip_members *members, const char *name)
{
    for (int i = 0; i < members->count; i++)
        if (strcmp(members->items[i].name, name) == 0)
            return &members->items[i];
    return NULL;
}
