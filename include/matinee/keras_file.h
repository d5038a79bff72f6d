/* The .keras file of Keras 3: a zip of metadata.json, config.json and model.weights.h5, and our own members under
 * matinee/, which Keras ignores. */
#ifndef MATINEE_KERAS_FILE_H
#define MATINEE_KERAS_FILE_H

#include "matinee/error.h"
#include "matinee/params.h"
#include "matinee/spec.h"

/* A file read into memory, every member's checksum checked. */
struct keras_file;

bool keras_file_open(struct keras_file **file, const char *path, struct error *error);
void keras_file_close(struct keras_file *file);

/* The network and the optimizer's settings from config.json. What would change the numbers and is not supported is
 * refused by name (layer and setting); unknown harmless keys are accepted. Fills a spec that spec_check still has to
 * see. */
bool keras_file_spec(const struct keras_file *file, struct spec *spec, struct error *error);

/* The same from a text file: the config.json of a .keras file, or what Keras' model.to_json() gives, Keras 2's too. */
bool keras_config_read(struct spec *spec, const char *path, struct error *error);

/* Weights, Adam's moments and the iteration count from model.weights.h5, into a state opened for this table. A file
 * whose optimizer has no slots, or no optimizer at all, leaves m, v and iterations zero and sets *has_slots false;
 * *learning_rate, config.json's, is replaced only by a rate that it does not round to. A missing dataset, a wrong
 * shape, a number that is not finite or a negative v is an error that names the dataset. */
bool keras_file_state(const struct keras_file *file, const struct spec *spec,
                      const struct parameter_table *table, struct training_state *state, bool *has_slots,
                      double *learning_rate, struct error *error);

/* An extra member, "matinee/vocabulary.json" say; NULL if the file has none. Lives as long as the file. */
const char *keras_file_member(const struct keras_file *file, const char *name, size_t *bytes);

struct keras_member {
    const char *name; /* "matinee/..." */
    const void *data;
    size_t bytes;
};

struct keras_contents {
    const struct spec *spec;
    const struct parameter_table *table;
    const struct training_state *state; /* m and v NULL: written without optimizer slots */
    const struct keras_member *members; /* extra members */
    int member_count;
};

/* Writes the file whole or not at all (output_file.h). Every Keras 3 release can load it. A number that is not finite
 * or a negative v is an error: the file from before the training diverged stays. */
bool keras_file_write(const char *path, const struct keras_contents *contents, struct error *error);

#endif
