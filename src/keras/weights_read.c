#include "hdf5_tools.h"
#include "layer_names.h"
#include "weights.h"

#include "matinee/dims.h"

#include <assert.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

enum { REASON_BYTES = 128 };

/* Only hard links are followed: a soft one can make a loop, an external one leads into other files. */
static bool link_exists(hid_t file, const char *path, bool *exists, struct error *error)
{
    char part[DATASET_PATH_BYTES];
    *exists = false;
    for (size_t length = 0; path[length];) {
        length += path[length] == '/';
        length += strcspn(path + length, "/");
        memcpy(part, path, length);
        part[length] = '\0';
        H5L_info_t link;
        if (H5Lexists(file, part, H5P_DEFAULT) <= 0)
            return true;
        if (H5Lget_info(file, part, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
            return error_set(error, "%s is a link to somewhere else; save the model again with Keras", part);
    }
    *exists = true;
    return true;
}

/* A dataset of a known shape and number class whose bytes lie in this file as they are. */
struct expectation {
    H5T_class_t class;
    size_t bytes, other_bytes; /* of an element */
    int rank;
    const int *shape;
    const char *what; /* "float32" */
};

static bool check_shape(hid_t dataset, const struct expectation *expected, const char *path,
                        struct error *error)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
    bool is_simple = space >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL;
    if (space >= 0)
        H5Sclose(space);
    bool equal = is_simple && rank == expected->rank;
    for (int i = 0; equal && i < rank; i++)
        equal = dims[i] == (hsize_t)expected->shape[i];
    if (equal)
        return true;
    char found[96] = "", wanted[48] = "";
    for (int i = 0; i < rank && strlen(found) < sizeof found - 24; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%llu", i ? "," : "",
                 (unsigned long long)dims[i]);
    for (int i = 0; i < expected->rank; i++)
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%d", i ? "," : "",
                 expected->shape[i]);
    return error_set(error,
                     "%s has shape (%s), but config.json asks for (%s); save the model again with Keras",
                     path, found, wanted);
}

static bool check_type(hid_t dataset, const struct expectation *expected, const char *path,
                       struct error *error)
{
    hid_t type = H5Dget_type(dataset);
    bool fits = type >= 0 && H5Tget_class(type) == expected->class &&
                (H5Tget_size(type) == expected->bytes || H5Tget_size(type) == expected->other_bytes);
    if (type >= 0)
        H5Tclose(type);
    return fits ||
           error_set(error, "%s is not %s; save the model again with float32 weights", path, expected->what);
}

/* Chunks, filters, external files and virtual datasets are what Keras never writes. */
static bool check_storage(hid_t dataset, const char *path, struct error *error)
{
    hid_t creation = H5Dget_create_plist(dataset);
    H5D_layout_t layout = creation < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(creation);
    bool plain = (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation) == 0) || layout == H5D_COMPACT;
    if (creation >= 0)
        H5Pclose(creation);
    return plain ||
           error_set(error, "%s is stored in chunks or outside the file; save the model again with Keras",
                     path);
}

static bool read_dataset(hid_t file, const char *path, const struct expectation *expected, hid_t memory_type,
                         void *to, struct error *error)
{
    bool exists;
    if (!link_exists(file, path, &exists, error))
        return false;
    if (!exists)
        return error_set(error, "dataset %s is missing; save the model again with Keras", path);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    char reason[REASON_BYTES];
    if (dataset < 0) {
        hdf5_reason(reason, sizeof reason);
        return error_set(error, "%s cannot be opened as a dataset (%s); save the model again", path, reason);
    }
    bool read = check_shape(dataset, expected, path, error) && check_type(dataset, expected, path, error) &&
                check_storage(dataset, path, error);
    if (read && H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0) {
        hdf5_reason(reason, sizeof reason);
        read = error_set(error, "%s cannot be read (%s); save the model again", path, reason);
    }
    H5Dclose(dataset);
    return read;
}

static bool read_floats(hid_t file, const char *path, const struct parameter *parameter, float *arena,
                        bool is_square, struct error *error)
{
    struct expectation expected = {H5T_FLOAT,       sizeof(float),    sizeof(float),
                                   parameter->rank, parameter->shape, "float32"};
    float *values = arena + parameter->offset;
    return read_dataset(file, path, &expected, H5T_NATIVE_FLOAT, values, error) &&
           weights_check(path, values, parameter->count, is_square, error);
}

/* The number of datasets in a group, 0 if there is no such group. */
static bool count_in_group(hid_t file, const char *path, int64_t *count, struct error *error)
{
    bool exists;
    *count = 0;
    if (!link_exists(file, path, &exists, error))
        return false;
    if (!exists)
        return true;
    H5G_info_t info;
    if (H5Gget_info_by_name(file, path, &info, H5P_DEFAULT) < 0)
        return error_set(error, "%s is not a group; save the model again with Keras", path);
    *count = (int64_t)info.nlinks;
    return true;
}

static bool read_weights(hid_t file, const struct spec *spec, const struct parameter_table *table,
                         float *weights, struct error *error)
{
    char path[DATASET_PATH_BYTES];
    int expected[SPEC_MAX_LAYERS][DIRECTIONS_MAX] = {0};
    for (int i = 0; i < table->count; i++) {
        const struct parameter *parameter = &table->items[i];
        keras_parameter_path(spec, parameter, path);
        if (!read_floats(file, path, parameter, weights, false, error))
            return false;
        expected[parameter->layer][keras_parameter_owner(spec, parameter)]++;
    }
    /* A variable more than expected belongs to a layer that does something else. */
    for (int layer = 0; layer < spec->layer_count; layer++) {
        for (int owner = 0; owner < keras_owner_count(&spec->layers[layer]); owner++) {
            int64_t found;
            keras_owner_vars(spec, layer, owner, path);
            if (!count_in_group(file, path, &found, error))
                return false;
            if (found != expected[layer][owner])
                return error_set(error,
                                 "%s holds %lld variables, but config.json asks for %d; save the model again",
                                 path, (long long)found, expected[layer][owner]);
        }
    }
    return true;
}

static bool read_iterations(hid_t file, int64_t *iterations, struct error *error)
{
    static const struct expectation scalar_int = {H5T_INTEGER, 8, 4, 0, NULL, "int64 or int32"};
    if (!read_dataset(file, "optimizer/vars/0", &scalar_int, H5T_NATIVE_INT64, iterations, error))
        return false;
    /* Up to here a double counts by ones, and nobody can train as long. */
    return (*iterations >= 0 && *iterations < (int64_t)1 << 53) ||
           error_set(error,
                     "optimizer/vars/0: %lld iterations, but no training has so many; save the model again",
                     (long long)*iterations);
}

static bool read_learning_rate(hid_t file, double *learning_rate, struct error *error)
{
    static const struct expectation scalar_float = {H5T_FLOAT, 4, 4, 0, NULL, "float32"};
    float rate;
    if (!read_dataset(file, "optimizer/vars/1", &scalar_float, H5T_NATIVE_FLOAT, &rate, error))
        return false;
    if (!(rate >= FLT_MIN && rate <= FLT_MAX))
        return error_set(
            error,
            "optimizer/vars/1: the learning rate %g is not a number from %g to %g; save the model "
            "again with one in that range",
            (double)rate, (double)FLT_MIN, (double)FLT_MAX);
    /* config.json says more digits of the same rate, unless the rate was changed after compile(). */
    if ((float)*learning_rate != rate)
        *learning_rate = (double)rate;
    return true;
}

static bool read_optimizer(hid_t file, const struct parameter_table *table, struct training_state *state,
                           bool *has_slots, double *learning_rate, struct error *error)
{
    int64_t count;
    if (!count_in_group(file, "optimizer/vars", &count, error))
        return false;
    if (count == 0)
        return true;
    int64_t iterations;
    if (!read_iterations(file, &iterations, error) || !read_learning_rate(file, learning_rate, error))
        return false;
    if (count == 2)
        return true;
    for (int i = 0; i < table->count; i++) {
        char path[DATASET_PATH_BYTES];
        keras_moment_path(i, 0, path);
        if (!read_floats(file, path, &table->items[i], state->m, false, error))
            return false;
        keras_moment_path(i, 1, path);
        if (!read_floats(file, path, &table->items[i], state->v, true, error))
            return false;
    }
    if (count != 2 + 2 * table->count)
        return error_set(error, "optimizer/vars holds %lld variables, but Adam has %d; save the model again",
                         (long long)count, 2 + 2 * table->count);
    state->iterations = iterations;
    *has_slots = true;
    return true;
}

bool weights_read(const void *image, size_t bytes, const struct spec *spec,
                  const struct parameter_table *table, struct training_state *state, bool *has_slots,
                  double *learning_rate, struct error *error)
{
    assert(state->weights && state->m && state->v);
    *has_slots = false;
    state->iterations = 0;
    memset(state->m, 0, table->total_count * sizeof *state->m);
    memset(state->v, 0, table->total_count * sizeof *state->v);

    struct hdf5_quiet quiet;
    hdf5_quiet_begin(&quiet);
    bool read = false;
    hid_t file = bytes ? hdf5_image_open(image, bytes) : -1;
    if (file < 0) {
        char reason[REASON_BYTES] = "it is empty";
        if (bytes)
            hdf5_reason(reason, sizeof reason);
        error_set(error, "not a readable HDF5 file (%s); fetch or save the model again", reason);
    } else {
        read = read_weights(file, spec, table, state->weights, error) &&
               read_optimizer(file, table, state, has_slots, learning_rate, error);
        H5Fclose(file);
    }
    hdf5_quiet_end(&quiet);
    return read;
}
