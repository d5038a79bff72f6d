/* Invented people, places and films of the built-in sample. */
#include "sample_grammar.h"

static const char *const onsets[] = {"Bar", "Cal",  "Dor", "Fen",  "Gal",  "Har",  "Ist",  "Jor",  "Kel",
                                     "Lan", "Mar",  "Nor", "Or",   "Pel",  "Quin", "Ros",  "Sel",  "Tor",
                                     "Ul",  "Var",  "Wen", "Yar",  "Zel",  "Bren", "Crow", "Drav", "Esk",
                                     "Fal", "Grim", "Hol", "Ing",  "Jas",  "Kor",  "Lod",  "Mer",  "Nav",
                                     "Os",  "Pras", "Rav", "Stan", "Thel", "Ush",  "Vol",  "Whit"};
static const char *const middles[] = {"",   "",   "",   "a",  "e",  "i",  "o", "an",
                                      "el", "er", "in", "ov", "ar", "en", "il"};
static const char *const endings[] = {"ton",  "sky",   "dale", "berg",  "wick",  "mann",  "sen",   "ley",
                                      "well", "ford",  "ard",  "ini",   "escu",  "field", "quist", "more",
                                      "by",   "stead", "ano",  "vitch", "worth", "ak",    "low",   "gren",
                                      "ham",  "er",    "ez",   "oux",   "ett",   "ola"};
static const char *const towns[] = {
    "{onset}{middle}ville", "{onset}{middle}burgh",    "Port {onset}{middle}ney", "{onset}{middle}mouth",
    "{onset}holm",          "Saint {onset}a",          "{onset}{middle}bridge",   "Upper {onset}ing",
    "{onset}castle",        "New {onset}{middle}stow", "{onset}{middle}haven",    "Lake {onset}{middle}mere"};
static const char *const women[] = {
    "Clara",    "Nadia",   "Ruth",   "Ingrid", "Maud",    "Teresa",  "Odile",   "Bettina", "Harriet",
    "Josie",    "Lorna",   "Mirela", "Petra",  "Rowena",  "Sabine",  "Ursula",  "Vera",    "Winnie",
    "Yolanda",  "Zora",    "Agnes",  "Brigid", "Celia",   "Dagmar",  "Elspeth", "Flora",   "Greta",
    "Hilda",    "Imogen",  "Judith", "Katya",  "Leonie",  "Marthe",  "Nell",    "Oriel",   "Phoebe",
    "Rosamund", "Sunniva", "Tilda",  "Vivian", "Adaline", "Blanche", "Corin",   "Delphine"};
static const char *const men[] = {
    "Anton",  "Basil",   "Conrad",   "Desmond", "Emil",   "Felix", "Gordon",   "Hector",  "Isidor", "Jasper",
    "Klaus",  "Leopold", "Magnus",   "Nigel",   "Otto",   "Percy", "Ralph",    "Silas",   "Tobias", "Ulrich",
    "Victor", "Walter",  "Xavier",   "Yannick", "Zoltan", "Albin", "Bruno",    "Clement", "Dirk",   "Edgar",
    "Fergus", "Gilbert", "Humphrey", "Ivo",     "Jerome", "Lucas", "Mortimer", "Ned",     "Orson",  "Piers"};
static const char *const family_names[] = {"{onset}{middle}{ending}"};
static const char *const heroines[] = {"{woman}"};
static const char *const heroes[] = {"{man}"};
static const char *const actresses[] = {"{woman} {surname}"};
static const char *const actors[] = {"{man} {surname}"};
static const char *const other_people[] = {"{man} {surname}", "{woman} {surname}"};

static const char *const title_things[] = {
    "Lantern",      "Orchard",   "Harbour",  "Telegram", "Staircase", "Orphan",   "Meridian",  "Winter",
    "Cartographer", "Sparrow",   "Carousel", "Tunnel",   "Alibi",     "Furnace",  "Daughter",  "Ferryman",
    "Mirror",       "Pavilion",  "Cellar",   "Comet",    "Ledger",    "Monsoon",  "Postcard",  "Quarry",
    "Rooftop",      "Semaphore", "Typist",   "Umbrella", "Violin",    "Windmill", "Accordion", "Barometer",
    "Cathedral",    "Dynamo",    "Envoy",    "Fugitive"};
static const char *const title_moods[] = {"Crooked",    "Midnight", "Paper",     "Borrowed", "Hollow",
                                          "Second",     "Amber",    "Distant",   "Frozen",   "Invisible",
                                          "Iron",       "Nameless", "Patient",   "Silver",   "Tuesday",
                                          "Unfinished", "Velvet",   "Wandering", "Yellow"};
static const char *const titles[] = {"The {title_mood} {title_thing}",
                                     "The {title_thing} of {town}",
                                     "{title_mood} {title_thing}",
                                     "{hero} and the {title_thing}",
                                     "A {title_thing} for {hero}",
                                     "The {surname} {title_thing}",
                                     "{title_thing} in {town}",
                                     "The Last {title_thing}",
                                     "Goodbye, {surname}",
                                     "{surname}",
                                     "Night of the {title_thing}",
                                     "Return to {town}"};
static const char *const film_references[] = {"{title_pattern}"};

static const struct sample_rule rules[] = {
    {"onset", SAMPLE_EVEN, SAMPLE_CHOICES(onsets), {0}},
    {"middle", SAMPLE_EVEN, SAMPLE_CHOICES(middles), {0}},
    {"ending", SAMPLE_EVEN, SAMPLE_CHOICES(endings), {0}},
    {"town", SAMPLE_FACT, SAMPLE_CHOICES(towns), {0}},
    {"another_town", SAMPLE_EVEN, SAMPLE_CHOICES(towns), {0}},
    {"woman", SAMPLE_TAILED, SAMPLE_CHOICES(women), {0}},
    {"man", SAMPLE_TAILED, SAMPLE_CHOICES(men), {0}},
    {"surname", SAMPLE_EVEN, SAMPLE_CHOICES(family_names), {0}},
    {"hero", SAMPLE_FACT, SAMPLE_CHOICES(heroines), {0}},     /* she */
    {"rival", SAMPLE_FACT, SAMPLE_CHOICES(heroes), {0}},      /* he  */
    {"actress", SAMPLE_FACT, SAMPLE_CHOICES(actresses), {0}}, /* plays the hero  */
    {"actor", SAMPLE_FACT, SAMPLE_CHOICES(actors), {0}},      /* plays the rival */
    {"director", SAMPLE_FACT, SAMPLE_CHOICES(other_people), {0}},
    {"someone", SAMPLE_EVEN, SAMPLE_CHOICES(other_people), {0}},
    {"title_thing", SAMPLE_TAILED, SAMPLE_CHOICES(title_things), {0}},
    {"title_mood", SAMPLE_TAILED, SAMPLE_CHOICES(title_moods), {0}},
    {"title_pattern", SAMPLE_EVEN, SAMPLE_CHOICES(titles), {0}},
    {"film", SAMPLE_FACT, SAMPLE_CHOICES(film_references), {0}},
    {"another_film", SAMPLE_EVEN, SAMPLE_CHOICES(film_references), {0}},
};

const struct sample_rules sample_names = {rules, sizeof rules / sizeof rules[0]};
