/* The LSTM of the cuDNN stand-in: what the descriptors say, and the arithmetic. */
#ifndef CUDNN_RNN_H
#define CUDNN_RNN_H

#include "cudnn_standin.h"

struct cudnnRNNStruct {
    bool set;
    cudnnRNNAlgo_t algorithm;
    cudnnMathType_t math;
    int E, H, D, layers;
    bool two_biases;
    int built_for; /* rows; 0: not built */
    float rate;
    dropout_states *states;
};

struct cudnnRNNDataStruct {
    int T, N, width;
};

/* Offsets in floats of matrix and bias `lin` of a pseudo layer: in an order of their own, with gaps. A bias that the
 * descriptor does not have is at SIZE_MAX. */
struct rnn_place {
    size_t matrix, bias;
    int width; /* columns of the matrix */
};

struct rnn_place rnn_place_of(const cudnnRNNStruct &rnn, int pseudo_layer, int lin);
size_t rnn_weight_floats(const cudnnRNNStruct &rnn);

/* One call, when it runs. */
struct rnn_call {
    cudnnRNNStruct rnn;
    int T, N;
    const int32_t *lengths; /* or NULL */
    const float *x, *y_in, *dy, *weights;
    float *y, *dx, *dweights;
    double *reserve; /* NULL: inference */
    void *work;
    size_t work_bytes;
};

size_t rnn_reserve_doubles(const cudnnRNNStruct &rnn, int T, int N);
void rnn_forward(const rnn_call &call);
void rnn_backward_data(const rnn_call &call);
void rnn_backward_weights(const rnn_call &call);

#endif
