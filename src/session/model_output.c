#include "matinee/model_output.h"

#include "matinee/keras_file.h"

#include <string.h>

static const struct model_output outputs[] = {
    {".keras", true, true}, {".weights.h5", false, true}, {".safetensors", false, false}};

enum { OUTPUTS = sizeof outputs / sizeof *outputs };

const struct model_output *model_output_of(const char *path, struct error *error)
{
    for (int i = 0; i < OUTPUTS; i++) {
        size_t bytes = strlen(path), ending = strlen(outputs[i].ending);
        if (bytes > ending && strcmp(path + bytes - ending, outputs[i].ending) == 0)
            return &outputs[i];
    }
    error_set(error, "%s: cannot tell what to write; end the name in .keras, .weights.h5 or .safetensors",
              path);
    return NULL;
}

bool model_output_write(const struct checkpoint *model, const struct model_output *output, const char *path,
                        struct error *error)
{
    struct checkpoint written = *model;
    if (!model->has_slots) /* zeros are no moments */
        written.state.m = written.state.v = NULL;
    if (output->has_architecture)
        return checkpoint_save(&written, path, error);
    struct keras_contents contents = {
        .spec = &written.spec, .table = &written.table, .state = &written.state};
    return output->has_optimizer ? keras_weights_write(path, &contents, error)
                                 : keras_safetensors_write(path, &contents, error);
}
