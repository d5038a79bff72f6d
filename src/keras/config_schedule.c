/* CosineDecay, the learning-rate schedule, between Keras' JSON and the spec. Source: get_config of
 * keras/src/optimizers/schedules. */
#include "config.h"
#include "config_values.h"

#include <math.h>
#include <string.h>

/* Keys that are absent or null keep what the field has. */
static bool read_number(double *number, const json_t *config, const char *key, struct error *error)
{
    const json_t *value = json_object_get(config, key);
    if (value_is_absent(value))
        return true;
    if (!json_is_number(value))
        return setting_refuse(value, key, "a number", error);
    *number = json_number_value(value);
    return true;
}

/* None, which is no warm-up, is 0 in the spec; and a warm-up to 0 would train nothing. */
static bool read_target(double *target, const json_t *config, struct error *error)
{
    static const char key[] = "warmup_target";
    const json_t *value = json_object_get(config, key);
    if (!read_number(target, config, key, error))
        return false;
    return value_is_absent(value) || *target > 0 ||
           setting_refuse(value, key, "a rate above 0, or null", error);
}

static bool read_cosine(struct cosine_decay *cosine, const json_t *config, struct error *error)
{
    *cosine = (struct cosine_decay){.decay_steps = 0};
    if (!read_number(&cosine->initial_learning_rate, config, "initial_learning_rate", error) ||
        !read_number(&cosine->decay_steps, config, "decay_steps", error) ||
        !read_number(&cosine->alpha, config, "alpha", error) ||
        !read_target(&cosine->warmup_target, config, error) ||
        !read_number(&cosine->warmup_steps, config, "warmup_steps", error))
        return false;
    if (cosine->decay_steps > 0)
        return true;
    return setting_refuse(json_object_get(config, "decay_steps"), "decay_steps", "a number above 0", error);
}

bool config_read_schedule(struct cosine_decay *cosine, const json_t *schedule, struct error *error)
{
    char name[VALUE_TEXT_BYTES];
    value_text(name, json_object_get(schedule, "class_name"), "(unnamed)");
    if (strcmp(name, "CosineDecay") != 0)
        return error_set(
            error,
            "learning_rate: the schedule %s is not supported; compile the model with CosineDecay or "
            "a fixed rate",
            name);
    return (value_check_origin(schedule, error) &&
            read_cosine(cosine, json_object_get(schedule, "config"), error)) ||
           error_within(error, "learning_rate: %s", name);
}

/* Keras' users give whole steps. */
static json_t *steps_json(double steps)
{
    return steps == floor(steps) ? json_integer((json_int_t)steps) : json_real(steps);
}

json_t *config_write_schedule(const struct cosine_decay *cosine)
{
    const bool warms_up = cosine->warmup_target > 0;
    return json_pack("{s:s, s:s, s:{s:f, s:o, s:f, s:s, s:o, s:o}, s:n}", "module",
                     "keras.optimizers.schedules", "class_name", "CosineDecay", "config",
                     "initial_learning_rate", cosine->initial_learning_rate, "decay_steps",
                     steps_json(cosine->decay_steps), "alpha", cosine->alpha, "name", "CosineDecay",
                     "warmup_target", warms_up ? json_real(cosine->warmup_target) : json_null(),
                     "warmup_steps", steps_json(warms_up ? cosine->warmup_steps : 0), "registered_name");
}
