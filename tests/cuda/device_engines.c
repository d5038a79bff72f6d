#include "device_engines.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum engine_choice choice;
} engines[DEVICE_ENGINES] = {{"generic", ENGINE_GENERIC}, {"cudnn", ENGINE_CUDNN}, {"fused", ENGINE_FUSED}};

struct backend_options device_engine_options(int engine)
{
    return (struct backend_options){.device = "cuda", .engine = engines[engine].choice};
}

const char *device_engine_name(int engine)
{
    return engines[engine].name;
}

/* cuDNN knows no masks inside a step. */
bool device_engine_takes(int engine, const char *preset)
{
    return engines[engine].choice != ENGINE_CUDNN || !strstr(preset, "gate-dropout");
}

bool device_shapes_are_tiny(void)
{
    const char *shapes = getenv("MATINEE_DEVICE_SHAPES");
    return shapes && strcmp(shapes, "tiny") == 0;
}
