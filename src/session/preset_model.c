#include "preset_model.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Where the value of an option stands among a preset's. */
struct preset_option {
    enum option_id id;
    size_t offset, bytes;
};

#define member(name)                                                                                         \
    offsetof(struct preset_options, name), sizeof(((const struct preset_options *)NULL)->name)

static const struct preset_option preset_options[] = {
    {OPTION_VOCABULARY, member(vocabulary)},
    {OPTION_MAXLEN, member(maxlen)},
    {OPTION_NGRAMS, member(ngrams)},
    {OPTION_EMBEDDING, member(embedding)},
    {OPTION_UNITS, member(units)},
    {OPTION_FILTERS, member(filters)},
    {OPTION_KERNEL_SIZE, member(kernel_size)},
    {OPTION_POOL_SIZE, member(pool_size)},
    {OPTION_LAYERS, member(layers)},
    {OPTION_BIDIRECTIONAL, member(bidirectional)},
    {OPTION_DROPOUT, member(dropout)},
    {OPTION_RECURRENT_DROPOUT, member(recurrent_dropout)},
    {OPTION_EMBEDDING_DROPOUT, member(embedding_dropout)},
    {OPTION_TOKEN_DROPOUT, member(token_dropout)},
    {OPTION_SPATIAL_DROPOUT, member(spatial_dropout)},
    {OPTION_GLOBAL_POOLING, member(global_pooling)},
    {OPTION_RECURRENT_ACTIVATION, member(hard_sigmoid_slope)},
    {OPTION_GATE_MASKS, member(gate_masks)},
};

static void replace_given(struct preset_options *sizes, const struct options *options)
{
    for (size_t i = 0; i < sizeof preset_options / sizeof preset_options[0]; i++) {
        const struct preset_option *o = &preset_options[i];
        if (option_given(options, o->id))
            memcpy((char *)sizes + o->offset, (const char *)&options->sizes + o->offset, o->bytes);
    }
}

/* Refuses a rate for a preset without Dropout; names the presets that are the same but drop. */
static bool refuse_dropout(const char *preset, struct error *error)
{
    static const char *const endings[] = {"-dropout", "-gate-dropout"};
    char advice[2 * SPEC_NAME_BYTES + 32] = "";
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[SPEC_NAME_BYTES];
        struct preset_options unused;
        struct error unknown;
        snprintf(name, sizeof name, "%s%s", preset, endings[i]);
        size_t used = strlen(advice);
        if (preset_defaults(&unused, name, &unknown))
            snprintf(advice + used, sizeof advice - used, "%s%s", used ? " or " : "", name);
    }
    return error_set(error, "--dropout: %s drops nothing between layers; use --model %s", preset,
                     advice[0] ? advice : "lstm-dropout or lstm-gate-dropout");
}

/* An option for a part that the preset lacks would be without effect. */
static bool check_parts(const char *preset, const struct options *options, struct error *error)
{
    static const enum option_id conv_options[] = {OPTION_FILTERS, OPTION_KERNEL_SIZE, OPTION_POOL_SIZE,
                                                  OPTION_END};
    struct preset_parts parts = preset_parts(preset);
    enum option_id conv = option_first_given(options, conv_options);
    if (conv != OPTION_END && !parts.has_conv)
        return error_set(error, "%s: %s has no Conv1D; use --model cnn-lstm", option_name(conv), preset);
    if (option_given(options, OPTION_DROPOUT) && !parts.has_dropout)
        return refuse_dropout(preset, error);
    return true;
}

/* So would one for an LSTM where there is none. */
static bool check_lstm_options(const char *preset, const struct options *options, int layers,
                               struct error *error)
{
    static const enum option_id lstm_options[] = {OPTION_UNITS,
                                                  OPTION_BIDIRECTIONAL,
                                                  OPTION_RECURRENT_DROPOUT,
                                                  OPTION_RECURRENT_ACTIVATION,
                                                  OPTION_GATE_MASKS,
                                                  OPTION_END};
    enum option_id given = option_first_given(options, lstm_options);
    if (given == OPTION_END && option_given(options, OPTION_DROPOUT) &&
        !preset_parts(preset).has_dropout_layers)
        given = OPTION_DROPOUT;
    return layers > 0 || given == OPTION_END ||
           error_set(error, "%s: is of an LSTM, and with --layers 0 %s has none; leave one of the two out",
                     option_name(given), preset);
}

bool preset_model(struct spec *spec, int *ngrams, const char *name, const struct options *options,
                  struct error *error)
{
    struct preset_options sizes;
    if (!preset_defaults(&sizes, name, error) || !check_parts(name, options, error))
        return false;
    replace_given(&sizes, options);
    if (!check_lstm_options(name, options, sizes.layers, error))
        return false;
    *ngrams = sizes.ngrams;
    return spec_preset(spec, name, &sizes, error);
}
