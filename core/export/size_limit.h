#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "core/export/encoder.h"

namespace kinora {

/// Settings with which a file has at most \p bytes bytes and, where it had to be made worse for that, not much less: first fewer colours (GIF) or less quality (WebP, MP4, WebM), then
/// fewer frames a second, then a smaller picture. Found by trying.
/// \param frames    of the clip
/// \param sizeWith  bytes of the file with such settings; called about ten times, throws to stop
/// \throws Error (Usage if even the smallest is larger)
ExportOptions fittingOptions(const std::string& format, int frames, const ExportOptions& options, std::uintmax_t bytes, const std::function<std::uintmax_t(const ExportOptions&)>& sizeWith);

}  // namespace kinora
