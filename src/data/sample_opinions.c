/* Opinions on parts of a film, in the built-in sample. The plain list is positive, the other one negative; a
 * template without a second list says the same thing at either polarity through its slots. */
#include "sample_grammar.h"

static const char *const good[] = {
    "great",       "wonderful",   "funny",        "excellent", "moving",     "beautiful",   "gripping",
    "clever",      "charming",    "touching",     "superb",    "delightful", "fresh",       "brilliant",
    "warm",        "convincing",  "tender",       "witty",     "thrilling",  "lovely",      "graceful",
    "haunting",    "intelligent", "rich",         "subtle",    "enchanting", "fascinating", "sincere",
    "exciting",    "powerful",    "lively",       "elegant",   "inventive",  "memorable",   "poignant",
    "inspired",    "radiant",     "engaging",     "hilarious", "riveting",   "stunning",    "luminous",
    "exquisite",   "playful",     "breathtaking", "assured",   "magical",    "perceptive",  "stirring",
    "captivating", "nimble",      "humane",       "masterly",  "refreshing", "spirited",    "sparkling"};
static const char *const bad[] = {
    "bad",     "terrible",    "boring",   "awful",      "dull",      "stupid",     "weak",        "silly",
    "poor",    "predictable", "tedious",  "clumsy",     "lifeless",  "ridiculous", "flat",        "annoying",
    "wooden",  "pointless",   "painful",  "empty",      "slow",      "dreadful",   "laughable",   "shallow",
    "stale",   "tiresome",    "forced",   "amateurish", "muddled",   "horrible",   "dreary",      "lazy",
    "bland",   "incoherent",  "cheap",    "irritating", "feeble",    "insulting",  "pretentious", "hollow",
    "ugly",    "soulless",    "plodding", "inept",      "mawkish",   "grating",    "shoddy",      "contrived",
    "abysmal", "leaden",      "sloppy",   "charmless",  "atrocious", "stilted",    "turgid",      "vapid"};
static const char *const intensifiers[] = {"very",         "really",    "so",         "quite",
                                           "truly",        "rather",    "remarkably", "surprisingly",
                                           "consistently", "extremely", "decidedly",  "strikingly"};
static const char *const denials[] = {"not",      "never",        "hardly",    "not at all",
                                      "far from", "anything but", "in no way", "not the least bit"};
static const char *const judgements[] = {
    "{good}", "{good}", "{intensely} {good}", "{good} and {good}", "{deny} {!good}", "{deny} {!good}"};

static const char *const treats[] = {"joy",     "delight",   "pleasure",   "triumph",  "gem",
                                     "success", "marvel",    "wonder",     "treasure", "revelation",
                                     "treat",   "highlight", "masterpiece"};
static const char *const chores[] = {"mess",          "bore",     "failure",    "disaster", "disappointment",
                                     "chore",         "letdown",  "waste",      "flop",     "nuisance",
                                     "embarrassment", "shambles", "catastrophe"};
static const char *const loves[] = {"loved", "enjoyed",   "adored",   "admired",
                                    "liked", "treasured", "cherished"};
static const char *const hates[] = {"hated",    "disliked", "loathed",  "detested",
                                    "resented", "despised", "regretted"};
static const char *const works[] = {"works",
                                    "shines",
                                    "sparkles",
                                    "never puts a foot wrong",
                                    "won me over",
                                    "stays with you",
                                    "soars",
                                    "made me laugh",
                                    "moved me to tears",
                                    "sings",
                                    "delivers",
                                    "comes alive",
                                    "held me to the last minute"};
static const char *const fails[] = {"fails",
                                    "drags",
                                    "falls flat",
                                    "goes nowhere",
                                    "made me yawn",
                                    "collapses",
                                    "sinks like a stone",
                                    "sent me to sleep",
                                    "wears out its welcome",
                                    "stumbles",
                                    "bored me",
                                    "gave me a headache",
                                    "made me look at my watch"};
static const char *const well[] = {"well",        "beautifully", "wonderfully", "superbly",
                                   "brilliantly", "gracefully",  "cleverly",    "splendidly",
                                   "admirably",   "tenderly",    "exquisitely"};
static const char *const badly[] = {"badly",      "poorly",  "terribly",   "clumsily",
                                    "horribly",   "lazily",  "carelessly", "woodenly",
                                    "dreadfully", "ineptly", "atrociously"};

/* One aspect, one opinion. */
static const char *const remarks[] = {
    "The {aspect} is {judgement}.",
    "I found the {aspect} {judgement}.",
    "The {aspect} and the {other_aspect} are {judgement}.",
    "{actress} is {judgement} as {hero}.",
    "{actor} gives a {good} performance as the {job}.",
    "For a {genre}, the {aspect} is {judgement}.",
    "The {aspect} by {someone} {works}.",
    "The scene in the {place} {works}.",
    "The {aspect} is done {well}.",
    "{rival} is {well} played by {actor}.",
    "I {loved} the {aspect}, and the {other_aspect} is {judgement} too.",
    "How {good} the {aspect} is!",
    "The part with the {animal} is {judgement}, and the {aspect} {works}.",
    "The {aspect} is a {treat}.",
    "Nobody could call the {aspect} {!good}.",
    "There is nothing {!good} about the {aspect}.",
    "I cannot say that the {aspect} was {!good}.",
    "I never once thought of the {aspect} as {!good}.",
    "The {crime} in the {place} is {well} filmed, and the {aspect} is {good}.",
    "Compared with {another_film}, the {aspect} is {judgement}.",
    "Even the {aspect} is {judgement}.",
    "{director} handles the {aspect} {well}.",
};
/* Two sides, of which the second one counts. */
static const char *const concessions[] = {
    "Although the {aspect} is {!good}, the {other_aspect} is {judgement}.",
    "The {aspect} may be {!good}, but the {other_aspect} {works}.",
    "My {relative} {!loved} the {aspect}; I {loved} it.",
    "{someone} wrote that the {aspect} was {!good}, but I found it {judgement}.",
    "I had expected a {!good} {genre}, and what I got was {judgement}.",
    "People say that {actress} is {!good} here, and I could not disagree more: she is {good}.",
    "Yes, the {aspect} is {!good} at times, yet as a whole it is {judgement}.",
    "The trailer was {!good}; the film itself is {judgement}.",
    "Where {another_film} was {!good}, this one is {judgement}.",
    "The {aspect} that my {relative} called {!good} is in fact {good}.",
};

static const struct sample_rule rules[] = {
    {"good", SAMPLE_TAILED, SAMPLE_CHOICES(good), SAMPLE_CHOICES(bad)},
    {"intensely", SAMPLE_TAILED, SAMPLE_CHOICES(intensifiers), {0}},
    {"deny", SAMPLE_TAILED, SAMPLE_CHOICES(denials), {0}},
    {"judgement", SAMPLE_EVEN, SAMPLE_CHOICES(judgements), {0}},
    {"treat", SAMPLE_TAILED, SAMPLE_CHOICES(treats), SAMPLE_CHOICES(chores)},
    {"loved", SAMPLE_TAILED, SAMPLE_CHOICES(loves), SAMPLE_CHOICES(hates)},
    {"works", SAMPLE_TAILED, SAMPLE_CHOICES(works), SAMPLE_CHOICES(fails)},
    {"well", SAMPLE_TAILED, SAMPLE_CHOICES(well), SAMPLE_CHOICES(badly)},
    {"remark", SAMPLE_FRESH, SAMPLE_CHOICES(remarks), {0}},
    {"concession", SAMPLE_FRESH, SAMPLE_CHOICES(concessions), {0}},
};

const struct sample_rules sample_opinions = {rules, sizeof rules / sizeof rules[0]};
