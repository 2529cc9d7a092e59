// State dicts of the authors' modules; the options are read off the tensors. The published files are pickled modules, which have to be converted in the authors' program first.
#include "core/util/error.h"
#include "models/svg/svg_system.h"

namespace kinora::svg {
namespace {

using Tensors = std::map<std::string, torch::Tensor>;

const torch::Tensor& need(const Tensors& tensors, const std::string& name, const std::string& file)
{
    const auto found = tensors.find(name);
    if (found == tensors.end())
        throw Error(ErrorCode::Incompatible, "tensor '" + name + "' is missing: the state dicts of encoder, decoder, frame_predictor, posterior and prior are expected under these names", file);
    return found->second;
}

/// Layers 0, 1, ... under a prefix.
int64_t layers(const Tensors& tensors, const std::string& prefix)
{
    int64_t count = 0;
    while (tensors.contains(prefix + std::to_string(count) + ".weight_ih")) ++count;
    return count;
}
}  // namespace

ImportedWeights importOfficial(const std::vector<OfficialWeights>& files)
{
    Tensors tensors;  // "encoder.c1...": one name for "encoder/c1..." and "encoder.c1..."
    const std::string file = files.empty() ? std::string() : files.front().file;
    for (const OfficialWeights& weights : files)
        for (const auto& [name, tensor] : weights.tensors) {
            std::string key = name;
            if (const std::size_t slash = key.find('/'); slash != std::string::npos) key[slash] = '.';
            if (!tensors.emplace(key, tensor).second) throw Error(ErrorCode::Usage, "has a second tensor '" + key + "'", weights.file);
        }

    Options options;
    options.variant = tensors.contains("prior.embed.weight") ? "lp" : "fp";
    const bool vgg = tensors.contains("encoder.c1.0.main.0.weight");
    options.backbone = vgg ? "vgg" : "dcgan";
    const torch::Tensor& first = need(tensors, vgg ? "encoder.c1.0.main.0.weight" : "encoder.c1.main.0.weight", file);
    options.baseChannels = first.size(0);
    options.channels = first.size(1);
    options.imageSize = tensors.contains("encoder.c6.0.weight") ? 128 : 64;
    options.featureDim = need(tensors, options.imageSize == 128 ? "encoder.c6.0.weight" : "encoder.c5.0.weight", file).size(0);
    options.codeDim = need(tensors, "posterior.mu_net.weight", file).size(0);
    options.rnnSize = need(tensors, "posterior.embed.weight", file).size(0);
    options.predictorLayers = layers(tensors, "frame_predictor.lstm.");
    options.posteriorLayers = layers(tensors, "posterior.lstm.");
    if (options.variant == "lp") options.priorLayers = layers(tensors, "prior.lstm.");

    ImportedWeights imported;
    imported.options = optionValues(options);
    for (const auto& [key, tensor] : tensors) {
        const std::size_t dot = key.find('.');
        const std::string network = key.substr(0, dot);
        if (dot == std::string::npos || (network != "encoder" && network != "decoder" && network != "frame_predictor" && network != "posterior" && network != "prior"))
            throw Error(ErrorCode::Incompatible, "tensor '" + key + "' belongs to none of encoder, decoder, frame_predictor, posterior and prior", file);
        const std::string name = "param/" + network + "/" + key.substr(dot + 1), ending = "running_mean";
        imported.tensors[name] = tensor;
        // older versions of PyTorch did not count batches
        if (name.ends_with(ending)) imported.tensors.emplace(name.substr(0, name.size() - ending.size()) + "num_batches_tracked", torch::zeros({}, torch::kInt64));
    }
    return imported;
}

}  // namespace kinora::svg
