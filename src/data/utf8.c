#include "utf8.h"

static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

size_t utf8_decode(const char *text, size_t bytes, uint32_t *code_point)
{
    /* The smallest code point that needs so many bytes: below it the form is an overlong one. */
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};

    unsigned char first = (unsigned char)text[0];
    size_t length = length_of(first);
    if (length == 0 || length > bytes)
        return 0;
    uint32_t value = first & first_bits[length];
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (next & 0x3F);
    }
    if (value < smallest[length] || (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF)
        return 0;
    *code_point = value;
    return length;
}

size_t utf8_valid_bytes(const char *text, size_t bytes)
{
    size_t at = 0;
    while (at < bytes) {
        if ((unsigned char)text[at] < 0x80) {
            at++;
            continue;
        }
        uint32_t code_point;
        size_t length = utf8_decode(text + at, bytes - at, &code_point);
        if (length == 0)
            return at;
        at += length;
    }
    return at;
}
