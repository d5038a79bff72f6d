#include "campaign_words.h"
#include "commands.h"
#include "stop_signal.h"

#include <stdio.h>
#include <string.h>

static const enum option_id bench_options[] = {
    OPTION_SEEDS,       OPTION_FIRST_SEED,   OPTION_QUICK,         OPTION_DATA,         OPTION_TEST,
    OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN, OPTION_NO_QUOTES,     OPTION_WORD_INDEX,   OPTION_TRAIN_LIMIT,
    OPTION_VOCABULARY,  OPTION_MAXLEN,       OPTION_UNITS,         OPTION_EMBEDDING,    OPTION_DEVICE,
    OPTION_ENGINE,      OPTION_PRECISION,    OPTION_DROPOUT_MASKS, OPTION_NO_GRAPH,     OPTION_THREADS,
    OPTION_CPU_KERNELS, OPTION_CACHE,        OPTION_NO_CACHE,      OPTION_CAMPAIGN_OUT, OPTION_COMMIT,
    OPTION_QUIET,       OPTION_NGRAMS,       OPTION_END,
};

static enum exit_status run_bench(const struct options *options, struct error *error);

const struct command command_bench = {
    .name = "bench",
    .arguments = "documents",
    .summary = "Repeat the documents' experiments and compare times and accuracies",
    .details =
        "documents   trains every experiment of bench/documents.json, with the options that repeat it, from "
        "--seeds seeds, each in a process of its own, and writes documents.json, documents.csv, documents.md "
        "and documents.svg to the directory of --out (default runs/documents), with the run directories "
        "under "
        "runs/. Where a document prints a figure of another model than it says, the figure is marked and the "
        "experiment that was meant is there too.\n\n"
        "What is done is kept: the same command goes on where it was interrupted. More --seeds may be asked "
        "for "
        "later; other options need another --out. With --train-limit or sizes it is a rehearsal, and says "
        "so.",
    .options = bench_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_bench,
};

/* Those that make other experiments of the documents'. */
static const enum option_id of_rehearsal[] = {OPTION_TRAIN_LIMIT, OPTION_VOCABULARY, OPTION_MAXLEN,
                                              OPTION_UNITS,       OPTION_EMBEDDING,  OPTION_NGRAMS,
                                              OPTION_END};

static enum exit_status check(const struct options *options, struct error *error)
{
    const char *what = options->arguments[0];
    if (strcmp(what, "documents") != 0)
        error_set(error, "%.64s: there is no such bench; expected is bench documents", what);
    else if (options->quick && option_given(options, OPTION_SEEDS))
        error_set(error, "--quick: is --seeds 1; leave one of them out");
    else
        return STATUS_DONE;
    return STATUS_USAGE;
}

static enum exit_status run_bench(const struct options *options, struct error *error)
{
    enum exit_status checked = check(options, error);
    if (checked != STATUS_DONE)
        return checked;
    struct campaign_words words;
    json_t *about = campaign_about(options);
    enum campaign_end end = CAMPAIGN_FAILED;
    if (!about)
        error_memory(error, "the versions", 0);
    else if (campaign_words_open(&words, options, bench_options, error)) {
        struct campaign_settings settings = campaign_settings(options, &words, about, "runs/documents");
        if (options->quick)
            settings.seeds = 1;
        settings.stop = stop_signal_open();
        end = repeat_documents(&settings, option_first_given(options, of_rehearsal) != OPTION_END, error);
        stop_signal_close();
        campaign_words_close(&words);
    }
    json_decref(about);
    return campaign_status(end);
}
