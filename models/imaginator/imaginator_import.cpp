// The authors' checkpoint files: one state dict per network; the options are read off the tensors.
#include "core/util/error.h"
#include "core/util/text.h"
#include "models/imaginator/imaginator_system.h"

namespace kinora::imaginator {
namespace {

const torch::Tensor& need(const OfficialWeights& weights, const std::string& name, int64_t dimensions)
{
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.dim() != dimensions)
        throw Error(ErrorCode::Incompatible, "tensor '" + name + "' is missing or has not " + std::to_string(dimensions) + " dimensions: no network of this system", weights.file);
    return found->second;
}

std::string networkOf(const OfficialWeights& weights)
{
    if (weights.tensors.contains("enc.b1.0.weight")) return "G";
    if (weights.tensors.contains("net1.0.weight_orig")) return "VD";
    if (weights.tensors.contains("net.0.weight_orig")) return "ID";
    throw Error(ErrorCode::Incompatible, "holds neither a generator (enc.b1...) nor a discriminator (net1.0... or net.0...) of this system", weights.file);
}

void readGenerator(const OfficialWeights& weights, Options& options)
{
    options.baseChannels = need(weights, "enc.b1.0.weight", 4).size(0);
    options.appearanceDim = need(weights, "enc.b5.0.weight", 4).size(0);
    // the second block's input is [8 ch, 8 ch, K]
    options.classes = need(weights, "dec.block2.conv.0.weight", 5).size(0) - 16 * options.baseChannels;
    options.codeDim = need(weights, "dec.block1.conv.0.weight", 5).size(0) - options.classes - options.appearanceDim;
    if (options.classes < 1 || options.codeDim < 1) throw Error(ErrorCode::Incompatible, "its decoder does not fit its encoder", weights.file);
    std::vector<std::string> mid;
    for (const char* block : {"block1", "block2", "block3", "block4", "to_rgb"}) mid.push_back(std::to_string(need(weights, std::string("dec.") + block + ".conv.0.weight", 5).size(1)));
    options.midChannels = join(mid, ",");
    // the classes of the published weights, in their order
    if (options.classes == 6) options.classNames = "sadness,anger,surprise,disgust,happiness,fear";
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
    if (!byNetwork.contains("G")) throw Error(ErrorCode::Incompatible, "no generator among the files", files.empty() ? std::string() : files.front().file);
    readGenerator(*byNetwork.at("G"), options);
    ImportedWeights imported;
    imported.options = optionValues(options);
    for (const auto& [network, weights] : byNetwork)
        for (const auto& [name, tensor] : weights->tensors) imported.tensors["param/" + network + "/" + name] = tensor;
    return imported;
}

}  // namespace kinora::imaginator
