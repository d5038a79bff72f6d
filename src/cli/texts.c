#include "texts.h"

#include "matinee/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char remedy[] = "give a readable file with one review a line";

bool texts_open(struct texts *texts, const char *file, char **arguments, int argument_count,
                struct error *error)
{
    *texts =
        (struct texts){.arguments = file ? NULL : arguments, .argument_count = argument_count, .name = file};
    if (!file)
        return true;
    if (strcmp(file, "-") == 0) {
        texts->stream = stdin;
        texts->name = "standard input";
        return true;
    }
    texts->stream = fopen(file, "rb");
    texts->owned = texts->stream != NULL;
    if (!texts->stream)
        return error_set(error, "%s: cannot open the file of texts: %s; %s", file, strerror(errno), remedy);
    return true;
}

static bool next_line(struct texts *texts, const char **text, size_t *bytes, struct error *error)
{
    ssize_t length;
    errno = 0;
    while ((length = getline(&texts->line, &texts->line_room, texts->stream)) >= 0) {
        texts->number++;
        while (length > 0 && (texts->line[length - 1] == '\n' || texts->line[length - 1] == '\r'))
            length--;
        if (length == 0)
            continue;
        texts->found = true;
        *text = texts->line;
        *bytes = (size_t)length;
        return true;
    }
    if (!feof(texts->stream))
        return error_set(error, "%s: cannot read after line %ld: %s; %s", texts->name, texts->number,
                         strerror(errno), remedy);
    return texts->found || error_set(error, "%s: is empty; write one review a line", texts->name);
}

bool texts_next(struct texts *texts, const char **text, size_t *bytes, struct error *error)
{
    *text = NULL;
    if (!texts->arguments)
        return next_line(texts, text, bytes, error);
    if (texts->number < texts->argument_count) {
        *text = texts->arguments[texts->number++];
        *bytes = strlen(*text);
    }
    return true;
}

bool texts_error_within(const struct texts *texts, struct error *error)
{
    if (texts->arguments)
        return error_within(error, "text %ld", texts->number);
    return error_within(error, "%s, line %ld", texts->name, texts->number);
}

void texts_close(struct texts *texts)
{
    if (texts->owned)
        fclose(texts->stream);
    free(texts->line);
    *texts = (struct texts){.stream = NULL};
}

/* Zero bytes are control characters like others, and not the end. */
static void copy_printable(char *to, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = text[i] ? text[i] : '?';
    to[bytes] = '\0';
    make_printable(to);
}

void text_shorten(char shown[TEXT_SHOWN_BYTES], const char *text, size_t bytes)
{
    const size_t most = TEXT_SHOWN_BYTES - sizeof "...";
    size_t kept = bytes < most ? bytes : most;
    while (kept < bytes && kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80)
        kept--;
    copy_printable(shown, text, kept);
    strcat(shown, kept < bytes ? "..." : "");
}

char *text_printable(const char *text, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    if (copy)
        copy_printable(copy, text, bytes);
    return copy;
}
