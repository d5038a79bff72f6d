/* Launchers of lstm_step.cu: what a step of an LSTM computes beside its matrix products. Each enqueues on the stream
 * and returns the launch's status. */
#ifndef KERNELS_LSTM_STEP_H
#define KERNELS_LSTM_STEP_H

#include "matinee/dims.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From z to the gates, the state and what the next step's product reads. */
struct lstm_step {
    int N, H;
    float hard_slope;      /* 0: the logistic sigmoid */
    const float *bias;     /* in      (4H)                                                */
    float *gates;          /* in, out (N,4H) z without the bias; then the gates           */
    const float *c_before; /* in      (N,H)  NULL: zeros                                  */
    float *c, *h;          /* out     (N,H)  c may be c_before                            */
    float *y;              /* out     (N,H)  h again, rows y_stride apart; NULL: nowhere  */
    int y_stride;
    int mask_count;    /* of the recurrent masks: 0, 1 or 4 */
    const float *mask; /* in      (mask_count,N,H) */
    float *masked_h;   /* out     (mask_count,N,H) h * mask */
};

/* From the gradient of the state after the step to dz, and to dc of the state before it. */
struct lstm_step_backward {
    int N, H;
    float hard_slope;
    float *gates;          /* in, out (N,4H) the gates; then dz               */
    const float *c_before; /* in      (N,H)  NULL: zeros                      */
    const float *c;        /* in      (N,H)                                   */
    const float *dy;       /* in      (N,H)  rows dy_stride apart; NULL: none */
    int dy_stride;
    int mask_count;    /* of the recurrent masks: 0, 1 or 4 */
    const float *mask; /* in      (mask_count,N,H) */
    const float *dh;   /* in      (mask_count,N,H) of h * mask, or (N,H) of h; NULL after the last step */
    float *dc;         /* in, out (N,H); not read after the last step */
};

cudaError_t launch_lstm_step(cudaStream_t stream, const struct lstm_step *op);
cudaError_t launch_lstm_step_backward(cudaStream_t stream, const struct lstm_step_backward *op);

#ifdef __cplusplus
}
#endif

#endif
