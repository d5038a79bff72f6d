#include "matinee/keras_file.h"

#include "config.h"
#include "file_bytes.h"
#include "layer_shapes.h"
#include "legacy.h"
#include "weights.h"
#include "zip.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the functions below read: the texts and the HDF5 file lie in the zip's members, or in the file itself. */
struct keras_file {
    char *path;
    struct zip_members members; /* of a .keras file */
    char *bytes;                /* of a .h5 file */
    size_t byte_count;
    enum keras_form form;
    struct h5_text config, training; /* training: a .h5 file's optimizer and loss, or nothing */
    struct h5_image weights;
    enum keras_generation generation;
    char version[KERAS_VERSION_BYTES];
    const char *backend; /* what the caller knows of it */
};

static bool find_standard(struct keras_file *file, const char *name, struct h5_text *member,
                          struct error *error)
{
    const struct zip_member *found = zip_members_find(&file->members, name);
    if (!found)
        return error_set(error, "%s: member %s is missing; name a file that Keras or this program saved",
                         file->path, name);
    *member = (struct h5_text){found->data, found->bytes};
    return true;
}

static void keep_version(struct keras_file *file, struct h5_text version)
{
    char print[H5_NAME_BYTES];
    snprintf(file->version, sizeof file->version, "%.*s", KERAS_VERSION_BYTES - 1,
             h5_text_print(print, version));
    file->generation = config_generation_of(file->version);
}

static bool open_archive(struct keras_file *file, struct error *error)
{
    struct h5_text weights;
    file->form = KERAS_FORM_ARCHIVE;
    if (!zip_members_read(&file->members, file->path, ZIP_BYTES_MAX, error) ||
        !find_standard(file, "config.json", &file->config, error) ||
        !find_standard(file, "model.weights.h5", &weights, error))
        return false;
    const struct zip_member *metadata = zip_members_find(&file->members, "metadata.json");
    if (metadata) {
        char version[KERAS_VERSION_BYTES];
        config_version(version, metadata->data, metadata->bytes);
        keep_version(file, h5_text_of(version));
    }
    return h5_open(&file->weights, weights.data, weights.bytes, error) ||
           error_within(error, "%s: model.weights.h5", file->path);
}

/* The only text of an attribute; data NULL if there is none. */
static bool read_attribute(const struct h5_image *image, uint64_t object, const char *name,
                           struct h5_text *text, struct error *error)
{
    struct h5_texts texts;
    bool found;
    bool read = h5_attribute_texts(image, object, name, &texts, &found, error);
    *text = read && texts.count > 0 ? texts.items[0] : (struct h5_text){NULL, 0};
    free(texts.items);
    return read;
}

/* Which of Keras' HDF5 files it is: a model says its configuration; weights alone have a list of layers as an
 * attribute, or in Keras 3 as groups. */
static bool read_root(struct keras_file *file, struct error *error)
{
    const struct h5_image *image = &file->weights;
    struct h5_text version, layers;
    uint64_t group;
    if (!read_attribute(image, image->root, "model_config", &file->config, error) ||
        !read_attribute(image, image->root, "training_config", &file->training, error) ||
        !read_attribute(image, image->root, "keras_version", &version, error) ||
        !read_attribute(image, image->root, "layer_names", &layers, error) ||
        !h5_find(image, image->root, h5_text_of("model_weights"), &group, error))
        return false;
    keep_version(file, version);
    file->form = file->config.data ? KERAS_FORM_MODEL
                 : layers.data     ? KERAS_FORM_OLD_WEIGHTS
                                   : KERAS_FORM_WEIGHTS;
    if (file->form != KERAS_FORM_WEIGHTS)
        return true;
    if (group != 0)
        return error_set(error, "has no attribute model_config; save the model again with Keras");
    return true;
}

static bool open_hdf5(struct keras_file *file, struct error *error)
{
    return file_bytes_read(&file->bytes, &file->byte_count, file->path, ZIP_BYTES_MAX, error) &&
           ((h5_open(&file->weights, file->bytes, file->byte_count, error) && read_root(file, error)) ||
            error_within(error, "%s", file->path));
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
    if (!(file_is_hdf5(path) ? open_hdf5(file, error) : open_archive(file, error)))
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
    free(file->bytes);
    free(file->path);
    free(file);
}

struct keras_description keras_file_describe(const struct keras_file *file)
{
    return (struct keras_description){.form = file->form, .version = file->version};
}

void keras_file_assume_backend(struct keras_file *file, const char *backend)
{
    file->backend = backend;
}

/* Weights are stored as they are: a file with fewer bytes than the configuration's weights is refused before anybody
 * allocates memory for them. */
static bool weights_can_fit(const struct keras_file *file, const struct spec *spec, struct error *error)
{
    for (int i = 0; i < spec->layer_count; i++)
        if (layer_shape_weights(spec, i) * (double)sizeof(float) > (double)file->weights.bytes)
            return error_set(
                error, "layer %s has more weights than %s has room for; fetch or save the file again",
                spec->layers[i].name, file->form == KERAS_FORM_ARCHIVE ? "model.weights.h5" : "the file");
    return true;
}

bool keras_file_spec(const struct keras_file *file, struct spec *spec, struct error *error)
{
    bool archive = file->form == KERAS_FORM_ARCHIVE;
    if (!file->config.data)
        return error_set(error,
                         "%s: holds weights and no architecture; name that, too: matinee convert %s "
                         "OUT.keras --model PRESET|CONFIG.json",
                         file->path, file->path);
    if (!config_read(spec, file->config.data, file->config.bytes, file->generation, CONFIG_WITH_WEIGHTS,
                     error))
        return error_within(error, "%s: %s", file->path, archive ? "config.json" : "model_config");
    if (file->training.data &&
        !config_read_training(&spec->adam, file->training.data, file->training.bytes, error))
        return error_within(error, "%s: training_config", file->path);
    return weights_can_fit(file, spec, error) ||
           error_within(error, "%s: %s", file->path, archive ? "config.json" : "model_config");
}

bool keras_file_state(const struct keras_file *file, const struct spec *spec,
                      const struct parameter_table *table, struct training_state *state, bool *has_slots,
                      double *learning_rate, struct error *error)
{
    assert(state->weights && state->m && state->v);
    *has_slots = false;
    state->iterations = 0;
    memset(state->m, 0, table->total_count * sizeof *state->m);
    memset(state->v, 0, table->total_count * sizeof *state->v);
    bool legacy = file->form == KERAS_FORM_MODEL || file->form == KERAS_FORM_OLD_WEIGHTS;
    struct legacy_origin origin = {.is_keras1 = strncmp(file->version, "1.", 2) == 0,
                                   .backend = file->backend};
    if (legacy ? legacy_read(&file->weights, &origin, spec, table, state, has_slots, learning_rate, error)
               : weights_read(&file->weights, spec, table, state, has_slots, learning_rate, error))
        return true;
    return file->form == KERAS_FORM_ARCHIVE ? error_within(error, "%s: model.weights.h5", file->path)
                                            : error_within(error, "%s", file->path);
}

const char *keras_file_member(const struct keras_file *file, const char *name, size_t *bytes)
{
    const struct zip_member *member = zip_members_find(&file->members, name);
    if (!member)
        return NULL;
    *bytes = member->bytes;
    return member->data;
}

const char *keras_file_member_name(const struct keras_file *file, int number)
{
    return number < file->members.count ? file->members.items[number].name : NULL;
}
