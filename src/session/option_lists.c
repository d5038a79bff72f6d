#include "matinee/options.h"

const enum option_id options_of_training[] = {
    OPTION_MODEL,         OPTION_FRESH,         OPTION_DATA,         OPTION_TEST,      OPTION_TEXT_COLUMN,
    OPTION_LABEL_COLUMN,  OPTION_NO_QUOTES,     OPTION_WORD_INDEX,   OPTION_CACHE,     OPTION_NO_CACHE,
    OPTION_MAP_REVIEWS,   OPTION_TRAIN_LIMIT,   OPTION_VALIDATION,   OPTION_EPOCHS,    OPTION_BATCH_SIZE,
    OPTION_LEARNING_RATE, OPTION_SCHEDULE,      OPTION_WARMUP,       OPTION_EMA,       OPTION_EPSILON,
    OPTION_SEED,          OPTIONS_OF_MODEL,     OPTION_INITIALIZERS, OPTION_DEVICE,    OPTION_GPUS,
    OPTION_EXACT_RANKS,   OPTION_VIRTUAL_RANKS, OPTION_ENGINE,       OPTION_PRECISION, OPTION_DROPOUT_MASKS,
    OPTION_NO_GRAPH,      OPTION_THREADS,       OPTION_CPU_KERNELS,  OPTION_RESUME,    OPTION_SAVE_EVERY,
    OPTION_KEEP_BEST,     OPTION_PATIENCE,      OPTION_OUT,          OPTION_LOG,       OPTION_QUIET,
    OPTION_DRY_RUN,       OPTION_END,
};

bool option_is_in(enum option_id id, const enum option_id *ids)
{
    while (*ids != OPTION_END && *ids != id)
        ids++;
    return *ids != OPTION_END;
}

bool options_check(const struct options *options, struct error *error)
{
    return !options->cache || !options->no_cache ||
           error_set(error, "--no-cache: contradicts --cache %s; leave one of them out", options->cache);
}
