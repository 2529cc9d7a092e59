#include "core/util/error.h"

#include <array>
#include <utility>

namespace kinora {
namespace {
struct Row {
    ErrorCode code;
    std::string_view name;
    int exit;
};
constexpr std::array kRows = {
    Row{ErrorCode::Usage, "usage", 2},
    Row{ErrorCode::NotFound, "not_found", 3},
    Row{ErrorCode::Damaged, "damaged", 3},
    Row{ErrorCode::CannotRead, "cannot_read", 3},
    Row{ErrorCode::CannotWrite, "cannot_write", 3},
    Row{ErrorCode::DiskFull, "disk_full", 3},
    Row{ErrorCode::Locked, "locked", 3},
    Row{ErrorCode::DecodeFailed, "decode_failed", 3},
    Row{ErrorCode::ShapeMismatch, "shape_mismatch", 7},
    Row{ErrorCode::Incompatible, "incompatible", 7},
    Row{ErrorCode::Numerical, "numerical", 4},
    Row{ErrorCode::OutOfMemory, "out_of_memory", 5},
    Row{ErrorCode::DeviceUnavailable, "device_unavailable", 6},
    Row{ErrorCode::CheckFailed, "check_failed", 1},
    Row{ErrorCode::Cancelled, "cancelled", 130},
    Row{ErrorCode::EngineLost, "engine_lost", 1},
    Row{ErrorCode::Internal, "internal", 1},
};
}  // namespace

int exitCode(ErrorCode code)
{
    for (const Row& row : kRows)
        if (row.code == code) return row.exit;
    return 1;
}

std::string_view errorName(ErrorCode code)
{
    for (const Row& row : kRows)
        if (row.code == code) return row.name;
    return "internal";
}

ErrorCode errorFromName(std::string_view name)
{
    for (const Row& row : kRows)
        if (row.name == name) return row.code;
    return ErrorCode::Internal;
}

}  // namespace kinora
