// The authors' checkpoint files: one state dict per network; the options are read off the tensors.
#include <algorithm>
#include <set>

#include "core/util/error.h"
#include "models/g3an/g3an_system.h"

namespace kinora::g3an {
namespace {

const torch::Tensor& need(const OfficialWeights& weights, const std::string& name, int64_t dimensions)
{
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end()) throw Error(ErrorCode::Incompatible, "tensor '" + name + "' is missing: no G3AN generator", weights.file);
    if (found->second.dim() != dimensions) throw Error(ErrorCode::Incompatible, "tensor '" + name + "' has " + std::to_string(found->second.dim()) + " dimensions, expected " + std::to_string(dimensions), weights.file);
    return found->second;
}

/// c_a, c_m, ch, mode, attention and size from the shapes of the generator's tensors.
void readGenerator(const OfficialWeights& weights, Options& options)
{
    options.appearanceDim = need(weights, "block1.conv_s.0.weight_orig", 5).size(0);
    options.motionDim = need(weights, "block1.conv_t.0.weight_orig", 5).size(0);
    options.baseChannels = need(weights, "block5.conv_s.0.weight_orig", 5).size(1);
    const torch::Tensor& kernel = need(weights, "block1.conv_v.0.weight_orig", 5);
    const auto is = [&](int64_t t, int64_t s) { return kernel.size(2) == t && kernel.size(3) == s && kernel.size(4) == s; };
    if (is(4, 1))
        options.mode = "1p2d";
    else if (is(1, 4))
        options.mode = "2p1d";
    else if (is(4, 4))
        options.mode = "3d";
    else
        throw Error(ErrorCode::Incompatible, "the kernel of 'block1.conv_v.0.weight_orig' belongs to none of the modes 1p2d, 2p1d, 3d", weights.file);
    options.useAttention = std::ranges::any_of(weights.tensors, [](const auto& entry) { return entry.first.starts_with("fsa."); });
    options.imageSize = weights.tensors.contains("block6.conv_s.0.weight_orig") ? 128 : 64;
}

/// "G", "VD" or "ID", by the names and kernels.
std::string networkOf(const OfficialWeights& weights)
{
    if (weights.tensors.contains("block1.conv_v.0.weight_orig")) return "G";
    const auto first = weights.tensors.find("net.0.weight_orig");
    if (first != weights.tensors.end() && first->second.dim() == 5) return "VD";
    if (first != weights.tensors.end() && first->second.dim() == 4) return "ID";
    throw Error(ErrorCode::Incompatible, "holds neither a G3AN generator (block1...) nor a discriminator (net.0...); its first tensor is '" + weights.tensors.begin()->first + "'", weights.file);
}
}  // namespace

ImportedWeights importOfficial(const std::vector<OfficialWeights>& files)
{
    Options options;
    std::map<std::string, const OfficialWeights*> byNetwork;
    for (const OfficialWeights& weights : files) {
        if (weights.tensors.empty()) throw Error(ErrorCode::Incompatible, "holds no tensor", weights.file);
        const std::string network = networkOf(weights);
        if (!byNetwork.emplace(network, &weights).second) throw Error(ErrorCode::Usage, "is a second file for network " + network + ", beside " + byNetwork.at(network)->file, weights.file);
    }
    if (!byNetwork.contains("G")) throw Error(ErrorCode::Incompatible, "no generator among the files: give the G_<epoch>.pth file too", files.empty() ? std::string() : files.front().file);
    readGenerator(*byNetwork.at("G"), options);
    for (const auto& [network, weights] : byNetwork) {
        if (network == "G") continue;
        const torch::Tensor& first = weights->tensors.at("net.0.weight_orig");
        if (first.size(0) != options.baseChannels)
            throw Error(ErrorCode::Incompatible, "has width " + std::to_string(first.size(0)) + ", the generator has " + std::to_string(options.baseChannels) + "; one width serves all networks here. Import the generator alone", weights->file);
        if (network == "VD") options.videoDiscriminator = first.size(2) == 1 ? "2p1d" : "3d";
    }

    ImportedWeights imported;
    imported.options = optionValues(options);
    for (const auto& [network, weights] : byNetwork)
        for (const auto& [name, tensor] : weights->tensors) imported.tensors["param/" + network + "/" + name] = tensor;
    return imported;
}

}  // namespace kinora::g3an
