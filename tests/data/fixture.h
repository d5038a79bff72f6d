/* Five reviews whose encoding fits on a page, and files that a data set may hold besides. In training "good" occurs
 * 3 times, "film" twice, "a", "bad" and "day" once each, and in this order they have the ranks 1 to 5. */
#ifndef MATINEE_TESTS_DATA_FIXTURE_H
#define MATINEE_TESTS_DATA_FIXTURE_H

#include "small_set.h"

enum { FIXTURE_MEMBERS = 11 };

/* Not in the order in which they are to be read. */
static const struct member fixture[FIXTURE_MEMBERS] = {
    {.path = "README", .text = "\xE9 is not a review"},
    {.path = "test/neg/0_2.txt", .text = "Bad, BAD film!"},
    {.path = "test/pos/0_7.txt", .text = "good unknown day"},
    {.path = "train/labeledBow.feat", .text = "9 0:9"},
    {.path = "train/neg/0_1.txt", .text = "bad film"},
    {.path = "train/pos/.0_9.txt", .text = "\xE9 is hidden"},
    {.path = "train/pos/2_9.txt", .text = "Good, good film"},
    {.path = "train/pos/10_8.txt", .text = "a good<day>"},
    {.path = "train/pos/notes.md", .text = "\xE9 is not a review"},
    {.path = "train/unsup/0_0.txt", .text = "\xE9 is not labelled"},
    {.path = "train/urls_pos.txt", .text = "\xE9 is not a review"},
};

enum { FIXTURE_NUM_WORDS = 7, FIXTURE_MAXLEN = 4 };

#endif
