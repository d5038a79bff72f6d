#include "random_reviews.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

char random_texts[REVIEWS][TEXT_BYTES];
static char names[REVIEWS][32];
struct member random_reviews[REVIEWS];

void random_reviews_make(void)
{
    unsigned state = 1;
    for (int i = 0; i < REVIEWS; i++) {
        bool test = i >= TRAIN;
        int words = 3 + i % 29;
        size_t used = 0;
        for (int k = 0; k < words; k++) {
            state = state * 1664525u + 1013904223u;
            unsigned word = (state >> 16) % 97 * ((state >> 8) % 7) / 3;
            used += (size_t)snprintf(random_texts[i] + used, TEXT_BYTES - used, "%s%u%s", k ? " " : "W", word,
                                     test && word % 5 == 0 ? "new" : ",");
        }
        snprintf(names[i], sizeof names[i], "%s/%s/%d_%d.txt", test ? "test" : "train", i % 2 ? "neg" : "pos",
                 i, i % 10);
        random_reviews[i] = (struct member){.path = names[i], .text = random_texts[i]};
    }
}

void random_reviews_table(const char *path, int first, int end)
{
    char *text = malloc(REVIEWS * (TEXT_BYTES + 32));
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "label,text,other\n");
    for (int i = first; i < end; i++)
        used += (size_t)sprintf(text + used, "%d,\"%s\",%d words\n", i % 2, random_texts[i], i);
    scratch_write(path, text, used);
    free(text);
}
