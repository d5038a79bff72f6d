/* NCCL as a library of its name, for processes of one machine: each rank has a place in shared memory that the unique
 * id names, and all wait for each other there, but not for ever. It uses the stand-ins of whoever opened it. */
#include "standin_parts.h"

#include <atomic>
#include <fcntl.h>
#include <memory>
#include <nccl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <vector>

namespace
{

enum { RANKS_MAX = 16, PLACE_BYTES = 1 << 14, PATIENCE_SECONDS = 120 };

/* What ranks must agree in, a piece at a time. */
struct piece {
    bool gathers;
    ncclDataType_t type;
    size_t count, begin;
};

/* Of zeros when it is made. */
struct meeting {
    std::atomic<unsigned> arrived, turn, aborted;
    struct {
        struct piece piece;
        alignas(64) unsigned char data[PLACE_BYTES];
    } places[RANKS_MAX];
};

char last_error[200];

ncclResult_t refuse(ncclResult_t status, const char *words)
{
    snprintf(last_error, sizeof last_error, "%s\n", words);
    return status;
}

double seconds_now()
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A rank's part in it, for as long as there is work of it: work in a graph, too. */
struct session {
    struct meeting *meeting;
    int rank, ranks;
    bool aborted = false;

    session(struct meeting *m, int own, int all) : meeting(m), rank(own), ranks(all)
    {
    }
    ~session()
    {
        munmap(meeting, sizeof *meeting);
    }

    /* False if not all came. Those who leave do not wait once one has aborted. */
    bool meet(bool leaves = false) const
    {
        const double latest = seconds_now() + PATIENCE_SECONDS;
        const unsigned turn = meeting->turn;
        if (++meeting->arrived == (unsigned)ranks) {
            meeting->arrived = 0;
            meeting->turn++;
            return true;
        }
        while (meeting->turn == turn && !(leaves && meeting->aborted)) {
            const struct timespec moment = {0, 50000};
            if (seconds_now() > latest)
                return false;
            nanosleep(&moment, NULL);
        }
        return true;
    }
};

struct collective {
    const char *call;
    const void *own;
    void *result;
    bool gathers;
    size_t count;
    ncclDataType_t type;
    std::shared_ptr<session> with;
    cudaStream_t stream;
};

size_t size_of(ncclDataType_t type)
{
    switch (type) {
    case ncclFloat32:
        return sizeof(float);
    case ncclFloat64:
        return sizeof(double);
    case ncclInt64:
        return sizeof(int64_t);
    default:
        standin_misused("NCCL: data type %d is none of ours", (int)type);
    }
}

void meet_or_end(const collective &op)
{
    if (!op.with->meet())
        standin_misused("%s: rank %d of %d waited %d s for the others", op.call, op.with->rank,
                        op.with->ranks, (int)PATIENCE_SECONDS);
}

/* From the last rank to the first, which is neither the tree of add_parts nor the order in which one would write it. */
template <typename T> void add_places(const session &with, T *sum, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        T value = ((const T *)with.meeting->places[with.ranks - 1].data)[i];
        for (int rank = with.ranks - 2; rank >= 0; rank--)
            value += ((const T *)with.meeting->places[rank].data)[i];
        sum[i] = value;
    }
}

void take_result(const collective &op, size_t begin, size_t count)
{
    const session &with = *op.with;
    char *result = (char *)op.result + begin * size_of(op.type);
    if (op.gathers)
        for (int rank = 0; rank < with.ranks; rank++)
            memcpy(result + (size_t)rank * op.count * size_of(op.type), with.meeting->places[rank].data,
                   count * size_of(op.type));
    else if (op.type == ncclFloat32)
        add_places(with, (float *)result, count);
    else if (op.type == ncclFloat64)
        add_places(with, (double *)result, count);
    else
        add_places(with, (int64_t *)result, count);
}

void run_piece(const collective &op, size_t begin, size_t count)
{
    auto &places = op.with->meeting->places;
    const struct piece own = {op.gathers, op.type, op.count, begin};
    auto &place = places[op.with->rank];
    place.piece = own;
    memcpy(place.data, (const char *)op.own + begin * size_of(op.type), count * size_of(op.type));
    meet_or_end(op);
    for (int rank = 0; rank < op.with->ranks; rank++) {
        const struct piece &other = places[rank].piece;
        if (other.gathers != own.gathers || other.type != own.type || other.count != own.count ||
            other.begin != own.begin)
            standin_misused("%s: rank %d does something else than rank %d", op.call, rank, op.with->rank);
    }
    take_result(op, begin, count);
    meet_or_end(op);
}

void run(const collective &op)
{
    const size_t most = PLACE_BYTES / size_of(op.type);
    for (size_t begin = 0; begin < op.count && !op.with->aborted; begin += most)
        run_piece(op, begin, op.count - begin < most ? op.count - begin : most);
}

/* A call that fails within it makes its end fail, which then gives out nothing. */
struct {
    int depth;
    bool failed;
    std::vector<collective> waiting;
} group;

void enqueue_waiting()
{
    for (const collective &op : group.waiting)
        standin_enqueue(op.stream, [op] { run(op); });
    group.waiting.clear();
}

ncclResult_t give(const collective &op)
{
    if (standin_call_fails(op.call) || standin_stream_status(op.stream) != cudaSuccess) {
        group.failed = group.depth > 0;
        return refuse(ncclUnhandledCudaError, "the stand-in was told to fail, or the stream takes nothing");
    }
    const size_t bytes = op.count * size_of(op.type);
    const size_t result_bytes = op.gathers ? bytes * (size_t)op.with->ranks : bytes;
    if (standin_memory_kind(op.call, op.own, bytes) != MEMORY_DEVICE ||
        standin_memory_kind(op.call, op.result, result_bytes) != MEMORY_DEVICE)
        standin_misused("%s: not device memory", op.call);
    group.waiting.push_back(op);
    if (group.depth == 0)
        enqueue_waiting();
    return ncclSuccess;
}

/* The id is a path of memory that has no other name, so that a rank which is killed leaves nothing behind. */
int memory_of_id = -1;

void forget_id()
{
    if (memory_of_id >= 0)
        close(memory_of_id);
    memory_of_id = -1;
}

struct meeting *open_meeting(const ncclUniqueId &id)
{
    const int file = open(id.internal, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return NULL;
    void *memory = mmap(NULL, sizeof(struct meeting), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory == MAP_FAILED ? NULL : (struct meeting *)memory;
}

std::shared_ptr<session> join(const ncclUniqueId &id, int rank, int ranks)
{
    struct meeting *meeting = open_meeting(id);
    if (!meeting)
        return NULL;
    const auto with = std::make_shared<session>(meeting, rank, ranks);
    return with->meet() ? with : NULL;
}

}  // namespace

struct ncclComm {
    std::shared_ptr<session> with;
    bool finalized = false;
};

/* As the library does, which waits for the other ranks of the host. */
static void meet_to_leave(const char *call, ncclComm_t communicator)
{
    const session &with = *communicator->with;
    if (!communicator->finalized && !with.meet(true))
        standin_misused("%s: rank %d of %d waited %d s for the others to leave", call, with.rank, with.ranks,
                        (int)PATIENCE_SECONDS);
    communicator->finalized = true;
}

static ncclResult_t leave(ncclComm_t communicator, bool fails)
{
    if (group.depth > 0)
        standin_misused("NCCL: a group has no end");
    delete communicator;
    standin_count(-1);
    return fails ? ncclInternalError : ncclSuccess;
}

extern "C" {

ncclResult_t ncclGetVersion(int *version)
{
    const char *played = getenv("MATINEE_STANDIN_NCCL");
    if (standin_call_fails("ncclGetVersion"))
        return ncclInternalError;
    *version = played ? atoi(played) : NCCL_VERSION_CODE;
    return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    if (standin_call_fails("ncclGetUniqueId"))
        return refuse(ncclSystemError, "the stand-in was told to fail");
    forget_id();
    memory_of_id = memfd_create("nccl", MFD_CLOEXEC);
    if (memory_of_id < 0 || ftruncate(memory_of_id, sizeof(struct meeting)) != 0)
        return refuse(ncclSystemError, "no shared memory");
    snprintf(id->internal, sizeof id->internal, "/proc/%d/fd/%d", (int)getpid(), memory_of_id);
    return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t *communicator, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t *config)
{
    *communicator = NULL;
    if (standin_call_fails("ncclCommInitRankConfig"))
        return refuse(ncclSystemError, "the stand-in was told to fail");
    if (ranks < 1 || ranks > RANKS_MAX || rank < 0 || rank >= ranks || config->blocking != 1)
        return refuse(ncclInvalidArgument, "no such rank, or not blocking");
    const std::shared_ptr<session> with = join(id, rank, ranks);
    forget_id();
    if (!with)
        return refuse(ncclSystemError, "no shared memory, or not all ranks came");
    *communicator = new ncclComm{with};
    standin_count(1);
    return ncclSuccess;
}

/* The library waits for ever where a graph has its work. */
ncclResult_t ncclCommFinalize(ncclComm_t communicator)
{
    if (standin_call_fails("ncclCommFinalize"))
        return refuse(ncclInternalError, "the stand-in was told to fail");
    if (communicator->with.use_count() > 1)
        standin_misused("ncclCommFinalize: a stream or a graph still has its work");
    meet_to_leave("ncclCommFinalize", communicator);
    return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t communicator)
{
    const bool fails = standin_call_fails("ncclCommDestroy");
    meet_to_leave("ncclCommDestroy", communicator);
    return leave(communicator, fails);
}

ncclResult_t ncclCommAbort(ncclComm_t communicator)
{
    const bool fails = standin_call_fails("ncclCommAbort");
    communicator->with->aborted = true;
    communicator->with->meeting->aborted = 1;
    return leave(communicator, fails);
}

ncclResult_t ncclGroupStart(void)
{
    if (standin_call_fails("ncclGroupStart"))
        return refuse(ncclInternalError, "the stand-in was told to fail");
    group.depth++;
    return ncclSuccess;
}

ncclResult_t ncclGroupEnd(void)
{
    const bool fails = standin_call_fails("ncclGroupEnd") || group.failed;
    if (group.depth == 0)
        standin_misused("ncclGroupEnd without ncclGroupStart");
    if (--group.depth > 0)
        return ncclSuccess;
    group.failed = false;
    if (fails)
        group.waiting.clear();
    enqueue_waiting();
    return fails ? refuse(ncclUnhandledCudaError, "the stand-in was told to fail") : ncclSuccess;
}

ncclResult_t ncclAllReduce(const void *own, void *result, size_t count, ncclDataType_t type,
                           ncclRedOp_t operation, ncclComm_t communicator, cudaStream_t stream)
{
    if (operation != ncclSum)
        standin_misused("ncclAllReduce: operation %d is none of ours", (int)operation);
    return give({"ncclAllReduce", own, result, false, count, type, communicator->with, stream});
}

ncclResult_t ncclAllGather(const void *own, void *result, size_t count, ncclDataType_t type,
                           ncclComm_t communicator, cudaStream_t stream)
{
    return give({"ncclAllGather", own, result, true, count, type, communicator->with, stream});
}

const char *ncclGetErrorString(ncclResult_t status)
{
    return status == ncclUnhandledCudaError ? "unhandled cuda error (run with NCCL_DEBUG=INFO for details)"
           : status == ncclSystemError      ? "unhandled system error (run with NCCL_DEBUG=INFO for details)"
           : status == ncclInvalidArgument  ? "invalid argument (run with NCCL_DEBUG=WARN for details)"
                                            : "internal error - please report this issue";
}

const char *ncclGetLastError(ncclComm_t)
{
    return last_error;
}

} /* extern "C" */
