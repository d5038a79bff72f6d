#include "model_text.h"

#include "matinee/options.h"

static void print_rate(FILE *stream, const char *name, double rate)
{
    if (rate > 0)
        fprintf(stream, ", %s=%.10g", name, rate);
}

static void print_lstm(FILE *stream, const struct layer_spec *l)
{
    fprintf(stream, "%s%d", l->bidirectional ? "LSTM(" : "", l->units);
    if (l->hard_sigmoid_slope > 0)
        fprintf(stream, ", recurrent_activation=\"%s\"", recurrent_activation_name(l->hard_sigmoid_slope));
    print_rate(stream, "dropout", l->dropout);
    print_rate(stream, "recurrent_dropout", l->recurrent_dropout);
    if (l->gate_masks == GATE_MASKS_SHARED && (l->dropout > 0 || l->recurrent_dropout > 0))
        fputs(" with masks that its gates share", stream);
    fprintf(stream, "%s%s%s", l->return_sequences ? ", return_sequences=True" : "",
            l->go_backwards ? ", go_backwards=True" : "", l->bidirectional ? ")" : "");
}

static void print_layer(FILE *stream, const struct layer_spec *l)
{
    fprintf(stream, "%s(", layer_class(l));
    switch (l->kind) {
    case LAYER_EMBEDDING:
        fprintf(stream, "%d, %d", l->input_dim, l->units);
        print_rate(stream, "dropout", l->dropout);
        fputs(l->mask_zero ? ", mask_zero=True" : "", stream);
        break;
    case LAYER_DROPOUT:
        fprintf(stream, "%.10g%s", l->dropout,
                l->dropout_unit == DROP_STEPS ? ", noise_shape=(None, None, 1)" : "");
        break;
    case LAYER_CONV1D:
        fprintf(stream, "%d, %d", l->units, l->kernel_size);
        if (l->strides > 1)
            fprintf(stream, ", strides=%d", l->strides);
        fprintf(stream, "%s%s", l->padding == PADDING_SAME ? ", padding=\"same\"" : "",
                l->activation == ACTIVATION_RELU ? ", activation=\"relu\"" : "");
        break;
    case LAYER_MAX_POOLING1D:
        fprintf(stream, "%d", l->pool_size);
        break;
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        break;
    case LAYER_LSTM:
        print_lstm(stream, l);
        break;
    case LAYER_DENSE:
        fprintf(stream, "%d", l->units);
        break;
    }
    fputc(')', stream);
}

void model_text_print(FILE *stream, const struct spec *spec)
{
    for (int i = 0; i < spec->layer_count; i++) {
        fputs(i ? ", " : "", stream);
        print_layer(stream, &spec->layers[i]);
    }
}
