/* What Adam's settings make of the number of updates done. */
#include "matinee/spec.h"

#include <math.h>

/* Keras keeps rates in float32 and computes in it: a run in Keras has the same. */
static float decayed(float from, float step, const struct cosine_decay *cosine)
{
    const float fraction = step / (float)cosine->decay_steps, pi = 3.14159265358979323846f;
    const float falling = 0.5f * (1.0f + cosf(pi * fraction));
    return from * ((float)(1.0 - cosine->alpha) * falling + (float)cosine->alpha);
}

static float cosine_rate(const struct cosine_decay *cosine, float step)
{
    const float initial = (float)cosine->initial_learning_rate, target = (float)cosine->warmup_target;
    const float warmup = target > 0 ? (float)cosine->warmup_steps : 0, decay = (float)cosine->decay_steps;
    step = fminf(step, decay + warmup);
    if (step < warmup)
        return (target - initial) * (step / warmup) + initial;
    return decayed(target > 0 ? target : initial, step - warmup, cosine);
}

float adam_rate(const struct adam_spec *adam, int64_t iterations)
{
    return adam_has_schedule(adam) ? cosine_rate(&adam->cosine, (float)iterations)
                                   : (float)adam->learning_rate;
}

double adam_peak_rate(const struct adam_spec *adam)
{
    const struct cosine_decay *cosine = &adam->cosine;
    if (!adam_has_schedule(adam))
        return adam->learning_rate;
    return cosine->warmup_target > 0 ? cosine->warmup_target : cosine->initial_learning_rate;
}

int64_t adam_scheduled_updates(const struct adam_spec *adam)
{
    const struct cosine_decay *cosine = &adam->cosine;
    const double warmup = cosine->warmup_target > 0 ? cosine->warmup_steps : 0;
    return adam_has_schedule(adam) ? (int64_t)ceil(cosine->decay_steps + warmup) : 0;
}

float adam_ema_momentum(const struct adam_spec *adam, int64_t iterations)
{
    return iterations > 0 ? (float)adam->ema_momentum : 0;
}
