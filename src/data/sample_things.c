/* Word lists of the built-in sample that carry no opinion. */
#include "sample_grammar.h"

static const char *const aspects[] = {
    "acting",       "script",      "music",    "photography",       "direction", "pacing",    "camera work",
    "humour",       "second half", "cast",     "production design", "lighting",  "narration", "suspense",
    "set design",   "final act",   "sound",    "supporting cast",   "chase",     "animation", "wedding scene",
    "choreography", "framing",     "prologue", "flashback"};
static const char *const other_aspects[] = {
    "story",           "ending",     "dialogue",   "plot",       "score",      "editing",
    "opening",         "soundtrack", "romance",    "atmosphere", "first hour", "wardrobe",
    "main story",      "chemistry",  "twist",      "make-up",    "villain",    "subplot",
    "courtroom scene", "voice work", "title song", "stunt work", "duel",       "epilogue"};
static const char *const genres[] = {"drama",           "comedy",          "thriller",
                                     "western",         "mystery",         "romance",
                                     "horror film",     "war film",        "detective story",
                                     "musical",         "road movie",      "ghost story",
                                     "spy film",        "fable",           "heist film",
                                     "melodrama",       "documentary",     "coming of age story",
                                     "swashbuckler",    "courtroom drama", "monster movie",
                                     "space adventure", "costume drama",   "boxing picture",
                                     "disaster movie"};
static const char *const jobs[] = {
    "teacher",       "nurse",          "sailor",       "detective",     "farmer",
    "piano tuner",   "librarian",      "lawyer",       "baker",         "miner",
    "soldier",       "taxi driver",    "surgeon",      "journalist",    "lighthouse keeper",
    "watchmaker",    "gambler",        "priest",       "widow",         "translator",
    "postman",       "botanist",       "locksmith",    "cellist",       "smuggler",
    "schoolgirl",    "bank clerk",     "carpenter",    "pickpocket",    "tailor",
    "veterinarian",  "sculptor",       "bookkeeper",   "glazier",       "trapeze artist",
    "chimney sweep", "beekeeper",      "astronomer",   "ventriloquist", "barber",
    "butcher",       "radio operator", "bricklayer",   "chemist",       "coroner",
    "dressmaker",    "engraver",       "falconer",     "gravedigger",   "innkeeper",
    "juggler",       "milliner",       "notary",       "optician",      "plumber",
    "referee",       "shepherd",       "stenographer", "typesetter",    "undertaker",
    "weaver"};
static const char *const traits[] = {
    "young",      "retired",  "lonely",        "stubborn",    "shy",         "wealthy",   "elderly",
    "restless",   "nervous",  "bald",          "divorced",    "ambitious",   "penniless", "quiet",
    "talkative",  "homesick", "superstitious", "middle-aged", "left-handed", "proud",     "near-sighted",
    "sleepless",  "widowed",  "barefoot",      "bearded",     "cautious",    "disgraced", "forgetful",
    "grieving",   "jealous",  "limping",       "orphaned",    "red-haired",  "secretive", "stammering",
    "travelling", "wounded"};
static const char *const places[] = {"farm",
                                     "hotel",
                                     "hospital",
                                     "school",
                                     "railway station",
                                     "village",
                                     "lighthouse",
                                     "theatre",
                                     "prison",
                                     "monastery",
                                     "factory",
                                     "circus",
                                     "museum",
                                     "library",
                                     "fishing boat",
                                     "submarine",
                                     "desert",
                                     "mountain hut",
                                     "castle",
                                     "trailer park",
                                     "department store",
                                     "ballroom",
                                     "laundry",
                                     "cinema",
                                     "vineyard",
                                     "greenhouse",
                                     "courthouse",
                                     "orphanage",
                                     "zoo",
                                     "cannery",
                                     "boarding house",
                                     "observatory",
                                     "shipyard",
                                     "cemetery",
                                     "bakery",
                                     "garage",
                                     "swamp",
                                     "casino",
                                     "embassy",
                                     "ice rink",
                                     "junkyard",
                                     "kennel",
                                     "mill",
                                     "nunnery",
                                     "oil rig",
                                     "pharmacy",
                                     "racetrack",
                                     "sawmill",
                                     "tavern",
                                     "warehouse"};
static const char *const objects[] = {
    "letter",       "suitcase", "photograph", "map",          "necklace",    "diary",      "painting",
    "pistol",       "violin",   "ring",       "key",          "telescope",   "coin",       "cassette",
    "music box",    "passport", "typewriter", "compass",      "teapot",      "manuscript", "chess set",
    "wristwatch",   "lamp",     "notebook",   "parrot",       "bicycle",     "glass eye",  "locket",
    "medal",        "umbrella", "briefcase",  "bottle",       "candlestick", "doll",       "envelope",
    "fountain pen", "hatbox",   "kite",       "ledger",       "mirror",      "negative",   "parcel",
    "receipt",      "sextant",  "trumpet",    "wedding dress"};
static const char *const relatives[] = {"brother",     "wife",      "husband",     "sister",      "father",
                                        "mother",      "daughter",  "son",         "boss",        "neighbour",
                                        "uncle",       "aunt",      "cousin",      "girlfriend",  "roommate",
                                        "best friend", "nephew",    "grandmother", "grandfather", "dentist",
                                        "niece",       "boyfriend", "landlady",    "colleague",   "barber"};
static const char *const times[] = {"night",   "summer",  "winter",   "morning",  "afternoon", "autumn",
                                    "weekend", "evening", "spring",   "birthday", "holiday",   "midnight",
                                    "Sunday",  "harvest", "carnival", "funeral"};
static const char *const numbers[] = {"two",  "three",  "ten",   "five",    "twenty", "four",
                                      "six",  "thirty", "seven", "fifteen", "eight",  "forty",
                                      "nine", "twelve", "fifty", "eleven",  "ninety"};
static const char *const years[] = {"1999", "2003", "1987", "1974", "1995", "2001", "1968", "1982", "1953",
                                    "1991", "1947", "1978", "2005", "1962", "1939", "1985", "1934", "1957"};
static const char *const media[] = {
    "on DVD",   "on television",   "at the cinema",       "on an old tape",    "at a festival",
    "on cable", "on a plane",      "at a friend's house", "in a hotel room",   "at a late show",
    "on video", "in a film class", "at a drive-in",       "on a rainy Sunday", "at a matinee"};
static const char *const crimes[] = {
    "murder",    "robbery",   "kidnapping", "fire",     "disappearance", "fraud",   "blackmail", "accident",
    "forgery",   "poisoning", "theft",      "betrayal", "shooting",      "scandal", "smuggling", "shipwreck",
    "explosion", "strike",    "flood",      "mutiny",   "burglary",      "duel",    "epidemic",  "trial"};
static const char *const animals[] = {"dog",      "horse", "cat",    "goat",   "bear",    "crow",
                                      "tortoise", "mule",  "wolf",   "pigeon", "donkey",  "ferret",
                                      "goose",    "owl",   "monkey", "rabbit", "lobster", "swan",
                                      "elephant", "camel", "badger"};
static const char *const weathers[] = {"rain", "snow", "fog",  "storm", "heat",      "wind",    "frost",
                                       "hail", "dust", "thaw", "mist",  "moonlight", "drizzle", "drought"};
static const char *const pastimes[] = {
    "dancing",          "cooking",      "boxing",   "chess",       "gardening",
    "poetry",           "sailing",      "opera",    "poker",       "cycling",
    "stamp collecting", "magic tricks", "swimming", "fencing",     "bird watching",
    "knitting",         "fishing",      "archery",  "calligraphy", "croquet",
    "juggling",         "skating",      "tango",    "wrestling",   "yodelling",
    "photography"};
static const char *const countries[] = {"Poland",  "Mexico",  "Scotland", "Hungary", "Brazil",  "Canada",
                                        "Greece",  "Norway",  "Portugal", "Turkey",  "Chile",   "Ireland",
                                        "Denmark", "Egypt",   "Finland",  "Georgia", "Iceland", "Jamaica",
                                        "Kenya",   "Latvia",  "Morocco",  "Nepal",   "Peru",    "Romania",
                                        "Senegal", "Tunisia", "Uruguay",  "Vietnam"};
static const char *const colours[] = {"red",    "blue",   "grey",      "green",   "black",
                                      "white",  "golden", "brown",     "violet",  "crimson",
                                      "silver", "ochre",  "turquoise", "scarlet", "beige"};
static const char *const meals[] = {"dinner",    "breakfast", "soup",    "wine",     "coffee",
                                    "cake",      "whisky",    "bread",   "oysters",  "stew",
                                    "tea",       "pancakes",  "cider",   "onions",   "goulash",
                                    "marmalade", "noodles",   "pickles", "sardines", "dumplings"};
static const char *const manners[] = {
    "slowly",     "suddenly",    "secretly",   "quietly",         "soon",      "finally",  "nervously",
    "hastily",    "carefully",   "politely",   "wordlessly",      "patiently", "bravely",  "stealthily",
    "obediently", "reluctantly", "gratefully", "absent-mindedly", "furtively", "solemnly", "cheerfully"};

static const struct sample_rule rules[] = {
    {"aspect", SAMPLE_TAILED, SAMPLE_CHOICES(aspects), {0}},
    {"other_aspect", SAMPLE_TAILED, SAMPLE_CHOICES(other_aspects), {0}},
    {"genre", SAMPLE_FACT, SAMPLE_CHOICES(genres), {0}},
    {"another_genre", SAMPLE_TAILED, SAMPLE_CHOICES(genres), {0}},
    {"job", SAMPLE_TAILED, SAMPLE_CHOICES(jobs), {0}},
    {"trait", SAMPLE_TAILED, SAMPLE_CHOICES(traits), {0}},
    {"place", SAMPLE_TAILED, SAMPLE_CHOICES(places), {0}},
    {"object", SAMPLE_TAILED, SAMPLE_CHOICES(objects), {0}},
    {"relative", SAMPLE_TAILED, SAMPLE_CHOICES(relatives), {0}},
    {"time", SAMPLE_TAILED, SAMPLE_CHOICES(times), {0}},
    {"number", SAMPLE_TAILED, SAMPLE_CHOICES(numbers), {0}},
    {"year", SAMPLE_TAILED, SAMPLE_CHOICES(years), {0}},
    {"medium", SAMPLE_TAILED, SAMPLE_CHOICES(media), {0}},
    {"crime", SAMPLE_TAILED, SAMPLE_CHOICES(crimes), {0}},
    {"animal", SAMPLE_TAILED, SAMPLE_CHOICES(animals), {0}},
    {"weather", SAMPLE_TAILED, SAMPLE_CHOICES(weathers), {0}},
    {"pastime", SAMPLE_TAILED, SAMPLE_CHOICES(pastimes), {0}},
    {"country", SAMPLE_TAILED, SAMPLE_CHOICES(countries), {0}},
    {"colour", SAMPLE_TAILED, SAMPLE_CHOICES(colours), {0}},
    {"meal", SAMPLE_TAILED, SAMPLE_CHOICES(meals), {0}},
    {"manner", SAMPLE_TAILED, SAMPLE_CHOICES(manners), {0}},
};

const struct sample_rules sample_things = {rules, sizeof rules / sizeof rules[0]};
