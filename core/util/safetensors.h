#pragma once
// safetensors: u64 little-endian header length, JSON header, tensor bytes. Read and written by every framework; executes nothing.
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::safetensors {

/// "F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL"; U16..U64 and F8 are read over, as bytes.
struct TensorView {
    std::string type;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;  ///< Valid as long as the File.
    std::int64_t elements() const;
};

/// Bytes of one element of a dtype. \throws Error (Damaged) for an unknown one
std::size_t elementSize(std::string_view type);

/// An opened file, mapped into memory. Header length, JSON, types, shapes and offsets are checked against the file before anything is used.
class File {
public:
    /// \throws Error (NotFound, CannotRead; Damaged for a wrong header, overlapping, missing or surplus bytes)
    explicit File(const std::filesystem::path& path);
    /// Reads from memory that the caller keeps alive. \p name is used in messages.
    File(std::span<const std::byte> bytes, const std::string& name);
    ~File();
    File(File&&) noexcept;
    File& operator=(File&&) noexcept;
    const std::map<std::string, TensorView>& tensors() const;
    const std::map<std::string, std::string>& metadata() const;
    bool contains(const std::string& name) const { return tensors().contains(name); }
    /// \throws Error (Incompatible) naming the file and the missing tensor
    const TensorView& at(const std::string& name) const;
    const std::string& path() const;

private:
    struct Data;
    std::unique_ptr<Data> m_data;
};

/// A tensor to write: its bytes are copied by serialize().
struct TensorSource {
    std::string type;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;
};

/// The bytes of a file with these tensors, sorted by descending alignment and name as the format asks for.
/// \throws Error (ShapeMismatch) if a tensor's bytes do not fit its shape
std::string serialize(const std::map<std::string, TensorSource>& tensors, const std::map<std::string, std::string>& metadata);

}  // namespace kinora::safetensors
