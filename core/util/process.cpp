#include "core/util/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/util/error.h"

namespace kinora {
namespace {
std::vector<char*> argumentVector(const std::string& program, const std::vector<std::string>& arguments)
{
    std::vector<char*> list{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
    list.push_back(nullptr);
    return list;
}
}  // namespace

ProcessResult runProcess(const std::string& program, const std::vector<std::string>& arguments)
{
    int pipe[2], failed[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0 || ::pipe2(failed, O_CLOEXEC) != 0) throw Error(ErrorCode::Internal, std::strerror(errno), program);
    std::vector<char*> list = argumentVector(program, arguments);
    const pid_t child = ::fork();
    if (child < 0) throw Error(ErrorCode::Internal, std::strerror(errno), program);
    if (child == 0) {
        ::dup2(pipe[1], 1);
        ::execvp(program.c_str(), list.data());
        const int error = errno;
        [[maybe_unused]] const ssize_t sent = ::write(failed[1], &error, sizeof error);
        ::_exit(127);
    }
    ::close(pipe[1]);
    ::close(failed[1]);
    ProcessResult result;
    char block[1 << 14];
    for (;;) {
        const ssize_t size = ::read(pipe[0], block, sizeof block);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        result.output.append(block, static_cast<std::size_t>(size));
    }
    int error = 0;
    const bool notStarted = ::read(failed[0], &error, sizeof error) == static_cast<ssize_t>(sizeof error);
    ::close(pipe[0]);
    ::close(failed[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (notStarted) throw Error(ErrorCode::NotFound, std::string("cannot be started (") + std::strerror(error) + ")", program);
    result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

void replaceProcess(const std::string& program, const std::vector<std::string>& arguments)
{
    std::vector<char*> list = argumentVector(program, arguments);
    ::execvp(program.c_str(), list.data());
    throw Error(ErrorCode::NotFound, std::string("cannot be started (") + std::strerror(errno) + ")", program);
}

}  // namespace kinora
