#include "legacy.h"
#include "weights.h"
#include "weights_values.h"

#include <stdlib.h>

/* Everything that the calls below share. */
struct reading {
    const struct h5_image *image;
    const struct legacy_origin *origin;
    const struct spec *spec;
    const struct parameter_table *table;
    struct legacy_arrays arrays;
};

/* /model_weights, or the root of a file of weights alone. */
static bool weights_group(const struct h5_image *image, uint64_t *group, struct error *error)
{
    if (!h5_find(image, image->root, h5_text_of("model_weights"), group, error))
        return false;
    if (*group == 0)
        *group = image->root;
    return true;
}

static bool read_array(const struct reading *reading, int array, uint64_t group, struct h5_text name,
                       bool is_square, float *arena, struct error *error)
{
    struct h5_dataset dataset;
    return values_find(reading->image, group, name, &dataset, error) &&
           legacy_array_read(&reading->arrays, array, &dataset, name, reading->spec, reading->table,
                             is_square, arena, error);
}

static bool read_weights(struct reading *reading, float *weights, struct error *error)
{
    uint64_t group;
    if (!weights_group(reading->image, &group, error) ||
        !legacy_arrays_find(&reading->arrays, reading->image, group, reading->origin, reading->spec,
                            reading->table, error))
        return false;
    for (int i = 0; i < reading->arrays.count; i++) {
        const struct legacy_array *array = &reading->arrays.items[i];
        if (!read_array(reading, i, array->group, array->name, false, weights, error))
            return false;
    }
    return true;
}

/* Where an optimizer's list has the moments of array k: m at m_first + stride*k, v at v_first + stride*k. */
struct order {
    bool has_moments, has_learning_rate;
    int averages, averages_first; /* with use_ema, before the moments */
    int m_first, v_first, stride;
};

/* Keras 3: iteration, learning rate, then m and v of each array by turns. TF-Keras from 2.11 on: the same without the
 * learning rate. Before, all m and then all v, and in Keras 2 as many more that only AMSGrad uses. Keras 1 before
 * 1.0.7 did not keep the count of iterations: then its moments are of no use. */
static bool find_order(const struct h5_texts *names, int arrays, int averages, struct order *order,
                       struct error *error)
{
    int count = names->count;
    *order =
        (struct order){.averages = averages,
                       .has_learning_rate = count > 1 && h5_text_contains(names->items[1], "learning_rate")};
    int before = order->has_learning_rate ? 2 : 1;
    order->averages_first = before;
    if (count <= before || (!order->has_learning_rate && count == 2 * arrays))
        return true;
    order->has_moments = true;
    before += averages;
    bool by_turns =
        order->has_learning_rate || averages > 0 ||
        (count > 2 &&
         ((h5_text_contains(names->items[1], "/m/") && h5_text_contains(names->items[2], "/v/")) ||
          h5_text_contains(names->items[2], "_velocity")));
    order->m_first = before;
    order->v_first = by_turns ? before + 1 : before + arrays;
    order->stride = by_turns ? 2 : 1;
    bool fits = count == before + 2 * arrays || (!by_turns && count == before + 3 * arrays);
    return fits || error_set(error, "holds %d arrays, but Adam has %d; save the model again", count,
                             before + 2 * arrays);
}

static bool read_slots(const struct reading *reading, uint64_t group, const struct h5_texts *names,
                       const struct order *order, struct training_state *state, struct error *error)
{
    for (int i = 0; i < order->averages; i++)
        if (!read_array(reading, reading->arrays.moments[i], group, names->items[order->averages_first + i],
                        false, state->weights, error))
            return false;
    for (int i = 0; i < reading->arrays.count; i++) {
        int array = reading->arrays.moments[i];
        struct h5_text m = names->items[order->m_first + order->stride * i],
                       v = names->items[order->v_first + order->stride * i];
        if (!read_array(reading, array, group, m, false, state->m, error) ||
            !read_array(reading, array, group, v, true, state->v, error))
            return false;
    }
    return true;
}

static bool read_listed(const struct reading *reading, uint64_t group, const struct h5_texts *names,
                        struct training_state *state, bool *has_slots, double *learning_rate,
                        struct error *error)
{
    struct h5_dataset dataset;
    struct order order;
    int64_t iterations = 0;
    const int averages = state->average ? reading->arrays.count : 0;
    if (!find_order(names, reading->arrays.count, averages, &order, error))
        return false;
    if (order.has_learning_rate &&
        (!values_find(reading->image, group, names->items[1], &dataset, error) ||
         !values_read_learning_rate(&dataset, names->items[1], learning_rate, error)))
        return false;
    if (!order.has_moments)
        return true;
    if (!values_find(reading->image, group, names->items[0], &dataset, error) ||
        !values_read_iterations(&dataset, names->items[0], &iterations, error) ||
        !read_slots(reading, group, names, &order, state, error))
        return false;
    state->iterations = iterations;
    *has_slots = true;
    return true;
}

static bool read_optimizer(const struct reading *reading, struct training_state *state, bool *has_slots,
                           double *learning_rate, struct error *error)
{
    static const char name[] = "optimizer_weights";
    struct h5_texts names = {.count = 0};
    uint64_t group;
    bool found;
    if (!h5_find(reading->image, reading->image->root, h5_text_of(name), &group, error))
        return false;
    if (group == 0)
        return true;
    bool read =
        h5_attribute_texts(reading->image, group, "weight_names", &names, &found, error) &&
        (names.count == 0 || read_listed(reading, group, &names, state, has_slots, learning_rate, error));
    free(names.items);
    return read || error_within(error, "%s", name);
}

bool legacy_read(const struct h5_image *image, const struct legacy_origin *origin, const struct spec *spec,
                 const struct parameter_table *table, struct training_state *state, bool *has_slots,
                 double *learning_rate, struct error *error)
{
    struct reading reading = {.image = image, .origin = origin, .spec = spec, .table = table};
    if (!read_weights(&reading, state->weights, error))
        return false;
    weights_become_average(state, table);
    return read_optimizer(&reading, state, has_slots, learning_rate, error);
}
