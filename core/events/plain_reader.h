#pragma once
#include <filesystem>
#include <vector>

#include "core/events/tfevents.h"

namespace kinora {

/// The scalars of one events file, read in the plainest way: record by record, byte by byte, one string per point, CRC by tables. What EventsReader is measured
/// against (`kinora bench events`) and compared with (tests). Knows `simple_value` alone, and stops before the first record that is not whole and right.
/// \throws Error (NotFound, CannotRead)
std::vector<ScalarRecord> readPlainly(const std::filesystem::path& file);

}  // namespace kinora
