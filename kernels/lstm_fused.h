/* Launchers of the fused LSTM: lstm_fused_pack.cu, lstm_fused_forward.cu, lstm_fused_backward.cu and
 * lstm_fused_gradients.cu. Each enqueues on the stream and returns the launch's status.
 *
 * A block takes one row of the batch and one direction through all steps. "units" is H rounded up to a size that the
 * kernels are built for; what is beyond H is zero. The gates of a unit stand side by side, in the order i c f o. */
#ifndef KERNELS_LSTM_FUSED_H
#define KERNELS_LSTM_FUSED_H

#include "mask.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FUSED_UNITS_MAX = 108,
    FUSED_UNITS_PER_WARP = 16,
    FUSED_ROWS_MAX = 128, /* of one lstm_fused_gradients */
};

/* The smallest size that the kernels are built for and that holds H units; 0 if none does. */
static inline int lstm_fused_units(int H)
{
    static const int sizes[] = {32, 64, 96, 100, 104, FUSED_UNITS_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (H <= sizes[i])
            return sizes[i];
    return 0;
}

/* Threads that hold the recurrent weights of `units` units, and the floats that they hold. */
static inline int lstm_fused_threads(int units)
{
    return (units + FUSED_UNITS_PER_WARP - 1) / FUSED_UNITS_PER_WARP * 32;
}

static inline size_t lstm_fused_recurrent_count(int units)
{
    return (size_t)(units / 2) * (size_t)lstm_fused_threads(units) * GATE_COUNT;
}

/* What the kernels of one lstm share. */
struct lstm_fused {
    int T, N, E, H, D;
    int units; /* lstm_fused_units(H) */
    bool reversed, sequences;
    struct mask input[DIRECTIONS_MAX * GATE_COUNT];     /* of direction d and gate g at 4*d + g; keep (N,E) */
    struct mask recurrent[DIRECTIONS_MAX * GATE_COUNT]; /* keep (N,H) */
};

/* Weights as the kernels read them. */
struct lstm_fused_pack {
    struct lstm_fused lstm;
    struct lstm_weights weights[DIRECTIONS_MAX];
    int kernels;     /* N with input masks, else 1 */
    float *kernel;   /* out (kernels,E,D,units,4) with the row's input masks */
    float *bias;     /* out (D,units,4) */
    float *forward;  /* out (D,units/2,threads,4) recurrent weights without masks, as its threads keep them */
    float *backward; /* out as forward, for the backward kernel; NULL: not wanted */
};

/* What a forward kernel leaves behind. */
enum fused_purpose {
    FUSED_INFERENCE, /* y */
    FUSED_TRAINING,  /* y, and what the backward pass multiplies by */
    FUSED_PADS,      /* states: of the row with the most pads, by one block */
};

/* A row begins with zeros, or with a state that is given. Where rows share leading pads, one that has p of them begins
 * after p steps with the state that FUSED_PADS left there: the bits are those of its own p steps. */
struct lstm_fused_forward {
    struct lstm_fused lstm;
    enum fused_purpose purpose;
    const float *recurrent; /* in  (D,units/2,threads,4)                                        */
    const float *bias;      /* in  (D,units,4)                                                  */
    const float *z;         /* in  (T,N,D,units,4) the projected input, without bias; or        */
    const int32_t *tokens;  /* in  (N,T)           tokens of a z (V,D,units,4); NULL: no tokens */
    const int32_t *pads; /* in  (N)   steps that a direction which reads forward begins after; NULL: none */
    float *states;   /* in  (T+1,2,units)   h and c after so many pads; FUSED_PADS: out; or, without pads, */
                     /*     (N,D,2,units)   those that a row begins with; NULL: zeros */
    float *y;        /* out as in struct lstm                                            */
    float *slopes;   /* out (N,D,T+1,units,4) place s+1: what step s makes of dc or dh   */
    float *paths;    /* out (N,D,T+1,units,2) place s+1: o*(1 - tanh(c)^2), f of step s  */
    float *h_before; /* out (T,N,D,H) what the step at time t read                       */
};

struct lstm_fused_backward {
    struct lstm_fused lstm;
    const float *recurrent;      /* in  (D,units/2,threads,4)           */
    const float *slopes, *paths; /* in  as the forward pass left them   */
    const float *dy;             /* in  like y                          */
    float *dz;                   /* out (T,N,D,units,4)                 */
    float *dbias;                /* out (N,D,units,4) sums over steps   */
};

/* Adds the rows first_row .. first_row + rows - 1 in order, each times its masks. */
struct lstm_fused_gradients {
    struct lstm_fused lstm;
    int first_row, rows;
    int kernel_rows;           /* rows; or 1, the sum of all rows that there are; or 0 */
    const float *of_recurrent; /* in   (rows,D,H,units,4)        */
    const float *of_kernel;    /* in   (kernel_rows,E,D,units,4) */
    const float *of_bias;      /* in   (rows,D,units,4)          */
    struct lstm_gradients gradients[DIRECTIONS_MAX];
};

cudaError_t launch_lstm_fused_pack(cudaStream_t stream, const struct lstm_fused_pack *op);
cudaError_t launch_lstm_fused_forward(cudaStream_t stream, const struct lstm_fused_forward *op);
cudaError_t launch_lstm_fused_backward(cudaStream_t stream, const struct lstm_fused_backward *op);
cudaError_t launch_lstm_fused_gradients(cudaStream_t stream, const struct lstm_fused_gradients *op);

#ifdef __cplusplus
}
#endif

#endif
