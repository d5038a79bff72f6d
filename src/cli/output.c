#include "matinee/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Asks the pipe itself: the write that failed may have been long ago, and its errno lost. */
static bool reader_is_gone(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

bool flush_output(struct error *error)
{
    bool failed_before = ferror(stdout);
    errno = 0;
    bool flushed = fflush(stdout) == 0;
    int reason = errno;
    if (flushed && !failed_before)
        return true;
    if (reader_is_gone()) {
        error->message[0] = '\0';
        return false;
    }
    return error_set(error, "standard output: cannot write: %s", strerror(reason ? reason : EIO));
}

/* Bytes of the UTF-8 character at `text`; 0 if there is none. Overlong forms are left to those who decode. */
static size_t character_bytes(const unsigned char *text)
{
    size_t bytes = text[0] < 0x80                      ? 1
                   : text[0] >= 0xC2 && text[0] < 0xE0 ? 2
                   : text[0] >= 0xE0 && text[0] < 0xF0 ? 3
                   : text[0] >= 0xF0 && text[0] < 0xF5 ? 4
                                                       : 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return bytes;
}

void make_printable(char *text)
{
    const unsigned char *from = (const unsigned char *)text;
    char *to = text;
    while (*from) {
        size_t bytes = character_bytes(from);
        bool blank = *from >= '\t' && *from <= '\r';
        bool control = *from < ' ' || *from == 0x7F || (*from == 0xC2 && from[1] < 0xA0);
        if (bytes == 0 || control) {
            *to++ = blank ? ' ' : '?';
        } else {
            memmove(to, from, bytes);
            to += bytes;
        }
        from += bytes ? bytes : 1;
    }
    *to = '\0';
}
