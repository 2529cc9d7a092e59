#pragma once
// The interface of a published system: its named networks, one training step, one way to generate.
//
// To add a system: a folder models/<id>/ with its networks and a System, one line in models/catalogue.cpp and models/CMakeLists.txt, tests in
// tests/models/. Nothing in core/, widgets/ or app/ changes; if it has to, the interface is wrong.
#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/control/control.h"
#include "core/dataset/clip_source.h"
#include "core/describe/describe.h"
#include "core/options/options.h"
#include "core/system/generation_plan.h"
#include "core/util/safetensors.h"

namespace kinora {

/// One mini-batch, on the device of the networks.
struct Batch {
    torch::Tensor clips;                           ///< (N, 3, T, H, W) float32 in [-1, 1].
    torch::Tensor images;                          ///< (N, 3, H, W) likewise, frames drawn apart from the clips; undefined unless BatchNeeds::images.
    std::map<std::string, torch::Tensor> labels;   ///< (N): int64 for classes, float32 for numbers.
    std::map<std::string, torch::Tensor> streams;  ///< (N, C, T, H, W) or (N, C, T), as stored; uint8 or float32.
    std::map<std::string, torch::Tensor> draws;    ///< What System::drawStep() drew for this step; empty: trainStep() draws for itself.
    int64_t size() const { return clips.size(0); }
};

/// What a batch must hold for this system, as resolved by its options.
struct BatchNeeds {
    int frames = 16;
    int height = 64, width = 64;
    std::vector<int> frameSteps = {1};  ///< A step is drawn per clip among those that fit it.
    bool horizontalFlip = false;
    std::vector<std::string> labels, streams;
    enum class Start { Anywhere, Beginning, Middle };
    Start start = Start::Anywhere;  ///< Where in the clip the window begins; Anywhere: drawn per clip.
    bool repeatLast = false;        ///< A clip shorter than `frames` is filled up with its last frame instead of being left out.
    /// Which part of height and width is cut out, at a place drawn per clip, before resizing; drawn per clip between the two. 1: everything. TwoStreamVAN: 0.9.
    double cropLow = 1, cropHigh = 1;
    bool images = false;            ///< For every clip a single frame of another one, drawn apart: Batch::images.
    /// Classes that a label must have, in this order, where the networks were built for them.
    std::map<std::string, std::vector<std::string>> classes;
};

struct NamedNetwork {
    std::string name;  ///< "G": tensors are stored as param/G/<official name>.
    std::shared_ptr<torch::nn::Module> module;
    bool generates = false;  ///< Needed to generate; the others only train.
};

struct NamedOptimizer {
    std::string name;  ///< Of the network (or group) that it updates.
    torch::optim::Optimizer* optimizer = nullptr;
};

/// Scalars of one step. Tensors are read (and so synchronised) by the trainer only when it logs.
using StepScalars = std::vector<std::pair<std::string, torch::Tensor>>;

/// True where gradients are on and a control asks for its own.
bool wantsGradients(const ControlTensors& controls);

/// How a loss becomes new weights. A system gives every one of its losses to it; this one does the plain thing, and the trainer's adds what its options ask
/// for: accumulation, clipping, loss scaling, norms, times.
class UpdatePolicy {
public:
    virtual ~UpdatePolicy() = default;
    /// Gradients of \p loss alone for the parameters of \p optimizer, then one step of it.
    virtual void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss);

protected:
    /// The gradients are complete; the optimizer is about to use them.
    virtual void onGradients(torch::optim::Optimizer& /*optimizer*/) {}
};

/// Factor of one term of a system's losses. It may be changed while a run goes on, and is part of the training state.
struct LossWeight {
    std::string name;  ///< As in the term's scalar "loss/<name>".
    double value = 1;
};

/// A system with its options resolved and its networks built.
/// Thread: one at a time. Random numbers come from LibTorch's default CPU generator, drawn on the CPU and moved, so that CPU and GPU see the same.
class System {
public:
    virtual ~System() = default;

    /// With this instance's options: control sizes, lengths, frame size. The option list holds the system's own fields alone.
    virtual SystemDescription describe() const = 0;
    /// Every option, resolved.
    virtual OptionValues options() const = 0;
    virtual std::vector<NamedNetwork> networks() = 0;
    virtual std::vector<NamedOptimizer> optimizers() = 0;
    virtual BatchNeeds batchNeeds() const = 0;

    /// One full update of all networks, however many optimizer steps that takes; each of them goes through update(). Networks are in train mode.
    /// \param step  counted from 1, for schedules
    virtual StepScalars trainStep(const Batch& batch, int64_t step) = 0;

    /// The random numbers of a step, drawn as trainStep() would draw them and on the batch's device, for Batch::draws. Empty: steps of this system cannot be recorded (RecordedStep).
    /// trainStep() of a batch that holds them only puts work into the device's queue, the same for every step: of the host's values it reads options, loss weights and sizes alone, every
    /// optimizer is a nn::FusedAdam, and there is no trainingState(). Whole numbers among the draws may be 0.
    virtual std::map<std::string, torch::Tensor> drawStep(const Batch& /*batch*/) { return {}; }

    /// One clip per row of the controls, deterministic for given values. It puts its networks into eval mode and back, and moves no buffer.
    /// Without gradients, unless wantsGradients(controls): then the clips are differentiable with respect to the controls (for inversion).
    /// \param seed  for systems that draw noise while generating: row i takes its noise from seed + i, so that a clip does not depend on its neighbours
    /// \returns (N, 3, T, H, W) float32 in [-1, 1]
    virtual torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) = 0;

    /// One of the further outputs that describe() lists under `views`, as generate() gives the clip. \throws Error (Usage) for another name
    virtual torch::Tensor view(const std::string& id, const ControlTensors& controls, int frames, uint64_t seed);

    /// The generator prepared for quick generation; null if there is no such plan for these options and this device. It refers to this system and ends before it.
    virtual std::unique_ptr<GenerationPlan> makePlan(PlanPrecision /*precision*/) { return nullptr; }

    /// What the network first makes of a control, for principal directions: (N, F) float32, or an undefined tensor if the system has nothing
    /// better than the generated pixels.
    virtual torch::Tensor controlFeatures(const std::string& /*control*/, const torch::Tensor& /*values*/) { return {}; }

    /// State beyond parameters, buffers and optimizers that a resumed training needs (schedules, running means). Small.
    virtual OptionValues trainingState() const { return {}; }
    virtual void setTrainingState(const OptionValues&) {}

    /// The terms whose weights can be changed; none for most systems.
    const std::vector<LossWeight>& lossWeights() const { return m_lossWeights; }
    /// \throws Error (Usage) for a term that there is not, or a weight that is negative or no number
    void setLossWeight(const std::string& name, double value);

    /// What does the updates of trainStep() from now on; it must outlive their use. Null: the plain way.
    void setUpdatePolicy(UpdatePolicy* policy) { m_policy = policy; }

    /// Moves all networks. Optimizers must follow.
    virtual void to(const torch::Device& device);
    torch::Device device() const { return m_device; }
    void train(bool on = true);

protected:
    /// Every loss -> backward -> optimizer step of a training step.
    UpdatePolicy& updates() const;
    /// In the constructor: names a term and its weight.
    void declareLossWeight(const std::string& name, double value = 1) { m_lossWeights.push_back({name, value}); }
    double lossWeight(const std::string& name) const;

    torch::Device m_device{torch::kCPU};

private:
    UpdatePolicy* m_policy = nullptr;
    std::vector<LossWeight> m_lossWeights;
};

/// \p loss times \p weight; the very tensor where that changes nothing.
torch::Tensor weighted(const torch::Tensor& loss, double weight);

/// One output of a recorded case, compared.
struct ParityLine {
    std::string name;
    double maxAbsolute = 0;  ///< max |a - b|
    double maxRelative = 0;  ///< max |a - b| / max |b|
    double tolerance = 0;    ///< On the absolute error, unless `relative`.
    bool relative = false;
    bool passed = false;
    std::string note;
};

/// Official weights, as read from one or several files: flat name -> CPU tensor per file.
struct OfficialWeights {
    std::string file;
    std::map<std::string, torch::Tensor> tensors;
};

/// What importing official weights gives: the options they imply and param/<net>/<name> tensors.
struct ImportedWeights {
    OptionValues options;
    std::map<std::string, torch::Tensor> tensors;
};

/// One line of the catalogue: how to describe, build, import and check a system.
struct SystemEntry {
    SystemDescription description;  ///< With default options.
    std::function<std::unique_ptr<System>(const OptionValues&)> create;  ///< \throws Error (Usage) for unknown keys or values out of range
    /// Fills in options that follow from the dataset and were not given: the label that counts, the names of its classes. May be empty.
    /// \throws Error (Incompatible) if the dataset cannot serve these options, saying what to do
    std::function<void(OptionValues&, const ClipSource&)> fit;
    /// Replays a recorded case (shared layout: param/, in/, out/, train/, step/). Configuration comes from the file's header.
    std::function<std::vector<ParityLine>(const safetensors::File&, double outTolerance)> parity;  ///< outTolerance < 0: the sheet's
    std::function<ImportedWeights(const std::vector<OfficialWeights>&)> importOfficial;             ///< May be empty.
};

/// An explicit list of systems: the catalogue of models/, or a test's own.
using Catalogue = std::vector<SystemEntry>;
/// \throws Error (Usage) naming the nearest known id
const SystemEntry& findSystem(const Catalogue& catalogue, std::string_view id);

}  // namespace kinora
