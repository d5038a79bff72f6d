/* Where numbers of words wait that would fill the memory while data are read for the first time: files without a name in
 * the cache's directory. Their room is free again when they are closed, after a crash, too. */
#ifndef MATINEE_DATA_SPILL_H
#define MATINEE_DATA_SPILL_H

#include "mapped_file.h"

#include <stddef.h>

struct spill;

/* The name of a file that is about to lose it, for who tidies the directory: this and ".XXXXXX". */
extern const char *const spill_name;

/* Numbers of so many bytes stay in memory. Makes no file yet; NULL only without memory. */
struct spill *spill_open(const char *directory, int64_t memory_bytes, struct error *error);
void spill_close(struct spill *spill); /* NULL is fine */

/* Appends to the file, from any thread; *offset is for spill_read. False for numbers that stay in memory: there is room,
 * or the file could not be written, on a full disk, say, as nothing is from then on. */
bool spill_write(struct spill *spill, const void *data, size_t bytes, uint64_t *offset);

/* Whether numbers have been written to a file. From any thread; NULL has none. */
bool spill_has_file(struct spill *spill);

/* Whether what does not fit can be written, as far as is known; the message says why not. From any thread. */
bool spill_check(struct spill *spill, struct error *error);

bool spill_read(const struct spill *spill, void *data, size_t bytes, uint64_t offset, struct error *error);

/* Room for numbers of so many bytes, one behind the other: *mapped is a file of its own, zeros to be written, whose room
 * on the disk is taken; or NULL for what stays in memory with all that this said of before, as up to twice as much may
 * where the disk has no room. False for more. NULL is fine for a spill. */
bool spill_map(struct spill *spill, uint64_t bytes, struct mapped_file **mapped, struct error *error);

#endif
