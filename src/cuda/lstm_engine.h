/* The ways in which a GPU computes an lstm. lstm.c chooses one. Unless the engine takes the tokens itself, it gathers
 * them into x before it and scatters dx after it: then the engine sees x alone (V = 0), with dx. */
#ifndef CUDA_LSTM_ENGINE_H
#define CUDA_LSTM_ENGINE_H

#include "cuda_backend.h"

struct lstm_engine {
    /* In words, once it is known which variant runs: "generic", "cudnn, standard algorithm". NULL and an error that
     * names what of this lstm the engine cannot do. */
    const char *(*describe)(struct cuda_backend *, const struct lstm *, struct error *);
    bool (*takes_tokens)(const struct lstm *); /* of an lstm with V > 0; NULL: never */
    struct op_sizes (*sizes)(struct cuda_backend *, const struct lstm *);
    /* As inference_rows of the backend; NULL: N. */
    int (*inference_rows)(struct cuda_backend *, const struct lstm *);
    void (*forward)(struct cuda_backend *, const struct lstm *);
    void (*backward)(struct cuda_backend *, const struct lstm_backward *);
};

extern const struct lstm_engine lstm_engine_fused;
extern const struct lstm_engine lstm_engine_generic;
extern const struct lstm_engine lstm_engine_cudnn;

#endif
