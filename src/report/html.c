#include "matinee/page.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Bytes of the character at `text`, shortest form and a scalar value (RFC 3629); 0 if there is none. */
static size_t character_bytes(const unsigned char *text, size_t bytes, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = text[0] < 0x80             ? 1
                          : (text[0] & 0xE0) == 0xC0 ? 2
                          : (text[0] & 0xF0) == 0xE0 ? 3
                          : (text[0] & 0xF8) == 0xF0 ? 4
                                                     : 0;
    if (length == 0 || length > bytes)
        return 0;
    *code = length == 1 ? text[0] : text[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3FU);
    }
    bool scalar = *code >= least[length] && *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF);
    return scalar ? length : 0;
}

/* What a character that is not itself in HTML becomes; NULL: it is. */
static const char *substitute(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case 0xFFFE: /* XML 1.0 (section 2.2) has neither */
    case 0xFFFF:
        return replacement;
    default:
        break;
    }
    if (code >= '\t' && code <= '\r')
        return " ";
    return code < 0x20 || (code >= 0x7F && code < 0xA0) ? replacement : NULL;
}

/* Writes the character at `text` and returns the bytes that it took. */
static size_t put_character(FILE *stream, const char *text, size_t bytes)
{
    uint32_t code;
    const size_t length = character_bytes((const unsigned char *)text, bytes, &code);
    const char *instead = length ? substitute(code) : replacement;
    if (instead)
        fputs(instead, stream);
    else
        fwrite(text, 1, length, stream);
    return length ? length : 1;
}

void html_bytes(FILE *stream, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes;)
        i += put_character(stream, text + i, bytes - i);
}

void html_text(FILE *stream, const char *text)
{
    html_bytes(stream, text, strlen(text));
}

/* Bytes of the line break at `text`, 0 if there is none. */
static size_t break_bytes(const char *text, size_t bytes)
{
    static const char *const breaks[] = {"<br />", "<br/>", "<br>", "\n"};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++)
        if (bytes >= strlen(breaks[i]) && memcmp(text, breaks[i], strlen(breaks[i])) == 0)
            return strlen(breaks[i]);
    return 0;
}

void html_prose(FILE *stream, const char *text, size_t bytes)
{
    int breaks = 0;
    for (size_t i = 0; i < bytes;) {
        const size_t length = break_bytes(text + i, bytes - i);
        if (length) {
            breaks++;
            i += length;
            continue;
        }
        for (; breaks > 0; breaks = breaks > 2 ? 1 : breaks - 1)
            fputs("<br />", stream);
        i += put_character(stream, text + i, bytes - i);
    }
}
