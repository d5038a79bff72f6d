/* The weights file of Keras 3, and of TF-Keras from 2.12 on: groups by class and order. */
#include "layer_names.h"
#include "weights.h"
#include "weights_values.h"

#include "matinee/dims.h"

/* A file, and by which of the two rules its groups are named. */
struct source {
    struct h5_image image;
    bool is_tf_keras;
};

static bool find(const struct source *source, const char *path, struct h5_dataset *dataset,
                 struct error *error)
{
    return values_find(&source->image, source->image.root, h5_text_of(path), dataset, error);
}

static bool read_floats(const struct source *source, const char *path, const struct parameter *parameter,
                        float *arena, bool is_square, struct error *error)
{
    struct h5_dataset dataset;
    return find(source, path, &dataset, error) &&
           values_read(&dataset, h5_text_of(path), parameter->rank, parameter->shape, is_square,
                       arena + parameter->offset, error);
}

/* The number of datasets in a group, 0 if there is no such group. */
static bool count_in_group(const struct source *source, const char *path, int64_t *count, struct error *error)
{
    uint64_t group;
    *count = 0;
    if (!h5_find(&source->image, source->image.root, h5_text_of(path), &group, error))
        return false;
    return group == 0 || h5_group_count(&source->image, group, count, error) ||
           error_within(error, "%s", path);
}

static void path_of(const struct source *source, const struct spec *spec, int layer,
                    char path[static DATASET_PATH_BYTES])
{
    if (source->is_tf_keras)
        keras_path_of_tf_keras(spec, layer, path);
}

/* A variable more than expected belongs to a layer that does something else. */
static bool check_counts(const struct source *source, const struct spec *spec,
                         int expected[SPEC_MAX_LAYERS][DIRECTIONS_MAX], struct error *error)
{
    char path[DATASET_PATH_BYTES];
    for (int layer = 0; layer < spec->layer_count; layer++) {
        for (int owner = 0; owner < keras_owner_count(&spec->layers[layer]); owner++) {
            int64_t found;
            keras_owner_vars(spec, layer, owner, path);
            path_of(source, spec, layer, path);
            if (!count_in_group(source, path, &found, error))
                return false;
            if (found != expected[layer][owner])
                return error_set(
                    error, "%s holds %lld variables, but the configuration asks for %d; save the model again",
                    path, (long long)found, expected[layer][owner]);
        }
    }
    return true;
}

static bool read_weights(const struct source *source, const struct spec *spec,
                         const struct parameter_table *table, float *weights, struct error *error)
{
    char path[DATASET_PATH_BYTES];
    int expected[SPEC_MAX_LAYERS][DIRECTIONS_MAX] = {0};
    for (int i = 0; i < table->count; i++) {
        const struct parameter *parameter = &table->items[i];
        keras_parameter_path(spec, parameter, path);
        path_of(source, spec, parameter->layer, path);
        if (!read_floats(source, path, parameter, weights, false, error))
            return false;
        expected[parameter->layer][keras_parameter_owner(spec, parameter)]++;
    }
    return check_counts(source, spec, expected, error);
}

/* Moments follow what stands before them. */
static bool read_moments(const struct source *source, const struct parameter_table *table, int first,
                         struct training_state *state, struct error *error)
{
    for (int i = 0; i < table->count; i++) {
        char path[DATASET_PATH_BYTES];
        keras_moment_path(first, i, 0, path);
        if (!read_floats(source, path, &table->items[i], state->m, false, error))
            return false;
        keras_moment_path(first, i, 1, path);
        if (!read_floats(source, path, &table->items[i], state->v, true, error))
            return false;
    }
    return true;
}

/* What training goes on from, where the weights of the file are averages. */
static bool read_trained(const struct source *source, const struct parameter_table *table, int first,
                         struct training_state *state, struct error *error)
{
    for (int i = 0; i < table->count; i++) {
        char path[DATASET_PATH_BYTES];
        keras_average_path(first, i, path);
        if (!read_floats(source, path, &table->items[i], state->weights, false, error))
            return false;
    }
    return true;
}

/* The iteration count and the learning rate. TF-Keras kept none, and with a schedule nobody does: then the second
 * variable is of the first parameter. */
static bool count_before(const struct source *source, const struct parameter_table *table, int64_t count,
                         int *before, struct error *error)
{
    struct h5_dataset second = {.rank = table->items[0].rank};
    if (count > 1 && !find(source, "optimizer/vars/1", &second, error))
        return false;
    *before = second.rank == table->items[0].rank ? 1 : KERAS_ITERATIONS_AND_RATE;
    return true;
}

static bool read_optimizer(const struct source *source, const struct parameter_table *table,
                           struct training_state *state, bool *has_slots, double *learning_rate,
                           struct error *error)
{
    static const char iterations_path[] = "optimizer/vars/0", rate_path[] = "optimizer/vars/1";
    struct h5_dataset dataset;
    int64_t count, iterations;
    if (!count_in_group(source, "optimizer/vars", &count, error))
        return false;
    if (count == 0)
        return true;
    int before;
    if (!count_before(source, table, count, &before, error) ||
        !find(source, iterations_path, &dataset, error) ||
        !values_read_iterations(&dataset, h5_text_of(iterations_path), &iterations, error))
        return false;
    if (before == KERAS_ITERATIONS_AND_RATE &&
        (!find(source, rate_path, &dataset, error) ||
         !values_read_learning_rate(&dataset, h5_text_of(rate_path), learning_rate, error)))
        return false;
    const int moments = before + (state->average ? table->count : 0), all = moments + 2 * table->count;
    /* Averages, or AMSGrad's maxima, of weights alone: another Adam's, which Keras leaves out as well. */
    if (count == before || (!state->average && count == all + table->count))
        return true;
    if ((state->average && !read_trained(source, table, before, state, error)) ||
        !read_moments(source, table, moments, state, error))
        return false;
    if (count != all)
        return error_set(error, "optimizer/vars holds %lld variables, but Adam has %d; save the model again",
                         (long long)count, all);
    state->iterations = iterations;
    *has_slots = true;
    return true;
}

bool weights_read(const struct h5_image *image, const struct spec *spec, const struct parameter_table *table,
                  struct training_state *state, bool *has_slots, double *learning_rate, struct error *error)
{
    struct source source = {.image = *image};
    uint64_t group;
    if (!h5_find(image, image->root, h5_text_of(KERAS_TF_LAYERS), &group, error))
        return false;
    source.is_tf_keras = group != 0;
    if (!read_weights(&source, spec, table, state->weights, error))
        return false;
    weights_become_average(state, table);
    return read_optimizer(&source, table, state, has_slots, learning_rate, error);
}
