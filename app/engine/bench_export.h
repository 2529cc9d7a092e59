#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kinora::app {

/// Measures export: bytes, PSNR and time of an 8 x 8 matrix of 16 frames of 512 pixels in every format, and in the ways to make a GIF, with ffmpeg's two-pass palettes beside them where it is on PATH.
/// \param dataset  whose first 64 clips are taken, brought to 64 pixels; empty: builtin:puppets
/// \throws Error as the dataset does; Usage for fewer than 64 clips; CheckFailed if a lossless format is not
nlohmann::json benchExport(const std::string& dataset);

}  // namespace kinora::app
