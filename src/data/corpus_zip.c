#include "corpus.h"

#include "members.h"
#include "zip_archive.h"

#include <archive.h>
#include <stdlib.h>

static bool read_members(struct corpus *corpus, struct archive *zip, char *buffer, struct error *error)
{
    for (;;) {
        struct archive_entry *entry;
        const char *member;
        struct member_place place;
        if (!zip_next(zip, corpus->source, &entry, &member, error))
            return false;
        if (member == NULL)
            return true;
        if (member_find_place(member, &place) && !member_read(corpus, zip, entry, &place, buffer, error))
            return false;
    }
}

bool corpus_zip_read(struct corpus *corpus, const char *path, struct error *error)
{
    struct archive *zip = NULL;
    char *buffer = malloc(MEMBER_BUFFER_BYTES);
    bool ok =
        buffer != NULL ? zip_open(&zip, path, error) : error_memory(error, "a review", MEMBER_BUFFER_BYTES);
    ok = ok && read_members(corpus, zip, buffer, error);
    archive_read_free(zip);
    free(buffer);
    return ok;
}
