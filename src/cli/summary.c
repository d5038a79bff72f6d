#include "matinee/summary.h"

#include "commands.h"
#include "json_print.h"
#include "terminal.h"

#include "matinee/session.h"

#include <unistd.h>

static const enum option_id summary_options[] = {
    OPTIONS_OF_MODEL,
    OPTION_JSON,
    OPTION_END,
};

static enum exit_status run_summary(const struct options *options, struct error *error);

const struct command command_summary = {
    .name = "summary",
    .arguments = "PRESET|FILE",
    .summary = "Layers and parameters as Keras 3 prints them",
    .details = "Presets: lstm, lstm-dropout, lstm-gate-dropout, bilstm, bilstm-gate-dropout, cnn-lstm, "
               "cnn-lstm-dropout, lstm-reversed, lstm-embedding-dropout, best-words, best. The options "
               "change a preset's sizes and rates; FILE, "
               "a model file (.keras, .h5) or "
               "a Keras configuration that ends in .json, has its own.",
    .options = summary_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .ranks = RANKS_APART,
    .run = run_summary,
};

static int table_columns(void)
{
    enum { KERAS_COLUMNS = 80 };
    int columns = terminal_columns(STDOUT_FILENO);
    return columns > 0 ? columns : KERAS_COLUMNS;
}

static json_t *layers_json(const struct checkpoint *model)
{
    json_t *list = json_array();
    for (int i = 0; list && i < model->spec.layer_count; i++) {
        int shape[2], rank = layer_output_shape(&model->spec, i, shape);
        json_t *dims = rank == 2 ? json_pack("[n, i, i]", shape[0], shape[1]) : json_pack("[n, i]", shape[0]);
        json_t *layer = json_pack("{s:o, s:s, s:o, s:I}", "name", json_text(model->spec.layers[i].name),
                                  "class", layer_class(&model->spec.layers[i]), "output_shape", dims,
                                  "parameters", (json_int_t)summary_layer_count(&model->table, i));
        if (json_array_append_new(list, layer) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *summary_json(const struct checkpoint *model, bool slots)
{
    struct summary_counts counts = summary_count(&model->spec, &model->table, slots);
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:i, s:i}", "name", json_text(model->spec.name), "layers",
                     layers_json(model), "trainable_parameters", (json_int_t)counts.trainable,
                     "optimizer_parameters", (json_int_t)counts.optimizer, "total_parameters",
                     (json_int_t)counts.trainable + counts.optimizer, "maxlen", model->spec.maxlen, "ngrams",
                     model->ngram_order);
}

static enum exit_status run_summary(const struct options *options, struct error *error)
{
    struct session session = {.backend = NULL};
    enum exit_status status = session_open_model(&session, options->arguments[0], options, error);
    if (status == STATUS_DONE && options->json) {
        if (!json_print(summary_json(&session.model, session.model.has_slots), error))
            status = STATUS_FAILED;
    } else if (status == STATUS_DONE) {
        summary_write(stdout, &session.model.spec, &session.model.table, session.model.has_slots,
                      table_columns());
    }
    session_close(&session);
    return status;
}
