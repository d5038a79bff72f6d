#include "h5_parts.h"

enum { HEADER_BYTES = 16, MESSAGE_HEADER_BYTES = 8, FLAG_SHARED = 2 };

bool h5_messages_begin(struct h5_messages *messages, const struct h5_image *image, uint64_t object,
                       struct error *error)
{
    *messages = (struct h5_messages){.image = image, .object = object};
    const unsigned char *header = h5_bytes(image, object, HEADER_BYTES);
    if (!header)
        return h5_damaged(object, error);
    if (header[0] == 'O')
        return h5_unsupported("object headers of version 2", error);
    uint64_t bytes = h5_number_at(header + 8, 4);
    if (header[0] != 1 || !h5_bytes(image, object + HEADER_BYTES, bytes))
        return h5_damaged(object, error);
    messages->left = (unsigned)h5_number_at(header + 2, 2);
    messages->chunks[messages->chunk_count++] = (struct h5_text){(const char *)header + HEADER_BYTES, bytes};
    return true;
}

static bool add_chunk(struct h5_messages *messages, const struct h5_message *continuation,
                      struct error *error)
{
    if (continuation->bytes < 16 || messages->chunk_count == H5_CHUNKS_LIMIT)
        return h5_damaged(messages->object, error);
    uint64_t address = h5_number_at(continuation->data, 8), bytes = h5_number_at(continuation->data + 8, 8);
    const unsigned char *data = h5_bytes(messages->image, address, bytes);
    if (!data)
        return h5_damaged(address, error);
    messages->chunks[messages->chunk_count++] = (struct h5_text){(const char *)data, bytes};
    return true;
}

/* A message that lies elsewhere is of a named datatype, say. */
static bool is_shared(const struct h5_message *message, unsigned flags)
{
    return flags & FLAG_SHARED &&
           (message->type == H5_MESSAGE_DATASPACE || message->type == H5_MESSAGE_DATATYPE ||
            message->type == H5_MESSAGE_ATTRIBUTE);
}

bool h5_messages_next(struct h5_messages *messages, struct h5_message *message, bool *more,
                      struct error *error)
{
    *more = false;
    while (messages->chunk < messages->chunk_count && messages->left > 0) {
        struct h5_text *rest = &messages->chunks[messages->chunk];
        if (rest->bytes < MESSAGE_HEADER_BYTES) {
            messages->chunk++;
            continue;
        }
        const unsigned char *at = (const unsigned char *)rest->data;
        size_t bytes = (size_t)h5_number_at(at + 2, 2);
        if (bytes > rest->bytes - MESSAGE_HEADER_BYTES)
            return h5_damaged(messages->object, error);
        *message = (struct h5_message){(int)h5_number_at(at, 2), at + MESSAGE_HEADER_BYTES, bytes};
        *rest = h5_text_end(*rest, MESSAGE_HEADER_BYTES + bytes);
        messages->left--;
        if (is_shared(message, at[4]))
            return h5_unsupported("shared messages", error);
        if (message->type == H5_MESSAGE_CONTINUATION) {
            if (!add_chunk(messages, message, error))
                return false;
        } else if (message->type != H5_MESSAGE_NIL) {
            *more = true;
            return true;
        }
    }
    return true;
}

bool h5_message_find(const struct h5_image *image, uint64_t object, int type, struct h5_message *message,
                     struct error *error)
{
    struct h5_messages messages;
    bool more;
    if (!h5_messages_begin(&messages, image, object, error))
        return false;
    do {
        *message = (struct h5_message){.type = H5_MESSAGE_NIL};
        if (!h5_messages_next(&messages, message, &more, error))
            return false;
    } while (more && message->type != type);
    if (!more)
        *message = (struct h5_message){.type = H5_MESSAGE_NIL};
    return true;
}
