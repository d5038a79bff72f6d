/* Which settings of Adam can be trained with. */
#include "optimizer_check.h"

#include <float.h>

/* Beyond it float32 has no odd numbers: a count of updates would stand still. */
static const double steps_max = 1 << 24;

/* The ops compute in float32 and flush what is denormal there to zero. */
static bool check_positive(const char *name, double value, struct error *error)
{
    if (value >= (double)FLT_MIN && value <= (double)FLT_MAX)
        return true;
    return error_set(error, "optimizer: %s is %g; must be from %g to %g", name, value, (double)FLT_MIN,
                     (double)FLT_MAX);
}

static bool check_range(const char *name, double value, double low, double high, struct error *error)
{
    if (value >= low && value <= high)
        return true;
    return error_set(error, "optimizer: %s is %.15g; must be from %g to %.15g", name, value, low, high);
}

static bool check_below_one(const char *name, double value, struct error *error)
{
    if (value >= 0 && value < 1)
        return true;
    return error_set(error, "optimizer: %s is %g; must be in [0,1)", name, value);
}

/* A float32 just below 1 is 1, with which an average would never move. */
static bool check_momentum(double value, struct error *error)
{
    if (value == 0 || (value >= (double)FLT_MIN && (float)value < 1.0f))
        return true;
    return error_set(error, "optimizer: ema_momentum is %.15g; must be above 0 and at most 0.99999994",
                     value);
}

static bool check_cosine(const struct cosine_decay *cosine, struct error *error)
{
    const bool warms_up = cosine->warmup_target != 0;
    return check_range("decay_steps", cosine->decay_steps, 1, steps_max, error) &&
           check_range("alpha", cosine->alpha, 0, 1, error) &&
           check_range("warmup_steps", cosine->warmup_steps, 0, steps_max, error) &&
           (!warms_up || check_positive("warmup_target", cosine->warmup_target, error)) &&
           (warms_up ? check_range("initial_learning_rate", cosine->initial_learning_rate, 0, (double)FLT_MAX,
                                   error)
                     : check_positive("initial_learning_rate", cosine->initial_learning_rate, error));
}

bool optimizer_check(const struct adam_spec *adam, struct error *error)
{
    const bool has_schedule = adam->cosine.decay_steps != 0;
    return (has_schedule ? check_cosine(&adam->cosine, error)
                         : check_positive("learning_rate", adam->learning_rate, error)) &&
           check_positive("epsilon", adam->epsilon, error) &&
           check_below_one("beta_1", adam->beta_1, error) && check_below_one("beta_2", adam->beta_2, error) &&
           check_momentum(adam->ema_momentum, error);
}
