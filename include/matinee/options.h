/* What can be asked for: one table says what each option takes; who has options lists those that he has. */
#ifndef MATINEE_OPTIONS_H
#define MATINEE_OPTIONS_H

#include "matinee/backend.h"
#include "matinee/communicator.h"
#include "matinee/data.h"
#include "matinee/spec.h"

#include <stdbool.h>
#include <stdint.h>

enum option_id {
    OPTION_MODEL,
    OPTION_ARCHITECTURE, /* --model of weights that another file holds */
    OPTION_BACKEND,
    OPTION_FRESH,
    OPTION_DATA,
    OPTION_WORD_DATA, /* --data where only its words are needed */
    OPTION_TEST,
    OPTION_TEXT_COLUMN,
    OPTION_LABEL_COLUMN,
    OPTION_NO_QUOTES,
    OPTION_WORD_INDEX,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_MAP_REVIEWS,
    OPTION_TRAIN_LIMIT,
    OPTION_VALIDATION,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_LEARNING_RATE,
    OPTION_SCHEDULE,
    OPTION_WARMUP,
    OPTION_EMA,
    OPTION_EPSILON,
    OPTION_SEED,
    OPTION_VOCABULARY,
    OPTION_MAXLEN,
    OPTION_NGRAMS,
    OPTION_UNITS,
    OPTION_EMBEDDING,
    OPTION_FILTERS,
    OPTION_KERNEL_SIZE,
    OPTION_POOL_SIZE,
    OPTION_LAYERS,
    OPTION_BIDIRECTIONAL,
    OPTION_DROPOUT,
    OPTION_RECURRENT_DROPOUT,
    OPTION_EMBEDDING_DROPOUT,
    OPTION_TOKEN_DROPOUT,
    OPTION_SPATIAL_DROPOUT,
    OPTION_GLOBAL_POOLING,
    OPTION_RECURRENT_ACTIVATION,
    OPTION_GATE_MASKS,
    OPTION_INITIALIZERS,
    OPTION_DEVICE,
    OPTION_GPUS,
    OPTION_EXACT_RANKS,
    OPTION_VIRTUAL_RANKS,
    OPTION_ENGINE,
    OPTION_PRECISION,
    OPTION_DROPOUT_MASKS,
    OPTION_NO_GRAPH,
    OPTION_THREADS,
    OPTION_CPU_KERNELS,
    OPTION_RESUME,
    OPTION_SAVE_EVERY,
    OPTION_KEEP_BEST,
    OPTION_PATIENCE,
    OPTION_OUT,
    OPTION_EXPORT_OUT, /* --out without a default */
    OPTION_LOG,
    OPTION_QUIET,
    OPTION_DRY_RUN,
    OPTION_JSON,
    OPTION_FILE,
    OPTION_EXPLAIN,
    OPTION_HTML,
    OPTION_EXPLAIN_COUNT, /* --count of predict */
    OPTION_PREDICTIONS,
    OPTION_OUTPUT,
    OPTION_FARTHEST,
    OPTION_COUNT,
    OPTION_MODELS,
    OPTION_BASELINE,
    OPTION_SEEDS,
    OPTION_FIRST_SEED,   /* --seed of several */
    OPTION_CAMPAIGN_OUT, /* --out of many runs */
    OPTION_QUICK,
    OPTION_COMMIT,
    OPTION_HELP,
    OPTION_END, /* ends a list */
};

/* Parts of lists of options: what makes another network of a model, and with it all that says what a model is. */
#define OPTIONS_OF_ARCHITECTURE                                                                              \
    OPTION_FILTERS, OPTION_KERNEL_SIZE, OPTION_POOL_SIZE, OPTION_LAYERS, OPTION_BIDIRECTIONAL,               \
        OPTION_DROPOUT, OPTION_RECURRENT_DROPOUT, OPTION_EMBEDDING_DROPOUT, OPTION_TOKEN_DROPOUT,            \
        OPTION_SPATIAL_DROPOUT, OPTION_GLOBAL_POOLING, OPTION_RECURRENT_ACTIVATION
#define OPTIONS_OF_MODEL                                                                                     \
    OPTION_VOCABULARY, OPTION_MAXLEN, OPTION_NGRAMS, OPTION_UNITS, OPTION_EMBEDDING,                         \
        OPTIONS_OF_ARCHITECTURE, OPTION_GATE_MASKS

enum schedule_kind { SCHEDULE_CONSTANT, SCHEDULE_COSINE };
enum validation_kind { VALIDATION_TEST, VALIDATION_NONE, VALIDATION_FRACTION };

struct options {
    const char *model;          /* preset or file */
    const char *data;           /* NULL: wherever data is found */
    struct table_options table; /* of data that are a table */
    const char *word_index;
    const char *cache; /* directory; NULL: wherever the environment says */
    enum map_reviews map_reviews;
    int train_limit; /* 0: all */
    enum validation_kind validation;
    double validation_fraction; /* of the training split, from its end */
    int epochs, batch_size;
    double learning_rate, epsilon; /* learning_rate: the highest, with a schedule */
    enum schedule_kind schedule;
    double warmup;       /* of a schedule: fraction of all updates */
    double ema_momentum; /* 0: no average of the weights */
    uint64_t seed;
    struct preset_options
        sizes; /* of a model those members whose option was given; of data two with defaults */
    enum initializers initializers;
    const char *device;
    enum engine_choice engine;
    enum precision precision;
    enum mask_source dropout_masks;
    int gpus;                /* processes, one a GPU; 0: not asked for */
    int virtual_ranks;       /* parts that a process computes a batch in; 0: as many as it needs */
    int threads;             /* 0: all */
    const char *cpu_kernels; /* "auto" or a name */
    int save_every;          /* updates; 0: no checkpoints within an epoch */
    int patience;            /* epochs; 0: no early end */
    const char *resume;      /* run directory to go on with; NULL: a new run */
    const char *out, *log;
    const char *file, *html, *predictions, *output;
    const char *backend; /* "theano" or "tensorflow"; NULL: not given */
    int count;
    const char *models, *baseline, *commit; /* models: separated by commas */
    int seeds;
    bool fresh, no_cache, no_graph, keep_best, quiet, dry_run, json, explain, farthest, quick, help;
    bool exact_ranks;
    const char
        *given[OPTION_END]; /* what stood on the command line: a value, "" for a flag; NULL: not given */
    char **arguments;       /* what is not an option; points into argv */
    int argument_count;
    void (*note)(char *text); /* is told, on one line, what is amiss and no reason to fail; NULL: nobody is */
    const struct communicator *communicator; /* the ranks that do this together; NULL: it is alone */
};

/* Before anything is given. */
extern const struct options option_defaults;

/* All that a training and its run can be told, in the order of --help; ends with OPTION_END. */
extern const enum option_id options_of_training[];

static inline bool option_given(const struct options *options, enum option_id id)
{
    return options->given[id] != NULL;
}

/* The first of these options that was given; `ids` ends with OPTION_END, which is the answer if none was. */
static inline enum option_id option_first_given(const struct options *options, const enum option_id *ids)
{
    while (*ids != OPTION_END && !option_given(options, *ids))
        ids++;
    return *ids;
}

/* `ids` ends with OPTION_END, which is in none. */
bool option_is_in(enum option_id id, const enum option_id *ids);

/* Whether --file names a table. */
static inline bool options_file_is_table(const struct options *options)
{
    return options->file && table_is_name(options->file);
}

/* "--epochs", for messages. */
const char *option_name(enum option_id id);

/* What --help calls the option's value, "N"; NULL: it takes none. */
const char *option_argument(enum option_id id);

/* What the option does, as --help says it. */
const char *option_meaning(enum option_id id);

/* The words that the option's value can be, perhaps beside others; ends with NULL. NULL: none is fixed. */
const char *const *option_words(enum option_id id);

/* False for options that contradict each other whatever they are for. */
bool options_check(const struct options *options, struct error *error);

/* Gives an option a value as the command line does; the text must outlive the options. */
bool option_set(struct options *options, enum option_id id, const char *text, struct error *error);

enum { OPTION_TEXT_BYTES = 4096 };

/* The option's value as option_set takes it; false for a flag that is off and for a text that is not there. Of kinds
 * that a run records. */
bool option_text(const struct options *options, enum option_id id, char text[static OPTION_TEXT_BYTES]);

/* The word of --recurrent-activation that stands for a slope, of those that options and files give. */
const char *recurrent_activation_name(double hard_sigmoid_slope);

#endif
