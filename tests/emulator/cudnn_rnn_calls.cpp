/* cuDNN's RNN calls: descriptors, and the checks of arguments before an LSTM runs. */
#include "cudnn_rnn.h"

#include "streams.h"

#include <map>

enum { SMALL_H_FORWARD = 192, SMALL_H_BACKWARD = 128, ALIGNMENT = 16, STANDARD_RESERVE_BYTES = 4096 };

static bool refused[CUDNN_RNN_ALGO_COUNT][STANDIN_RNN_STAGES];

/* What was done to a reserve last, by which descriptor. */
struct mark {
    cudnnRNNDescriptor_t rnn;
    cudnnRNNDataDescriptor_t x;
    bool has_data_gradient;
};

static std::map<const void *, mark> marks;

static cudnnStatus_t stage(const cudnnRNNStruct *rnn, enum standin_rnn_stage at)
{
    if (!refused[rnn->algorithm][at])
        return CUDNN_STATUS_SUCCESS;
    standin_set_last_error(cudaErrorLaunchOutOfResources); /* the library may have tried */
    return CUDNN_STATUS_NOT_SUPPORTED;
}

static size_t work_bytes(const cudnnRNNStruct *rnn, const cudnnRNNDataStruct *x, cudnnForwardMode_t mode)
{
    size_t bytes = ((size_t)x->T * (size_t)x->N * (size_t)rnn->H + 5) * sizeof(float);
    return mode == CUDNN_FWD_MODE_TRAINING ? 2 * bytes : bytes;
}

static size_t reserve_bytes(const cudnnRNNStruct *rnn, const cudnnRNNDataStruct *x)
{
    return rnn_reserve_doubles(*rnn, x->T, x->N) * sizeof(double) +
           (rnn->algorithm == CUDNN_RNN_ALGO_STANDARD ? STANDARD_RESERVE_BYTES : 0);
}

static bool misaligned(const void *memory)
{
    return (uintptr_t)memory % ALIGNMENT != 0;
}

namespace
{

/* The arguments that the three calls share. */
struct arguments {
    cudnnRNNDescriptor_t rnn;
    cudnnRNNDataDescriptor_t x, y;
    cudnnTensorDescriptor_t h, c;
    size_t weights_bytes;
    const void *weights;
    size_t work_bytes;
    const void *work;
    size_t reserve_bytes;
    const void *reserve;
    cudnnForwardMode_t mode;
};

}  // namespace

static cudnnStatus_t check_shapes(const arguments &a)
{
    const cudnnRNNStruct *rnn = a.rnn;
    if (!rnn->set || a.x->T == 0 || a.y->T == 0)
        return CUDNN_STATUS_BAD_PARAM;
    if (a.x->T != a.y->T || a.x->N != a.y->N || a.x->width != rnn->E || a.y->width != rnn->D * rnn->H)
        return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    const std::vector<int> dims = {rnn->layers * rnn->D, a.x->N, rnn->H};
    if (a.h->dims != dims || (a.c && a.c->dims != dims))
        return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    if (rnn->algorithm == CUDNN_RNN_ALGO_PERSIST_DYNAMIC && rnn->built_for != a.x->N)
        return CUDNN_STATUS_BAD_PARAM;
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t check(const arguments &a)
{
    cudnnStatus_t status = check_shapes(a);
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    const bool training = a.mode == CUDNN_FWD_MODE_TRAINING;
    if (!a.weights || !a.work || (training && !a.reserve))
        return CUDNN_STATUS_BAD_PARAM_NULL_POINTER;
    if (misaligned(a.weights) || misaligned(a.work) || (training && misaligned(a.reserve)))
        return CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER;
    if (a.weights_bytes < rnn_weight_floats(*a.rnn) * sizeof(float) ||
        a.work_bytes < work_bytes(a.rnn, a.x, a.mode) ||
        (training && a.reserve_bytes < reserve_bytes(a.rnn, a.x)))
        return CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT;
    return CUDNN_STATUS_SUCCESS;
}

extern "C" {

void standin_refuse_rnn(int algorithm, enum standin_rnn_stage at)
{
    refused[algorithm][at] = true;
}

void standin_refuse_no_rnn(void)
{
    for (auto &algorithm : refused)
        for (bool &at : algorithm)
            at = false;
}

cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t *rnn)
{
    if (standin_call_fails("cudnnCreateRNNDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
    *rnn = new cudnnRNNStruct();
    standin_count(1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t rnn)
{
    delete rnn;
    standin_count(-1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t rnn, cudnnRNNAlgo_t algorithm,
                                       cudnnRNNMode_t mode, cudnnRNNBiasMode_t bias,
                                       cudnnDirectionMode_t direction, cudnnRNNInputMode_t input,
                                       cudnnDataType_t type, cudnnDataType_t precision, cudnnMathType_t math,
                                       int32_t input_size, int32_t hidden_size, int32_t projection_size,
                                       int32_t layers, cudnnDropoutDescriptor_t dropout, uint32_t flags)
{
    if (standin_call_fails("cudnnSetRNNDescriptor_v8"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (!rnn || !dropout || !dropout->set || mode != CUDNN_LSTM || input != CUDNN_LINEAR_INPUT ||
        type != CUDNN_DATA_FLOAT || precision != CUDNN_DATA_FLOAT || input_size < 1 || hidden_size < 1 ||
        projection_size != hidden_size || layers < 1 || flags != CUDNN_RNN_PADDED_IO_ENABLED ||
        (bias != CUDNN_RNN_SINGLE_INP_BIAS && bias != CUDNN_RNN_DOUBLE_BIAS))
        return CUDNN_STATUS_BAD_PARAM;
    *rnn = {true,
            algorithm,
            math,
            input_size,
            hidden_size,
            direction == CUDNN_BIDIRECTIONAL ? 2 : 1,
            layers,
            bias == CUDNN_RNN_DOUBLE_BIAS,
            0,
            dropout->rate,
            dropout->states};
    if (bias == CUDNN_RNN_SINGLE_INP_BIAS && stage(rnn, STANDIN_RNN_SINGLE_BIAS) != CUDNN_STATUS_SUCCESS)
        return CUDNN_STATUS_NOT_SUPPORTED;
    return stage(rnn, STANDIN_RNN_SET);
}

cudnnStatus_t cudnnBuildRNNDynamic(cudnnHandle_t, cudnnRNNDescriptor_t rnn, int rows)
{
    if (standin_call_fails("cudnnBuildRNNDynamic"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (!rnn->set || rnn->algorithm != CUDNN_RNN_ALGO_PERSIST_DYNAMIC || rows < 1)
        return CUDNN_STATUS_BAD_PARAM;
    rnn->built_for = rows;
    return stage(rnn, STANDIN_RNN_BUILD) == CUDNN_STATUS_SUCCESS
               ? CUDNN_STATUS_SUCCESS
               : CUDNN_STATUS_INTERNAL_ERROR_COMPILATION_FAILED;
}

cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t *data)
{
    if (standin_call_fails("cudnnCreateRNNDataDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
    *data = new cudnnRNNDataStruct();
    standin_count(1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t data)
{
    delete data;
    standin_count(-1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t data, cudnnDataType_t type,
                                        cudnnRNNDataLayout_t layout, int T, int N, int width,
                                        const int lengths[], void *fill)
{
    if (standin_call_fails("cudnnSetRNNDataDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (type != CUDNN_DATA_FLOAT || layout != CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED || T < 1 || N < 1 ||
        width < 1 || !lengths || !fill)
        return CUDNN_STATUS_BAD_PARAM;
    for (int n = 0; n < N; n++)
        if (lengths[n] != T)
            return CUDNN_STATUS_NOT_SUPPORTED;
    *data = {T, N, width};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t rnn, size_t *bytes)
{
    if (standin_call_fails("cudnnGetRNNWeightSpaceSize"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    *bytes = rnn_weight_floats(*rnn) * sizeof(float);
    return rnn->set ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t mode,
                                        cudnnRNNDataDescriptor_t x, size_t *work, size_t *reserve)
{
    if (standin_call_fails("cudnnGetRNNTempSpaceSizes"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (!rnn->set || x->T == 0)
        return CUDNN_STATUS_BAD_PARAM;
    *work = work_bytes(rnn, x, mode);
    *reserve = mode == CUDNN_FWD_MODE_TRAINING ? reserve_bytes(rnn, x) : 0;
    return stage(rnn, STANDIN_RNN_SIZES);
}

cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t, cudnnRNNDescriptor_t rnn, int32_t pseudo_layer,
                                      size_t bytes, const void *space, int32_t lin,
                                      cudnnTensorDescriptor_t matrix, void **matrix_at,
                                      cudnnTensorDescriptor_t bias, void **bias_at)
{
    if (standin_call_fails("cudnnGetRNNWeightParams"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (!rnn->set || !space || bytes < rnn_weight_floats(*rnn) * sizeof(float) || pseudo_layer < 0 ||
        pseudo_layer >= rnn->layers * rnn->D || lin < 0 || lin > 7)
        return CUDNN_STATUS_BAD_PARAM;
    const rnn_place place = rnn_place_of(*rnn, pseudo_layer, lin);
    float *base = (float *)space;
    *matrix_at = base + place.matrix;
    matrix->dims = {1, rnn->H, place.width};
    matrix->strides = {rnn->H * place.width, place.width, 1};
    *bias_at = place.bias == SIZE_MAX ? NULL : base + place.bias;
    bias->dims = {1, rnn->H, 1};
    bias->strides = {rnn->H, 1, 1};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t mode,
                              const int32_t lengths[], cudnnRNNDataDescriptor_t x_data, const void *x,
                              cudnnRNNDataDescriptor_t y_data, void *y, cudnnTensorDescriptor_t h,
                              const void *hx, void *hy, cudnnTensorDescriptor_t c, const void *cx, void *cy,
                              size_t weights_bytes, const void *weights, size_t work_bytes, void *work,
                              size_t reserve_bytes, void *reserve)
{
    if (standin_call_fails("cudnnRNNForward"))
        return CUDNN_STATUS_EXECUTION_FAILED;
    const bool training = mode == CUDNN_FWD_MODE_TRAINING;
    cudnnStatus_t status = check(
        {rnn, x_data, y_data, h, c, weights_bytes, weights, work_bytes, work, reserve_bytes, reserve, mode});
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    if (!x || !y || hx || hy || cx || cy) /* states from outside are not played */
        return CUDNN_STATUS_BAD_PARAM;
    if (stage(rnn, STANDIN_RNN_FORWARD) != CUDNN_STATUS_SUCCESS ||
        (rnn->algorithm == CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H && rnn->H > SMALL_H_FORWARD))
        return CUDNN_STATUS_NOT_SUPPORTED;
    const std::shared_ptr<capture> captured = stream_of(handle->stream)->captured;
    if (captured && stage(rnn, STANDIN_RNN_CAPTURE) != CUDNN_STATUS_SUCCESS) {
        capture_break(captured);
        return CUDNN_STATUS_EXECUTION_FAILED_CUDART;
    }
    rnn_call call = {};
    call.rnn = *rnn;
    call.T = x_data->T;
    call.N = x_data->N;
    call.lengths = lengths;
    call.x = (const float *)x;
    call.y = (float *)y;
    call.weights = (const float *)weights;
    call.reserve = training ? (double *)reserve : NULL;
    call.work = work;
    call.work_bytes = work_bytes;
    if (training)
        marks[reserve] = {rnn, x_data, false};
    standin_enqueue(handle->stream, [=] { rnn_forward(call); });
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardData_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, const int32_t lengths[],
                                      cudnnRNNDataDescriptor_t y_data, const void *y, const void *dy,
                                      cudnnRNNDataDescriptor_t x_data, void *dx, cudnnTensorDescriptor_t h,
                                      const void *hx, const void *dhy, void *dhx, cudnnTensorDescriptor_t c,
                                      const void *cx, const void *dcy, void *dcx, size_t weights_bytes,
                                      const void *weights, size_t work_bytes, void *work,
                                      size_t reserve_bytes, void *reserve)
{
    if (standin_call_fails("cudnnRNNBackwardData_v8"))
        return CUDNN_STATUS_EXECUTION_FAILED;
    cudnnStatus_t status = check({rnn, x_data, y_data, h, c, weights_bytes, weights, work_bytes, work,
                                  reserve_bytes, reserve, CUDNN_FWD_MODE_TRAINING});
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    if (!y || !dy || !dx || hx || dhy || dhx || cx || dcy || dcx)
        return CUDNN_STATUS_BAD_PARAM;
    if (stage(rnn, STANDIN_RNN_BACKWARD) != CUDNN_STATUS_SUCCESS ||
        (rnn->algorithm == CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H && rnn->H > SMALL_H_BACKWARD))
        return CUDNN_STATUS_NOT_SUPPORTED;
    if (marks[reserve].rnn != rnn || marks[reserve].x != x_data || marks[reserve].has_data_gradient)
        return CUDNN_STATUS_BAD_PARAM;
    marks[reserve].has_data_gradient = true;
    rnn_call call = {};
    call.rnn = *rnn;
    call.T = x_data->T;
    call.N = x_data->N;
    call.lengths = lengths;
    call.dy = (const float *)dy;
    call.dx = (float *)dx;
    call.weights = (const float *)weights;
    call.reserve = (double *)reserve;
    call.work = work;
    call.work_bytes = work_bytes;
    standin_enqueue(handle->stream, [=] { rnn_backward_data(call); });
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                         cudnnWgradMode_t mode, const int32_t lengths[],
                                         cudnnRNNDataDescriptor_t x_data, const void *x,
                                         cudnnTensorDescriptor_t h, const void *hx,
                                         cudnnRNNDataDescriptor_t y_data, const void *y, size_t weights_bytes,
                                         void *dweights, size_t work_bytes, void *work, size_t reserve_bytes,
                                         void *reserve)
{
    if (standin_call_fails("cudnnRNNBackwardWeights_v8"))
        return CUDNN_STATUS_EXECUTION_FAILED;
    cudnnStatus_t status = check({rnn, x_data, y_data, h, NULL, weights_bytes, dweights, work_bytes, work,
                                  reserve_bytes, reserve, CUDNN_FWD_MODE_TRAINING});
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    if (!x || !y || hx || mode != CUDNN_WGRAD_MODE_ADD)
        return CUDNN_STATUS_BAD_PARAM;
    if (stage(rnn, STANDIN_RNN_BACKWARD_WEIGHTS) != CUDNN_STATUS_SUCCESS)
        return CUDNN_STATUS_NOT_SUPPORTED;
    if (marks[reserve].rnn != rnn || marks[reserve].x != x_data || !marks[reserve].has_data_gradient)
        return CUDNN_STATUS_BAD_PARAM;
    rnn_call call = {};
    call.rnn = *rnn;
    call.T = x_data->T;
    call.N = x_data->N;
    call.lengths = lengths;
    call.x = (const float *)x;
    call.y_in = (const float *)y;
    call.dweights = (float *)dweights;
    call.reserve = (double *)reserve;
    call.work = work;
    call.work_bytes = work_bytes;
    standin_enqueue(handle->stream, [=] { rnn_backward_weights(call); });
    return CUDNN_STATUS_SUCCESS;
}

} /* extern "C" */
