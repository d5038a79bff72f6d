/* Writes model files as Keras 1, Keras 2, TF-Keras and Keras 3's model.save("x.h5") lay them out, with the HDF5
 * library. */
#ifndef MATINEE_TESTS_KERAS_LEGACY_FILE_H
#define MATINEE_TESTS_KERAS_LEGACY_FILE_H

#include "tiny_model.h"

struct legacy_style {
    const char *version;   /* "2.15.0" */
    const char *backend;   /* NULL: Keras 1 does not say it */
    const char *config;    /* model_config; NULL: of the spec, in Keras 2's or 3's words; "": weights alone */
    const char *training;  /* training_config; NULL: none */
    bool fixed_texts;      /* texts of one length each, as NumPy's; else of variable length */
    bool split_names;      /* layer_names0, layer_names1 ... */
    bool gates;            /* Keras 1: an LSTM's gates apart */
    bool reversed_kernels; /* Theano's */
    enum { KERNEL_3D, KERNEL_STEPS_FIRST, KERNEL_FILTERS_FIRST } kernel; /* of a Conv1D */
    enum {
        MOMENTS_NONE,
        MOMENTS_BY_NAME,   /* Keras 1 */
        MOMENTS_AMSGRAD,   /* Keras 2.2: all m, all v, and a vhat of one element each */
        MOMENTS_IN_BLOCKS, /* TF-Keras up to 2.10 */
        MOMENTS_BY_TURNS,  /* TF-Keras 2.11 to 2.15 */
        MOMENTS_KERAS3,
    } moments;
};

void legacy_file_write(const char *path, const struct tiny_model *model, const struct legacy_style *style);

#endif
