#include "matinee/keras_file.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The caller frees *text. One byte more than CONFIG_BYTES_MAX is read at most. */
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
    else
        read = true;
close:
    fclose(file);
    return read;
}

static bool read_config(struct spec *spec, const char *path, enum config_weights weights, struct error *error)
{
    char *text;
    size_t bytes = 0;
    bool read =
        read_text(&text, &bytes, path, error) &&
        (config_read(spec, text, bytes, KERAS_UNKNOWN, weights, error) || error_within(error, "%s", path));
    free(text);
    return read;
}

bool keras_config_read(struct spec *spec, const char *path, struct error *error)
{
    return read_config(spec, path, CONFIG_ALONE, error);
}

bool keras_architecture_read(struct spec *spec, const char *path, struct error *error)
{
    return read_config(spec, path, CONFIG_WITH_WEIGHTS, error);
}
