#include "npy_header.h"

#include <string.h>

/* NumPy itself stops at 10,000 bytes. */
enum { TEXT_BYTES_MAX = 10000 };

/* A text such as {'descr': '<i8', 'fortran_order': False, 'shape': (25000,), } and a place in it. */
struct cursor {
    const char *next, *end;
};

static bool take(struct cursor *c, const char *wanted)
{
    while (c->next < c->end && *c->next == ' ')
        c->next++;
    size_t bytes = strlen(wanted);
    if ((size_t)(c->end - c->next) < bytes || memcmp(c->next, wanted, bytes) != 0)
        return false;
    c->next += bytes;
    return true;
}

/* A quoted text, which must fit and be printable. */
static bool take_text(struct cursor *c, char *text, size_t room)
{
    char quote = '\'';
    if (!take(c, "'")) {
        quote = '"';
        if (!take(c, "\""))
            return false;
    }
    size_t bytes = 0;
    for (; c->next < c->end && *c->next != quote; c->next++) {
        if (bytes + 1 >= room || *c->next < ' ' || *c->next > '~')
            return false;
        text[bytes++] = *c->next;
    }
    text[bytes] = '\0';
    return c->next++ < c->end;
}

static bool take_number(struct cursor *c, int64_t *number)
{
    enum { DIGITS_MAX = 15 };
    int digits = 0;
    (void)take(c, "");
    for (*number = 0; c->next < c->end && *c->next >= '0' && *c->next <= '9'; c->next++, digits++) {
        if (digits == DIGITS_MAX)
            return false;
        *number = *number * 10 + (*c->next - '0');
    }
    (void)take(c, "L"); /* of Python 2 */
    return digits > 0;
}

static bool take_shape(struct cursor *c, int64_t *first, int *dimensions)
{
    *dimensions = 0;
    if (!take(c, "("))
        return false;
    while (!take(c, ")")) {
        int64_t number;
        if (!take_number(c, &number))
            return false;
        if ((*dimensions)++ == 0)
            *first = number;
        if (!take(c, ","))
            return take(c, ")");
    }
    return true;
}

static bool parse(struct cursor c, struct npy_header *header, int *dimensions)
{
    bool type = false, order = false, shape = false;
    if (!take(&c, "{"))
        return false;
    while (!take(&c, "}")) {
        char key[32];
        if (!take_text(&c, key, sizeof key) || !take(&c, ":"))
            return false;
        bool *seen = NULL, read = false;
        if (strcmp(key, "descr") == 0) {
            seen = &type;
            read = take_text(&c, header->type, sizeof header->type);
        } else if (strcmp(key, "fortran_order") == 0) {
            seen = &order;
            read = take(&c, "False") || take(&c, "True"); /* one dimension has no order */
        } else if (strcmp(key, "shape") == 0) {
            seen = &shape;
            read = take_shape(&c, &header->count, dimensions);
        }
        if (seen == NULL || *seen || !read)
            return false;
        *seen = true;
        (void)take(&c, ",");
    }
    return type && order && shape && take(&c, "\n") && c.next == c.end;
}

bool npy_header_read(struct npy_header *header, struct npz_reader *npz, struct error *error)
{
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    unsigned char start[8], length[4] = {0};
    char text[TEXT_BYTES_MAX];
    if (!npz_bytes(npz, start, sizeof start, error))
        return false;
    if (memcmp(start, magic, sizeof magic) != 0 || start[6] < 1 || start[6] > 3)
        return error_set(error, "does not begin as an .npy file does; save the file again with NumPy");
    if (!npz_bytes(npz, length, start[6] == 1 ? 2 : 4, error))
        return false;
    size_t bytes = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
    if (bytes > sizeof text)
        return error_set(error, "its header has %zu bytes, more than NumPy reads; save the file again",
                         bytes);
    if (!npz_bytes(npz, text, bytes, error))
        return false;

    int dimensions = 0;
    *header = (struct npy_header){.count = 0};
    if (!parse((struct cursor){text, text + bytes}, header, &dimensions))
        return error_set(error, "its header is not one that NumPy writes for an array of numbers or objects; "
                                "save the file again with NumPy");
    if (dimensions != 1)
        return error_set(
            error, "has %d dimensions, expected 1; save the reviews as Keras does, one list of ranks each",
            dimensions);
    return true;
}
