#include "core/system/pth_writer.h"

#include <cstring>

#include "core/system/zip_format.h"
#include "core/util/error.h"

namespace kinora::pth {
namespace {

constexpr std::size_t kAlignment = 64;                        // of an entry's data, so that it can be mapped
constexpr std::uint64_t kLargest = (std::uint64_t(1) << 32) - (1 << 20);  // beyond this the zip64 form would be needed

template <class T>
void put(std::string& bytes, T value)
{
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// --- pickle, protocol 2 ---------------------------------------------------------------------------------------------------------------------------

void putText(std::string& pickle, const std::string& text)
{
    pickle += 'X';  // BINUNICODE
    put(pickle, static_cast<std::uint32_t>(text.size()));
    pickle += text;
}

void putInteger(std::string& pickle, int64_t value)
{
    if (value >= 0 && value < 256) {
        pickle += 'K';  // BININT1
        put(pickle, static_cast<std::uint8_t>(value));
    } else if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max()) {
        pickle += 'J';  // BININT
        put(pickle, static_cast<std::int32_t>(value));
    } else {
        pickle += '\x8a';  // LONG1
        put(pickle, std::uint8_t(8));
        put(pickle, value);
    }
}

void putTuple(std::string& pickle, torch::IntArrayRef numbers)
{
    pickle += '(';  // MARK ... TUPLE
    for (const int64_t number : numbers) putInteger(pickle, number);
    pickle += 't';
}

const char* storageName(torch::ScalarType type)
{
    switch (type) {
        case torch::kFloat32: return "FloatStorage";
        case torch::kFloat64: return "DoubleStorage";
        case torch::kFloat16: return "HalfStorage";
        case torch::kBFloat16: return "BFloat16Storage";
        case torch::kInt64: return "LongStorage";
        case torch::kInt32: return "IntStorage";
        case torch::kInt16: return "ShortStorage";
        case torch::kInt8: return "CharStorage";
        case torch::kUInt8: return "ByteStorage";
        case torch::kBool: return "BoolStorage";
        default: throw Error(ErrorCode::Usage, std::string("tensors of type ") + c10::toString(type) + " cannot be written to a .pth file");
    }
}

/// torch._utils._rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict())
void putTensor(std::string& pickle, const torch::Tensor& tensor, std::size_t key)
{
    pickle += "ctorch._utils\n_rebuild_tensor_v2\n((";
    putText(pickle, "storage");
    pickle += std::string("ctorch\n") + storageName(tensor.scalar_type()) + "\n";
    putText(pickle, std::to_string(key));
    putText(pickle, "cpu");
    putInteger(pickle, tensor.numel());
    pickle += "tQ";  // TUPLE, BINPERSID
    putInteger(pickle, 0);
    putTuple(pickle, tensor.sizes());
    putTuple(pickle, tensor.strides());
    pickle += "\x89" "ccollections\nOrderedDict\n)RtR";  // NEWFALSE, empty hooks, TUPLE, REDUCE
}

std::string pickled(const std::vector<std::pair<std::string, torch::Tensor>>& tensors)
{
    std::string pickle = "\x80\x02" "ccollections\nOrderedDict\n)R(";
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        putText(pickle, tensors[i].first);
        putTensor(pickle, tensors[i].second, i);
    }
    return pickle + "u.";  // SETITEMS, STOP
}

// --- zip ------------------------------------------------------------------------------------------------------------------------------------------

class ZipWriter {
public:
    void add(const std::string& name, std::span<const std::byte> content)
    {
        if (m_bytes.size() + content.size() > kLargest) throw Error(ErrorCode::Usage, "more than 4 GB of weights do not fit into a .pth file; export .safetensors instead");
        const std::size_t offset = m_bytes.size();
        // padding as an extra field (id "FB", two length bytes) in front of the data
        const std::size_t dataStart = offset + 30 + name.size() + 4;
        const auto padding = static_cast<std::uint16_t>((kAlignment - dataStart % kAlignment) % kAlignment);
        std::string common;  // what local header and directory share
        put(common, std::uint16_t(0x0800));                              // names are UTF-8
        put(common, std::uint16_t(0));                                   // stored
        put(common, std::uint32_t(0x00210000));                          // 1980-01-01: the same weights give the same file
        put(common, zipChecksum(content));
        put(common, static_cast<std::uint32_t>(content.size()));
        put(common, static_cast<std::uint32_t>(content.size()));
        put(common, static_cast<std::uint16_t>(name.size()));

        put(m_bytes, kZipLocal);
        put(m_bytes, std::uint16_t(20));
        m_bytes += common;
        put(m_bytes, static_cast<std::uint16_t>(padding + 4));
        m_bytes += name;
        m_bytes += "FB";
        put(m_bytes, padding);
        m_bytes.append(padding, 'Z');
        m_bytes.append(reinterpret_cast<const char*>(content.data()), content.size());

        put(m_directory, kZipCentral);
        put(m_directory, std::uint16_t(20));
        put(m_directory, std::uint16_t(20));
        m_directory += common;
        put(m_directory, std::uint16_t(0));  // extra
        put(m_directory, std::uint16_t(0));  // comment
        put(m_directory, std::uint16_t(0));  // disk
        put(m_directory, std::uint16_t(0));
        put(m_directory, std::uint32_t(0));
        put(m_directory, static_cast<std::uint32_t>(offset));
        m_directory += name;
        ++m_count;
    }
    void add(const std::string& name, const std::string& text) { add(name, std::as_bytes(std::span(text))); }

    std::string finish()
    {
        if (m_count >= 0xffff) throw Error(ErrorCode::Usage, "more than 65,000 tensors do not fit into a .pth file; export .safetensors instead");
        const auto start = static_cast<std::uint32_t>(m_bytes.size());
        m_bytes += m_directory;
        put(m_bytes, kZipEnd);
        put(m_bytes, std::uint32_t(0));
        put(m_bytes, static_cast<std::uint16_t>(m_count));
        put(m_bytes, static_cast<std::uint16_t>(m_count));
        put(m_bytes, static_cast<std::uint32_t>(m_directory.size()));
        put(m_bytes, start);
        put(m_bytes, std::uint16_t(0));
        return std::move(m_bytes);
    }

private:
    std::string m_bytes, m_directory;
    std::size_t m_count = 0;
};
}  // namespace

std::string write(const std::vector<std::pair<std::string, torch::Tensor>>& tensors)
{
    std::vector<std::pair<std::string, torch::Tensor>> plain;
    for (const auto& [name, tensor] : tensors) plain.emplace_back(name, tensor.detach().to(torch::kCPU).contiguous());
    ZipWriter zip;
    zip.add("archive/data.pkl", pickled(plain));
    zip.add("archive/byteorder", std::string("little"));
    for (std::size_t i = 0; i < plain.size(); ++i)
        zip.add("archive/data/" + std::to_string(i), std::span(static_cast<const std::byte*>(plain[i].second.data_ptr()), plain[i].second.nbytes()));
    zip.add("archive/version", std::string("3\n"));
    return zip.finish();
}

}  // namespace kinora::pth
