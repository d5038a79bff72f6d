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

/* Where the parts of an optimizer's list begin. */
struct optimizer_places {
    int averages, moments;
};

static struct optimizer_places places_of(const struct spec *spec, const struct parameter_table *table,
                                         const struct training_state *state)
{
    const int averages = adam_has_schedule(&spec->adam) ? 1 : KERAS_ITERATIONS_AND_RATE;
    return (struct optimizer_places){averages, averages + (state->average ? table->count : 0)};
}

static bool has_slots(const struct training_state *state)
{
    return state->m && state->v;
}

/* What training goes on from stands where Keras' SwapEMAWeights leaves it: in the variables of the averages. */
static bool write_slots(const struct writer *writer, struct optimizer_places places,
                        const struct parameter_table *table, const struct training_state *state)
{
    for (int i = 0; i < table->count; i++) {
        char average[DATASET_PATH_BYTES], m[DATASET_PATH_BYTES], v[DATASET_PATH_BYTES];
        const struct parameter *parameter = &table->items[i];
        keras_average_path(places.averages, i, average);
        keras_moment_path(places.moments, i, 0, m);
        keras_moment_path(places.moments, i, 1, v);
        if ((state->average && !write_floats(writer, average, parameter, state->weights)) ||
            !write_floats(writer, m, parameter, state->m) || !write_floats(writer, v, parameter, state->v))
            return false;
    }
    return true;
}

static bool write_optimizer(const struct writer *writer, const struct spec *spec,
                            const struct parameter_table *table, const struct training_state *state)
{
    const float learning_rate = (float)spec->adam.learning_rate;
    if (!write_dataset(writer, "optimizer/vars/0", H5T_STD_I64LE, H5T_NATIVE_INT64, 0, NULL,
                       &state->iterations))
        return false;
    if (!adam_has_schedule(&spec->adam) &&
        !write_dataset(writer, "optimizer/vars/1", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 0, NULL, &learning_rate))
        return false;
    return !has_slots(state) || write_slots(writer, places_of(spec, table, state), table, state);
}

static bool check_slots(struct optimizer_places places, int number, const struct parameter *parameter,
                        const struct training_state *state, struct error *error)
{
    const size_t offset = parameter->offset, count = parameter->count;
    char path[DATASET_PATH_BYTES];
    keras_average_path(places.averages, number, path);
    if (state->average && !weights_check(path, state->weights + offset, count, false, error))
        return false;
    keras_moment_path(places.moments, number, 0, path);
    if (!weights_check(path, state->m + offset, count, false, error))
        return false;
    keras_moment_path(places.moments, number, 1, path);
    return weights_check(path, state->v + offset, count, true, error);
}

static bool check_state(const struct spec *spec, const struct parameter_table *table,
                        const struct training_state *state, struct error *error)
{
    const struct optimizer_places places = places_of(spec, table, state);
    for (int i = 0; i < table->count; i++) {
        const struct parameter *parameter = &table->items[i];
        char path[DATASET_PATH_BYTES];
        keras_parameter_path(spec, parameter, path);
        if (!weights_check(path, evaluated_weights(state) + parameter->offset, parameter->count, false,
                           error) ||
            (has_slots(state) && !check_slots(places, i, parameter, state, error)))
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
    bool written = writer_open(&writer) && write_layers(&writer, spec, table, evaluated_weights(state)) &&
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
