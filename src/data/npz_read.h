/* The members of an .npz file (NumPy's arrays, one a member of a zip) as streams of bytes. Nothing is unpacked to disk
 * or kept: memory does not depend on the file. */
#ifndef MATINEE_DATA_NPZ_READ_H
#define MATINEE_DATA_NPZ_READ_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one file may unpack to, and how many members it may have. */
enum { NPZ_BYTES_MAX = 1 << 30, NPZ_MEMBERS_MAX = 64, NPZ_NAME_BYTES = 64 };

struct npz_reader {
    struct archive *zip;
    char name[NPZ_NAME_BYTES]; /* of the present member, cut; "" after the last one */
    unsigned char *block;
    size_t at, have; /* in the block: the bytes from `at` to `have` come next */
    uint64_t offset; /* in the member, of the byte block[0] */
    uint64_t room;   /* bytes that the file may still unpack to */
    int members;     /* so far */
    bool damaged;    /* the error is set, and no other one matters */
};

/* Opens a zip file by the directory at its end, so that a truncated one is refused. Fills a zeroed struct. Errors do
 * not name the file, nor do those below name the member. */
bool npz_open(struct npz_reader *npz, const char *path, struct error *error);
void npz_close(struct npz_reader *npz);

/* Goes on to the next member; its unread bytes are left out and not checked. */
bool npz_next(struct npz_reader *npz, struct error *error);

/* Offset in the member of the byte that comes next. */
static inline uint64_t npz_offset(const struct npz_reader *npz)
{
    return npz->offset + npz->at;
}

/* The next bytes, so many or an error. */
bool npz_bytes(struct npz_reader *npz, void *bytes, size_t count, struct error *error);

/* Checks that no byte follows, and the member's checksum. */
bool npz_end(struct npz_reader *npz, struct error *error);

/* After a member's contents were refused: reads on to its checksum, and if that differs says so instead. Always returns
 * false. */
bool npz_blame(struct npz_reader *npz, struct error *error);

#endif
