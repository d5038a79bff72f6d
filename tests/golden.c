#include "golden.h"

#include "compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static json_t *member(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("golden file: member \"%s\" is missing", key);
    return value;
}

static int integer(json_t *object, const char *key)
{
    json_t *value = member(object, key);
    assert_true(json_is_integer(value));
    return (int)json_integer_value(value);
}

static void read_numbers(json_t *list, double *to, size_t count)
{
    assert_int_equal(json_array_size(list), count);
    for (size_t k = 0; k < count; k++) {
        assert_true(json_is_number(json_array_get(list, k)));
        to[k] = json_number_value(json_array_get(list, k));
    }
}

static double *numbers(json_t *object, const char *key, size_t count)
{
    double *values = allocate(count, sizeof *values);
    read_numbers(member(object, key), values, count);
    return values;
}

static void read_batch(struct golden *golden, json_t *root)
{
    golden->x = allocate((size_t)golden->N * (size_t)golden->T, sizeof *golden->x);
    golden->y = allocate((size_t)golden->N, sizeof *golden->y);
    for (size_t n = 0; n < (size_t)golden->N; n++) {
        json_t *row = json_array_get(member(root, "x"), n);
        assert_int_equal(json_array_size(row), golden->T);
        for (size_t t = 0; t < (size_t)golden->T; t++)
            golden->x[n * (size_t)golden->T + t] = (int32_t)json_integer_value(json_array_get(row, t));
        golden->y[n] = (uint8_t)json_integer_value(json_array_get(member(root, "y"), n));
    }
}

/* The product of the axes. */
static size_t read_shape(json_t *list, int *rank, int shape[3])
{
    size_t count = 1;
    *rank = (int)json_array_size(list);
    assert_in_range(*rank, 1, 3);
    for (int axis = 0; axis < *rank; axis++) {
        shape[axis] = (int)json_integer_value(json_array_get(list, (size_t)axis));
        count *= (size_t)shape[axis];
    }
    return count;
}

static void read_tensors(struct golden *golden, json_t *weights)
{
    const char *name;
    json_t *tensor;
    json_object_foreach(weights, name, tensor)
    {
        assert_true(golden->tensor_count < GOLDEN_TENSORS_MAX);
        struct golden_tensor *item = &golden->tensors[golden->tensor_count++];
        snprintf(item->name, sizeof item->name, "%s", name);
        item->offset = golden->total_count;
        item->count = read_shape(member(tensor, "shape"), &item->rank, item->shape);
        golden->total_count += item->count;
    }
}

/* All tensors of an object like weights0, one after the other. */
static double *weights_arena(const struct golden *golden, json_t *weights)
{
    double *arena = allocate(golden->total_count, sizeof *arena);
    for (int i = 0; i < golden->tensor_count; i++) {
        const struct golden_tensor *tensor = &golden->tensors[i];
        read_numbers(member(member(weights, tensor->name), "data"), arena + tensor->offset, tensor->count);
    }
    return arena;
}

static double *moments_arena(const struct golden *golden, json_t *moments)
{
    double *arena = allocate(golden->total_count, sizeof *arena);
    for (int i = 0; i < golden->tensor_count; i++) {
        const struct golden_tensor *tensor = &golden->tensors[i];
        read_numbers(json_array_get(moments, (size_t)i), arena + tensor->offset, tensor->count);
    }
    return arena;
}

static void read_masks(struct golden_step *step, json_t *masks)
{
    size_t count = json_array_size(masks);
    assert_in_range(count, 0, GOLDEN_MASKS_MAX);
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(masks, i), *keep = member(item, "keep");
        struct golden_mask *mask = &step->masks[step->mask_count++];
        assert_true(json_number_value(member(item, "rate")) == golden_rate);
        mask->count = read_shape(member(item, "shape"), &mask->rank, mask->shape);
        mask->keep = allocate(mask->count, 1);
        assert_int_equal(json_array_size(keep), mask->count);
        for (size_t k = 0; k < mask->count; k++) {
            assert_in_range(json_integer_value(json_array_get(keep, k)), 0, 1);
            mask->keep[k] = (uint8_t)json_integer_value(json_array_get(keep, k));
        }
    }
}

uint8_t *golden_masks(const struct golden_step *step, int rank, int width)
{
    uint8_t *keep = NULL;
    for (int pass = 0; pass < 2; pass++) { /* count, then copy */
        size_t count = 0;
        for (int i = 0; i < step->mask_count; i++) {
            const struct golden_mask *mask = &step->masks[i];
            if (mask->rank != rank || mask->shape[rank - 1] != width)
                continue;
            if (keep)
                memcpy(keep + count, mask->keep, mask->count);
            count += mask->count;
        }
        if (count > 0 && !keep)
            keep = allocate(count, 1);
    }
    return keep;
}

void golden_open(struct golden *golden, const char *directory, int model)
{
    char path[1024];
    json_error_t problem;
    snprintf(path, sizeof path, "%s/m%d.json", directory, model);
    json_t *root = json_load_file(path, 0, &problem);
    if (!root)
        fail_msg("%s: line %d: %s", path, problem.line, problem.text);

    *golden = (struct golden){.model = integer(root, "model"),
                              .V = integer(root, "vocab"),
                              .E = integer(root, "embed"),
                              .H = integer(root, "units"),
                              .T = integer(root, "maxlen"),
                              .N = integer(root, "batch")};
    assert_int_equal(golden->model, model);
    read_batch(golden, root);
    read_tensors(golden, member(root, "weights0"));
    golden->weights0 = weights_arena(golden, member(root, "weights0"));
    golden->predict0 = numbers(root, "predict0", (size_t)golden->N);
    golden->predict3 = numbers(root, "predict3", (size_t)golden->N);
    golden->adam_m = moments_arena(golden, member(root, "adam_m"));
    golden->adam_v = moments_arena(golden, member(root, "adam_v"));
    for (size_t s = 0; s < GOLDEN_STEPS; s++) {
        json_t *step = json_array_get(member(root, "steps"), s);
        golden->steps[s].loss = json_number_value(member(step, "loss"));
        golden->steps[s].weights = weights_arena(golden, member(step, "weights"));
        read_masks(&golden->steps[s], member(step, "masks"));
    }
    json_decref(root);
}

void golden_close(struct golden *golden)
{
    free(golden->x);
    free(golden->y);
    free(golden->weights0);
    free(golden->predict0);
    free(golden->predict3);
    free(golden->adam_m);
    free(golden->adam_v);
    for (int s = 0; s < GOLDEN_STEPS; s++) {
        free(golden->steps[s].weights);
        for (int i = 0; i < golden->steps[s].mask_count; i++)
            free(golden->steps[s].masks[i].keep);
    }
    *golden = (struct golden){0};
}
