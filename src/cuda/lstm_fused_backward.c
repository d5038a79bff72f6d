/* The fused engine's backward pass: one kernel makes dz of all steps, a product dx, and one product a row that row's
 * own gradients of the weights, which are then added in order, each times the row's masks. With tokens dz is summed
 * over the places of a token first, and the kernel's gradient comes of that. */
#include "lstm_fused_memory.h"
#include "product.h"

/* dx = dz . kernel^T of both directions at once; masks are in the rows' kernels. */
static void input_back(struct cuda_backend *cuda, const struct lstm_backward *op,
                       const struct fused_memory *memory)
{
    const struct lstm *lstm = &op->forward;
    struct product back = {.rows = lstm->T * lstm->N,
                           .columns = lstm->E,
                           .inner = memory->step_count,
                           .a = {.at = memory->dz, .stride = memory->step_count},
                           .b = {.at = memory->kernel, .stride = memory->step_count, .transposed = true},
                           .out = op->dx,
                           .out_stride = lstm->E};
    if (lstm->input.rate > 0.0f) {
        back.rows = lstm->T;
        back.batch = lstm->N;
        back.a.stride = lstm->N * memory->step_count;
        back.a.step = (size_t)memory->step_count;
        back.b.step = (size_t)lstm->E * (size_t)memory->step_count;
        back.out_stride = lstm->N * lstm->E;
        back.out_step = (size_t)lstm->E;
    }
    product(cuda, &back);
}

/* dz of a token is the sum over its places; of that come the gradients of the table and of the kernel. */
static void table_back(struct cuda_backend *cuda, const struct lstm_backward *op,
                       const struct fused_memory *memory)
{
    const struct lstm *lstm = &op->forward;
    const struct sorted_tokens sorted = {.tokens = memory->order.sorted_tokens,
                                         .positions = memory->order.sorted_positions,
                                         .partial_sums = memory->partial_sums};
    const struct embedding_backward sum = {.forward = {.T = lstm->T,
                                                       .N = lstm->N,
                                                       .V = lstm->V,
                                                       .E = memory->step_count,
                                                       .tokens = lstm->tokens},
                                           .dx = memory->dz,
                                           .dembeddings = memory->dtable};
    const struct product of_table = {
        .rows = lstm->V,
        .columns = lstm->E,
        .inner = memory->step_count,
        .a = {.at = memory->dtable, .stride = memory->step_count},
        .b = {.at = memory->kernel, .stride = memory->step_count, .transposed = true},
        .out = op->dembeddings,
        .out_stride = lstm->E,
        .adds = true};
    const struct product of_kernel = {.rows = lstm->E,
                                      .columns = memory->step_count,
                                      .inner = lstm->V,
                                      .a = {.at = lstm->embeddings, .stride = lstm->E, .transposed = true},
                                      .b = {.at = memory->dtable, .stride = memory->step_count},
                                      .out = memory->of_kernel,
                                      .out_stride = memory->step_count};
    if (!cuda->failed)
        cuda_check(cuda, launch_embedding_gradient(cuda->stream, &sum, &sorted));
    product(cuda, &of_table);
    product(cuda, &of_kernel);
}

/* Rows first .. first + rows - 1 by themselves: h^T . dz of each direction, and x^T . dz. */
static void multiply_rows(struct cuda_backend *cuda, const struct lstm *op, const struct fused_memory *memory,
                          int first, int rows)
{
    const int columns = memory->step_count / op->D;
    const float *dz = memory->dz + (size_t)first * (size_t)memory->step_count;
    const struct product recurrent = {
        .rows = op->H,
        .columns = columns,
        .inner = op->T,
        .a = {.at = memory->h_before + (size_t)first * (size_t)(op->D * op->H),
              .stride = op->N * op->D * op->H,
              .transposed = true,
              .step = (size_t)op->H},
        .b = {.at = dz, .stride = op->N * memory->step_count, .step = (size_t)columns},
        .out = memory->of_recurrent,
        .out_stride = columns,
        .out_step = (size_t)op->H * (size_t)columns,
        .batch = rows * op->D};
    const struct product kernel = {
        .rows = op->E,
        .columns = memory->step_count,
        .inner = op->T,
        .a = {.at = op->x + (size_t)first * (size_t)op->E,
              .stride = op->N * op->E,
              .transposed = true,
              .step = (size_t)op->E},
        .b = {.at = dz, .stride = op->N * memory->step_count, .step = (size_t)memory->step_count},
        .out = memory->of_kernel,
        .out_stride = memory->step_count,
        .out_step = (size_t)op->E * (size_t)memory->step_count,
        .batch = rows};
    product(cuda, &recurrent);
    if (op->V == 0)
        product(cuda, &kernel);
}

static void add_gradients(struct cuda_backend *cuda, const struct lstm_backward *op,
                          const struct fused_memory *memory)
{
    const struct lstm *lstm = &op->forward;
    struct lstm_fused_gradients gradients = {
        .lstm = lstm_fused_of(lstm), .of_recurrent = memory->of_recurrent, .of_kernel = memory->of_kernel};
    for (int d = 0; d < lstm->D; d++)
        gradients.gradients[d] = op->gradients[d];
    for (int first = 0; first < lstm->N && !cuda->failed; first += memory->rows) {
        gradients.first_row = first;
        gradients.rows = lstm->N - first < memory->rows ? lstm->N - first : memory->rows;
        gradients.kernel_rows = lstm->V == 0 ? gradients.rows : first == 0;
        gradients.of_bias = memory->of_bias + (size_t)first * (size_t)memory->step_count;
        multiply_rows(cuda, lstm, memory, first, gradients.rows);
        if (!cuda->failed)
            cuda_check(cuda, launch_lstm_fused_gradients(cuda->stream, &gradients));
    }
}

void fused_backward(struct cuda_backend *cuda, const struct lstm_backward *op)
{
    const struct fused_memory memory = fused_memory_of(&op->forward);
    const struct lstm_fused_backward backward = {.lstm = lstm_fused_of(&op->forward),
                                                 .recurrent = memory.backward,
                                                 .slopes = memory.slopes,
                                                 .paths = memory.paths,
                                                 .dy = op->dy,
                                                 .dz = memory.dz,
                                                 .dbias = memory.of_bias};
    if (!cuda->failed)
        cuda_check(cuda, launch_lstm_fused_backward(cuda->stream, &backward));
    if (op->forward.V > 0)
        table_back(cuda, op, &memory);
    else
        input_back(cuda, op, &memory);
    add_gradients(cuda, op, &memory);
}
