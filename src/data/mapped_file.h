/* Part of a file in the place of memory: the system reads the pages that are touched, and drops them when it needs
 * their room. The files of the cache are never written in place nor made shorter, only replaced and removed as a whole,
 * and what is mapped of such a file stays what it was. So a page can be missing only where a disk fails. */
#ifndef MATINEE_DATA_MAPPED_FILE_H
#define MATINEE_DATA_MAPPED_FILE_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stdint.h>

struct reviews;
struct mapped_file;

/* Bytes to be read, more than none, all of them within the open file, which may be closed afterwards. NULL, with errno,
 * where they cannot be mapped. */
struct mapped_file *mapped_file_open(int file, uint64_t offset, uint64_t bytes);

/* The first bytes of a file, to be written, too; the disk has room for all of them. */
struct mapped_file *mapped_file_writable(int file, uint64_t bytes);

/* From now on they are read in any order: nothing is read ahead. NULL is fine. */
void mapped_file_shuffle(const struct mapped_file *mapped);

void *mapped_file_data(const struct mapped_file *mapped);
void mapped_file_close(struct mapped_file *mapped); /* NULL is fine */

/* Unmaps the rows, or frees them. */
void mapped_tokens_close(struct reviews *reviews);

#endif
