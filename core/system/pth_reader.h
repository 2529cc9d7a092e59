#pragma once
// Reads PyTorch checkpoints (.pth): the zip container and the legacy one. Nothing in a file is executed: a small interpreter of the pickle format builds
// tensors, dictionaries, lists, tuples, strings, numbers, booleans and None, and refuses everything else by its name.
#include <torch/torch.h>

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/system/system.h"

namespace kinora::pth {

/// One value of a checkpoint's tree.
struct Value {
    using List = std::vector<Value>;                         ///< Lists and tuples.
    using Dictionary = std::vector<std::pair<Value, Value>>;  ///< In the file's order; a repeated key has replaced the earlier one.
    std::variant<std::monostate, bool, int64_t, double, std::string, torch::Tensor, List, Dictionary> data;

    const Dictionary* dictionary() const { return std::get_if<Dictionary>(&data); }
    const torch::Tensor* tensor() const { return std::get_if<torch::Tensor>(&data); }
    const std::string* text() const { return std::get_if<std::string>(&data); }
};

/// Reads the whole file. Tensors lie on the CPU whatever device the file names; those that shared a storage share it here.
/// \throws Error (NotFound, CannotRead; Damaged for a truncated, lying, compressed or foreign file and for objects that are not data)
Value read(const std::filesystem::path& file);
/// The same from memory; \p name is used in messages.
Value read(std::span<const std::byte> bytes, const std::string& name);

/// The tensors of a tree as names -> contiguous copies, in order; nested dictionaries and lists are joined by '.', values that are no tensors are left out.
/// A `module.` before every name (a data-parallel wrapper's) is dropped.
/// \throws Error (Damaged) if two tensors would get one name or a key is no text
std::vector<std::pair<std::string, torch::Tensor>> flatten(const Value& value, const std::string& name);

}  // namespace kinora::pth

namespace kinora {
/// A checkpoint file as named tensors. \throws Error (as pth::read; Incompatible if it holds no tensor)
OfficialWeights readOfficialWeights(const std::filesystem::path& file);
}  // namespace kinora
