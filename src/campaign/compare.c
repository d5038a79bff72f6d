#include "compare.h"

#include "json_file.h"

#include "matinee/output_file.h"

#include <stdlib.h>
#include <string.h>

/* The options --model=NAME of all experiments, each a list of one word. */
struct model_words {
    char **words; /* (count) */
    int count;
};

static void model_words_close(struct model_words *list)
{
    for (int i = 0; list->words && i < list->count; i++)
        free(list->words[i]);
    free(list->words);
}

static bool model_words_open(struct model_words *list, struct word_list models, struct error *error)
{
    static const char option[] = "--model=";
    *list = (struct model_words){calloc((size_t)models.count, sizeof *list->words), models.count};
    if (!list->words)
        return error_memory(error, "the models", 0);
    for (int i = 0; i < models.count; i++) {
        const size_t bytes = sizeof option + strlen(models.words[i]);
        list->words[i] = malloc(bytes);
        if (!list->words[i])
            return error_memory(error, "the models", bytes);
        snprintf(list->words[i], bytes, "%s%s", option, models.words[i]);
    }
    return true;
}

/* Two files, a/b.json and a_b.json, must not share the directories of their runs. */
static bool check_name(const struct campaign *campaign, const struct experiment *experiment,
                       struct word_list models, struct error *error)
{
    for (int i = 0; i < campaign->experiment_count; i++)
        if (strcmp(campaign->experiments[i].name, experiment->name) == 0)
            return error_set(error, "%s and %s: would both have their runs in %s; rename one of the files",
                             models.words[i], models.words[campaign->experiment_count], experiment->name);
    return true;
}

static bool add_models(struct campaign *campaign, struct word_list models, const struct model_words *words,
                       struct error *error)
{
    for (int i = 0; i < models.count; i++) {
        struct experiment experiment = {.words = {1, &words->words[i]}};
        if (strlen(models.words[i]) >= sizeof experiment.name)
            return error_set(error,
                             "%s: the name is too long for a directory of its runs; go to the folder of "
                             "the file",
                             models.words[i]);
        strcpy(experiment.name, models.words[i]);
        for (char *c = experiment.name; *c; c++)
            if (*c == '/')
                *c = '_';
        if (!check_name(campaign, &experiment, models, error) ||
            campaign_add(campaign, &experiment, error) < 0)
            return false;
    }
    return true;
}

static bool write_stream(const struct compared *compared, const char *name,
                         void (*write)(FILE *, const struct compared *), struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    struct output_file file;
    if (!campaign_path(compared->campaign, path, name, error) || !output_file_open(&file, path, error))
        return false;
    write(file.stream, compared);
    return output_file_commit(&file, error);
}

static bool write_files(const struct compared *compared, struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    return campaign_path(compared->campaign, path, "compare.json", error) &&
           json_file_write(path, compare_json(compared), error) &&
           write_stream(compared, "compare.csv", compare_csv, error) &&
           write_stream(compared, "compare.md", compare_markdown, error) &&
           write_stream(compared, "report.html", compare_page, error);
}

static void print(const struct compared *compared)
{
    FILE *stream = compared->campaign->settings->progress;
    char text[COMPARE_TEXT_BYTES];
    if (!stream)
        return;
    compare_caption(text, compared);
    fprintf(stream, "\n%s:\n\n", text);
    text_table_print(stream, &compared->table);
    fputs(compared->comparison.claim_count > 0 ? "\n" : "", stream);
    for (int i = 0; i < compared->comparison.claim_count; i++) {
        compare_claim_text(text, &compared->comparison.claims[i]);
        fprintf(stream, "%s\n", text);
    }
    fprintf(stream, "\nWrote %s: compare.json, compare.csv, compare.md, report.html\n",
            compared->campaign->settings->directory);
}

/* What is done of the campaign, as numbers, on the screen and in files. */
static bool report(const struct campaign *campaign, struct word_list models, int baseline,
                   struct error *error)
{
    const int seeds = campaign->settings->seeds;
    const struct run_result **results =
        calloc((size_t)seeds * (size_t)models.count, sizeof(struct run_result *));
    if (!results)
        return error_memory(error, "the results", 0);
    for (int seed = 0; seed < seeds; seed++)
        for (int i = 0; i < models.count; i++)
            results[seed * models.count + i] = campaign_result(campaign, i, seed);
    struct compared compared = {
        .campaign = campaign,
        .runs = {models.count, seeds, (const char *const *)models.words, results, baseline}};
    bool reported = comparison_open(&compared.comparison, &compared.runs, error) &&
                    compare_fill_table(&compared, error) && write_files(&compared, error);
    if (reported)
        print(&compared);
    text_table_close(&compared.table);
    comparison_close(&compared.comparison);
    free(results);
    return reported;
}

enum campaign_end compare_models(const struct campaign_settings *settings, struct word_list models,
                                 int baseline, struct error *error)
{
    struct campaign campaign = {.settings = settings, .command = "compare", .resumes = true, .lock = -1};
    struct model_words words = {NULL, 0};
    enum campaign_end end = CAMPAIGN_FAILED;
    if (campaign_open(&campaign, error) && model_words_open(&words, models, error) &&
        add_models(&campaign, models, &words, error))
        end = campaign_train(&campaign, error);
    struct error second;
    if (campaign.runs && campaign_count(&campaign, RUN_DONE) > 0 &&
        !report(&campaign, models, baseline, end == CAMPAIGN_DONE ? error : &second) && end == CAMPAIGN_DONE)
        end = CAMPAIGN_FAILED;
    campaign_close(&campaign);
    model_words_close(&words);
    return end;
}
