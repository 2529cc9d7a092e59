// Loaded into a program by LD_PRELOAD: makes one system call on its files fail, or ends the program there, as a full or failing disk or a power cut would.
//
// Every open, write, fsync, rename and close of a file whose path contains $KINORA_FAULT_PATH is a boundary; they are counted from 1.
//   KINORA_FAULT_LOG   a file that gets a line "<number> <call> <path>" for each
//   KINORA_FAULT_AT    the boundary at which something happens
//   KINORA_FAULT       ENOSPC, EIO: the call fails with it; kill: SIGKILL before the call; torn: half of a write, then SIGKILL (other calls: as kill)
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

namespace {
constexpr int kDescriptors = 4096;
std::atomic<bool> watched[kDescriptors];
std::atomic<long> counter{0};

template <class Function>
Function next(const char* name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool ours(const char* path)
{
    static const char* const part = getenv("KINORA_FAULT_PATH");
    return part && path && strstr(path, part);
}

ssize_t plainWrite(int descriptor, const void* data, size_t size)
{
    static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
    return real(descriptor, data, size);
}

[[noreturn]] void die()
{
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/// \returns 0, or the error number that the call is to fail with; may not return at all
int boundary(const char* call, const char* path, bool* torn = nullptr)
{
    static const char* const log = getenv("KINORA_FAULT_LOG");
    static const char* const where = getenv("KINORA_FAULT_AT");
    static const char* const fault = getenv("KINORA_FAULT");
    const long number = ++counter;
    if (log) {
        static const auto realOpen = next<int (*)(const char*, int, ...)>("open");
        static const auto realClose = next<int (*)(int)>("close");
        char line[512];
        const int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
        const int descriptor = realOpen(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (descriptor >= 0) {
            plainWrite(descriptor, line, static_cast<size_t>(length < 511 ? length : 511));
            realClose(descriptor);
        }
    }
    if (!where || !fault || number != atol(where)) return 0;
    if (strcmp(fault, "ENOSPC") == 0) return ENOSPC;
    if (strcmp(fault, "EIO") == 0) return EIO;
    if (strcmp(fault, "torn") == 0 && torn) {
        *torn = true;
        return 0;
    }
    die();
}

int opened(const char* symbol, const char* path, int flags, unsigned mode)
{
    const auto real = next<int (*)(const char*, int, ...)>(symbol);
    const bool mine = ours(path);
    if (mine) {
        if (const int error = boundary("open", path)) {
            errno = error;
            return -1;
        }
    }
    const int descriptor = real(path, flags, mode);
    if (descriptor >= 0 && descriptor < kDescriptors) watched[descriptor] = mine;
    return descriptor;
}

bool mine(int descriptor) { return descriptor >= 0 && descriptor < kDescriptors && watched[descriptor]; }
}  // namespace

extern "C" {
int open(const char* path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    const unsigned mode = va_arg(list, unsigned);
    va_end(list);
    return opened("open", path, flags, mode);
}
int open64(const char* path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    const unsigned mode = va_arg(list, unsigned);
    va_end(list);
    return opened("open64", path, flags, mode);
}
ssize_t write(int descriptor, const void* data, size_t size)
{
    if (mine(descriptor)) {
        bool torn = false;
        if (const int error = boundary("write", "", &torn)) {
            errno = error;
            return -1;
        }
        if (torn) {
            plainWrite(descriptor, data, size / 2);
            die();
        }
    }
    return plainWrite(descriptor, data, size);
}
int fsync(int descriptor)
{
    static const auto real = next<int (*)(int)>("fsync");
    if (mine(descriptor))
        if (const int error = boundary("fsync", "")) {
            errno = error;
            return -1;
        }
    return real(descriptor);
}
int rename(const char* from, const char* to)
{
    static const auto real = next<int (*)(const char*, const char*)>("rename");
    if (ours(to))
        if (const int error = boundary("rename", to)) {
            errno = error;
            return -1;
        }
    return real(from, to);
}
int close(int descriptor)
{
    static const auto real = next<int (*)(int)>("close");
    if (mine(descriptor)) {
        watched[descriptor] = false;
        if (const int error = boundary("close", "")) {
            real(descriptor);
            errno = error;
            return -1;
        }
    }
    return real(descriptor);
}
}
