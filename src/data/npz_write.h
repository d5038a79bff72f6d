/* Writes a zip of deflated members with plain headers, as Python's zipfile did when Keras' imdb.npz was made: no extra
 * fields, sizes in front of the data, dates 1980-01-01. (libarchive's writer adds fields of its own and puts the sizes
 * behind the data.) Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
#ifndef MATINEE_DATA_NPZ_WRITE_H
#define MATINEE_DATA_NPZ_WRITE_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { NPZ_WRITER_MEMBERS = 4 };

struct npz_writer_member {
    const char *name;
    uint64_t header; /* offset of its local header */
    uint32_t crc;
    uint64_t bytes, packed_bytes;
};

/* Zeroed to begin with. */
struct npz_writer {
    FILE *stream; /* at the start of a file; seekable; its errors are told by whoever closes it */
    int count;
    struct npz_writer_member members[NPZ_WRITER_MEMBERS];
    struct npz_deflate *deflate; /* of the open member */
};

/* Begins a member; `name` must outlive the writer. */
bool npz_writer_begin(struct npz_writer *writer, const char *name, struct error *error);
void npz_writer_add(struct npz_writer *writer, const void *data, size_t bytes);

/* Ends the member: its header gets its sizes. False for more than a plain zip can say, 2^32 - 1 bytes. */
bool npz_writer_end(struct npz_writer *writer, struct error *error);

/* Writes the directory after the last member. */
bool npz_writer_finish(struct npz_writer *writer, struct error *error);

/* Frees what an unfinished member holds. */
void npz_writer_close(struct npz_writer *writer);

#endif
