#include "core/util/outcome.h"

#include <filesystem>
#include <system_error>

namespace kinora {

Error currentError()
{
    try {
        throw;
    } catch (const Error& error) {
        return error;
    } catch (const std::bad_alloc&) {
        return {ErrorCode::OutOfMemory, "the machine has not enough memory for this; make the clip, batch or grid smaller"};
    } catch (const std::filesystem::filesystem_error& error) {
        const auto code = error.code();
        const std::string path = error.path1().string();
        if (code == std::errc::no_such_file_or_directory) return {ErrorCode::NotFound, "no such file or folder", path};
        if (code == std::errc::no_space_on_device) return {ErrorCode::DiskFull, "the disk is full", path};
        if (code == std::errc::permission_denied || code == std::errc::read_only_file_system)
            return {ErrorCode::CannotWrite, "permission denied", path};
        return {ErrorCode::CannotRead, code.message(), path};
    } catch (const std::exception& error) {
        // LibTorch's messages go on for a stack trace; the first line says it
        std::string text = error.what();
        if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
        const bool memory = text.find("not enough memory") != std::string::npos || text.find("out of memory") != std::string::npos || text.find("can't allocate memory") != std::string::npos;
        return {memory ? ErrorCode::OutOfMemory : ErrorCode::Internal, text};
    } catch (...) {
        return {ErrorCode::Internal, "an exception of unknown type"};
    }
}

}  // namespace kinora
