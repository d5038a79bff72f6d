#include "matinee/plugin_path.h"

bool library_plugin_path(char path[static PATH_MAX], const char *file, struct error *error);

bool library_plugin_path(char path[static PATH_MAX], const char *file, struct error *error)
{
    return plugin_path(path, file, error);
}
