#include "matinee/command_facts.h"

#include "commands.h"

#include <stddef.h>

bool command_facts(int command, struct command_facts *facts)
{
    const struct command *c = command_number(command);
    if (c)
        *facts = (struct command_facts){
            .name = c->name, .summary = c->summary, .arguments = c->arguments, .details = c->details};
    return c != NULL;
}

bool command_option_facts(int command, int option, struct option_facts *facts)
{
    const struct command *c = command_number(command);
    int count = 0;
    while (c && c->options[count] != OPTION_END)
        count++;
    if (!c || option < 0 || option > count)
        return false;
    enum option_id id = option < count ? c->options[option] : OPTION_HELP;
    *facts = (struct option_facts){.name = option_name(id),
                                   .argument = option_argument(id),
                                   .help = option_meaning(id),
                                   .words = option_words(id)};
    return true;
}
