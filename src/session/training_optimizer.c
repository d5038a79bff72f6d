/* What Adam trains with: the preset's own settings or a file's, and the options that take their place. */
#include "option_values.h"
#include "training_parts.h"

#include "matinee/json_values.h"

#include <math.h>

static bool is_preset(const struct options *options)
{
    return model_kind(options->model) == MODEL_PRESET;
}

/* Whether the model brings an optimizer of its own. */
static bool has_optimizer(const struct options *options)
{
    return !is_preset(options) && !options->fresh;
}

void training_options_complete(struct options *options)
{
    const struct preset_training training = preset_training(options->model);
    if (!option_given(options, OPTION_EPOCHS))
        options->epochs = training.epochs;
    if (!option_given(options, OPTION_LEARNING_RATE))
        options->learning_rate = training.learning_rate;
    if (!option_given(options, OPTION_SCHEDULE))
        options->schedule = training.cosine ? SCHEDULE_COSINE : SCHEDULE_CONSTANT;
    if (!option_given(options, OPTION_WARMUP))
        options->warmup = training.warmup;
    if (!option_given(options, OPTION_EMA))
        options->ema_momentum = training.ema_momentum;
}

/* A rate alone leaves open what becomes of the schedule of a file, and a warm-up belongs to one that is made here. */
bool training_options_check(const struct adam_spec *adam, const struct options *options, struct error *error)
{
    const bool chosen = option_given(options, OPTION_SCHEDULE) || !has_optimizer(options);
    if (option_given(options, OPTION_WARMUP) && (!chosen || options->schedule != SCHEDULE_COSINE))
        return error_set(error, "--warmup: is of --schedule cosine; give that, too, or leave the option out");
    if (option_given(options, OPTION_LEARNING_RATE) && !chosen && adam_has_schedule(adam))
        return error_set(
            error,
            "--learning-rate: the rate of %s follows a schedule; give --schedule constant or cosine, "
            "too",
            options->model);
    return true;
}

/* A schedule has Keras' steps of this run, which are known once the data are. */
static void choose_schedule(struct training *training)
{
    const struct options *options = training->options;
    struct adam_spec *adam = &training->session->model.spec.adam;
    double rate = options->learning_rate;
    if (has_optimizer(options)) {
        if (!option_given(options, OPTION_SCHEDULE))
            return;
        if (!option_given(options, OPTION_LEARNING_RATE))
            rate = adam_peak_rate(adam);
    }
    adam->learning_rate = rate;
    adam->cosine = (struct cosine_decay){.decay_steps = 0};
    training->schedule_due = options->schedule == SCHEDULE_COSINE;
}

bool training_optimizer_choose(struct training *training, struct error *error)
{
    const struct options *options = training->options;
    struct spec *spec = &training->session->model.spec;
    if (!training_options_check(&spec->adam, options, error))
        return false;
    choose_schedule(training);
    if (option_given(options, OPTION_EMA) || !has_optimizer(options))
        spec->adam.ema_momentum = options->ema_momentum;
    return spec_check(spec, error);
}

static int64_t steps_of_epoch(const struct training *training)
{
    const int64_t N = training->options->batch_size, all = training->data.train.count;
    return (all + N - 1) / N;
}

/* As many steps as the run has updates. */
static void make_schedule(struct training *training)
{
    struct adam_spec *adam = &training->session->model.spec.adam;
    const int64_t all = training->options->epochs * steps_of_epoch(training);
    int64_t warmup = llround(training->options->warmup * (double)all);
    if (warmup >= all)
        warmup = all - 1;
    adam->cosine = (struct cosine_decay){.decay_steps = (double)(all - warmup)};
    if (warmup > 0) {
        adam->cosine.warmup_target = adam->learning_rate;
        adam->cosine.warmup_steps = (double)warmup;
    } else {
        adam->cosine.initial_learning_rate = adam->learning_rate;
    }
}

/* Updates that the model will have at the end of the run. */
static int64_t last_update(const struct training *training)
{
    const int64_t steps = steps_of_epoch(training);
    const struct trainer_position *position = &training->position;
    return training->session->model.state.iterations - position->epochs_done * steps - position->step +
           training->options->epochs * steps;
}

/* Keras goes on with a rate of 0, which is of no use to anybody. */
static bool check_end(const struct training *training, struct error *error)
{
    const struct options *options = training->options;
    const struct adam_spec *adam = &training->session->model.spec.adam;
    const int64_t end = adam_scheduled_updates(adam), last = last_update(training);
    if (!adam_has_schedule(adam) || adam->cosine.alpha > 0 || last <= end)
        return true;
    if (options->resume)
        return error_set(
            error,
            "--epochs %d: the learning rate of %s is 0 after its %lld updates; leave the option out, "
            "or train on with --model %s/model.keras --schedule cosine",
            options->epochs, options->resume, (long long)end, options->resume);
    return error_set(
        error,
        "%s: the learning rate of its schedule is 0 after %lld updates, and the run would have it do "
        "%lld; give --schedule cosine or constant",
        options->model, (long long)end, (long long)last);
}

bool training_optimizer_open(struct training *training, struct error *error)
{
    struct checkpoint *model = &training->session->model;
    return training_state_set_average(&model->state, &model->table, adam_has_average(&model->spec.adam),
                                      error);
}

bool training_optimizer_schedule(struct training *training, struct error *error)
{
    struct checkpoint *model = &training->session->model;
    if (training->schedule_due) {
        make_schedule(training);
        training_state_restart(&model->state, &model->table);
        model->has_slots = false;
    }
    return spec_check(&model->spec, error) && check_end(training, error);
}

json_t *training_optimizer_json(const struct adam_spec *adam)
{
    const struct cosine_decay *cosine = &adam->cosine;
    const bool schedule = adam_has_schedule(adam);
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o}", "learning_rate", json_number(adam_peak_rate(adam)), "schedule",
        schedule_name(schedule ? SCHEDULE_COSINE : SCHEDULE_CONSTANT), "warmup_steps",
        schedule ? json_number(cosine->warmup_target > 0 ? cosine->warmup_steps : 0) : json_null(),
        "decay_steps", schedule ? json_number(cosine->decay_steps) : json_null(), "ema_momentum",
        adam_has_average(adam) ? json_number(adam->ema_momentum) : json_null(), "epsilon",
        json_number(adam->epsilon));
}
