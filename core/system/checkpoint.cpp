#include "core/system/checkpoint.h"

#include <kinora_version.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/util/crc32c.h"
#include "core/util/error.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

namespace kinora {
using nlohmann::json;
namespace {

struct TypeName {
    torch::ScalarType type;
    std::string_view name;
};
constexpr TypeName kTypes[] = {{torch::kFloat64, "F64"}, {torch::kFloat32, "F32"}, {torch::kFloat16, "F16"}, {torch::kBFloat16, "BF16"}, {torch::kInt64, "I64"},
                               {torch::kInt32, "I32"},   {torch::kInt16, "I16"},   {torch::kInt8, "I8"},     {torch::kUInt8, "U8"},      {torch::kBool, "BOOL"}};

const std::string kLossWeight = "loss_weight/";

std::string shapeText(torch::IntArrayRef shape)
{
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + ")";
}

/// Parameters and buffers of a network under their official names. Buffers that were never set are left out.
std::vector<std::pair<std::string, torch::Tensor>> tensorsOf(const torch::nn::Module& module)
{
    std::vector<std::pair<std::string, torch::Tensor>> list;
    for (const auto& item : module.named_parameters()) list.emplace_back(item.key(), item.value());
    for (const auto& item : module.named_buffers())
        if (item.value().defined()) list.emplace_back(item.key(), item.value());
    return list;
}

/// The tensors of a parameter's state by name, and a way to set them: one list for writing and reading, so that they cannot differ.
struct StateField {
    std::string name;
    std::function<torch::Tensor()> get;             ///< Undefined: not there.
    std::function<void(const torch::Tensor&)> set;  ///< A CPU tensor.
};

/// What kind of optimizer it is, and the state of one of its parameters, made if \p make.
struct OptimizerKind {
    std::string type;
    std::function<std::vector<StateField>(void* parameter, bool make)> fields;
};

/// \param State  e.g. torch::optim::AdamParamState
template <class State>
State* stateOf(torch::optim::Optimizer& optimizer, void* parameter, bool make)
{
    auto& all = optimizer.state();
    auto found = all.find(parameter);
    if (found == all.end()) {
        if (!make) return nullptr;
        found = all.emplace(parameter, std::make_unique<State>()).first;
    }
    return static_cast<State*>(found->second.get());
}

#define KINORA_TENSOR_FIELD(field) \
    StateField{#field, [state] { return std::as_const(*state).field(); }, [state](const torch::Tensor& tensor) { state->field(tensor); }}
#define KINORA_COUNTER_FIELD(field)                                                                          \
    StateField{#field, [state] { return torch::tensor(static_cast<int64_t>(std::as_const(*state).field()), torch::kInt64); }, \
               [state](const torch::Tensor& tensor) { state->field(tensor.item<int64_t>()); }}

OptimizerKind kindOf(const NamedOptimizer& named)
{
    torch::optim::Optimizer& optimizer = *named.optimizer;
    using namespace torch::optim;
    if (dynamic_cast<Adam*>(&optimizer))
        return {"Adam", [&optimizer](void* parameter, bool make) -> std::vector<StateField> {
                    AdamParamState* state = stateOf<AdamParamState>(optimizer, parameter, make);
                    if (!state) return {};
                    return {KINORA_COUNTER_FIELD(step), KINORA_TENSOR_FIELD(exp_avg), KINORA_TENSOR_FIELD(exp_avg_sq),
                            KINORA_TENSOR_FIELD(max_exp_avg_sq)};
                }};
    if (dynamic_cast<AdamW*>(&optimizer))
        return {"AdamW", [&optimizer](void* parameter, bool make) -> std::vector<StateField> {
                    AdamWParamState* state = stateOf<AdamWParamState>(optimizer, parameter, make);
                    if (!state) return {};
                    return {KINORA_COUNTER_FIELD(step), KINORA_TENSOR_FIELD(exp_avg), KINORA_TENSOR_FIELD(exp_avg_sq),
                            KINORA_TENSOR_FIELD(max_exp_avg_sq)};
                }};
    if (dynamic_cast<RMSprop*>(&optimizer))
        return {"RMSprop", [&optimizer](void* parameter, bool make) -> std::vector<StateField> {
                    RMSpropParamState* state = stateOf<RMSpropParamState>(optimizer, parameter, make);
                    if (!state) return {};
                    return {KINORA_COUNTER_FIELD(step), KINORA_TENSOR_FIELD(square_avg), KINORA_TENSOR_FIELD(momentum_buffer),
                            KINORA_TENSOR_FIELD(grad_avg)};
                }};
    if (dynamic_cast<SGD*>(&optimizer))
        return {"SGD", [&optimizer](void* parameter, bool make) -> std::vector<StateField> {
                    SGDParamState* state = stateOf<SGDParamState>(optimizer, parameter, make);
                    if (!state) return {};
                    return {KINORA_TENSOR_FIELD(momentum_buffer)};
                }};
    throw Error(ErrorCode::Internal, "checkpoints know Adam, AdamW, RMSprop and SGD; this optimizer is none of them", "optimizer '" + named.name + "'");
}

#undef KINORA_TENSOR_FIELD
#undef KINORA_COUNTER_FIELD

std::vector<torch::Tensor> parametersOf(const torch::optim::Optimizer& optimizer)
{
    std::vector<torch::Tensor> list;
    for (const auto& group : optimizer.param_groups()) list.insert(list.end(), group.params().begin(), group.params().end());
    return list;
}

/// Tensors on their way into a file: keeps the CPU copies alive that the sources borrow.
struct Collected {
    std::vector<torch::Tensor> kept;
    std::map<std::string, safetensors::TensorSource> sources;

    void add(const std::string& name, const torch::Tensor& tensor)
    {
        kept.push_back(tensor.detach().to(torch::kCPU).contiguous());
        sources[name] = toSource(kept.back());
    }
    std::string file(std::map<std::string, std::string> metadata) const
    {
        std::uint32_t crc = 0;
        for (const auto& [name, source] : sources) crc = crc32c(source.bytes.data(), source.bytes.size(), crc);
        metadata["crc32c"] = std::to_string(crc);
        return safetensors::serialize(sources, metadata);
    }
};

std::map<std::string, std::string> metadataOf(System& system, const CheckpointExtras& extras)
{
    return {{"format", "kinora-checkpoint"},
            {"version", std::to_string(kCheckpointVersion)},
            {"system", system.describe().id},
            {"options", toJson(system.options()).dump()},
            {"options_training", toJson(extras.trainingOptions).dump()},
            {"step", std::to_string(extras.step)},
            {"epoch", formatNumber(extras.epoch)},
            {"dataset", json(extras.dataset).dump(-1, ' ', false, json::error_handler_t::replace)},
            {"frame_rate_hz", formatNumber(extras.frameRateHz)},
            {"kinora", KINORA_VERSION}};
}

const std::string& need(const safetensors::File& file, const char* key)
{
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end()) throw Error(ErrorCode::Damaged, std::string("the checkpoint's header has no '") + key + "'", file.path());
    return found->second;
}

json needJson(const safetensors::File& file, const char* key)
{
    const std::string& text = need(file, key);
    // values and flat tables of values: anything deeper is hostile
    if (std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; }) > 10000) throw Error(ErrorCode::Damaged, std::string("'") + key + "' in the header is no plain JSON", file.path());
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded()) throw Error(ErrorCode::Damaged, std::string("'") + key + "' in the header is no JSON", file.path());
    return value;
}

OptionValues needOptions(const safetensors::File& file, const char* key)
{
    try {
        return optionValuesFromJson(needJson(file, key));
    } catch (const Error& error) {
        throw Error(ErrorCode::Damaged, std::string("'") + key + "' in the header: " + error.detail(), file.path());
    }
}

void copyInto(torch::Tensor target, const safetensors::TensorView& view, const std::string& name, const std::string& path)
{
    if (target.sizes() != torch::IntArrayRef(view.shape))
        throw Error(ErrorCode::Incompatible, "tensor '" + name + "' has the shape " + shapeText(view.shape) + "; the system's options ask for " + shapeText(target.sizes()), path);
    const torch::Tensor stored = toTensor(view);
    if (stored.is_floating_point() != target.is_floating_point())
        throw Error(ErrorCode::Incompatible, "tensor '" + name + "' is of type " + view.type + ", which does not fit", path);
    target.copy_(stored);
}

}  // namespace

torch::Tensor toTensor(const safetensors::TensorView& view)
{
    for (const auto& [type, name] : kTypes) {
        if (view.type != name) continue;
        torch::Tensor tensor = torch::empty(torch::IntArrayRef(view.shape), type);
        if (tensor.nbytes() != view.bytes.size()) throw Error(ErrorCode::Damaged, "a tensor's bytes do not fit its shape");
        if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
        return tensor;
    }
    throw Error(ErrorCode::Incompatible, "tensors of type " + view.type + " are not supported");
}

safetensors::TensorSource toSource(const torch::Tensor& tensor)
{
    if (!tensor.device().is_cpu() || !tensor.is_contiguous()) throw Error(ErrorCode::Internal, "only contiguous CPU tensors can be written");
    for (const auto& [type, name] : kTypes)
        if (tensor.scalar_type() == type)
            return {std::string(name), tensor.sizes().vec(), std::span(static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes())};
    throw Error(ErrorCode::Internal, std::string("tensors of type ") + c10::toString(tensor.scalar_type()) + " cannot be written");
}

CheckpointInfo readCheckpointInfo(const safetensors::File& file)
{
    const auto format = file.metadata().find("format");
    if (format == file.metadata().end() || format->second != "kinora-checkpoint")
        throw Error(ErrorCode::Incompatible, "is no checkpoint of Kinora; 'kinora import-weights' reads the official files of a system", file.path());
    CheckpointInfo info;
    info.path = file.path();
    try {
        const long long version = parseInteger(need(file, "version"), "version");
        if (version < 1) throw Error(ErrorCode::Damaged, "the checkpoint's version is " + std::to_string(version), file.path());
        if (version > kCheckpointVersion)
            throw Error(ErrorCode::Incompatible,
                        "was written by a newer Kinora (checkpoint version " + std::to_string(version) + ", this one knows " + std::to_string(kCheckpointVersion) + ")", file.path());
        info.step = parseInteger(need(file, "step"), "step");
        info.epoch = parseNumber(need(file, "epoch"), "epoch");
        info.frameRateHz = parseNumber(need(file, "frame_rate_hz"), "frame_rate_hz");
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Usage) throw;
        throw Error(ErrorCode::Damaged, "the checkpoint's header is damaged: " + std::string(error.what()), file.path());
    }
    if (info.step < 0 || !(info.frameRateHz > 0) || !std::isfinite(info.frameRateHz)) throw Error(ErrorCode::Damaged, "the checkpoint's header holds impossible numbers", file.path());
    info.system = need(file, "system");
    info.options = needOptions(file, "options");
    if (file.metadata().contains("options_training")) info.trainingOptions = needOptions(file, "options_training");
    const json dataset = needJson(file, "dataset");
    info.dataset = dataset.is_string() ? dataset.get<std::string>() : std::string();
    if (file.metadata().contains("loader")) info.loader = needJson(file, "loader");
    if (file.metadata().contains("trainer")) info.trainer = needJson(file, "trainer");
    if (file.metadata().contains("ema")) {
        const json ema = needJson(file, "ema");
        if (!ema.is_object() || !ema.contains("decay") || !ema["decay"].is_number() || !ema.contains("updates") || !ema["updates"].is_number_integer() || ema["updates"].get<int64_t>() < 0)
            throw Error(ErrorCode::Damaged, "'ema' in the header does not describe an average", file.path());
        info.emaDecay = ema["decay"].get<double>();
        info.emaUpdates = ema["updates"].get<int64_t>();
        const auto first = file.tensors().lower_bound("ema/");
        info.hasAverage = first != file.tensors().end() && first->first.starts_with("ema/");
    }
    info.resumable = file.contains("rng/cpu") && file.metadata().contains("optimizers") && file.metadata().contains("loader");
    return info;
}

std::string serializeCheckpoint(System& system, const CheckpointExtras& extras)
{
    const torch::NoGradGuard noGradient;
    Collected collected;
    for (const NamedNetwork& network : system.networks())
        for (const auto& [name, tensor] : tensorsOf(*network.module)) collected.add("param/" + network.name + "/" + name, tensor);

    json optimizers = json::object();
    for (const NamedOptimizer& named : system.optimizers()) {
        const OptimizerKind kind = kindOf(named);
        const std::vector<torch::Tensor> parameters = parametersOf(*named.optimizer);
        for (std::size_t i = 0; i < parameters.size(); ++i)
            for (const StateField& field : kind.fields(parameters[i].unsafeGetTensorImpl(), false))
                if (const torch::Tensor tensor = field.get(); tensor.defined()) collected.add("optim/" + named.name + "/" + std::to_string(i) + "/" + field.name, tensor);
        json rates = json::array();
        for (const auto& group : named.optimizer->param_groups()) rates.push_back(group.options().get_lr());
        optimizers[named.name] = {{"type", kind.type}, {"parameters", parameters.size()}, {"learning_rates", rates}};
    }

    if (extras.average)
        for (const auto& [name, tensor] : extras.average->tensors()) collected.add("ema/" + name, tensor);

    collected.add("rng/cpu", at::detail::getDefaultCPUGenerator().get_state());
    if (system.device().is_cuda()) collected.add("rng/cuda", at::globalContext().defaultGenerator(system.device()).get_state());

    std::map<std::string, std::string> metadata = metadataOf(system, extras);
    metadata["optimizers"] = optimizers.dump();
    metadata["loader"] = extras.loader.dump();
    metadata["trainer"] = extras.trainer.dump();
    if (extras.average) metadata["ema"] = json{{"decay", extras.average->decay()}, {"updates", extras.average->updates()}}.dump();
    OptionValues state = system.trainingState();
    for (const LossWeight& weight : system.lossWeights()) state[kLossWeight + weight.name] = weight.value;
    metadata["training_state"] = toJson(state).dump();
    return collected.file(std::move(metadata));
}

std::string serializeWeights(System& system, const CheckpointExtras& extras, bool generatorsOnly, bool half)
{
    const torch::NoGradGuard noGradient;
    Collected collected;
    for (const NamedNetwork& network : system.networks()) {
        if (generatorsOnly && !network.generates) continue;
        for (const auto& [name, tensor] : tensorsOf(*network.module))
            collected.add("param/" + network.name + "/" + name, half && tensor.scalar_type() == torch::kFloat32 ? tensor.to(torch::kFloat16) : tensor);
    }
    return collected.file(metadataOf(system, extras));
}

WeightChoice weightChoiceFromName(std::string_view name)
{
    if (name.empty()) return WeightChoice::Best;
    if (name == "raw") return WeightChoice::Raw;
    if (name == "averaged") return WeightChoice::Averaged;
    throw Error(ErrorCode::Usage, "found '" + std::string(name) + "', expected raw or averaged", "--weights");
}

bool loadWeights(System& system, const safetensors::File& file, bool generatorsOnly, WeightChoice weights)
{
    const torch::NoGradGuard noGradient;
    std::set<std::string> surplus;
    bool hasAverage = false;
    for (const auto& [name, view] : file.tensors()) {
        if (name.starts_with("param/")) surplus.insert(name);
        hasAverage = hasAverage || name.starts_with("ema/");
    }
    if (weights == WeightChoice::Averaged && !hasAverage)
        throw Error(ErrorCode::Incompatible, "holds no averaged weights: it was trained with ema_decay = 0", file.path());
    const bool averaged = hasAverage && weights != WeightChoice::Raw;
    for (const NamedNetwork& network : system.networks()) {
        const std::string prefix = "param/" + network.name + "/";
        const auto first = surplus.lower_bound(prefix);
        const bool present = first != surplus.end() && first->starts_with(prefix);
        if (!present && generatorsOnly && !network.generates) continue;
        for (const auto& [name, tensor] : tensorsOf(*network.module)) {
            const std::string full = prefix + name, used = averaged && network.generates ? "ema/" + network.name + "/" + name : full;
            copyInto(tensor, file.at(used), used, file.path());
            surplus.erase(full);
        }
    }
    if (!surplus.empty())
        throw Error(ErrorCode::Incompatible, "holds " + std::to_string(surplus.size()) + " tensors that the system does not have, first '" + *surplus.begin() + "'", file.path());
    return averaged;
}

void loadTrainingState(System& system, const safetensors::File& file)
{
    const torch::NoGradGuard noGradient;
    const CheckpointInfo info = readCheckpointInfo(file);
    if (!info.resumable) throw Error(ErrorCode::Incompatible, "holds weights alone; training cannot go on from it", file.path());
    loadWeights(system, file, false);

    const json optimizers = needJson(file, "optimizers");
    if (!optimizers.is_object()) throw Error(ErrorCode::Damaged, "'optimizers' in the header is no table", file.path());
    std::set<std::string> surplus;
    for (const auto& [name, view] : file.tensors())
        if (name.starts_with("optim/")) surplus.insert(name);
    for (const NamedOptimizer& named : system.optimizers()) {
        const OptimizerKind kind = kindOf(named);
        const std::vector<torch::Tensor> parameters = parametersOf(*named.optimizer);
        auto& groups = named.optimizer->param_groups();
        const auto entry = optimizers.find(named.name);
        if (entry == optimizers.end() || !entry->is_object()) throw Error(ErrorCode::Incompatible, "holds no optimizer '" + named.name + "'", file.path());
        try {
            if (entry->at("type").get<std::string>() != kind.type)
                throw Error(ErrorCode::Incompatible, "optimizer '" + named.name + "' is " + entry->at("type").get<std::string>() + " in the file and " + kind.type + " in the system", file.path());
            if (entry->at("parameters").get<std::size_t>() != parameters.size())
                throw Error(ErrorCode::Incompatible, "optimizer '" + named.name + "' has " + std::to_string(entry->at("parameters").get<std::size_t>()) + " parameters in the file and " +
                                                         std::to_string(parameters.size()) + " in the system", file.path());
            const auto rates = entry->at("learning_rates").get<std::vector<double>>();
            if (rates.size() != groups.size()) throw Error(ErrorCode::Incompatible, "optimizer '" + named.name + "' has another number of parameter groups", file.path());
            for (std::size_t i = 0; i < groups.size(); ++i) groups[i].options().set_lr(rates[i]);
        } catch (const json::exception& error) {
            throw Error(ErrorCode::Damaged, std::string("'optimizers' in the header: ") + error.what(), file.path());
        }
        named.optimizer->state().clear();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const std::string prefix = "optim/" + named.name + "/" + std::to_string(i) + "/";
            const auto first = surplus.lower_bound(prefix);
            if (first == surplus.end() || !first->starts_with(prefix)) continue;  // was never updated
            for (const StateField& field : kind.fields(parameters[i].unsafeGetTensorImpl(), true)) {
                const auto found = file.tensors().find(prefix + field.name);
                if (found == file.tensors().end()) continue;
                const torch::Tensor stored = toTensor(found->second);
                const bool isCounter = stored.dim() == 0 && stored.scalar_type() == torch::kInt64;
                if (!isCounter && stored.sizes() != parameters[i].sizes())
                    throw Error(ErrorCode::Incompatible, "tensor '" + found->first + "' has the shape " + shapeText(stored.sizes()) + " beside a parameter of " + shapeText(parameters[i].sizes()),
                                file.path());
                field.set(isCounter ? stored : stored.to(parameters[i].device(), parameters[i].scalar_type()));
                surplus.erase(found->first);
            }
        }
    }
    if (!surplus.empty())
        throw Error(ErrorCode::Incompatible, "holds " + std::to_string(surplus.size()) + " optimizer tensors that do not fit the system, first '" + *surplus.begin() + "'", file.path());

    OptionValues state = needOptions(file, "training_state");
    for (auto it = state.begin(); it != state.end();) {
        if (!it->first.starts_with(kLossWeight)) {
            ++it;
            continue;
        }
        const auto checked = attempt([&] {
            const OptionValue& value = it->second;
            system.setLossWeight(it->first.substr(kLossWeight.size()), std::holds_alternative<int64_t>(value) ? static_cast<double>(std::get<int64_t>(value)) : std::get<double>(value));
            return true;
        });
        if (!checked) throw Error(ErrorCode::Incompatible, std::string("'training_state' in the header: ") + checked.error().what(), file.path());
        it = state.erase(it);
    }
    system.setTrainingState(state);
    const auto setState = [&](at::Generator generator, const char* name) {
        try {
            generator.set_state(toTensor(file.at(name)));
        } catch (const c10::Error&) {
            throw Error(ErrorCode::Incompatible, std::string("'") + name + "' is no state of this LibTorch's random generator", file.path());
        }
    };
    setState(at::detail::getDefaultCPUGenerator(), "rng/cpu");
    if (system.device().is_cuda() && file.contains("rng/cuda")) setState(at::globalContext().defaultGenerator(system.device()), "rng/cuda");
}

std::unique_ptr<System> openCheckpoint(const Catalogue& catalogue, const std::filesystem::path& path, const torch::Device& device, CheckpointInfo* info, WeightChoice weights)
{
    const safetensors::File file(path);
    CheckpointInfo read = readCheckpointInfo(file);
    const auto entry = std::find_if(catalogue.begin(), catalogue.end(), [&](const SystemEntry& candidate) { return candidate.description.id == read.system; });
    if (entry == catalogue.end()) throw Error(ErrorCode::Incompatible, "is a checkpoint of the system '" + read.system + "', which this program does not know", path.string());
    std::unique_ptr<System> system;
    try {
        system = entry->create(read.options);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Usage) throw;
        throw Error(ErrorCode::Incompatible, std::string("its options do not fit the system: ") + error.what(), path.string());
    }
    read.averaged = loadWeights(*system, file, true, weights);
    system->to(device);
    system->train(false);
    if (info) *info = std::move(read);
    return system;
}

}  // namespace kinora
