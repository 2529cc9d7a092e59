#pragma once
#include <functional>
#include <string>
#include <vector>

namespace kinora {

/// What a child process left behind.
struct ProcessResult {
    int exitCode = 0;      ///< 128 + signal if a signal ended it.
    std::string output;    ///< Its standard output.
};
/// Runs a sibling program (or one on PATH) without a shell and waits; standard error goes to ours.
/// \throws Error (NotFound) if it cannot be started
ProcessResult runProcess(const std::string& program, const std::vector<std::string>& arguments);
/// Replaces this process, as git does for its subcommands. \throws Error (NotFound) if that fails
[[noreturn]] void replaceProcess(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace kinora
