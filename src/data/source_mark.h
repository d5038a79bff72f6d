/* Whether data are what they were, without reading them. */
#ifndef MATINEE_DATA_SOURCE_MARK_H
#define MATINEE_DATA_SOURCE_MARK_H

#include "hash128.h"

#include <stdbool.h>
#include <stdint.h>

/* Of a file: its device, inode, size, and the times of its last change (mtime) and of the last change of that or of
 * anything else about it (ctime, which no program can set back). Of a directory with aclImdb: the names, sizes and
 * these times of all its reviews. */
struct source_mark {
    bool is_directory;
    struct hash128 hash;
    int64_t newest; /* of the times, in nanoseconds */
    int64_t taken;  /* when this mark was, before anything was looked at */
};

/* False for what is neither a file nor such a directory, or cannot be listed. */
bool source_mark_take(struct source_mark *mark, const char *path, int threads);

/* Whether a later change would show. A change soon after another may bear the same time: file systems round it, FAT to
 * two seconds. */
bool source_mark_is_sure(const struct source_mark *mark);

bool source_mark_equals(const struct source_mark *a, const struct source_mark *b);

#endif
