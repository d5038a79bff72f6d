#include "product.h"

static cublasOperation_t operation(const struct matrix *matrix)
{
    return matrix->transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
}

/* What is row-major to us, cuBLAS reads as the transpose, column by column: out^T = b^T . a^T. So b goes first, and a
 * matrix that is not transposed here is not transposed there. */
void product(struct cuda_backend *cuda, const struct product *p)
{
    const float alpha = 1.0f, beta = p->adds ? 1.0f : 0.0f;
    if (cuda->failed)
        return;
    if (p->batch > 1)
        cublas_check(cuda, cublasSgemmStridedBatched(cuda->cublas, operation(&p->b), operation(&p->a),
                                                     p->columns, p->rows, p->inner, &alpha, p->b.at,
                                                     p->b.stride, (long long)p->b.step, p->a.at, p->a.stride,
                                                     (long long)p->a.step, &beta, p->out, p->out_stride,
                                                     (long long)p->out_step, p->batch));
    else
        cublas_check(cuda, cublasSgemm(cuda->cublas, operation(&p->b), operation(&p->a), p->columns, p->rows,
                                       p->inner, &alpha, p->b.at, p->b.stride, p->a.at, p->a.stride, &beta,
                                       p->out, p->out_stride));
}
