#include "core/export/base64.h"

extern "C" {
#include <libavutil/base64.h>
}

#include <cstdint>

#include "core/util/error.h"

namespace kinora {

std::string toBase64(std::string_view bytes)
{
    std::string text(AV_BASE64_SIZE(bytes.size()), '\0');
    if (!av_base64_encode(text.data(), static_cast<int>(text.size()), reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())))
        throw Error(ErrorCode::Internal, std::to_string(bytes.size()) + " bytes are too many", "base 64");
    text.pop_back();  // its closing zero
    return text;
}

std::optional<std::string> fromBase64(const std::string& text)
{
    std::string bytes(text.size(), '\0');
    const int size = av_base64_decode(reinterpret_cast<std::uint8_t*>(bytes.data()), text.c_str(), static_cast<int>(bytes.size()));
    if (size < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

}  // namespace kinora
