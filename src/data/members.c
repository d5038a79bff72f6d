#include "members.h"

#include "stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

/* Goes back from `end` to the start of the component of `path` that stops there. */
static const char *component_before(const char *path, const char *end)
{
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

bool member_find_place(const char *path, struct member_place *place)
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

const char *member_path(struct archive_entry *entry)
{
    /* NULL if the name has characters that the locale lacks. */
    const char *path = archive_entry_pathname(entry);
    return path != NULL ? path : archive_entry_pathname_utf8(entry);
}

bool member_damaged(const struct corpus *corpus, struct archive *archive, const char *last,
                    struct error *error)
{
    char reason[ARCHIVE_REASON_BYTES];
    return error_set(error, "%s: the archive is damaged or cut off after %s (%s); get it again",
                     corpus->source, last[0] == '\0' ? "its first bytes" : last,
                     archive_reason(archive, reason));
}

bool member_read(struct corpus *corpus, struct archive *archive, struct archive_entry *entry,
                 const struct member_place *place, char *buffer, struct error *error)
{
    size_t bytes = 0;
    if (!corpus->parts[place->split].skipped) {
        if (archive_entry_filetype(entry) != AE_IFREG) {
            error_set(error, "not a regular file; pack the archive from plain files");
            return corpus_error_within(corpus, place->split, place->positive, place->name, error);
        }
        la_ssize_t got = archive_read_data(archive, buffer, MEMBER_BUFFER_BYTES);
        if (got < 0)
            return member_damaged(corpus, archive, member_path(entry), error);
        bytes = (size_t)got;
    }
    return corpus_add(corpus, place->split, place->positive, place->name, buffer, bytes, error);
}
