/* cuBLAS on the CPU: plain loops, column-major as the library has it. */
#include "standin.h"

#include <cublas_v2.h>

struct cublasContext {
    cudaStream_t stream;
};

namespace
{

struct column_major {
    const float *at;
    size_t stride;
    bool transposed;
    long long step;

    double element(int batch, size_t row, size_t column) const
    {
        return at[batch * step + (long long)(transposed ? column + row * stride : row + column * stride)];
    }
};

struct gemm {
    int m, n, k, batch;
    column_major a, b;
    float *c;
    size_t c_stride;
    long long c_step;
    float alpha, beta;
};

/* C is not read where beta is 0: it may be NaN. */
void run(const gemm &g)
{
    for (int batch = 0; batch < g.batch; batch++)
        for (size_t j = 0; j < (size_t)g.n; j++)
            for (size_t i = 0; i < (size_t)g.m; i++) {
                double sum = 0.0;
                for (size_t l = 0; l < (size_t)g.k; l++)
                    sum += g.a.element(batch, i, l) * g.b.element(batch, l, j);
                float *c = g.c + batch * g.c_step + (long long)(i + j * g.c_stride);
                *c = (float)(g.alpha * sum + (g.beta == 0.0f ? 0.0 : (double)g.beta * *c));
            }
}

bool is_operation(cublasOperation_t operation)
{
    return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T;
}

/* A matrix whose columns, as stored, have `rows` elements. */
bool is_matrix(const void *at, int stride, int rows)
{
    return at && stride >= rows && stride >= 1;
}

}  // namespace

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t *handle)
{
    if (standin_call_fails("cublasCreate"))
        return CUBLAS_STATUS_ALLOC_FAILED;
    *handle = new cublasContext();
    standin_count(1);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)
{
    delete handle;
    standin_count(-1);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream)
{
    if (standin_call_fails("cublasSetStream"))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void *, size_t)
{
    return standin_call_fails("cublasSetWorkspace") ? CUBLAS_STATUS_NOT_INITIALIZED : CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t)
{
    return standin_call_fails("cublasSetMathMode") ? CUBLAS_STATUS_NOT_INITIALIZED : CUBLAS_STATUS_SUCCESS;
}

/* The factors are read at the call, as in the library's host pointer mode. */
cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transa,
                                         cublasOperation_t transb, int m, int n, int k, const float *alpha,
                                         const float *a, int lda, long long a_step, const float *b, int ldb,
                                         long long b_step, const float *beta, float *c, int ldc,
                                         long long c_step, int batch)
{
    if (standin_call_fails("cublasSgemm"))
        return CUBLAS_STATUS_EXECUTION_FAILED;
    if (!handle)
        return CUBLAS_STATUS_NOT_INITIALIZED;
    if (m < 0 || n < 0 || k < 0 || batch < 0 || !is_operation(transa) || !is_operation(transb) || !alpha ||
        !beta || !is_matrix(a, lda, transa == CUBLAS_OP_N ? m : k) ||
        !is_matrix(b, ldb, transb == CUBLAS_OP_N ? k : n) || !is_matrix(c, ldc, m))
        return CUBLAS_STATUS_INVALID_VALUE;
    const gemm g = {m,
                    n,
                    k,
                    batch,
                    {a, (size_t)lda, transa == CUBLAS_OP_T, a_step},
                    {b, (size_t)ldb, transb == CUBLAS_OP_T, b_step},
                    c,
                    (size_t)ldc,
                    c_step,
                    *alpha,
                    *beta};
    standin_enqueue(handle->stream, [g] { run(g); });
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb,
                              int m, int n, int k, const float *alpha, const float *a, int lda,
                              const float *b, int ldb, const float *beta, float *c, int ldc)
{
    return cublasSgemmStridedBatched(handle, transa, transb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c,
                                     ldc, 0, 1);
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_INVALID_VALUE
               ? "an unsupported value or parameter was passed to the function"
               : "the stand-in was told to fail";
}

} /* extern "C" */
