#include "lstm_step.h"

#include "device.cuh"

enum { STEP_THREADS = 128 };

/* i, f and o. expf of a large argument is infinity, and the quotient 0. */
static __device__ inline float recurrent_activation(float z, float hard_slope)
{
    if (hard_slope > 0.0f)
        return fminf(fmaxf(hard_slope * z + 0.5f, 0.0f), 1.0f);
    return 1.0f / (1.0f + expf(-z));
}

/* Its derivative, from its value. */
static __device__ inline float recurrent_derivative(float value, float hard_slope)
{
    if (hard_slope > 0.0f)
        return value > 0.0f && value < 1.0f ? hard_slope : 0.0f;
    return value * (1.0f - value);
}

/* A thread owns one unit of one row. grid ceil(N*H/128), block 128, no shared memory.
 * Neighbouring threads are neighbouring units: each of the 4 gates, c, h, the masks and y is read or written in runs
 * of H floats. The division by H is the only work that is not the LSTM's.
 * Bound by the launch: about 10*N*H floats pass, 250 KB at N=64 and H=100, and they lie in L2.
 * No sums across threads: reruns are bit-equal. */
static __global__ void lstm_step_kernel(struct lstm_step op)
{
    const size_t states = (size_t)op.N * op.H, k = (size_t)blockIdx.x * STEP_THREADS + threadIdx.x;
    if (k >= states)
        return;
    const size_t H = (size_t)op.H, n = k / H, u = k % H;
    float *gates = op.gates + n * GATE_COUNT * H + u;
    const float *bias = op.bias + u;
    const float i = recurrent_activation(gates[GATE_I * H] + bias[GATE_I * H], op.hard_slope);
    const float f = recurrent_activation(gates[GATE_F * H] + bias[GATE_F * H], op.hard_slope);
    const float g = tanhf(gates[GATE_C * H] + bias[GATE_C * H]);
    const float o = recurrent_activation(gates[GATE_O * H] + bias[GATE_O * H], op.hard_slope);
    const float c = (op.c_before ? f * op.c_before[k] : 0.0f) + i * g;
    const float h = o * tanhf(c);
    gates[GATE_I * H] = i;
    gates[GATE_F * H] = f;
    gates[GATE_C * H] = g;
    gates[GATE_O * H] = o;
    op.c[k] = c;
    op.h[k] = h;
    if (op.y)
        op.y[n * (size_t)op.y_stride + u] = h;
    for (int m = 0; m < op.mask_count; m++)
        op.masked_h[m * states + k] = h * op.mask[m * states + k];
}

extern "C" cudaError_t launch_lstm_step(cudaStream_t stream, const struct lstm_step *op)
{
    launch(lstm_step_kernel, ceil_div((size_t)op->N * (size_t)op->H, STEP_THREADS), STEP_THREADS, stream,
           *op);
    return cudaGetLastError();
}

/* d loss / d h of a unit: from y, and from the step after through h * mask. */
static __device__ inline float state_gradient(const struct lstm_step_backward &op, size_t k, size_t n,
                                              size_t u)
{
    const size_t states = (size_t)op.N * op.H;
    float dh = op.dy ? op.dy[n * (size_t)op.dy_stride + u] : 0.0f;
    if (!op.dh)
        return dh;
    if (op.mask_count == 0)
        return dh + op.dh[k];
    for (int m = 0; m < op.mask_count; m++)
        dh += op.dh[m * states + k] * op.mask[m * states + k];
    return dh;
}

/* As lstm_step_kernel: a thread owns one unit of one row, grid ceil(N*H/128), block 128, no shared memory, coalesced,
 * bound by the launch, bit-equal reruns; masks are added in the order of the gates. */
static __global__ void lstm_step_backward_kernel(struct lstm_step_backward op)
{
    const size_t k = (size_t)blockIdx.x * STEP_THREADS + threadIdx.x;
    if (k >= (size_t)op.N * op.H)
        return;
    const size_t H = (size_t)op.H, n = k / H, u = k % H;
    float *gates = op.gates + n * GATE_COUNT * H + u;
    const float i = gates[GATE_I * H], f = gates[GATE_F * H], g = gates[GATE_C * H], o = gates[GATE_O * H];
    const float tanh_c = tanhf(op.c[k]), dh = state_gradient(op, k, n, u);
    const float dc = (op.dh ? op.dc[k] : 0.0f) + dh * o * (1.0f - tanh_c * tanh_c);
    const float c_before = op.c_before ? op.c_before[k] : 0.0f;
    gates[GATE_I * H] = dc * g * recurrent_derivative(i, op.hard_slope);
    gates[GATE_F * H] = dc * c_before * recurrent_derivative(f, op.hard_slope);
    gates[GATE_C * H] = dc * i * (1.0f - g * g);
    gates[GATE_O * H] = dh * tanh_c * recurrent_derivative(o, op.hard_slope);
    op.dc[k] = dc * f;
}

extern "C" cudaError_t launch_lstm_step_backward(cudaStream_t stream, const struct lstm_step_backward *op)
{
    launch(lstm_step_backward_kernel, ceil_div((size_t)op->N * (size_t)op->H, STEP_THREADS), STEP_THREADS,
           stream, *op);
    return cudaGetLastError();
}
