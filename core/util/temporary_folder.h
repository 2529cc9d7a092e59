#pragma once
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "core/util/error.h"

namespace kinora {

/// A new folder for temporary files that goes with its contents.
class TemporaryFolder {
public:
    /// \throws Error (CannotWrite)
    TemporaryFolder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "kinora-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw Error(ErrorCode::CannotWrite, "no temporary folder can be made; set TMPDIR to a place that can be written", std::filesystem::temp_directory_path().string());
        m_path = pattern;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

}  // namespace kinora
