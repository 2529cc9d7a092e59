#include "core/decode/npy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <regex>

#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
class Descriptor {
public:
    explicit Descriptor(const fs::path& file) : m_number(::open(file.c_str(), O_RDONLY | O_CLOEXEC))
    {
        struct stat facts {};
        if (m_number < 0) throw Error(errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::CannotRead, std::string("cannot be opened (") + std::strerror(errno) + ")", file.string());
        if (::fstat(m_number, &facts) != 0 || !S_ISREG(facts.st_mode)) {
            ::close(m_number);
            throw Error(ErrorCode::CannotRead, "is no regular file", file.string());
        }
        m_size = static_cast<std::uint64_t>(facts.st_size);
    }
    ~Descriptor() { ::close(m_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return m_number; }
    std::uint64_t size() const { return m_size; }

private:
    int m_number;
    std::uint64_t m_size = 0;
};

/// Bytes of an element by the digits of its type: "<f4" 4, "|u1" 1. 0: of no fixed size.
std::uint64_t elementBytes(const std::string& type)
{
    static const std::regex form("[<>|=][biufc](\\d{1,2})");
    std::smatch match;
    return std::regex_match(type, match, form) ? std::stoull(match[1]) : 0;
}

/// Source: numpy's format specification, "A Simple File Format for NumPy Arrays": magic, version, header length, a Python dictionary padded with blanks.
NpyHeader headerOf(const Descriptor& in, const fs::path& file)
{
    const auto refused = [&](const std::string& text) { return Error(ErrorCode::DecodeFailed, text, file.string()); };
    std::array<std::uint8_t, 12> head{};
    const ssize_t got = ::pread(in.number(), head.data(), head.size(), 0);
    if (in.size() == 0) throw refused("is empty");
    if (got < 10 || std::memcmp(head.data(), "\x93NUMPY", 6) != 0) throw refused("is no .npy file");
    if (head[6] < 1 || head[6] > 3) throw refused("is a .npy file of version " + std::to_string(head[6]) + "; versions 1 to 3 are read");
    const bool wide = head[6] > 1;
    const std::uint64_t length = wide ? head[8] | head[9] << 8 | head[10] << 16 | static_cast<std::uint64_t>(head[11]) << 24 : static_cast<std::uint64_t>(head[8] | head[9] << 8);
    NpyHeader header;
    header.dataStart = (wide ? 12 : 10) + length;
    if (header.dataStart > in.size() || length > (1 << 16)) throw refused("is a truncated .npy file");
    std::string text(length, '\0');
    if (::pread(in.number(), text.data(), length, wide ? 12 : 10) != static_cast<ssize_t>(length)) throw refused("is a truncated .npy file");
    static const std::regex type("'descr'\\s*:\\s*'([^']{1,16})'"), order("'fortran_order'\\s*:\\s*(True|False)"), shape("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)"), number("\\d+");
    std::smatch match;
    if (!std::regex_search(text, match, type)) throw refused("is a .npy file of records or objects, not of numbers");
    header.type = match[1];
    if (!std::regex_search(text, match, order)) throw refused("is a .npy file without an order of its elements");
    if (match[1] == "True") throw refused("is in Fortran order; save it with numpy.ascontiguousarray");
    if (!std::regex_search(text, match, shape)) throw refused("is a .npy file without a shape");
    const std::string extents = match[1];
    const std::uint64_t element = elementBytes(header.type);
    if (element == 0) throw refused("is a .npy file of type '" + header.type + "', not of numbers");
    std::uint64_t left = (in.size() - header.dataStart) / element, total = 1;
    for (std::sregex_iterator at(extents.begin(), extents.end(), number), end; at != end; ++at) {
        if (at->str().size() > 18 || header.shape.size() == 16) throw refused("is a .npy file with an impossible shape");
        header.shape.push_back(std::stoll(at->str()));
        const auto extent = static_cast<std::uint64_t>(header.shape.back());
        if (extent != 0 && total > left / extent) throw refused("is a truncated .npy file: its header announces an array of (" + extents + ")");
        total *= extent;
    }
    return header;
}
}  // namespace

std::int64_t NpyHeader::extent(std::string_view layout, char axis) const
{
    const std::size_t at = layout.find(axis);
    return at == std::string_view::npos ? 1 : shape.at(at);
}

NpyHeader readNpyHeader(const fs::path& file)
{
    const Descriptor in(file);
    return headerOf(in, file);
}

struct NpyFile::Private {
    NpyHeader header;
    std::string name, layout;
    bool real = false;
    void* map = MAP_FAILED;
    std::size_t mapBytes = 0;
    std::array<std::int64_t, 5> stride{};  ///< In elements, of n t h w c; 0 without the axis.
    std::int64_t rows = 1;
    int frames = 1, height = 0, width = 0, channels = 1;
    mutable std::mutex mutex;
    mutable std::map<std::int64_t, float> factors;  ///< Of the float rows read so far: 1 or 255.

    ~Private()
    {
        if (map != MAP_FAILED) ::munmap(map, mapBytes);
    }
    const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(map) + header.dataStart; }
    float real32(std::int64_t element) const
    {
        float value;
        std::memcpy(&value, data() + element * 4, 4);  // the host is little-endian, as the rest of the program assumes
        return value;
    }
    /// 255 for a row in [0, 1], 1 for one in [0, 255].
    float factor(std::int64_t row) const
    {
        const std::scoped_lock lock(mutex);
        if (const auto known = factors.find(row); known != factors.end()) return known->second;
        float lowest = 0, highest = 0;
        for (int t = 0; t < frames; ++t)
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x)
                    for (int c = 0; c < channels; ++c) {
                        const float value = real32(row * stride[0] + t * stride[1] + y * stride[2] + x * stride[3] + c * stride[4]);
                        if (!std::isfinite(value)) throw Error(ErrorCode::DecodeFailed, "holds a value that is no finite number", name);
                        lowest = std::min(lowest, value);
                        highest = std::max(highest, value);
                    }
        if (lowest < -1e-3F || highest > 255.5F)
            throw Error(ErrorCode::DecodeFailed, "holds values from " + std::to_string(lowest) + " to " + std::to_string(highest) + "; float arrays are read in [0, 1] or [0, 255]", name);
        return factors[row] = highest <= 1 ? 255.0F : 1.0F;
    }
};

NpyFile::NpyFile(const fs::path& file, const std::string& layout) : d(std::make_unique<Private>())
{
    const Descriptor in(file);
    d->header = headerOf(in, file);
    d->name = file.string();
    d->layout = layout;
    const NpyHeader& header = d->header;
    const auto refused = [&](const std::string& text) { return Error(ErrorCode::DecodeFailed, text, file.string()); };
    d->real = header.type == "<f4";
    if (!d->real && header.type != "|u1") throw refused("is an array of '" + header.type + "'; uint8 ('|u1') and float32 ('<f4') are read");
    constexpr std::string_view kAxes = "nthwc";
    bool known = layout.find('h') != std::string::npos && layout.find('w') != std::string::npos;
    for (std::size_t i = 0; i < layout.size(); ++i) known = known && kAxes.find(layout[i]) != std::string_view::npos && layout.find(layout[i], i + 1) == std::string::npos;
    if (!known) throw refused("cannot be read in the layout '" + layout + "'; it names the axes once each, as in nthwc or tnhw");
    if (layout.size() != header.shape.size()) throw refused("has " + std::to_string(header.shape.size()) + " axes, the layout '" + layout + "' has " + std::to_string(layout.size()));
    std::int64_t step = 1;
    for (std::size_t i = layout.size(); i-- > 0;) {
        d->stride[kAxes.find(layout[i])] = step;
        step *= header.shape[i];
    }
    const auto extent = [&](char axis) {
        const std::int64_t value = header.extent(layout, axis);
        if (value < 1 || value > (1 << 28)) throw refused("has " + std::to_string(value) + " entries along axis '" + axis + "' of the layout '" + layout + "'");
        return static_cast<int>(value);
    };
    d->rows = extent('n');
    d->frames = extent('t');
    d->height = extent('h');
    d->width = extent('w');
    d->channels = extent('c');
    if (d->channels != 1 && d->channels != 3) throw refused("has " + std::to_string(d->channels) + " channels; 1 and 3 are read");
    if (static_cast<std::int64_t>(d->height) * d->width > (std::int64_t(1) << 27)) throw refused("has frames of " + std::to_string(d->width) + "x" + std::to_string(d->height) + " pixels, more than is read");
    d->mapBytes = in.size();
    d->map = ::mmap(nullptr, d->mapBytes, PROT_READ, MAP_PRIVATE, in.number(), 0);
    if (d->map == MAP_FAILED) throw Error(ErrorCode::CannotRead, std::string("cannot be mapped (") + std::strerror(errno) + ")", file.string());
}

NpyFile::~NpyFile() = default;
NpyFile::NpyFile(NpyFile&&) noexcept = default;
NpyFile& NpyFile::operator=(NpyFile&&) noexcept = default;
std::int64_t NpyFile::rows() const { return d->rows; }
int NpyFile::frames() const { return d->frames; }
int NpyFile::height() const { return d->height; }
int NpyFile::width() const { return d->width; }

Frames NpyFile::frame(std::int64_t row, int frame) const
{
    if (row < 0 || row >= d->rows || frame < 0 || frame >= d->frames)
        throw Error(ErrorCode::NotFound, "has no frame " + std::to_string(frame) + " of clip " + std::to_string(row), d->name);
    const float factor = d->real ? d->factor(row) : 1;
    const std::int64_t start = row * d->stride[0] + frame * d->stride[1];
    Frames out(1, d->height, d->width);
    std::uint8_t* to = out.frame(0);
    for (int y = 0; y < d->height; ++y)
        for (int x = 0; x < d->width; ++x)
            for (int c = 0; c < 3; ++c) {
                const std::int64_t element = start + y * d->stride[2] + x * d->stride[3] + (d->channels == 3 ? c * d->stride[4] : 0);
                *to++ = d->real ? static_cast<std::uint8_t>(std::min(255.0F, std::max(0.0F, std::round(d->real32(element) * factor)))) : d->data()[element];
            }
    return out;
}

}  // namespace kinora
