// State dicts of the authors' modules; the options are read off the tensors.
#include "core/util/error.h"
#include "models/mocogan/mocogan_system.h"

namespace kinora::mocogan {
namespace {

const torch::Tensor* find(const OfficialWeights& weights, const std::string& name, int64_t dimensions)
{
    const auto found = weights.tensors.find(name);
    return found != weights.tensors.end() && found->second.dim() == dimensions ? &found->second : nullptr;
}

std::string networkOf(const OfficialWeights& weights)
{
    if (weights.tensors.contains("recurrent.weight_ih")) return "generator";
    if (find(weights, "main.1.weight", 4)) return "image_discriminator";
    if (find(weights, "main.1.weight", 5)) return "video_discriminator";
    throw Error(ErrorCode::Incompatible, "holds neither a generator (recurrent.weight_ih, main.0.weight, ...) nor a discriminator (main.1.weight, ...) of this system", weights.file);
}

void readGenerator(const OfficialWeights& weights, Options& options)
{
    const torch::Tensor *ih = find(weights, "recurrent.weight_ih", 2), *hh = find(weights, "recurrent.weight_hh", 2), *first = find(weights, "main.0.weight", 4), *last = find(weights, "main.12.weight", 4);
    if (!ih || !hh || !first || !last) throw Error(ErrorCode::Incompatible, "lacks one of recurrent.weight_ih, recurrent.weight_hh, main.0.weight and main.12.weight, or it has another shape: no generator of this system", weights.file);
    options.motionDim = hh->size(1);
    options.baseChannels = last->size(0);
    const int64_t intoGru = ih->size(1) - options.motionDim, rest = first->size(0) - options.motionDim;
    if (intoGru < 0 || rest < 1) throw Error(ErrorCode::Incompatible, "its recurrent cell and its image generator do not fit together", weights.file);
    // content and category are one input: 50 numbers of content, as the authors always have, and the rest categories
    constexpr int64_t kContent = 50;
    options.categoryIntoGru = intoGru > 0;
    options.categories = intoGru > 0 ? intoGru : rest > kContent ? rest - kContent : 0;
    options.contentDim = intoGru > 0 ? rest : rest - options.categories;
}
}  // namespace

ImportedWeights importOfficial(const std::vector<OfficialWeights>& files)
{
    Options options;
    options.label = "none";
    options.useCategories = false;
    std::map<std::string, const OfficialWeights*> byNetwork;
    for (const OfficialWeights& weights : files) {
        if (weights.tensors.empty()) throw Error(ErrorCode::Incompatible, "holds no tensor", weights.file);
        const std::string network = networkOf(weights);
        if (!byNetwork.emplace(network, &weights).second) throw Error(ErrorCode::Usage, "is a second file for network " + network + ", beside " + byNetwork.at(network)->file, weights.file);
    }
    if (!byNetwork.contains("generator")) throw Error(ErrorCode::Incompatible, "no generator among the files", files.empty() ? std::string() : files.front().file);
    readGenerator(*byNetwork.at("generator"), options);
    for (const auto& [network, weights] : byNetwork) {
        if (network == "generator") continue;
        const bool full = weights->tensors.contains("main.15.weight");
        (network == "image_discriminator" ? options.imageDiscriminator : options.videoDiscriminator) = full ? "full" : "patch";
        if (const int64_t width = weights->tensors.at("main.1.weight").size(0); width != options.baseChannels)
            throw Error(ErrorCode::Incompatible, "has width " + std::to_string(width) + ", the generator has " + std::to_string(options.baseChannels) + "; one width serves all networks here. Import the generator alone", weights->file);
        if (network == "video_discriminator" && full && weights->tensors.at("main.15.weight").size(0) != 1 + options.categories)
            throw Error(ErrorCode::Incompatible, "its last layer has " + std::to_string(weights->tensors.at("main.15.weight").size(0)) + " channels, the generator's " + std::to_string(options.categories) + " categories make it " + std::to_string(1 + options.categories), weights->file);
    }
    if (options.videoDiscriminator == "patch" || options.categories == 0) options.useInfogan = false;

    ImportedWeights imported;
    imported.options = optionValues(options);
    for (const auto& [network, weights] : byNetwork)
        for (const auto& [name, tensor] : weights->tensors) {
            const std::string key = "param/" + network + "/" + name;
            imported.tensors[key] = tensor;
            // PyTorch 0.2 did not count batches
            const std::string ending = "running_mean";
            if (name.ends_with(ending)) imported.tensors.emplace(key.substr(0, key.size() - ending.size()) + "num_batches_tracked", torch::zeros({}, torch::kInt64));
        }
    return imported;
}

}  // namespace kinora::mocogan
