#include "matinee/keras_file.h"

#include "config.h"
#include "layer_shapes.h"
#include "weights.h"
#include "zip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { STANDARD_MEMBERS = 3 };

struct keras_file {
    char *path;
    struct zip_members members;
    const struct zip_member *config, *weights;
};

static bool find_standard(struct keras_file *file, const char *name, const struct zip_member **member,
                          struct error *error)
{
    *member = zip_members_find(&file->members, name);
    return *member ||
           error_set(error, "%s: member %s is missing; name a file that Keras 3 or this program saved",
                     file->path, name);
}

bool keras_file_open(struct keras_file **result, const char *path, struct error *error)
{
    *result = NULL;
    struct keras_file *file = calloc(1, sizeof *file);
    if (!file)
        return error_memory(error, "a model file", sizeof *file);
    file->path = strdup(path);
    if (!file->path) {
        error_memory(error, "a file name", strlen(path));
        goto fail;
    }
    if (!zip_members_read(&file->members, path, ZIP_BYTES_MAX, error) ||
        !find_standard(file, "config.json", &file->config, error) ||
        !find_standard(file, "model.weights.h5", &file->weights, error))
        goto fail;
    *result = file;
    return true;
fail:
    keras_file_close(file);
    return false;
}

void keras_file_close(struct keras_file *file)
{
    if (!file)
        return;
    zip_members_close(&file->members);
    free(file->path);
    free(file);
}

/* Weights are stored as they are: a file with fewer bytes than config.json's weights is refused before
 * anybody allocates memory for them. */
static bool weights_can_fit(const struct keras_file *file, const struct spec *spec, struct error *error)
{
    for (int i = 0; i < spec->layer_count; i++)
        if (layer_shape_weights(spec, i) * (double)sizeof(float) > (double)file->weights->bytes)
            return error_set(
                error,
                "layer %s has more weights than model.weights.h5 has room for; fetch or save the file again",
                spec->layers[i].name);
    return true;
}

bool keras_file_spec(const struct keras_file *file, struct spec *spec, struct error *error)
{
    const struct zip_member *metadata = zip_members_find(&file->members, "metadata.json");
    enum keras_generation generation =
        metadata ? config_generation(metadata->data, metadata->bytes) : KERAS_UNKNOWN;
    return (config_read(spec, file->config->data, file->config->bytes, generation, CONFIG_WITH_WEIGHTS,
                        error) &&
            weights_can_fit(file, spec, error)) ||
           error_within(error, "%s: config.json", file->path);
}

bool keras_file_state(const struct keras_file *file, const struct spec *spec,
                      const struct parameter_table *table, struct training_state *state, bool *has_slots,
                      double *learning_rate, struct error *error)
{
    return weights_read(file->weights->data, file->weights->bytes, spec, table, state, has_slots,
                        learning_rate, error) ||
           error_within(error, "%s: model.weights.h5", file->path);
}

const char *keras_file_member(const struct keras_file *file, const char *name, size_t *bytes)
{
    const struct zip_member *member = zip_members_find(&file->members, name);
    if (!member)
        return NULL;
    *bytes = member->bytes;
    return member->data;
}

/* Keras never reads this member. It holds no clock time, so that runs with equal seeds end in equal files;
 * the date is that of the zip's members. 3.0.0 is the oldest release that reads what we write. */
static const char metadata[] = "{\"keras_version\": \"3.0.0\", \"date_saved\": \"1980-01-01@00:00:00\"}";

static bool write_members(const char *path, const struct keras_contents *contents,
                          const struct keras_member standard[static STANDARD_MEMBERS], struct error *error)
{
    int count = STANDARD_MEMBERS + contents->member_count;
    struct keras_member *all = malloc((size_t)count * sizeof *all);
    if (!all)
        return error_memory(error, "the list of members", (size_t)count * sizeof *all);
    for (int i = 0; i < STANDARD_MEMBERS; i++)
        all[i] = standard[i];
    for (int i = 0; i < contents->member_count; i++) {
        assert(strncmp(contents->members[i].name, "matinee/", 8) == 0);
        all[STANDARD_MEMBERS + i] = contents->members[i];
    }
    bool written = zip_write(path, all, count, error);
    free(all);
    return written;
}

bool keras_file_write(const char *path, const struct keras_contents *contents, struct error *error)
{
    char *config = config_write(contents->spec);
    void *weights = NULL;
    size_t weights_bytes = 0;
    bool written = false;
    if (!config) {
        error_memory(error, "config.json", 0);
    } else if (!weights_write(&weights, &weights_bytes, contents->spec, contents->table, contents->state,
                              error)) {
        error_within(error, "%s", path);
    } else {
        const struct keras_member standard[STANDARD_MEMBERS] = {
            {"metadata.json", metadata, sizeof metadata - 1},
            {"config.json", config, strlen(config)},
            {"model.weights.h5", weights, weights_bytes},
        };
        written = write_members(path, contents, standard, error);
    }
    free(config);
    free(weights);
    return written;
}
