/* What the parts of the cuDNN stand-in share: its handle and descriptors. */
#ifndef CUDNN_STANDIN_H
#define CUDNN_STANDIN_H

#include "standin.h"

#include <cudnn.h>
#include <stddef.h>
#include <stdint.h>
#include <vector>

struct cudnnContext {
    cudaStream_t stream;
};

struct cudnnTensorStruct {
    std::vector<int> dims, strides; /* empty until set */

    size_t count() const
    {
        size_t product = dims.empty() ? 0 : 1;
        for (int dim : dims)
            product *= (size_t)dim;
        return product;
    }
};

/* A generator in device memory; what is drawn moves it on. */
struct dropout_states {
    uint64_t seed, drawn;
    char unused[1000];
};

struct cudnnDropoutStruct {
    bool set;
    float rate;
    dropout_states *states;
};

/* Whether the next element of a generator is kept. */
bool dropout_keeps(dropout_states *states, float rate);

#endif
