/* UTF-8 as RFC 3629 allows it: shortest forms, no surrogates, nothing above U+10FFFF. */
#ifndef MATINEE_DATA_UTF8_H
#define MATINEE_DATA_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at text[0], and its code point; 0 if those bytes are not UTF-8. bytes > 0 are readable. */
size_t utf8_decode(const char *text, size_t bytes, uint32_t *code_point);

/* Offset of the first byte that does not start a UTF-8 character; `bytes` if all do. */
size_t utf8_valid_bytes(const char *text, size_t bytes);

#endif
