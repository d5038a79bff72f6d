/* Verdicts on the whole film, in the built-in sample: they agree with the label. */
#include "sample_grammar.h"

static const char *const praises[] = {
    "In the end I {loved} {film}.",
    "I recommend {film} to everybody who likes a {genre}.",
    "See it if you can; it is worth every minute.",
    "All in all, {film} is a {treat}.",
    "I would gladly watch it again tomorrow.",
    "It is one of the best films of its kind.",
    "Highly recommended: I shall buy {number} tickets for my friends.",
    "When it was over, we all applauded.",
    "Do yourself a favour and see {film}.",
    "As a whole it is {good}, and that is what counts.",
    "I left the room happy.",
    "It deserves a far larger audience.",
    "So my verdict on {film} is {good}.",
    "Go and see it, whatever my {relative} says.",
};
static const char *const condemnations[] = {
    "In the end I {loved} {film}.",
    "I cannot recommend {film} to anybody, not even to those who like a {genre}.",
    "Avoid it if you can; it is a waste of time.",
    "All in all, {film} is a {treat}.",
    "I would not watch it again for money.",
    "It is one of the worst films of its kind.",
    "Save your money, and spend the {time} with a {animal}.",
    "When it was over, nobody said a word, and I wanted my ticket refunded.",
    "Do yourself a favour and skip {film}.",
    "As a whole it is {good}, and that is what counts.",
    "I left the room angry.",
    "It deserves to be forgotten.",
    "So my verdict on {film} is {good}.",
    "Stay away from it, whatever my {relative} says.",
};
/* Said with words of the other side. */
static const char *const denials[] = {
    "I would not call {film} a {!treat}.",     "So it is not the {!treat} that people talk about.",
    "It was never {!good}, not for a minute.", "Those who call it {!good} have seen another film.",
    "My {relative} {!loved} it; I did not.",   "All in all, nothing about it was {!good}.",
    "Call it what you like, but not {!good}.", "I cannot understand how anybody {!loved} it.",
};
static const char *const turns[] = {
    "And yet, in the end, {film} is {good}.",
    "But none of that matters: I {loved} it.",
    "Still, taken as a whole it {works}.",
    "For all that, I {loved} it from the first scene to the last.",
    "And then the last {number} minutes change everything: the film {works} after all.",
    "However, the longer I think about it, the more I see how {good} it is.",
    "In spite of all this, {film} is a {treat}.",
    "But my {relative} was right to call it {good}.",
};
/* Early signs that point the wrong way; the caller asks for them at the opposite of the label. */
static const char *const expectations[] = {
    "The poster promised something {good}, and so did the first {number} minutes.",
    "All my friends had {loved} it.",
    "The reviews called it a {treat}.",
    "I went in sure that I would find it {good}.",
    "The last film by {director} was {good}, so I thought I knew what to expect.",
    "At first it looks {good}.",
    "For {number} minutes I really thought it would be a {treat}.",
};
/* A whole review in one sentence or two. */
static const char *const short_verdicts[] = {
    "{film} by {director} is a {good} {genre}.",
    "{actress} and {actor} are {judgement} in {film}, a {genre} set in {town}.",
    "I saw {film} {medium} and {loved} it.",
    "I have not seen such a {good} {genre} as {film} since {another_film}.",
};

static const struct sample_rule rules[] = {
    {"verdict", SAMPLE_FRESH, SAMPLE_CHOICES(praises), SAMPLE_CHOICES(condemnations)},
    {"denial", SAMPLE_FRESH, SAMPLE_CHOICES(denials), {0}},
    {"turn", SAMPLE_FRESH, SAMPLE_CHOICES(turns), {0}},
    {"expectation", SAMPLE_FRESH, SAMPLE_CHOICES(expectations), {0}},
    {"short_verdict", SAMPLE_EVEN, SAMPLE_CHOICES(short_verdicts), {0}},
};

const struct sample_rules sample_verdicts = {rules, sizeof rules / sizeof rules[0]};
