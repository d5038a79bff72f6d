#include "lstm_rows.h"

#include <string.h>

/* A counting sort, stable. */
static void sort_rows(struct lstm_rows *rows, const struct lstm *op, bool reversed)
{
    int32_t *before = rows->before;
    memset(before, 0, ((size_t)rows->T + 2) * sizeof *before);
    for (int n = 0; n < rows->N; n++)
        before[(reversed ? 0 : op->pads[n]) + 1]++;
    for (int t = 0; t <= rows->T; t++)
        before[t + 1] += before[t];
    for (int n = rows->N - 1; n >= 0; n--) {
        int start = reversed ? 0 : op->pads[n], i = --before[start + 1];
        rows->row[i] = n;
        rows->start[i] = start;
    }
}

static int longest_pads(const struct lstm *op)
{
    int longest = 0;
    for (int n = 1; n < op->N; n++)
        if (op->pads[n] > op->pads[longest])
            longest = n;
    return longest;
}

void lstm_rows_lay_out(struct lstm_rows *rows, const struct lstm *op, bool reversed)
{
    sort_rows(rows, op, reversed);
    rows->pad_row = longest_pads(op);
    rows->pad_steps = reversed ? 0 : op->pads[rows->pad_row];
    rows->step_at[0] = 0;
    for (int i = 0; i < rows->N; i++)
        rows->step_at[i + 1] = rows->step_at[i] + (size_t)lstm_row_steps(rows, i);
}

int lstm_part_count(int N, int threads)
{
    int fewest = (N + PART_ROWS_MAX - 1) / PART_ROWS_MAX, most = (N + PART_ROWS_LEAST - 1) / PART_ROWS_LEAST,
        parts = (fewest + threads - 1) / threads * threads;
    return parts > most ? most : parts;
}
