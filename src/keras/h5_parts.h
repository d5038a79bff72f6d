/* What the files of the HDF5 reader share: bytes at an address, and the messages of an object's header. */
#ifndef MATINEE_KERAS_H5_PARTS_H
#define MATINEE_KERAS_H5_PARTS_H

#include "h5_image.h"

/* Message types of an object header. */
enum {
    H5_MESSAGE_NIL = 0x00,
    H5_MESSAGE_DATASPACE = 0x01,
    H5_MESSAGE_LINK_INFO = 0x02,
    H5_MESSAGE_DATATYPE = 0x03,
    H5_MESSAGE_LINK = 0x06,
    H5_MESSAGE_EXTERNAL_FILES = 0x07,
    H5_MESSAGE_LAYOUT = 0x08,
    H5_MESSAGE_ATTRIBUTE = 0x0c,
    H5_MESSAGE_CONTINUATION = 0x10,
    H5_MESSAGE_SYMBOL_TABLE = 0x11,
    H5_MESSAGE_ATTRIBUTE_INFO = 0x15,
};

/* NULL unless all these bytes are inside the image. */
const unsigned char *h5_bytes(const struct h5_image *image, uint64_t address, uint64_t bytes);

/* A little-endian number of 1 to 8 bytes. */
uint64_t h5_number_at(const unsigned char *at, int bytes);

/* Always false. */
bool h5_damaged(uint64_t address, struct error *error);
bool h5_unsupported(const char *what, struct error *error);

struct h5_message {
    int type;
    const unsigned char *data;
    size_t bytes;
};

/* Walks the messages of an object's header and of its continuations. Memory and work are bounded: a header has at most
 * 65535 messages, and here at most this many continuations. */
enum { H5_CHUNKS_LIMIT = 64 };
struct h5_messages {
    const struct h5_image *image;
    uint64_t object;
    unsigned left; /* messages that the header still announces */
    int chunk, chunk_count;
    struct h5_text chunks[H5_CHUNKS_LIMIT]; /* what is left of each */
};

bool h5_messages_begin(struct h5_messages *messages, const struct h5_image *image, uint64_t object,
                       struct error *error);

/* *more false behind the last. False with an error where the header is damaged. */
bool h5_messages_next(struct h5_messages *messages, struct h5_message *message, bool *more,
                      struct error *error);

/* The first message of a type; data NULL if there is none. */
bool h5_message_find(const struct h5_image *image, uint64_t object, int type, struct h5_message *message,
                     struct error *error);

/* The shape of a dataspace message. */
bool h5_dataspace_read(const unsigned char *data, size_t bytes, int *rank,
                       uint64_t dims[static H5_RANK_LIMIT], struct error *error);

/* Elements of a shape, 1 of a scalar; UINT64_MAX for more than any file holds. */
uint64_t h5_element_count(int rank, const uint64_t *dims);

#endif
