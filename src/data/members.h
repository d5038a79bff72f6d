/* Members of an archive, whatever its format, that are reviews: .../train/pos/NAME.txt. */
#ifndef MATINEE_DATA_MEMBERS_H
#define MATINEE_DATA_MEMBERS_H

#include "corpus.h"

struct archive;
struct archive_entry;

/* One byte more than a review may have, so that a longer one is noticed without being read. */
enum { MEMBER_BUFFER_BYTES = REVIEW_MAX_BYTES + 1 };

struct member_place {
    enum corpus_split split;
    bool positive;
    const char *name; /* within the path that it was found in */
};

/* What lies above those folders does not matter, other members are not ours. Nothing is ever extracted: a path is a
 * name and no more, whatever dots are in it. */
bool member_find_place(const char *path, struct member_place *place);

/* The path of a member as UTF-8 or in the locale's encoding; NULL if it has neither. */
const char *member_path(struct archive_entry *entry);

/* "the archive is damaged or cut off after LAST", or "after its first bytes" if that is "". Always returns false. */
bool member_damaged(const struct corpus *corpus, struct archive *archive, const char *last,
                    struct error *error);

/* Reads the member that the archive stands at, and adds it to the corpus. buffer: (MEMBER_BUFFER_BYTES). */
bool member_read(struct corpus *corpus, struct archive *archive, struct archive_entry *entry,
                 const struct member_place *place, char *buffer, struct error *error);

#endif
