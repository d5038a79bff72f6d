#include "kernels.h"

void product_of_rows(const struct cpu_kernels *kernels, const struct packed_matrix *b, int rows,
                     const float *a, size_t a_stride, const float *init, float *c, size_t c_stride)
{
    enum { ROWS_AT_ONCE = 96 };
    struct product_row row[ROWS_AT_ONCE];
    for (int done = 0; done < rows;) {
        int count = 0;
        for (; count < ROWS_AT_ONCE && done < rows; count++, done++)
            row[count] = (struct product_row){
                .a = a + (size_t)done * a_stride, .init = init, .c = c + (size_t)done * c_stride};
        kernels->product(b, count, row);
    }
}
