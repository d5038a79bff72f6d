#include "h5_image.h"

#include "h5_parts.h"

#include <stdio.h>
#include <string.h>

const unsigned char *h5_bytes(const struct h5_image *image, uint64_t address, uint64_t bytes)
{
    bool inside = address <= image->bytes && bytes <= image->bytes - address;
    return inside ? image->data + address : NULL;
}

uint64_t h5_number_at(const unsigned char *at, int bytes)
{
    uint64_t number = 0;
    for (int i = bytes; i-- > 0;)
        number = number << 8 | at[i];
    return number;
}

bool h5_damaged(uint64_t address, struct error *error)
{
    return error_set(error, "the HDF5 file is damaged at byte %llu; fetch or save it again",
                     (unsigned long long)address);
}

bool h5_unsupported(const char *what, struct error *error)
{
    return error_set(
        error, "the HDF5 file has %s, which Keras does not write; save the model again with Keras", what);
}

enum {
    SUPERBLOCK_BYTES = 96,
    VERSION_AT = 8,
    OFFSET_BYTES_AT = 13,
    LENGTH_BYTES_AT = 14,
    BASE_AT = 24,
    END_AT = 40,
    ROOT_AT = 64, /* the object header in the root's symbol table entry */
};

bool h5_open(struct h5_image *image, const void *data, size_t bytes, struct error *error)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    const unsigned char *block = data;
    *image = (struct h5_image){.data = data, .bytes = bytes};
    if (bytes < sizeof signature || memcmp(block, signature, sizeof signature) != 0)
        return error_set(error,
                         "not a readable HDF5 file (it does not begin as one); fetch or save the model "
                         "again");
    if (bytes < SUPERBLOCK_BYTES)
        return error_set(error, "not a readable HDF5 file (it ends after %zu bytes); fetch or save it again",
                         bytes);
    if (block[VERSION_AT] != 0 || block[OFFSET_BYTES_AT] != 8 || block[LENGTH_BYTES_AT] != 8)
        return h5_unsupported("a superblock of another version", error);
    uint64_t end = h5_number_at(block + END_AT, 8);
    if (h5_number_at(block + BASE_AT, 8) != 0 || end < SUPERBLOCK_BYTES)
        return h5_damaged(BASE_AT, error);
    if (end > bytes)
        return error_set(error, "not a whole HDF5 file (%zu bytes of %llu); fetch or save it again", bytes,
                         (unsigned long long)end);
    image->bytes = (size_t)end;
    image->root = h5_number_at(block + ROOT_AT, 8);
    return true;
}

const char *h5_text_print(char print[static H5_NAME_BYTES], struct h5_text text)
{
    size_t bytes = text.bytes < H5_NAME_BYTES - 1 ? text.bytes : H5_NAME_BYTES - 1;
    for (size_t i = 0; i < bytes; i++)
        print[i] = text.data[i] >= ' ' && text.data[i] <= '~' ? text.data[i] : '?';
    print[bytes] = '\0';
    return print;
}

struct h5_text h5_text_of(const char *text)
{
    return (struct h5_text){text, strlen(text)};
}

bool h5_text_equals(struct h5_text text, const char *other)
{
    return strlen(other) == text.bytes && memcmp(text.data, other, text.bytes) == 0;
}

bool h5_text_contains(struct h5_text text, const char *part)
{
    size_t bytes = strlen(part);
    for (size_t i = 0; i + bytes <= text.bytes; i++)
        if (memcmp(text.data + i, part, bytes) == 0)
            return true;
    return false;
}
