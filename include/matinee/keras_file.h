/* Model files of every Keras. Its .keras file is a zip of metadata.json, config.json and model.weights.h5, and our own
 * members under matinee/, which Keras ignores. Older ones are HDF5. */
#ifndef MATINEE_KERAS_FILE_H
#define MATINEE_KERAS_FILE_H

#include "matinee/error.h"
#include "matinee/params.h"
#include "matinee/spec.h"

/* A file read into memory: a zip with every member's checksum checked, or HDF5, which has none and is believed nothing
 * (keras/h5_image.h). The contents say which it is, not the name. */
struct keras_file;

enum keras_form {
    KERAS_FORM_ARCHIVE,     /* .keras of Keras 3, and of TF-Keras from 2.12 on */
    KERAS_FORM_MODEL,       /* HDF5 of model.save("x.h5"): Keras 1 to 3, TF-Keras */
    KERAS_FORM_WEIGHTS,     /* .weights.h5 of Keras 3: no architecture */
    KERAS_FORM_OLD_WEIGHTS, /* HDF5 of save_weights before: no architecture */
};

struct keras_description {
    enum keras_form form;
    const char *version; /* of Keras, as the file says it; "" if it does not */
};

bool keras_file_open(struct keras_file **file, const char *path, struct error *error);
void keras_file_close(struct keras_file *file);
struct keras_description keras_file_describe(const struct keras_file *file);

/* Which backend made the file, "theano" or "tensorflow", where it does not say: of Keras 1 with a Conv1D it counts. The
 * text must live as long as the file. */
void keras_file_assume_backend(struct keras_file *file, const char *backend);

/* The network and the optimizer's settings. What would change the numbers and is not supported is refused by name
 * (layer and setting); unknown harmless keys are accepted. A file of weights alone has neither, which is an error.
 * Fills a spec that spec_check still has to see. */
bool keras_file_spec(const struct keras_file *file, struct spec *spec, struct error *error);

/* The same from a text file: the config.json of a .keras file, or what Keras' model.to_json() gives, Keras 2's too. */
bool keras_config_read(struct spec *spec, const char *path, struct error *error);

/* The same for weights that come from elsewhere: initializers do not count. */
bool keras_architecture_read(struct spec *spec, const char *path, struct error *error);

/* Weights, Adam's moments and the iteration count, into a state opened for this table, which is that of
 * keras_file_spec's network or, for weights alone, of any. A file whose optimizer has no slots, or no optimizer at all,
 * leaves m, v and iterations zero and sets *has_slots false; *learning_rate, the configuration's, is replaced only by a
 * rate that it does not round to. A missing dataset, a wrong shape, a number that is not finite or a negative v is an
 * error that names the dataset. */
bool keras_file_state(const struct keras_file *file, const struct spec *spec,
                      const struct parameter_table *table, struct training_state *state, bool *has_slots,
                      double *learning_rate, struct error *error);

/* An extra member, "matinee/vocabulary.json" say; NULL if the file has none. Lives as long as the file. */
const char *keras_file_member(const struct keras_file *file, const char *name, size_t *bytes);

/* Name of the member 0, 1 ... of a .keras file; NULL behind the last. */
const char *keras_file_member_name(const struct keras_file *file, int number);

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

/* The same for weights alone: HDF5 as Keras 3's save_weights("x.weights.h5") writes it, with the optimizer; and
 * safetensors, float32 tensors under Keras' paths ("lstm/kernel"), without it. The extra members are left out. */
bool keras_weights_write(const char *path, const struct keras_contents *contents, struct error *error);
bool keras_safetensors_write(const char *path, const struct keras_contents *contents, struct error *error);

#endif
