#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace kinora {

/// What kind of thing went wrong; decides the exit code and the words a person reads.
enum class ErrorCode {
    Usage,              ///< Unknown system, option or value; wrong combination of arguments.
    NotFound,           ///< A file, folder, clip or checkpoint is missing.
    Damaged,            ///< A file is truncated, foreign or hostile.
    CannotRead,         ///< No permission, or the medium failed.
    CannotWrite,        ///< No permission, or the target exists.
    DiskFull,
    Locked,             ///< A run is owned by another trainer.
    DecodeFailed,       ///< A picture or video could not be decoded.
    ShapeMismatch,      ///< A tensor or control does not fit the options.
    Incompatible,       ///< A checkpoint of another system, other options or a newer format.
    Numerical,          ///< NaN or infinity.
    OutOfMemory,
    DeviceUnavailable,  ///< CUDA was asked for and is not there.
    CheckFailed,        ///< A parity, verification or self-test difference.
    Cancelled,
    EngineLost,         ///< The process behind the window died.
    Internal,
};

/// The only exception type of core/, models/ and datasets/.
class Error : public std::runtime_error {
public:
    /// \param detail   one line: what was found, what was expected, what to do
    /// \param subject  the file or field concerned; put before the detail in what()
    Error(ErrorCode code, const std::string& detail, const std::string& subject = {})
        : std::runtime_error(subject.empty() ? detail : subject + ": " + detail), m_code(code), m_detail(detail), m_subject(subject)
    {
    }
    ErrorCode code() const { return m_code; }
    const std::string& detail() const { return m_detail; }
    const std::string& subject() const { return m_subject; }

private:
    ErrorCode m_code;
    std::string m_detail;
    std::string m_subject;
};

/// Exit code of the command line's contract: 1 a check failed, 2 usage, 3 input, 4 numerical, 5 memory, 6 device, 7 checkpoint, 130 interrupted.
int exitCode(ErrorCode code);
/// Stable snake_case id, as in machine-readable output and the protocol ("not_found").
std::string_view errorName(ErrorCode code);
/// \throws nothing; an unknown name is Internal
ErrorCode errorFromName(std::string_view name);

}  // namespace kinora
