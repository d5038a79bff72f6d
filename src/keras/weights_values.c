#include "weights_values.h"

#include "weights.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool values_find(const struct h5_image *image, uint64_t group, struct h5_text path,
                 struct h5_dataset *dataset, struct error *error)
{
    char print[H5_NAME_BYTES];
    uint64_t object;
    if (!h5_find(image, group, path, &object, error))
        return false;
    if (object == 0)
        return error_set(error, "dataset %s is missing; save the model again with Keras",
                         h5_text_print(print, path));
    return h5_dataset_read(image, object, dataset, error) ||
           error_within(error, "%s", h5_text_print(print, path));
}

static bool check_shape(const struct h5_dataset *dataset, int rank, const int *shape, struct error *error)
{
    bool equal = dataset->rank == rank;
    for (int i = 0; equal && i < rank; i++)
        equal = dataset->dims[i] == (uint64_t)shape[i];
    if (equal)
        return true;
    char found[96] = "", wanted[48] = "";
    for (int i = 0; i < dataset->rank && strlen(found) < sizeof found - 24; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%llu", i ? "," : "",
                 (unsigned long long)dataset->dims[i]);
    for (int i = 0; i < rank; i++)
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%d", i ? "," : "", shape[i]);
    return error_set(error,
                     "has shape (%s), but the configuration asks for (%s); save the model again with Keras",
                     found, wanted);
}

static size_t count_of(int rank, const int *shape)
{
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)shape[i];
    return count;
}

static bool check_number(const struct h5_dataset *dataset, bool fits, const char *print, const char *wanted,
                         struct error *error)
{
    if (!fits)
        return error_set(error, "%s: is not %s; save the model again", print, wanted);
    return dataset->data || error_set(error, "%s: %s", print, dataset->no_data);
}

bool values_read(const struct h5_dataset *dataset, struct h5_text path, int rank, const int *shape,
                 bool is_square, float *to, struct error *error)
{
    char print[H5_NAME_BYTES];
    h5_text_print(print, path);
    if (!check_shape(dataset, rank, shape, error))
        return error_within(error, "%s", print);
    if (!check_number(dataset, dataset->number == H5_NUMBER_FLOAT32, print, "float32", error))
        return false;
    size_t count = count_of(rank, shape);
    memcpy(to, dataset->data, count * sizeof *to);
    return weights_check(print, to, count, is_square, error);
}

static bool scalar(const struct h5_dataset *dataset, const char *print, struct error *error)
{
    return check_shape(dataset, 0, NULL, error) || error_within(error, "%s", print);
}

static float float_of(const struct h5_dataset *dataset)
{
    float value;
    memcpy(&value, dataset->data, sizeof value);
    return value;
}

static int64_t integer_of(const struct h5_dataset *dataset)
{
    int32_t small;
    int64_t large;
    if (dataset->element_bytes == sizeof small) {
        memcpy(&small, dataset->data, sizeof small);
        return small;
    }
    memcpy(&large, dataset->data, sizeof large);
    return large;
}

bool values_read_iterations(const struct h5_dataset *dataset, struct h5_text path, int64_t *iterations,
                            struct error *error)
{
    /* Up to here a double counts by ones, and nobody can train as long. */
    static const int64_t limit = (int64_t)1 << 53;
    char print[H5_NAME_BYTES];
    h5_text_print(print, path);
    bool fits = dataset->number == H5_NUMBER_SIGNED || dataset->number == H5_NUMBER_FLOAT32;
    if (!scalar(dataset, print, error) || !check_number(dataset, fits, print, "int64 or int32", error))
        return false;
    if (dataset->number == H5_NUMBER_FLOAT32) {
        float count = float_of(dataset);
        *iterations = count >= 0 && count < (float)limit && count == floorf(count) ? (int64_t)count : -1;
    } else {
        *iterations = integer_of(dataset);
    }
    return (*iterations >= 0 && *iterations < limit) ||
           error_set(error, "%s: %lld iterations, but no training has so many; save the model again", print,
                     (long long)*iterations);
}

bool values_read_learning_rate(const struct h5_dataset *dataset, struct h5_text path, double *learning_rate,
                               struct error *error)
{
    char print[H5_NAME_BYTES];
    h5_text_print(print, path);
    if (!scalar(dataset, print, error) ||
        !check_number(dataset, dataset->number == H5_NUMBER_FLOAT32, print, "float32", error))
        return false;
    float rate = float_of(dataset);
    if (!(rate >= FLT_MIN && rate <= FLT_MAX))
        return error_set(error,
                         "%s: the learning rate %g is not a number from %g to %g; save the model "
                         "again with one in that range",
                         print, (double)rate, (double)FLT_MIN, (double)FLT_MAX);
    if ((float)*learning_rate != rate)
        *learning_rate = (double)rate;
    return true;
}
