#include "commands.h"
#include "json_print.h"
#include "versions.h"

#include "matinee/backend.h"
#include "matinee/communicator.h"
#include "matinee/cuda_probe.h"
#include "matinee/data.h"
#include "matinee/machine.h"
#include "matinee/network.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const enum option_id doctor_options[] = {OPTION_JSON, OPTION_END};

static enum exit_status run_doctor(const struct options *options, struct error *error);

const struct command command_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "What is found on this machine, what would run, and why",
    .options = doctor_options,
    .ranks = RANKS_APART,
    .run = run_doctor,
};

struct findings {
    struct machine machine;
    struct cuda_probe cuda;
    bool has_gpu;
    struct error no_gpu; /* why, without one */
    char device[256];    /* that `auto` takes */
    char engine[256];    /* and what computes an LSTM there */
    char note[ERROR_MESSAGE_BYTES];
    char mpi[COMMUNICATOR_TEXT_BYTES]; /* its library; "": there is none */
    struct error no_mpi;               /* why, without one */
    int rank, ranks;                   /* of the launcher's; ranks 0: none has started the program */
    int kernels;                       /* number of the kernel_set that the processor takes */
    enum data_origin origin;
    char data[DATA_PATH_BYTES];
    bool is_sample;
    bool is_missing; /* named, and not there */
};

/* What would compute the LSTM of the preset that `train` takes; what stands against it otherwise. A few steps tell. */
static void examine_engine(struct findings *f, struct backend *backend)
{
    enum { BATCH_SIZE = 64, STEPS = 8 };
    struct preset_options preset;
    struct spec spec;
    struct error error;
    const char *engine = NULL;
    if (preset_defaults(&preset, "lstm", &error)) {
        preset.maxlen = STEPS;
        if (spec_preset(&spec, "lstm", &preset, &error))
            engine = network_engine(backend, &spec, BATCH_SIZE, PASS_TRAIN, &error);
    }
    snprintf(f->engine, sizeof f->engine, "%.250s", engine ? engine : error.message);
}

/* The last of them runs everywhere. */
static int fastest_kernels(void)
{
    struct kernel_set set;
    int number = 0;
    while (backend_kernel_set(number, &set) && !set.runs)
        number++;
    return number;
}

static bool examine(struct findings *f, struct error *error)
{
    struct backend *backend = NULL;
    struct backend_options options = {.device = "auto"};
    machine_read(&f->machine);
    f->kernels = fastest_kernels();
    f->has_gpu = cuda_probe(&f->cuda, &f->no_gpu);
    if (!communicator_library(f->mpi, &f->no_mpi))
        f->mpi[0] = '\0';
    f->ranks = communicator_launched(&f->rank);
    f->origin = dataset_locate(f->data, sizeof f->data);
    f->is_sample = f->origin == DATA_SAMPLE || strcmp(f->data, dataset_sample_name) == 0;
    f->is_missing = !f->is_sample && access(f->data, F_OK) != 0;
    if (!backend_open(&backend, &options, f->note, error))
        return false;
    snprintf(f->device, sizeof f->device, "%s", backend->description);
    examine_engine(f, backend);
    backend_close(backend);
    return true;
}

static int shown_gpus(const struct findings *f)
{
    return f->cuda.device_count < CUDA_PROBE_DEVICES ? f->cuda.device_count : CUDA_PROBE_DEVICES;
}

static json_t *gpus_json(const struct findings *f)
{
    json_t *list = json_array();
    for (int i = 0; list && i < shown_gpus(f); i++) {
        const struct cuda_device *d = &f->cuda.devices[i];
        json_t *gpu =
            json_pack("{s:o, s:i, s:i, s:I, s:I, s:o}", "name", json_text(d->name), "major", d->major,
                      "minor", d->minor, "total_bytes", (json_int_t)d->total_bytes, "free_bytes",
                      (json_int_t)d->free_bytes, "trouble", json_text(d->trouble[0] ? d->trouble : NULL));
        if (json_array_append_new(list, gpu) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *kernels_json(const struct findings *f)
{
    struct kernel_set set;
    json_t *list = json_array();
    for (int i = 0; list && backend_kernel_set(i, &set); i++) {
        json_t *item = json_pack("{s:s, s:s, s:b, s:b}", "name", set.name, "instructions", set.instructions,
                                 "runs", set.runs, "chosen", i == f->kernels);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static const char *origin_name(enum data_origin origin)
{
    static const char *const names[] = {
        [DATA_NAMED] = "MATINEE_DATA", [DATA_CACHED] = "cache", [DATA_SAMPLE] = "sample"};
    return names[origin];
}

static json_t *findings_json(const struct findings *f)
{
    const struct machine *m = &f->machine;
    return json_pack("{s:o, s:o, s:s, s:i, s:I, s:I, s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:s, "
                     "s:b, s:o, s:o, s:i, s:o, s:o, s:o, s:i}",
                     "versions", versions_json(), "processor", json_text(m->processor), "instruction_sets",
                     m->instruction_sets, "processors", m->processors, "memory_bytes",
                     (json_int_t)m->memory_bytes, "available_bytes", (json_int_t)m->available_bytes,
                     "cpu_kernels", kernels_json(f), "gpus", gpus_json(f), "cuda_driver",
                     f->cuda.driver_version, "cuda_runtime", f->cuda.runtime_version, "cudnn",
                     f->cuda.cudnn_version, "cudnn_trouble",
                     json_text(f->cuda.cudnn_trouble[0] ? f->cuda.cudnn_trouble : NULL), "no_gpu",
                     json_text(f->has_gpu ? NULL : f->no_gpu.message), "device", json_text(f->device),
                     "engine", json_text(f->engine), "note", json_text(f->note[0] ? f->note : NULL),
                     "data_from", origin_name(f->origin), "sample", f->is_sample, "data",
                     json_text(f->is_sample || f->is_missing ? NULL : f->data), "missing",
                     json_text(f->is_missing ? f->data : NULL), "nccl", f->cuda.nccl_version, "nccl_trouble",
                     json_text(f->cuda.nccl_trouble[0] ? f->cuda.nccl_trouble : NULL), "mpi",
                     json_text(f->mpi[0] ? f->mpi : NULL), "no_mpi",
                     json_text(f->mpi[0] ? NULL : f->no_mpi.message), "launched_ranks", f->ranks);
}

/* What --cpu-kernels takes here, and what it is without. */
static void print_kernels(const struct findings *f)
{
    struct kernel_set set;
    printf("CPU kernels:      ");
    for (int i = 0; backend_kernel_set(i, &set); i++)
        printf("%s%s (%s)", i ? ", " : "", set.name,
               i == f->kernels ? "chosen"
               : set.runs      ? "runs"
                               : "not on this processor");
    putchar('\n');
}

static void print_gpus(const struct findings *f)
{
    const double gib = 1024.0 * 1024 * 1024;
    for (int i = 0; i < shown_gpus(f); i++) {
        const struct cuda_device *d = &f->cuda.devices[i];
        printf("GPU %d:            %s, compute capability %d.%d, %.1f GiB, ", i, d->name, d->major, d->minor,
               (double)d->total_bytes / gib);
        if (d->trouble[0])
            printf("cannot be used: %s\n", d->trouble);
        else
            printf("%.1f free\n", (double)d->free_bytes / gib);
    }
    if (!f->has_gpu)
        printf("GPU:              none can be used, and none is needed: %s\n", f->no_gpu.message);
}

static void print_cuda(const struct cuda_probe *cuda)
{
    const int driver = cuda->driver_version, runtime = cuda->runtime_version, cudnn = cuda->cudnn_version;
    const int nccl = cuda->nccl_version;
    if (driver)
        printf("CUDA:             the driver serves %d.%d, the program uses %d.%d\n", driver / 1000,
               driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
    else if (runtime)
        printf("CUDA:             %d.%d, without a driver\n", runtime / 1000, runtime % 1000 / 10);
    if (cuda->cudnn_trouble[0])
        printf("cuDNN:            %s\n", cuda->cudnn_trouble);
    else if (cudnn)
        printf("cuDNN:            %d.%d.%d, all parts load\n", cudnn / 10000, cudnn % 10000 / 100,
               cudnn % 100);
    if (cuda->nccl_trouble[0])
        printf("NCCL:             none, which only several GPUs need: %s\n", cuda->nccl_trouble);
    else if (nccl)
        printf("NCCL:             %d.%d.%d\n", nccl / 10000, nccl % 10000 / 100, nccl % 100);
}

static void print_mpi(const struct findings *f)
{
    if (f->mpi[0])
        printf("MPI:              %s", f->mpi);
    else
        printf("MPI:              none can be used, and one machine needs none: %s", f->no_mpi.message);
    if (f->ranks > 0)
        printf("; a launcher has started this process as rank %d of %d", f->rank, f->ranks);
    putchar('\n');
}

static void print_data(const struct findings *f)
{
    switch (f->origin) {
    case DATA_NAMED:
        if (f->is_sample)
            printf("Data:             the built-in sample, named by MATINEE_DATA\n");
        else
            printf("Data:             %s, named by MATINEE_DATA%s\n", f->data,
                   f->is_missing ? ", does not exist; give it an aclImdb directory or archive, or unset it"
                                 : "");
        break;
    case DATA_CACHED:
        printf("Data:             %s\n", f->data);
        break;
    case DATA_SAMPLE:
        printf("Data:             the built-in sample: MATINEE_DATA is not set, and there is no %s, where "
               "scripts/fetch_imdb.sh puts the real reviews\n",
               f->data);
        break;
    }
}

static void print_findings(const struct findings *f)
{
    const struct machine *m = &f->machine;
    const double gib = 1024.0 * 1024 * 1024;
    printf("Matinee:          %s, made with %s\n", MATINEE_VERSION, compiler_version());
    printf("Processor:        %s, %d processors\n", m->processor, m->processors);
    printf("Instruction sets: %s\n", m->instruction_sets);
    print_kernels(f);
    printf("Memory:           %.1f GiB, %.1f available\n", (double)m->memory_bytes / gib,
           (double)m->available_bytes / gib);
    printf("Libraries:        HDF5 %s, jansson %s, %s\n", hdf5_version(), jansson_version(),
           libarchive_version());
    print_gpus(f);
    print_cuda(&f->cuda);
    print_mpi(f);
    print_data(f);
    printf("Would run on:     %s%s%s\n", f->device, f->note[0] ? "; no GPU: " : "", f->note);
    if (!f->note[0])
        printf("LSTM:             %s\n", f->engine);
}

static enum exit_status run_doctor(const struct options *options, struct error *error)
{
    struct findings findings = {.has_gpu = false};
    if (!examine(&findings, error))
        return STATUS_FAILED;
    if (options->json)
        return json_print(findings_json(&findings), error) ? STATUS_DONE : STATUS_FAILED;
    print_findings(&findings);
    return STATUS_DONE;
}
