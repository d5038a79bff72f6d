/* The settings of a training, as its model file and its run keep them. */
#include "option_values.h"
#include "training_parts.h"

#include "matinee/json_values.h"

#include <stdlib.h>

static json_t *validation_json(const struct training_data *data)
{
    if (data->kind == VALIDATION_FRACTION)
        return json_number(data->fraction);
    return json_string(data->kind == VALIDATION_TEST ? "test" : "none");
}

/* How the data were read, if they are a table; test is a file, a fraction or null. */
static json_t *table_json(const struct table_options *table)
{
    json_t *test = table->test_fraction > 0 ? json_number(table->test_fraction) : json_text(table->test);
    return json_pack("{s:o, s:o, s:o, s:b}", "test", test, "text_column", json_text(table->text_column),
                     "label_column", json_text(table->label_column), "no_quotes", table->no_quotes);
}

/* Those that the run began with, and its epochs of now. */
static json_t *resumed_settings(const struct training *training)
{
    json_t *settings = json_loads(training->session->model.settings, 0, NULL);
    if (settings && json_object_set_new(settings, "epochs", json_integer(training->options->epochs)) != 0) {
        json_decref(settings);
        return NULL;
    }
    return settings;
}

json_t *training_settings(const struct training *training)
{
    if (training->begun_with)
        return resumed_settings(training);
    const struct options *o = training->options;
    const struct checkpoint *model = &training->session->model;
    const struct spec *spec = &model->spec;
    bool fresh = o->fresh || model_kind(o->model) != MODEL_KERAS;
    json_t *initializers = fresh ? json_string(initializers_name(spec->initializers)) : json_null();
    const struct layer_spec *lstm = first_lstm(spec);
    json_t *units = lstm ? json_integer(lstm->units) : json_null();
    json_t *course = json_pack("{s:o, s:b, s:i, s:o, s:i, s:i}",                                            //
                               "model", json_text(o->model), "fresh", fresh, "train_reviews",               //
                               training->data.train.count, "validation", validation_json(&training->data),  //
                               "epochs", o->epochs, "batch_size", o->batch_size);
    json_t *rest =
        json_pack("{s:o, s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:o, s:o, s:b, s:o, s:b}",      //
                  "initializers", initializers, "precision", precision_name(o->precision),  //
                  "dropout_masks", mask_source_name(o->dropout_masks),                      //
                  "seed", (json_int_t)o->seed,                                              //
                  "vocabulary", checkpoint_words(model), "maxlen", checkpoint_length(model), "ngrams",
                  model->ngram_order,                                                              //
                  "embedding", spec->layers[0].units, "units", units,                              //
                  "layers", model_layers_json(spec), "sample", training->session->data.is_sample,  //
                  "table", table_json(&o->table), "exact_ranks", o->exact_ranks);
    return json_joined(json_joined(course, training_optimizer_json(&spec->adam)), rest);
}

bool training_renew_settings(struct training *training, struct error *error)
{
    struct checkpoint *model = &training->session->model;
    json_t *settings = training_settings(training);
    free(model->settings);
    model->settings = settings ? json_dumps(settings, JSON_PRECISION | JSON_INDENT(2)) : NULL;
    json_decref(settings);
    return model->settings || error_memory(error, "the settings", 0);
}
