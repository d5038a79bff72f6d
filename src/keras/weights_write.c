#include "hdf5_tools.h"
#include "layer_names.h"
#include "weights.h"

#include <stdlib.h>

/* Everything that the calls below share. */
struct writer {
    hid_t file;
    hid_t link_creation;    /* makes the groups of a path as needed */
    hid_t dataset_creation; /* without times: equal contents, equal bytes */
};

static bool writer_open(struct writer *writer)
{
    writer->file = hdf5_image_create();
    writer->link_creation = H5Pcreate(H5P_LINK_CREATE);
    writer->dataset_creation = H5Pcreate(H5P_DATASET_CREATE);
    return writer->file >= 0 && writer->link_creation >= 0 && writer->dataset_creation >= 0 &&
           H5Pset_create_intermediate_group(writer->link_creation, 1) >= 0 &&
           H5Pset_obj_track_times(writer->dataset_creation, false) >= 0;
}

static void writer_close(struct writer *writer)
{
    if (writer->dataset_creation >= 0)
        H5Pclose(writer->dataset_creation);
    if (writer->link_creation >= 0)
        H5Pclose(writer->link_creation);
    if (writer->file >= 0)
        H5Fclose(writer->file);
}

static bool write_group(const struct writer *writer, const char *path)
{
    hid_t group = H5Gcreate2(writer->file, path, writer->link_creation, H5P_DEFAULT, H5P_DEFAULT);
    return group >= 0 && H5Gclose(group) >= 0;
}

/* Rank 0 is a scalar. */
static bool write_dataset(const struct writer *writer, const char *path, hid_t file_type, hid_t memory_type,
                          int rank, const int *shape, const void *data)
{
    hsize_t dims[3] = {0};
    for (int i = 0; i < rank; i++)
        dims[i] = (hsize_t)shape[i];
    hid_t space = rank ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
    if (space < 0)
        return false;
    hid_t dataset = H5Dcreate2(writer->file, path, file_type, space, writer->link_creation,
                               writer->dataset_creation, H5P_DEFAULT);
    H5Sclose(space);
    if (dataset < 0)
        return false;
    bool written = H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    return H5Dclose(dataset) >= 0 && written;
}

static bool write_floats(const struct writer *writer, const char *path, const struct parameter *parameter,
                         const float *arena)
{
    return write_dataset(writer, path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, parameter->rank, parameter->shape,
                         arena + parameter->offset);
}

static bool write_layers(const struct writer *writer, const struct spec *spec,
                         const struct parameter_table *table, const float *weights)
{
    char paths[KERAS_GROUPS_MAX][DATASET_PATH_BYTES], path[DATASET_PATH_BYTES];
    /* Keras before 3.6 insists on the root's group; all releases write every layer's, empty or not. */
    if (!write_group(writer, "vars"))
        return false;
    for (int layer = 0; layer < spec->layer_count; layer++) {
        int count = keras_layer_groups(spec, layer, paths);
        for (int i = 0; i < count; i++)
            if (!write_group(writer, paths[i]))
                return false;
    }
    for (int i = 0; i < table->count; i++) {
        keras_parameter_path(spec, &table->items[i], path);
        if (!write_floats(writer, path, &table->items[i], weights))
            return false;
    }
    return true;
}

static bool write_optimizer(const struct writer *writer, const struct spec *spec,
                            const struct parameter_table *table, const struct training_state *state)
{
    float learning_rate = (float)spec->adam.learning_rate;
    if (!write_dataset(writer, "optimizer/vars/0", H5T_STD_I64LE, H5T_NATIVE_INT64, 0, NULL,
                       &state->iterations) ||
        !write_dataset(writer, "optimizer/vars/1", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 0, NULL, &learning_rate))
        return false;
    for (int i = 0; state->m && state->v && i < table->count; i++) {
        char path[DATASET_PATH_BYTES];
        keras_moment_path(KERAS_BEFORE_MOMENTS, i, 0, path);
        if (!write_floats(writer, path, &table->items[i], state->m))
            return false;
        keras_moment_path(KERAS_BEFORE_MOMENTS, i, 1, path);
        if (!write_floats(writer, path, &table->items[i], state->v))
            return false;
    }
    return true;
}

static bool check_state(const struct spec *spec, const struct parameter_table *table,
                        const struct training_state *state, struct error *error)
{
    for (int i = 0; i < table->count; i++) {
        const struct parameter *parameter = &table->items[i];
        char path[DATASET_PATH_BYTES];
        keras_parameter_path(spec, parameter, path);
        if (!weights_check(path, state->weights + parameter->offset, parameter->count, false, error))
            return false;
        if (!state->m || !state->v)
            continue;
        keras_moment_path(KERAS_BEFORE_MOMENTS, i, 0, path);
        if (!weights_check(path, state->m + parameter->offset, parameter->count, false, error))
            return false;
        keras_moment_path(KERAS_BEFORE_MOMENTS, i, 1, path);
        if (!weights_check(path, state->v + parameter->offset, parameter->count, true, error))
            return false;
    }
    return true;
}

static bool take_image(hid_t file, void **image, size_t *bytes)
{
    ssize_t size = H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (size <= 0)
        return false;
    *image = malloc((size_t)size);
    if (!*image)
        return false;
    *bytes = (size_t)size;
    if (H5Fget_file_image(file, *image, *bytes) == size)
        return true;
    free(*image);
    *image = NULL;
    return false;
}

bool weights_write(void **image, size_t *bytes, const struct spec *spec, const struct parameter_table *table,
                   const struct training_state *state, struct error *error)
{
    if (!check_state(spec, table, state, error))
        return false;
    struct hdf5_quiet quiet;
    hdf5_quiet_begin(&quiet);
    struct writer writer;
    bool written = writer_open(&writer) && write_layers(&writer, spec, table, state->weights) &&
                   write_optimizer(&writer, spec, table, state) && take_image(writer.file, image, bytes);
    if (!written) {
        char reason[128];
        hdf5_reason(reason, sizeof reason);
        error_set(error, "the weights cannot be written as HDF5 in memory: %s; free some memory", reason);
    }
    writer_close(&writer);
    hdf5_quiet_end(&quiet);
    return written;
}
