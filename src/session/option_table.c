#include "option_values.h"

#include "matinee/ngrams.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>

enum value_kind {
    VALUE_FLAG,
    VALUE_TEXT,
    VALUE_WHOLE,
    VALUE_POSITIVE,
    VALUE_RATE,
    VALUE_RECURRENT_ACTIVATION,
    VALUE_GATE_MASKS,
    VALUE_GLOBAL_POOLING,
    VALUE_SCHEDULE,
    VALUE_INITIALIZERS,
    VALUE_SEED,
    VALUE_VALIDATION,
    VALUE_TEST,
    VALUE_DEVICE,
    VALUE_ENGINE,
    VALUE_PRECISION,
    VALUE_DROPOUT_MASKS,
    VALUE_BACKEND,
    VALUE_CPU_KERNELS,
    VALUE_MAP_REVIEWS,
};

enum { GPUS_MAX = 1024, VIRTUAL_RANKS_MAX = 64 };

struct definition {
    const char *name, *argument, *help; /* name with its two dashes */
    enum value_kind kind;
    size_t offset; /* of the value in struct options */
    int low, high;
};

#define field(name) offsetof(struct options, name)

static const struct definition definitions[] = {
    [OPTION_MODEL] = {"--model", "PRESET|FILE",
                      "A preset (default lstm); a model file (.keras, .h5) to go on from, with its weights "
                      "and optimizer; or "
                      "a .json file, a Keras configuration to start from",
                      VALUE_TEXT, field(model), 0, 0},
    [OPTION_ARCHITECTURE] = {"--model", "PRESET|FILE",
                             "What IN holds the weights of, if it holds no more: a preset with the sizes "
                             "below, a Keras configuration that ends in .json, or a model file",
                             VALUE_TEXT, field(model), 0, 0},
    [OPTION_BACKEND] = {"--backend", "WHICH",
                        "Keras' backend that made IN, theano or tensorflow: files of Keras 1 do not say it, "
                        "and a Conv1D of theano's is another",
                        VALUE_BACKEND, field(backend), 0, 0},
    [OPTION_FRESH] =
        {"--fresh", NULL,
         "Take only the architecture of --model FILE.keras and start from new weights of Keras' default "
         "initialisers, whatever the file says, and a new optimizer",
         VALUE_FLAG, field(fresh), 0, 0},
    [OPTION_DATA] =
        {"--data", "PATH",
         "aclImdb directory or its .tar.gz, .tar.xz or .zip; a .csv or .tsv of texts and labels; Keras' "
         "imdb.npz; or the word sample for the built-in sample "
         "(default: $MATINEE_DATA, then $MATINEE_DATA_DIRECTORY or the cache directory, then the sample)",
         VALUE_TEXT, field(data), 0, 0},
    [OPTION_WORD_DATA] = {"--data", "PATH",
                          "Needed only for a model without a vocabulary: the data set that it was trained on "
                          "(default: $MATINEE_DATA, then $MATINEE_DATA_DIRECTORY or the cache directory)",
                          VALUE_TEXT, field(data), 0, 0},
    [OPTION_TEST] =
        {"--test", "FILE|FRACTION",
         "Test reviews of --data FILE.csv: another .csv or .tsv; or a fraction such as 0.2, then of "
         "the positive reviews the last fifth in the file, and of the negative ones (default none)",
         VALUE_TEST, field(table), 0, 0},
    [OPTION_TEXT_COLUMN] =
        {"--text-column", "NAME|N",
         "Column of a .csv or .tsv with the text: its name in the header, or its number from "
         "1 (default text or review)",
         VALUE_TEXT, field(table.text_column), 0, 0},
    [OPTION_LABEL_COLUMN] =
        {"--label-column", "NAME|N",
         "Column with the label: 0 or 1, neg or pos, negative or positive (default label or "
         "sentiment)",
         VALUE_TEXT, field(table.label_column), 0, 0},
    [OPTION_NO_QUOTES] = {"--no-quotes", NULL,
                          "Quotes in a .csv or .tsv are text: no field is in quotes, and each row is a line",
                          VALUE_FLAG, field(table.no_quotes), 0, 0},
    [OPTION_WORD_INDEX] =
        {"--word-index", "FILE",
         "Keras' imdb_word_index.json, by which words are numbered where neither the model nor "
         "the data say; for an .npz the default is the file of that name beside it",
         VALUE_TEXT, field(word_index), 0, 0},
    [OPTION_CACHE] = {"--cache", "DIR",
                      "Where what is read of the data is kept for the next time (default: $MATINEE_CACHE, "
                      "then matinee/encoded in $XDG_CACHE_HOME or ~/.cache)",
                      VALUE_TEXT, field(cache), 0, 0},
    [OPTION_NO_CACHE] = {"--no-cache", NULL, "Read the data themselves, and keep nothing of them", VALUE_FLAG,
                         field(no_cache), 0, 0},
    [OPTION_MAP_REVIEWS] =
        {"--map-reviews", "WHEN",
         "Let the encoded reviews stay in a file of the cache, so that of more than fits only what is in "
         "use is in memory: auto, if they would take over a quarter of what is free (default); always; or "
         "never",
         VALUE_MAP_REVIEWS, field(map_reviews), 0, 0},
    [OPTION_TRAIN_LIMIT] = {"--train-limit", "N", "Train on the first N training reviews in Keras' order",
                            VALUE_WHOLE, field(train_limit), 1, INT_MAX},
    [OPTION_VALIDATION] =
        {"--validation", "WHAT",
         "What to validate on after each epoch: test, the test reviews (default); none; or "
         "a fraction such as "
         "0.2, the last fifth of the training reviews, which are then not trained on (default "
         "where a .csv or .tsv has no --test)",
         VALUE_VALIDATION, field(validation), 0, 0},
    [OPTION_EPOCHS] = {"--epochs", "N", "Passes over the training reviews (default 3, or the preset's)",
                       VALUE_WHOLE, field(epochs), 1, 100000},
    [OPTION_BATCH_SIZE] = {"--batch-size", "N", "Reviews in a training step (default 64)", VALUE_WHOLE,
                           field(batch_size), 1, 65536},
    [OPTION_LEARNING_RATE] =
        {"--learning-rate", "R",
         "Adam's learning rate; of a schedule the highest (default 1e-3, or the preset's or "
         "the file's)",
         VALUE_POSITIVE, field(learning_rate), 0, 1000},
    [OPTION_SCHEDULE] =
        {"--schedule", "WHICH",
         "Of the learning rate: constant, or cosine, which falls along half a cosine to 0 at the "
         "end of the run, Keras' CosineDecay (default constant, or the preset's or the file's)",
         VALUE_SCHEDULE, field(schedule), 0, 0},
    [OPTION_WARMUP] =
        {"--warmup", "FRACTION",
         "With cosine: the part of all updates in which the rate rises from 0, from 0 to below 1 "
         "(default 0 or the preset's)",
         VALUE_RATE, field(warmup), 0, 0},
    [OPTION_EMA] =
        {"--ema", "MOMENTUM",
         "Keep a moving average of the weights, Keras' use_ema, and validate and save that: what of "
         "the average stays in an update, such as 0.99; 0: none (default none, or the preset's or "
         "the file's)",
         VALUE_RATE, field(ema_momentum), 0, 0},
    [OPTION_EPSILON] = {"--epsilon", "R", "Adam's epsilon (default 1e-7 or the file's)", VALUE_POSITIVE,
                        field(epsilon), 0, 1},
    [OPTION_SEED] = {"--seed", "N",
                     "Seed of the weights, of the order of the reviews and of what is dropped (default 7)",
                     VALUE_SEED, field(seed), 0, 0},
    [OPTION_VOCABULARY] = {"--vocabulary", "N",
                           "Ids below N are kept, Keras' num_words (default 5000, or the preset's)",
                           VALUE_WHOLE, field(sizes.vocabulary), 5, 10000000},
    [OPTION_MAXLEN] = {"--maxlen", "N",
                       "Words of a review that the network reads, the last ones (default 500)", VALUE_WHOLE,
                       field(sizes.maxlen), 1, SPEC_MAX_LENGTH},
    [OPTION_NGRAMS] =
        {"--ngrams", "N",
         "Read each word with the buckets of the 1 to N words that begin there, by how positive the training "
         "reviews with them are: 1+N tokens a word (default that of the model; 0: words alone)",
         VALUE_WHOLE, field(sizes.ngrams), 0, NGRAMS_MAX},
    [OPTION_UNITS] = {"--units", "N", "Units of an LSTM (default 100, or the preset's)", VALUE_WHOLE,
                      field(sizes.units), 1, 16384},
    [OPTION_EMBEDDING] = {"--embedding", "N", "Numbers that stand for a word (default 32, or the preset's)",
                          VALUE_WHOLE, field(sizes.embedding), 1, 16384},
    [OPTION_FILTERS] = {"--filters", "N", "Filters of the Conv1D (default 32, or the preset's)", VALUE_WHOLE,
                        field(sizes.filters), 1, 16384},
    [OPTION_KERNEL_SIZE] = {"--kernel-size", "N", "Words that a filter sees at once (default 3)", VALUE_WHOLE,
                            field(sizes.kernel_size), 1, 100000},
    [OPTION_POOL_SIZE] = {"--pool-size", "N",
                          "Steps that MaxPooling1D makes one of; 1: none (default 2, or the preset's)",
                          VALUE_WHOLE, field(sizes.pool_size), 1, 100000},
    [OPTION_LAYERS] = {"--layers", "N",
                       "LSTM layers, one upon the other; 0 with --global-pooling max or average (default 1)",
                       VALUE_WHOLE, field(sizes.layers), 0, SPEC_MAX_LAYERS},
    [OPTION_BIDIRECTIONAL] = {"--bidirectional", NULL, "Make every LSTM of the preset bidirectional",
                              VALUE_FLAG, field(sizes.bidirectional), 0, 0},
    [OPTION_DROPOUT] = {"--dropout", "R",
                        "Rate of the preset's Dropout layers or of its LSTM's input, from 0 to below 1 "
                        "(default 0.2, or the preset's)",
                        VALUE_RATE, field(sizes.dropout), 0, 0},
    [OPTION_RECURRENT_DROPOUT] = {"--recurrent-dropout", "R",
                                  "Rate of an LSTM's recurrent input (default that of the preset)",
                                  VALUE_RATE, field(sizes.recurrent_dropout), 0, 0},
    [OPTION_EMBEDDING_DROPOUT] =
        {"--embedding-dropout", "R",
         "Rate of whole words, as Keras 1 dropped rows of an Embedding (default that "
         "of the preset)",
         VALUE_RATE, field(sizes.embedding_dropout), 0, 0},
    [OPTION_TOKEN_DROPOUT] = {"--token-dropout", "R",
                              "Rate of whole tokens of a review: a Dropout with the noise_shape "
                              "(None, None, 1) behind the Embedding (default that of the preset)",
                              VALUE_RATE, field(sizes.token_dropout), 0, 0},
    [OPTION_SPATIAL_DROPOUT] =
        {"--spatial-dropout", "R",
         "Rate of a SpatialDropout1D behind the Embedding (default that of the preset)", VALUE_RATE,
         field(sizes.spatial_dropout), 0, 0},
    [OPTION_GLOBAL_POOLING] =
        {"--global-pooling", "WHICH",
         "What the Dense reads: none, the last LSTM's last state; max or average, of all "
         "its steps, or with --layers 0 of the convolution's (default that of the preset)",
         VALUE_GLOBAL_POOLING, field(sizes.global_pooling), 0, 0},
    [OPTION_RECURRENT_ACTIVATION] =
        {"--recurrent-activation", "WHICH",
         "Of an LSTM's gates: sigmoid (default); hard_sigmoid, clip(x/6+0.5) of Keras 3; or "
         "hard_sigmoid_keras1, clip(0.2x+0.5) of Keras 1 and 2",
         VALUE_RECURRENT_ACTIVATION, field(sizes.hard_sigmoid_slope), 0, 0},
    [OPTION_GATE_MASKS] = {"--gate-masks", "WHICH",
                           "Dropout inside an LSTM: per-gate, each gate drops for itself as in Keras 3.8 and "
                           "later (default), which where recurrent_dropout is 0 share one mask of the input; "
                           "or shared, as in Keras 3.2 to 3.7",
                           VALUE_GATE_MASKS, field(sizes.gate_masks), 0, 0},
    [OPTION_INITIALIZERS] =
        {"--initializers", "WHICH",
         "Of new weights: keras, those of Keras 3 (default); or keras1, in its LSTMs those of Keras 1",
         VALUE_INITIALIZERS, field(initializers), 0, 0},
    [OPTION_DEVICE] =
        {"--device", "DEVICE",
         "auto, the first GPU if one can be used, otherwise the processor (default); cpu; cuda, "
         "the first GPU; or cuda:I",
         VALUE_DEVICE, field(device), 0, 0},
    [OPTION_GPUS] = {"--gpus", "N",
                     "Use the first N GPUs of this machine, each with a process of its own and its share of "
                     "every batch; over several machines leave it to mpirun or srun",
                     VALUE_WHOLE, field(gpus), 1, GPUS_MAX},
    [OPTION_EXACT_RANKS] =
        {"--exact-ranks", NULL,
         "Sum the gradients of 8 parts of each batch in a fixed order, so that 1, 2, 4 or 8 processes train "
         "to the same last bit",
         VALUE_FLAG, field(exact_ranks), 0, 0},
    [OPTION_VIRTUAL_RANKS] =
        {"--virtual-ranks", "K",
         "To test data parallelism without it: each process computes its share of a batch in K parts, as K "
         "processes would",
         VALUE_WHOLE, field(virtual_ranks), 1, VIRTUAL_RANKS_MAX},
    [OPTION_ENGINE] =
        {"--engine", "ENGINE",
         "What computes an LSTM on a GPU: fused, all steps in one kernel, to 108 units; cudnn; generic, "
         "which can do all; or auto, the first of these that can (default)",
         VALUE_ENGINE, field(engine), 0, 0},
    [OPTION_PRECISION] =
        {"--precision", "WHICH",
         "Of products on a GPU: fp32 (default), or tf32, on tensor cores with 10 bits of each "
         "factor",
         VALUE_PRECISION, field(precision), 0, 0},
    [OPTION_DROPOUT_MASKS] = {"--dropout-masks", "WHICH",
                              "Of Dropout layers on a GPU: counter, the processor's masks to the bit "
                              "(default), or cudnn, drawn by cuDNN",
                              VALUE_DROPOUT_MASKS, field(dropout_masks), 0, 0},
    [OPTION_NO_GRAPH] =
        {"--no-graph", NULL,
         "On a GPU start each kernel of a step by itself instead of a recorded step as a whole", VALUE_FLAG,
         field(no_graph), 0, 0},
    [OPTION_THREADS] = {"--threads", "N", "Processor threads; 0, the default: all that this process may use",
                        VALUE_WHOLE, field(threads), 0, 1024},
    [OPTION_CPU_KERNELS] = {"--cpu-kernels", "WHICH",
                            "Instruction set of the processor's kernels: auto, the fastest that it runs "
                            "(default); avx512; avx2; "
                            "sse2; or, on other processors than x86-64, native. They differ by rounding",
                            VALUE_CPU_KERNELS, field(cpu_kernels), 0, 0},
    [OPTION_RESUME] =
        {"--resume", "RUN_DIRECTORY",
         "Go on with a run that was interrupted, killed or is to have more --epochs, as if it had never "
         "ended, with the settings and the data that it began with",
         VALUE_TEXT, field(resume), 0, 0},
    [OPTION_SAVE_EVERY] =
        {"--save-every", "N",
         "Save after every N updates, too, so that a run that is killed loses no more than those",
         VALUE_WHOLE, field(save_every), 1, INT_MAX},
    [OPTION_KEEP_BEST] = {"--keep-best", NULL,
                          "Keep the model of the epoch with the highest validation accuracy in best.keras",
                          VALUE_FLAG, field(keep_best), 0, 0},
    [OPTION_PATIENCE] = {"--patience", "N",
                         "End after N epochs in a row that did not raise the validation accuracy",
                         VALUE_WHOLE, field(patience), 1, 100000},
    [OPTION_OUT] = {"--out", "DIRECTORY",
                    "Where to write (default runs/MODEL-SEED, or runs/MODEL-SEED-2 and so on if it exists)",
                    VALUE_TEXT, field(out), 0, 0},
    [OPTION_EXPORT_OUT] = {"--out", "DIRECTORY", "Where export writes", VALUE_TEXT, field(out), 0, 0},
    [OPTION_LOG] = {"--log", "FILE.jsonl",
                    "Write one JSON object a line: start, every 50 steps, each epoch, end; with --resume at "
                    "the end of the file",
                    VALUE_TEXT, field(log), 0, 0},
    [OPTION_QUIET] = {"--quiet", NULL, "Print only errors", VALUE_FLAG, field(quiet), 0, 0},
    [OPTION_DRY_RUN] = {"--dry-run", NULL,
                        "Say what would be done, with data, model, memory and device; train nothing",
                        VALUE_FLAG, field(dry_run), 0, 0},
    [OPTION_JSON] = {"--json", NULL, "Print JSON", VALUE_FLAG, field(json), 0, 0},
    [OPTION_FILE] =
        {"--file", "FILE",
         "Read texts from FILE, one a line, or, of a .csv or .tsv, one a row; empty lines are skipped; - is "
         "standard input",
         VALUE_TEXT, field(file), 0, 0},
    [OPTION_EXPLAIN] = {"--explain", NULL,
                        "Say of each text which words pushed its score, by replacing one at a time",
                        VALUE_FLAG, field(explain), 0, 0},
    [OPTION_HTML] = {"--html", "FILE", "With --explain: write a page with the texts, their words coloured",
                     VALUE_TEXT, field(html), 0, 0},
    [OPTION_EXPLAIN_COUNT] = {"--count", "N",
                              "With --explain: how many of the strongest words to list (default 20)",
                              VALUE_WHOLE, field(count), 1, INT_MAX},
    [OPTION_PREDICTIONS] =
        {"--predictions", "FILE.csv",
         "Write what the model says of each review: its name, label and probability, and of "
         "the most confident mistakes the text",
         VALUE_TEXT, field(predictions), 0, 0},
    [OPTION_OUTPUT] = {"--output", "FILE", "Where to write it (default RUN/report.html)", VALUE_TEXT,
                       field(output), 0, 0},
    [OPTION_FARTHEST] = {"--farthest", NULL, "List the words that point the opposite way, farthest first",
                         VALUE_FLAG, field(farthest), 0, 0},
    [OPTION_COUNT] = {"--count", "N", "How many words (default 20)", VALUE_WHOLE, field(count), 1, INT_MAX},
    [OPTION_MODELS] = {"--models", "LIST",
                       "Presets or files, as --model of train takes them, with commas between; or all, every "
                       "preset (default all)",
                       VALUE_TEXT, field(models), 0, 0},
    [OPTION_BASELINE] = {"--baseline", "PRESET|FILE",
                         "The one that the others are measured against (default the first)", VALUE_TEXT,
                         field(baseline), 0, 0},
    [OPTION_SEEDS] = {"--seeds", "K", "Runs of each, from K seeds (default 5)", VALUE_WHOLE, field(seeds), 1,
                      100000},
    [OPTION_FIRST_SEED] = {"--seed", "N", "The first seed; the others follow it (default 7)", VALUE_SEED,
                           field(seed), 0, 0},
    [OPTION_CAMPAIGN_OUT] = {"--out", "DIRECTORY",
                             "Where to write, and where to go on (default runs/ and the command's name)",
                             VALUE_TEXT, field(out), 0, 0},
    [OPTION_QUICK] = {"--quick", NULL, "One seed: --seeds 1", VALUE_FLAG, field(quick), 0, 0},
    [OPTION_COMMIT] = {"--commit", "TEXT", "The version of the source, which goes into the JSON file",
                       VALUE_TEXT, field(commit), 0, 0},
    [OPTION_HELP] = {"--help", NULL, "Print this help", VALUE_FLAG, field(help), 0, 0},
};

const struct options option_defaults = {
    .model = "lstm",
    .validation = VALIDATION_TEST,
    .epochs = 3,
    .batch_size = 64,
    .learning_rate = 1e-3,
    .epsilon = 1e-7,
    .seed = 7,
    .sizes = {.vocabulary = 5000, .maxlen = 500},
    .device = "auto",
    .cpu_kernels = "auto",
    .count = 20,
    .models = "all",
    .seeds = 5,
};

const char *option_name(enum option_id id)
{
    return definitions[id].name;
}

const char *option_argument(enum option_id id)
{
    return definitions[id].argument;
}

const char *option_meaning(enum option_id id)
{
    return definitions[id].help;
}

const char *const *option_words(enum option_id id)
{
    static const char *const data[] = {"sample", NULL}, *const models[] = {"all", NULL};
    static const char *const *const words[] = {
        [VALUE_RECURRENT_ACTIVATION] = recurrent_activations,
        [VALUE_GATE_MASKS] = gate_masks_names,
        [VALUE_GLOBAL_POOLING] = global_pooling_names,
        [VALUE_SCHEDULE] = schedule_names,
        [VALUE_INITIALIZERS] = initializers_names,
        [VALUE_VALIDATION] = validation_names,
        [VALUE_DEVICE] = device_names,
        [VALUE_MAP_REVIEWS] = map_reviews_names,
        [VALUE_ENGINE] = engine_names,
        [VALUE_PRECISION] = precision_names,
        [VALUE_DROPOUT_MASKS] = mask_source_names,
        [VALUE_BACKEND] = backend_names,
        [VALUE_CPU_KERNELS] = cpu_kernels_names,
    };
    enum value_kind kind = definitions[id].kind;
    if (id == OPTION_DATA)
        return data;
    if (id == OPTION_MODELS)
        return models;
    return (size_t)kind < sizeof words / sizeof *words ? words[kind] : NULL;
}

bool option_set(struct options *options, enum option_id id, const char *text, struct error *error)
{
    const struct definition *d = &definitions[id];
    void *value = (char *)options + d->offset;
    text = text ? text : "";
    options->given[id] = text;
    switch (d->kind) {
    case VALUE_FLAG:
        *(bool *)value = true;
        return true;
    case VALUE_TEXT:
        *(const char **)value = text;
        return text[0] || error_set(error, "%s: must not be empty", d->name);
    case VALUE_WHOLE:
        return option_whole(d->name, text, d->low, d->high, value, error);
    case VALUE_POSITIVE:
        return option_positive(d->name, text, d->high, value, error);
    case VALUE_RATE:
        return option_rate(d->name, text, value, error);
    case VALUE_RECURRENT_ACTIVATION:
        return option_recurrent_activation(d->name, text, value, error);
    case VALUE_GATE_MASKS:
        return option_gate_masks(d->name, text, value, error);
    case VALUE_GLOBAL_POOLING:
        return option_global_pooling(d->name, text, value, error);
    case VALUE_SCHEDULE:
        return option_schedule(d->name, text, value, error);
    case VALUE_INITIALIZERS:
        return option_initializers(d->name, text, value, error);
    case VALUE_SEED:
        return option_seed(d->name, text, value, error);
    case VALUE_VALIDATION:
        return option_validation(d->name, text, value, &options->validation_fraction, error);
    case VALUE_TEST: {
        struct table_options *table = value;
        return option_test(d->name, text, &table->test, &table->test_fraction, error);
    }
    case VALUE_DEVICE:
        return option_device(d->name, text, value, error);
    case VALUE_ENGINE:
        return option_engine(d->name, text, value, error);
    case VALUE_PRECISION:
        return option_precision(d->name, text, value, error);
    case VALUE_DROPOUT_MASKS:
        return option_dropout_masks(d->name, text, value, error);
    case VALUE_BACKEND:
        return option_backend(d->name, text, value, error);
    case VALUE_CPU_KERNELS:
        return option_cpu_kernels(d->name, text, value, error);
    case VALUE_MAP_REVIEWS:
        return option_map_reviews(d->name, text, value, error);
    }
    assert(false && "an option of no kind");
    return false;
}

bool option_text(const struct options *options, enum option_id id, char text[static OPTION_TEXT_BYTES])
{
    const struct definition *d = &definitions[id];
    const void *value = (const char *)options + d->offset;
    const char *word = NULL;
    switch (d->kind) {
    case VALUE_FLAG:
        word = *(const bool *)value ? "on" : NULL;
        break;
    case VALUE_TEXT:
    case VALUE_DEVICE:
    case VALUE_CPU_KERNELS:
        word = *(const char *const *)value;
        break;
    case VALUE_WHOLE:
        snprintf(text, OPTION_TEXT_BYTES, "%d", *(const int *)value);
        return *(const int *)value >= d->low; /* a default may be outside: "none" */
    case VALUE_SEED:
        snprintf(text, OPTION_TEXT_BYTES, "%" PRIu64, *(const uint64_t *)value);
        return true;
    case VALUE_VALIDATION:
        option_validation_text(options->validation, options->validation_fraction, text);
        return true;
    case VALUE_TEST:
        word = options->table.test;
        snprintf(text, OPTION_TEXT_BYTES, "%.17g", options->table.test_fraction);
        if (options->table.test_fraction > 0)
            return true;
        break;
    case VALUE_ENGINE:
        word = engine_name(options->engine);
        break;
    case VALUE_PRECISION:
        word = precision_name(options->precision);
        break;
    case VALUE_DROPOUT_MASKS:
        word = mask_source_name(options->dropout_masks);
        break;
    default:
        assert(false && "an option that nobody records");
    }
    if (word)
        snprintf(text, OPTION_TEXT_BYTES, "%s", word);
    return word != NULL;
}
