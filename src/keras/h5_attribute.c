#include "h5_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLASS_STRING = 3,
    CLASS_VARIABLE_LENGTH = 9,
    PADDED_WITH_SPACES = 2,
    REFERENCE_BYTES = 16, /* of a text in the global heap */
    COLLECTION_BYTES = 16,
    HEAP_OBJECT_BYTES = 16,
    SPLITS_LIMIT = 1000,
    TEXTS_LIMIT = 1 << 16,
};

/* An attribute's parts inside its message. */
struct attribute {
    struct h5_text name, type, space, data;
};

static size_t padded(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

/* Cuts the next part off; its length is rounded up to 8 bytes in version 1. */
static bool take(struct h5_text *rest, size_t bytes, bool pad, struct h5_text *part)
{
    size_t whole = pad ? padded(bytes) : bytes;
    if (whole > rest->bytes)
        return false;
    *part = (struct h5_text){rest->data, bytes};
    *rest = h5_text_end(*rest, whole);
    return true;
}

static bool split_message(const struct h5_message *message, struct attribute *attribute)
{
    const unsigned char *data = message->data;
    size_t header = message->bytes >= 8 && data[0] == 3 ? 9 : 8;
    if (message->bytes < header || data[0] < 1 || data[0] > 3 || (data[0] > 1 && data[1] != 0))
        return false;
    bool pad = data[0] == 1;
    struct h5_text rest = {(const char *)data + header, message->bytes - header};
    if (!take(&rest, (size_t)h5_number_at(data + 2, 2), pad, &attribute->name) ||
        !take(&rest, (size_t)h5_number_at(data + 4, 2), pad, &attribute->type) ||
        !take(&rest, (size_t)h5_number_at(data + 6, 2), pad, &attribute->space))
        return false;
    attribute->data = rest;
    const char *end = memchr(attribute->name.data, '\0', attribute->name.bytes);
    if (end)
        attribute->name.bytes = (size_t)(end - attribute->name.data);
    return attribute->type.bytes >= 8;
}

static bool find_attribute(const struct h5_image *image, uint64_t object, const char *name,
                           struct attribute *attribute, bool *found, struct error *error)
{
    struct h5_messages messages;
    struct h5_message message;
    bool more;
    *found = false;
    if (!h5_messages_begin(&messages, image, object, error))
        return false;
    for (;;) {
        if (!h5_messages_next(&messages, &message, &more, error))
            return false;
        if (!more)
            return true;
        if (message.type == H5_MESSAGE_ATTRIBUTE_INFO)
            return h5_unsupported("attributes of the newer form", error);
        if (message.type != H5_MESSAGE_ATTRIBUTE)
            continue;
        if (!split_message(&message, attribute))
            return h5_damaged(object, error);
        if (h5_text_equals(attribute->name, name)) {
            *found = true;
            return true;
        }
    }
}

/* A text of the global heap: its length, the address of a collection, and the number of an object in it. */
static bool text_of_reference(const struct h5_image *image, const unsigned char *reference,
                              struct h5_text *text, struct error *error)
{
    uint64_t bytes = h5_number_at(reference, 4), address = h5_number_at(reference + 4, 8),
             index = h5_number_at(reference + 12, 4);
    *text = (struct h5_text){"", 0};
    if (bytes == 0)
        return true;
    const unsigned char *collection = h5_bytes(image, address, COLLECTION_BYTES);
    if (!collection || memcmp(collection, "GCOL\1", 5) != 0)
        return h5_damaged(address, error);
    uint64_t left = h5_number_at(collection + 8, 8);
    if (left < COLLECTION_BYTES || !h5_bytes(image, address, left))
        return h5_damaged(address, error);
    const unsigned char *at = collection + COLLECTION_BYTES;
    left -= COLLECTION_BYTES;
    while (left >= HEAP_OBJECT_BYTES) {
        uint64_t number = h5_number_at(at, 2), held = h5_number_at(at + 8, 8);
        left -= HEAP_OBJECT_BYTES;
        if (number == 0 || held > left)
            break;
        if (number == index && bytes <= held) {
            *text = (struct h5_text){(const char *)at + HEAP_OBJECT_BYTES, (size_t)bytes};
            return true;
        }
        size_t step = padded((size_t)held);
        if (step > left)
            break;
        at += HEAP_OBJECT_BYTES + step;
        left -= step;
    }
    return h5_damaged(address, error);
}

/* Fixed texts end at their first zero or, if they say so, before spaces. */
static struct h5_text text_of_field(const char *field, size_t bytes, bool spaces)
{
    const char *end = memchr(field, '\0', bytes);
    struct h5_text text = {field, end ? (size_t)(end - field) : bytes};
    while (spaces && text.bytes > 0 && text.data[text.bytes - 1] == ' ')
        text.bytes--;
    return text;
}

static bool append_texts(const struct h5_image *image, const struct attribute *attribute,
                         struct h5_texts *texts, struct error *error)
{
    const unsigned char *type = (const unsigned char *)attribute->type.data;
    int class = type[0] & 0x0f, rank;
    size_t element = (size_t)h5_number_at(type + 4, 4);
    uint64_t dims[H5_RANK_LIMIT];
    if (!h5_dataspace_read((const unsigned char *)attribute->space.data, attribute->space.bytes, &rank, dims,
                           error))
        return false;
    uint64_t count = h5_element_count(rank, dims);
    if (count == 0)
        return true;
    bool variable = class == CLASS_VARIABLE_LENGTH && (type[1] & 0x0f) == 1 && element == REFERENCE_BYTES;
    if (!variable && class != CLASS_STRING)
        return error_set(error, "holds no texts; save the model again with Keras");
    if (element == 0 || count > attribute->data.bytes / element ||
        count > TEXTS_LIMIT - (uint64_t)texts->count)
        return error_set(error, "is longer than its place; fetch or save the file again");
    struct h5_text *items = realloc(texts->items, ((size_t)texts->count + (size_t)count) * sizeof *items);
    if (!items)
        return error_memory(error, "an attribute's texts", count * sizeof *items);
    texts->items = items;
    for (uint64_t i = 0; i < count; i++) {
        const char *at = attribute->data.data + i * element;
        struct h5_text *text = &items[texts->count++];
        if (!variable)
            *text = text_of_field(at, element, (type[1] & 0x0f) == PADDED_WITH_SPACES);
        else if (!text_of_reference(image, (const unsigned char *)at, text, error))
            return false;
    }
    return true;
}

static bool append_attribute(const struct h5_image *image, uint64_t object, const char *name,
                             struct h5_texts *texts, bool *found, struct error *error)
{
    struct attribute attribute;
    return (find_attribute(image, object, name, &attribute, found, error) &&
            (!*found || append_texts(image, &attribute, texts, error))) ||
           error_within(error, "attribute %s", name);
}

bool h5_attribute_texts(const struct h5_image *image, uint64_t object, const char *name,
                        struct h5_texts *texts, bool *found, struct error *error)
{
    *texts = (struct h5_texts){.count = 0};
    if (!append_attribute(image, object, name, texts, found, error))
        return false;
    bool more = !*found;
    for (int i = 0; more && i < SPLITS_LIMIT; i++) {
        char part[H5_NAME_BYTES];
        snprintf(part, sizeof part, "%s%d", name, i);
        if (!append_attribute(image, object, part, texts, &more, error))
            return false;
        *found = *found || more;
    }
    return true;
}
