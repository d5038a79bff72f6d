/* Stacked LSTM layers as one op. */
#include "plan.h"

#include <string.h>

static bool is_plain(const struct lstm *op)
{
    return !op->reversed && !(op->input.rate > 0.0f) && !(op->recurrent.rate > 0.0f) &&
           !(op->hard_slope > 0.0f);
}

/* The op `at` with the LSTM after it on top, and how many ops that takes beyond it; 0 if they do not make a stack. */
static int stack_next(const struct plan *plan, int at, struct pass_op *stack)
{
    *stack = plan->ops[at];
    struct lstm *lower = &stack->lstm.forward;
    const struct pass_op *next = &plan->ops[at + 1]; /* the last op is the Dense */
    struct dropout between = {.rate = 0.0f};
    int taken = 1;
    if (next->kind == OP_DROPOUT && next->dropout.forward.unit == DROP_ELEMENTS) {
        between = next->dropout.forward.dropout;
        next++;
        taken++;
    }
    const struct lstm *upper = &next->lstm.forward;
    if (next->kind != OP_LSTM || lower->stacked + 2 > LSTM_STACK_MAX || !is_plain(lower) ||
        !is_plain(upper) || upper->H != lower->H || upper->D != lower->D)
        return 0;
    if (lower->stacked > 0 && lower->between.rate != between.rate)
        return 0;
    if (lower->stacked == 0)
        lower->between = between;
    lower->sequences = upper->sequences;
    stack->layer = next->layer;
    stack->stack[++lower->stacked] = next->layer;
    return taken;
}

static void stack_all(struct plan *plan, struct backend *backend)
{
    for (int at = 0; at < plan->op_count; at++)
        while (plan->ops[at].kind == OP_LSTM) {
            struct pass_op stack;
            struct error refused;
            int taken = stack_next(plan, at, &stack);
            if (taken == 0 || !backend->memory->lstm_engine(backend, &stack.lstm.forward, &refused))
                break;
            plan->ops[at] = stack;
            plan->op_count -= taken;
            memmove(&plan->ops[at + 1], &plan->ops[at + 1 + taken],
                    (size_t)(plan->op_count - at - 1) * sizeof plan->ops[0]);
        }
}

void plan_make_for(struct plan *plan, struct backend *backend, const struct spec *spec, int N,
                   enum pass_kind kind)
{
    plan_make(plan, spec, N, kind);
    stack_all(plan, backend);
}
