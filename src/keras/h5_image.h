/* A HDF5 file in memory, read without trust: every address, size and count is checked against the bytes that are
 * there before it is used.
 *
 * It knows the part of the format that Keras writes (h5py's default, "earliest"): superblock 0, object headers 1, groups
 * with symbol tables, contiguous and compact datasets, attributes with texts. Anything else is refused by name.
 * Why not the HDF5 library, which writes our files: it believes what it reads, and a .h5 has no checksum. Of 3000 flips
 * of one bit in a Keras file of 52 kB, 24 crash HDF5 1.10.8 and 4 make it hang.
 *
 * Source: HDF5 File Format Specification, version 3.0.
 */
#ifndef MATINEE_KERAS_H5_IMAGE_H
#define MATINEE_KERAS_H5_IMAGE_H

#include "matinee/error.h"

#include <stddef.h>
#include <stdint.h>

enum { H5_RANK_LIMIT = 8, H5_NAME_BYTES = 80 };

/* The bytes belong to the caller and stay as they are while the image is in use. */
struct h5_image {
    const unsigned char *data;
    size_t bytes;  /* up to the end that the file states */
    uint64_t root; /* an object's address, as below */
};

/* A text inside the image, without a zero at its end. */
struct h5_text {
    const char *data;
    size_t bytes;
};

/* Refuses what is no HDF5 file, what was cut off, and other versions of the superblock. */
bool h5_open(struct h5_image *image, const void *data, size_t bytes, struct error *error);

/* The object of a path like "layers/lstm/vars", from a group on; 0 if there is none. Only hard links are followed: a
 * soft one can make a loop, an external one leads into other files; the error names the part of the path. */
bool h5_find(const struct h5_image *image, uint64_t group, struct h5_text path, uint64_t *object,
             struct error *error);

/* Whether a group has members, and how many. False with an error for anything but a group. */
bool h5_group_count(const struct h5_image *image, uint64_t group, int64_t *count, struct error *error);

enum h5_number { H5_NUMBER_OTHER, H5_NUMBER_FLOAT32, H5_NUMBER_FLOAT64, H5_NUMBER_SIGNED };

/* A dataset. Only data that lie in the image as they are can be read; of others no_data says why not. */
struct h5_dataset {
    enum h5_number number; /* little-endian */
    size_t element_bytes;
    int rank; /* 0: a scalar */
    uint64_t dims[H5_RANK_LIMIT];
    const unsigned char *data; /* the product of dims elements, or NULL */
    const char *no_data;
};
bool h5_dataset_read(const struct h5_image *image, uint64_t object, struct h5_dataset *dataset,
                     struct error *error);

/* The texts of an attribute, of fixed or variable length; or of NAME0, NAME1 and so on, into which Keras splits what is
 * longer than 64 KB. Not found is no error: count stays 0 and *found false. free() items. */
struct h5_texts {
    int count;
    struct h5_text *items;
};
bool h5_attribute_texts(const struct h5_image *image, uint64_t object, const char *name,
                        struct h5_texts *texts, bool *found, struct error *error);

/* A text of the file's for a message of one line: its beginning, '?' for what is not printable ASCII. */
const char *h5_text_print(char print[static H5_NAME_BYTES], struct h5_text text);

static inline struct h5_text h5_text_end(struct h5_text text, size_t from)
{
    return (struct h5_text){text.data + from, text.bytes - from};
}

struct h5_text h5_text_of(const char *text);
bool h5_text_equals(struct h5_text text, const char *other);
bool h5_text_contains(struct h5_text text, const char *part);

#endif
