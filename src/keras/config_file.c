#include "matinee/keras_file.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hundred times what the deepest network needs. */
enum { CONFIG_BYTES_MAX = 4 << 20 };

/* The caller frees *text. */
static bool read_text(char **text, size_t *bytes, const char *path, struct error *error)
{
    *text = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, "%s: cannot open the file: %s; check the name", path, strerror(errno));
    bool read = false;
    *text = malloc(CONFIG_BYTES_MAX + 1);
    if (!*text) {
        error_memory(error, "a model's configuration", CONFIG_BYTES_MAX + 1);
        goto close;
    }
    *bytes = fread(*text, 1, CONFIG_BYTES_MAX + 1, file);
    if (ferror(file))
        error_set(error, "%s: cannot read the file: %s; name a config.json", path, strerror(errno));
    else if (*bytes > CONFIG_BYTES_MAX)
        error_set(error,
                  "%s: is larger than %d MiB, but a config.json has some kB; name one, or a .keras file",
                  path, CONFIG_BYTES_MAX >> 20);
    else
        read = true;
close:
    fclose(file);
    return read;
}

bool keras_config_read(struct spec *spec, const char *path, struct error *error)
{
    char *text;
    size_t bytes = 0;
    bool read = read_text(&text, &bytes, path, error) &&
                (config_read(spec, text, bytes, KERAS_3, error) || error_within(error, "%s", path));
    free(text);
    return read;
}
