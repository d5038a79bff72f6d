/* Source: https://github.com/huggingface/safetensors, "Format": the length of a JSON header in 8 bytes, the header, the
 * tensors' bytes. */
#include "matinee/keras_file.h"

#include "matinee/output_file.h"

#include "weights.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, ALIGNMENT = 8 };

static json_t *tensor_json(const struct parameter *parameter)
{
    json_int_t element = sizeof(float), begin = element * (json_int_t)parameter->offset,
               end = begin + element * (json_int_t)parameter->count;
    json_t *shape = json_array();
    for (int i = 0; i < parameter->rank; i++)
        json_array_append_new(shape, json_integer(parameter->shape[i]));
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets", begin, end);
}

static json_t *header_json(const struct parameter_table *table)
{
    json_t *header =
        json_pack("{s:{s:s, s:s}}", "__metadata__", "format", "keras", "matinee_version", MATINEE_VERSION);
    for (int i = 0; header && i < table->count; i++)
        if (json_object_set_new(header, table->items[i].name, tensor_json(&table->items[i])) != 0) {
            json_decref(header);
            return NULL;
        }
    return header;
}

/* The length and the header, filled up with spaces so that the tensors begin at a multiple of 8. */
static char *header_bytes(const struct parameter_table *table, size_t *bytes)
{
    json_t *header = header_json(table);
    char *all = NULL;
    size_t text_bytes = header ? json_dumpb(header, NULL, 0, JSON_COMPACT) : 0;
    size_t length = (text_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (text_bytes)
        all = malloc(LENGTH_BYTES + length);
    if (all) {
        for (int i = 0; i < LENGTH_BYTES; i++)
            all[i] = (char)(unsigned char)((uint64_t)length >> 8 * i);
        memset(all + LENGTH_BYTES, ' ', length);
        json_dumpb(header, all + LENGTH_BYTES, length, JSON_COMPACT);
        *bytes = LENGTH_BYTES + length;
    }
    json_decref(header);
    return all;
}

bool keras_safetensors_write(const char *path, const struct keras_contents *contents, struct error *error)
{
    const struct parameter_table *table = contents->table;
    const float *weights = evaluated_weights(contents->state);
    struct output_file file;
    size_t bytes = 0;
    for (int i = 0; i < table->count; i++)
        if (!weights_check(table->items[i].name, weights + table->items[i].offset, table->items[i].count,
                           false, error))
            return error_within(error, "%s", path);
    char *header = header_bytes(table, &bytes);
    if (!header)
        return error_memory(error, "the header of a safetensors file", 0);
    if (!output_file_open(&file, path, error)) {
        free(header);
        return false;
    }
    /* The arena is the tensors one behind the other. What cannot be written shows at the commit. */
    fwrite(header, 1, bytes, file.stream);
    fwrite(weights, sizeof *weights, table->total_count, file.stream);
    free(header);
    return output_file_commit(&file, error);
}
