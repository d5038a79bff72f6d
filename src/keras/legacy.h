/* The HDF5 files that Keras 1, 2, TF-Keras and Keras 3's model.save("x.h5") write: layers by name, lists of weight
 * names as attributes. Sources: keras/engine/topology.py and optimizers.py of 1.2.2, keras/engine/saving.py of 2.2.4,
 * tf_keras/saving/legacy/hdf5_format.py of 2.15, keras/src/legacy/saving/legacy_h5_format.py of 3.15. */
#ifndef MATINEE_KERAS_LEGACY_H
#define MATINEE_KERAS_LEGACY_H

#include "h5_image.h"

#include "matinee/params.h"

/* One array of the file: a parameter, or in Keras 1 one gate of one. */
struct legacy_array {
    uint64_t group; /* of its layer */
    struct h5_text name;
    int parameter;
    int gate; /* in the order i f c o; -1: the whole parameter */
};

enum { LEGACY_ARRAYS_MAX = 4 * PARAMETERS_MAX };

/* The arrays in the order of the file. */
struct legacy_arrays {
    int count;
    struct legacy_array items[LEGACY_ARRAYS_MAX];
    int moments[LEGACY_ARRAYS_MAX]; /* which array the optimizer's moments 0, 1 ... are of */
    bool flipped_kernels;           /* Theano convolves: kernels of a Conv1D are reversed */
};

/* What a file does not say itself. */
struct legacy_origin {
    bool is_keras1;
    const char *backend; /* "theano", "tensorflow"; NULL: not known */
};

/* Finds out which array belongs to which parameter: layers with weights in order, as Keras' load_weights does it.
 * `group` is /model_weights, or the root of a file of weights alone. */
bool legacy_arrays_find(struct legacy_arrays *arrays, const struct h5_image *image, uint64_t group,
                        const struct legacy_origin *origin, const struct spec *spec,
                        const struct parameter_table *table, struct error *error);

/* A dataset into its place of an arena. The path is for errors. */
bool legacy_array_read(const struct legacy_arrays *arrays, int array, const struct h5_dataset *dataset,
                       struct h5_text path, const struct spec *spec, const struct parameter_table *table,
                       bool is_square, float *arena, struct error *error);

/* As weights_read. */
bool legacy_read(const struct h5_image *image, const struct legacy_origin *origin, const struct spec *spec,
                 const struct parameter_table *table, struct training_state *state, bool *has_slots,
                 double *learning_rate, struct error *error);

#endif
