#include "core/util/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/util/error.h"

namespace kinora::safetensors {
namespace {
constexpr std::uint64_t kMaxHeader = std::uint64_t(100) << 20;  // the format's own limit
struct Type {
    std::string_view name;
    std::size_t size;
};
constexpr std::array kTypes = {Type{"F64", 8}, Type{"I64", 8}, Type{"U64", 8}, Type{"F32", 4}, Type{"I32", 4},     Type{"U32", 4},     Type{"F16", 2}, Type{"BF16", 2},
                               Type{"I16", 2}, Type{"U16", 2}, Type{"I8", 1},  Type{"U8", 1},  Type{"BOOL", 1}, Type{"F8_E4M3", 1}, Type{"F8_E5M2", 1}};

/// Number of elements, or a refusal: shapes come from a file and may multiply to anything.
std::uint64_t checkedElements(const std::vector<std::int64_t>& shape, const std::string& file, const std::string& tensor)
{
    std::uint64_t count = 1;
    for (const std::int64_t size : shape) {
        if (size < 0) throw Error(ErrorCode::Damaged, "tensor '" + tensor + "' has a negative size", file);
        if (size != 0 && count > (std::uint64_t(1) << 48) / static_cast<std::uint64_t>(size)) throw Error(ErrorCode::Damaged, "tensor '" + tensor + "' is impossibly large", file);
        count *= static_cast<std::uint64_t>(size);
    }
    return count;
}

/// JSON depth of a header is 3; anything deeper is refused before the recursive parser sees it.
bool nestedTooDeep(std::string_view text)
{
    int depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\') ++i;
            else if (c == '"') inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (++depth > 8) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}
}  // namespace

std::int64_t TensorView::elements() const
{
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    return count;
}

std::size_t elementSize(std::string_view type)
{
    for (const Type& row : kTypes)
        if (row.name == type) return row.size;
    throw Error(ErrorCode::Damaged, "unknown tensor type '" + std::string(type) + "'");
}

struct File::Data {
    std::string path;
    void* mapping = nullptr;
    std::size_t size = 0;
    std::map<std::string, TensorView> tensors;
    std::map<std::string, std::string> metadata;

    ~Data()
    {
        if (mapping) ::munmap(mapping, size);
    }
    void parse(std::span<const std::byte> bytes);
};

void File::Data::parse(std::span<const std::byte> bytes)
{
    const auto damaged = [&](const std::string& text) -> Error { return {ErrorCode::Damaged, text, path}; };
    if (bytes.size() < 8) throw damaged("is no safetensors file: it is only " + std::to_string(bytes.size()) + " bytes long");
    std::uint64_t length = 0;
    for (int i = 0; i < 8; ++i) length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    if (length > kMaxHeader || length > bytes.size() - 8) throw damaged("is no safetensors file, or a truncated one: its header would be " + std::to_string(length) + " bytes long");
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, length);
    if (text.empty() || text.front() != '{') throw damaged("is no safetensors file: its header is not a JSON object");
    if (nestedTooDeep(text)) throw damaged("has a header that is nested too deep");
    // a repeated name would hide a tensor: refuse it while parsing
    std::vector<std::vector<std::string>> keys;
    bool repeated = false;
    const auto watch = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        if (event == nlohmann::json::parse_event_t::object_start) keys.emplace_back();
        else if (event == nlohmann::json::parse_event_t::object_end) {
            if (!keys.empty()) {
                std::ranges::sort(keys.back());
                repeated = repeated || std::ranges::adjacent_find(keys.back()) != keys.back().end();
                keys.pop_back();
            }
        } else if (event == nlohmann::json::parse_event_t::key && !keys.empty()) keys.back().push_back(parsed.get<std::string>());
        return true;
    };
    const nlohmann::json header = nlohmann::json::parse(text, watch, false);
    if (header.is_discarded() || !header.is_object()) throw damaged("has a header that is no JSON object");
    if (repeated) throw damaged("names a tensor twice");
    const std::span<const std::byte> data = bytes.subspan(8 + length);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__") {
            if (!entry.is_object()) throw damaged("has metadata that is no table of texts");
            for (const auto& [key, value] : entry.items()) {
                if (!value.is_string()) throw damaged("has metadata that is no table of texts");
                metadata[key] = value.get<std::string>();
            }
            continue;
        }
        const auto isCount = [](const nlohmann::json& value) { return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0); };
        if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") || !entry["shape"].is_array() ||
            !entry.contains("data_offsets") || !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2 || !isCount(entry["data_offsets"][0]) ||
            !isCount(entry["data_offsets"][1]))
            throw damaged("describes tensor '" + name + "' incompletely");
        TensorView view;
        view.type = entry["dtype"].get<std::string>();
        for (const nlohmann::json& size : entry["shape"]) {
            if (!isCount(size)) throw damaged("describes tensor '" + name + "' with a shape that is no list of sizes");
            view.shape.push_back(size.get<std::int64_t>());
        }
        std::size_t unit = 0;
        try {
            unit = elementSize(view.type);
        } catch (const Error& error) {
            throw damaged("tensor '" + name + "': " + error.detail());
        }
        const std::uint64_t from = entry["data_offsets"][0].get<std::uint64_t>(), to = entry["data_offsets"][1].get<std::uint64_t>();
        if (from > to || to > data.size()) throw damaged("is truncated or damaged: tensor '" + name + "' lies outside the file");
        if (to - from != checkedElements(view.shape, path, name) * unit) throw damaged("tensor '" + name + "' has a shape that does not fit its bytes");
        view.bytes = data.subspan(from, to - from);
        if (from != to) ranges.emplace_back(from, to);
        tensors.emplace(name, std::move(view));
    }
    std::ranges::sort(ranges);
    std::uint64_t end = 0;
    for (const auto& [from, to] : ranges) {
        if (from != end) throw damaged(from < end ? "has tensors that overlap" : "has bytes that belong to no tensor");
        end = to;
    }
    if (end != data.size()) throw damaged("has " + std::to_string(data.size() - end) + " bytes after its last tensor");
}

File::File(const std::filesystem::path& path) : m_data(std::make_unique<Data>())
{
    m_data->path = path.string();
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) throw Error(ErrorCode::NotFound, "no such file", m_data->path);
        throw Error(ErrorCode::CannotRead, std::string("cannot be opened (") + std::strerror(errno) + ")", m_data->path);
    }
    struct stat facts{};
    const bool known = ::fstat(descriptor, &facts) == 0, regular = known && S_ISREG(facts.st_mode);
    if (regular && facts.st_size > 0) {
        m_data->size = static_cast<std::size_t>(facts.st_size);
        void* mapping = ::mmap(nullptr, m_data->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (mapping != MAP_FAILED) m_data->mapping = mapping;
    }
    ::close(descriptor);
    if (known && S_ISDIR(facts.st_mode)) throw Error(ErrorCode::CannotRead, "is a folder; name a file (of a run, one in its folder checkpoints)", m_data->path);
    if (!regular) throw Error(ErrorCode::CannotRead, "is no regular file", m_data->path);
    if (facts.st_size > 0 && !m_data->mapping) throw Error(ErrorCode::CannotRead, "cannot be mapped into memory", m_data->path);
    m_data->parse({static_cast<const std::byte*>(m_data->mapping), m_data->size});
}

File::File(std::span<const std::byte> bytes, const std::string& name) : m_data(std::make_unique<Data>())
{
    m_data->path = name;
    m_data->parse(bytes);
}

File::~File() = default;
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;
const std::map<std::string, TensorView>& File::tensors() const { return m_data->tensors; }
const std::map<std::string, std::string>& File::metadata() const { return m_data->metadata; }
const std::string& File::path() const { return m_data->path; }

const TensorView& File::at(const std::string& name) const
{
    const auto found = m_data->tensors.find(name);
    if (found == m_data->tensors.end()) throw Error(ErrorCode::Incompatible, "holds no tensor '" + name + "'", m_data->path);
    return found->second;
}

std::string serialize(const std::map<std::string, TensorSource>& tensors, const std::map<std::string, std::string>& metadata)
{
    std::vector<std::pair<std::string, const TensorSource*>> order;
    for (const auto& [name, tensor] : tensors) order.emplace_back(name, &tensor);
    // wide types first keeps every tensor aligned without padding
    std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return elementSize(a.second->type) > elementSize(b.second->type); });
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::uint64_t offset = 0;
    for (const auto& [name, tensor] : order) {
        if (tensor->bytes.size() != checkedElements(tensor->shape, "safetensors", name) * elementSize(tensor->type))
            throw Error(ErrorCode::ShapeMismatch, "tensor '" + name + "' has " + std::to_string(tensor->bytes.size()) + " bytes, which do not fit its shape");
        header[name] = {{"dtype", tensor->type}, {"shape", tensor->shape}, {"data_offsets", {offset, offset + tensor->bytes.size()}}};
        offset += tensor->bytes.size();
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    std::string out;
    out.reserve(8 + text.size() + offset);
    for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<std::uint64_t>(text.size()) >> (8 * i));
    out += text;
    for (const auto& [name, tensor] : order) out.append(reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size());
    return out;
}

}  // namespace kinora::safetensors
