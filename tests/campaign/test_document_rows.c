/* The documents' experiments as they are read, and what becomes of them with made-up runs. */
#include "documents.h"

#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const char documents_text[];

static const struct tolerance exact = {1e-12, 1e-12};

/* A plain one; one whose accuracy is wrong; one that timed another model; one that nobody trains. */
static const char made_up[] =
    "[{\"id\": \"a\", \"options\": [\"--model\", \"lstm\", \"--validation\", \"none\"],"
    "  \"printed\": {\"epoch_seconds\": [100, 110, 90], \"test_accuracy\": 0.85}, \"flaw\": null},"
    " {\"id\": \"b\", \"options\": [\"--model\", \"lstm\", \"--validation\", \"none\"],"
    "  \"printed\": {\"total_seconds\": 200, \"cpu_seconds\": 400, \"test_accuracy\": 0.87},"
    "  \"flaw\": {\"figures\": [\"test_accuracy\"], \"really\": \"Another's.\","
    "           \"right\": [\"--model\", \"lstm\", \"--validation\", \"none\"]}},"
    " {\"id\": \"c\", \"options\": [\"--model\", \"lstm\", \"--epochs\", \"6\"],"
    "  \"printed\": {\"total_seconds\": 300, \"validation_accuracy\": [0.7, 0.8]},"
    "  \"flaw\": {\"figures\": [\"total_seconds\", \"validation_accuracy\"], \"really\": \"Of the plain "
    "model.\","
    "           \"timed_epochs\": [2], \"right\": [\"--model\", \"cnn-lstm\"]}},"
    " {\"id\": \"d\", \"options\": null, \"printed\": {\"test_accuracy\": 0.9}, \"flaw\": null}]";

static const struct campaign_settings settings = {.first_seed = 7, .seeds = 2};

/* Opens and adds; close both. */
static void open_made_up(struct documents *documents, struct campaign *campaign)
{
    struct error error;
    *campaign = (struct campaign){.settings = &settings, .lock = -1};
    if (!documents_open(documents, made_up, &error) || !documents_add(documents, campaign, &error))
        fail_msg("%s", error.message);
}

static void test_fields(void **state)
{
    (void)state;
    struct documents documents;
    struct campaign campaign;
    open_made_up(&documents, &campaign);
    const struct document_row *rows = documents.rows;
    assert_int_equal(documents.count, 4);
    assert_true(rows[0].seconds == 300 && rows[0].accuracy == 0.85 && isnan(rows[0].cpu_seconds));
    assert_false(rows[0].seconds_are_wrong || rows[0].accuracy_is_wrong);
    assert_true(rows[1].seconds == 200 && rows[1].cpu_seconds == 400);
    assert_true(rows[1].accuracy_is_wrong && !rows[1].seconds_are_wrong);
    assert_true(rows[2].accuracy == 0.8); /* of the last epoch */
    assert_true(rows[2].accuracy_is_wrong && rows[2].seconds_are_wrong);
    assert_int_equal(rows[2].first_timed, 1);
    assert_true(isnan(rows[3].seconds) && rows[3].accuracy == 0.9);
    documents_close(&documents);
    campaign_close(&campaign);
}

static void test_equal_experiments_are_made_once(void **state)
{
    (void)state;
    struct documents documents;
    struct campaign campaign;
    open_made_up(&documents, &campaign);
    assert_int_equal(campaign.experiment_count, 3);
    assert_int_equal(documents.rows[0].experiment, 0);
    assert_int_equal(documents.rows[1].experiment, 0);
    assert_int_equal(documents.rows[1].right, -1); /* it is the right one itself */
    assert_int_equal(documents.rows[2].experiment, 1);
    assert_int_equal(documents.rows[2].right, 2);
    assert_int_equal(documents.rows[3].experiment, -1);
    assert_string_equal(campaign.experiments[2].name, "c-right");
    assert_true(campaign.experiments[0].is_evaluated);
    assert_false(campaign.experiments[1].is_evaluated);
    documents_close(&documents);
    campaign_close(&campaign);
}

/* Runs of two epochs each; the second seed's takes twice the time. */
static void make_runs(struct campaign *campaign)
{
    campaign->runs = allocate((size_t)(2 * campaign->experiment_count), sizeof *campaign->runs);
    for (int seed = 0; seed < 2; seed++)
        for (int i = 0; i < campaign->experiment_count; i++) {
            struct campaign_run *run = campaign_run(campaign, i, seed);
            struct epoch_record *epochs = allocate(2, sizeof *epochs);
            epochs[0].seconds = 1 * (seed + 1);
            epochs[1] = (struct epoch_record){.seconds = 3 * (seed + 1), .validation = {0.5, 0.6 + 0.1 * i}};
            run->state = RUN_DONE;
            run->result = (struct run_result){
                .epoch_count = 2, .epochs = epochs, .cost = {10 * (seed + 1), 5, 0, {NAN, NAN}}};
        }
    campaign_run(campaign, 0, 0)->result.cost.test = (struct score){0.4, 0.8};
    campaign_run(campaign, 0, 1)->result.cost.test = (struct score){0.4, 0.9};
}

static void test_ratios(void **state)
{
    (void)state;
    struct documents documents;
    struct campaign campaign;
    struct error error;
    open_made_up(&documents, &campaign);
    make_runs(&campaign);
    assert_true(documents_take(&documents, &campaign, &error));
    const struct document_row *rows = documents.rows;
    expect_close_number("accuracy", rows[0].ours.accuracy.mean, 0.85, exact);
    expect_close_number("deviation", rows[0].ours.accuracy.deviation, sqrt(0.005), exact);
    expect_close_number("training", rows[0].ours.training_seconds.mean, 6, exact);
    expect_close_number("training ratio", document_training_ratio(&documents, &rows[0]), 50, exact);
    expect_close_number("whole ratio", document_whole_ratio(&documents, &rows[0]), 20, exact);
    expect_close_number("of the timed epochs", rows[2].ours.training_seconds.mean, 4.5, exact);
    expect_close_number("their ratio", document_training_ratio(&documents, &rows[2]), 300 / 4.5, exact);
    assert_true(
        isnan(document_whole_ratio(&documents, &rows[2]))); /* the document's seconds are not of it all */
    expect_close_number("as meant", rows[2].right_ours.training_seconds.mean, 6, exact);
    assert_int_equal(rows[3].ours.accuracy.count, 0);
    assert_true(isnan(document_whole_ratio(&documents, &rows[3])));
    documents.is_rehearsal = true;
    assert_true(isnan(document_whole_ratio(&documents, &rows[0])) &&
                isnan(document_training_ratio(&documents, &rows[0])));
    documents_close(&documents);
    campaign_close(&campaign);
}

static void test_wrong_figures_are_marked(void **state)
{
    (void)state;
    struct documents documents;
    struct campaign campaign;
    struct text_table table;
    struct error error;
    char text[DOCUMENT_TEXT_BYTES];
    open_made_up(&documents, &campaign);
    make_runs(&campaign);
    assert_true(documents_take(&documents, &campaign, &error));
    assert_true(documents_table(&documents, &table, &error));
    assert_int_equal(table.rows, 5);
    const char(*cells)[CELL_BYTES] = (const char(*)[CELL_BYTES])table.cells;
    assert_string_equal(cells[0 * table.columns + 1], "300");
    assert_string_equal(cells[0 * table.columns + 2], "85.00");
    assert_string_equal(cells[1 * table.columns + 1], "200");
    assert_string_equal(cells[1 * table.columns + 2], "87.00 *");
    assert_string_equal(cells[2 * table.columns + 1], "300 *");
    assert_string_equal(cells[2 * table.columns + 2], "80.00 *");
    assert_string_equal(cells[3 * table.columns + 0], "c, as meant");
    assert_string_equal(cells[3 * table.columns + 2], "-");
    assert_string_equal(cells[3 * table.columns + 7], "80.00");
    document_flaw_text(text, &documents.rows[1]);
    assert_string_equal(text, "* b: Another's. Our figures are its own.");
    document_flaw_text(text, &documents.rows[2]);
    assert_string_equal(text, "* c: Of the plain model. The right experiment is in the row below it.");
    text_table_close(&table);
    documents_close(&documents);
    campaign_close(&campaign);
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[", "[{}]", "[{\"id\": \"a\", \"options\": [3]}]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct documents documents;
        struct error error;
        assert_false(documents_open(&documents, texts[i], &error));
        assert_non_null(strstr(error.message, "the documents' "));
    }
}

/* That the build has put it in whole. */
static void test_the_program_has_the_file(void **state)
{
    (void)state;
    struct documents documents;
    struct campaign campaign = {.settings = &settings, .lock = -1};
    struct error error;
    assert_true(documents_open(&documents, documents_text, &error));
    assert_true(documents_add(&documents, &campaign, &error));
    assert_int_equal(documents.count, 13);
    assert_int_equal(campaign.experiment_count,
                     12); /* 11 as they ran, two of them equal, the paper's none; a right one */
    int wrong = 0;
    for (int i = 0; i < documents.count; i++) {
        wrong += documents.rows[i].really != NULL;
        if (strcmp(documents.rows[i].id, "002-cnn-lstm") == 0)
            assert_int_equal(documents.rows[i].first_timed, 3);
    }
    assert_int_equal(wrong, 4);
    documents_close(&documents);
    campaign_close(&campaign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_equal_experiments_are_made_once),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_wrong_figures_are_marked),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_the_program_has_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
