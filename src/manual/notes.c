#include "notes.h"

#include <string.h>

const struct note exit_statuses[] = {
    {"0", "Done.", NULL, NULL},
    {"1", "Failed: a file, the data or the memory; one line on standard error says what and what helps.",
     NULL, NULL},
    {"2", "The command line is wrong; one line on standard error says where.", NULL, NULL},
    {"70", "A device failed while it worked. Models that were saved before are whole.", "--device", NULL},
    {"130", "Interrupted, as by Ctrl-C, and what was done is saved.", "--seed", NULL},
    {0},
};

const struct note environment_variables[] = {
    {"MATINEE_DATA", "The data set, where no --data is given, in any form that --data takes.", "--data",
     "doctor"},
    {"MATINEE_DATA_DIRECTORY", "Where the reviews are looked for instead of matinee/ in the cache directory.",
     "--data", "doctor"},
    {"MATINEE_CACHE", "Directory of what is kept of data sets that were read, where no --cache is given.",
     "--cache", NULL},
    {"XDG_CACHE_HOME", "Where the cache is: in matinee/ there; otherwise in ~/.cache/matinee/.", "--data",
     "doctor"},
    {"NO_COLOR", "If it is not empty, there are no colours on the terminal.", "--device", NULL},
    {0},
};

const struct note files_used[] = {
    {"~/.cache/matinee/aclImdb_v1.tar.gz",
     "The reviews, where none of --data, MATINEE_DATA and MATINEE_DATA_DIRECTORY says otherwise. Without "
     "them "
     "the built-in sample is taken.",
     "--data", "doctor"},
    {"~/.cache/matinee/encoded/", "What is kept of data sets that were read.", "--cache", NULL},
    {"runs/", "Where results are written, where no --out is given.", "--seed", NULL},
    {"lib/matinee/matinee_cuda.so",
     "What computes on NVIDIA GPUs, beside the directory of the program. Without it, or without a GPU, the "
     "processor computes.",
     "--device", "doctor"},
    {"lib/matinee/matinee_mpi.so",
     "What joins processes that mpirun or srun started, beside the directory of the program. Without it they "
     "are refused.",
     "--gpus", "doctor"},
    {0},
};

bool note_concerns(const struct note *note, int command)
{
    struct command_facts facts;
    struct option_facts option;
    if (!note->option || command < 0)
        return true;
    if (note->command && command_facts(command, &facts) && strcmp(facts.name, note->command) == 0)
        return true;
    for (int i = 0; command_option_facts(command, i, &option); i++)
        if (strcmp(option.name, note->option) == 0)
            return true;
    return false;
}
