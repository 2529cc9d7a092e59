#pragma once
// One training step, and the roll-out of predicted frames.
//
// Source: Denton and Fergus, ICML 2018; authors' train_svg_{fp,lp}.py and generate_svg_{fp,lp}.py.
#include <torch/torch.h>

#include <memory>
#include <vector>

#include "core/system/system.h"
#include "models/svg/svg_networks.h"

namespace kinora::svg {

/// Sizes and layers of the recurrent networks.
struct RecurrentOptions {
    int64_t codeDim = 10;  ///< z.
    int64_t hidden = 256;
    int64_t predictorLayers = 2, posteriorLayers = 1, priorLayers = 1;
    bool learnedPrior = true;  ///< SVG-LP; false: SVG-FP, which has no prior network.
};

struct Networks {
    Encoder encoder{nullptr};
    Decoder decoder{nullptr};
    Lstm predictor{nullptr};
    GaussianLstm posterior{nullptr}, prior{nullptr};  ///< No prior with the fixed one.
    /// Deviates: the authors have one Adam for each network with the same settings; one over all of them computes the same and needs one backward pass.
    std::unique_ptr<torch::optim::Adam> optimizer;
};
Networks buildNetworks(const FrameOptions& frames, const RecurrentOptions& recurrent);
struct AdamSettings {
    double learningRate = 0.002, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};
void makeOptimizer(Networks& networks, const AdamSettings& settings);

struct StepSettings {
    int64_t past = 5;
    bool lastFrameSkip = false;  ///< Skips of every frame that was seen last, also of predicted ones; false: frozen with the last but one given frame.
    double beta = 1e-4;
};
/// What a step computed; detached scalars.
struct StepRecord {
    torch::Tensor mse, kld;  ///< Sums over the steps, without the weight.
};
/// One update through the whole clip with the true frames fed at every step. Networks in train mode.
/// \param frames     (T, N, C, S, S) in [0, 1]
/// \param eps        draws of the posterior, (T - 1, N, z), standard normal
/// \param mseWeight, kldWeight  factors besides beta
StepRecord trainStep(Networks& networks, const torch::Tensor& frames, const torch::Tensor& eps, const StepSettings& settings, UpdatePolicy& updates, double mseWeight = 1, double kldWeight = 1);

/// How a roll-out turns frames into features and back. Skips go from one to the other as they are.
class FrameCoder {
public:
    virtual ~FrameCoder() = default;
    /// \param frames   (T, N, C, S, S) in [0, 1]
    /// \param skipsOf  the frame whose skips are wanted
    /// \returns one per frame
    virtual std::vector<Encoded> encodeGiven(const torch::Tensor& frames, int64_t skipsOf) = 0;
    /// \param frame  (N, C, S, S) in [0, 1]
    virtual Encoded encode(const torch::Tensor& frame, bool wantsSkips) = 0;
    /// \param h  (N, g)   \param skips  of one frame of these clips   \returns (N, C, S, S) in [0, 1]
    virtual torch::Tensor decode(const torch::Tensor& h, const std::vector<torch::Tensor>& skips) = 0;
};

/// By the networks themselves, one frame after the other.
class PlainCoder final : public FrameCoder {
public:
    explicit PlainCoder(Networks& networks) : m_networks(&networks) {}
    std::vector<Encoded> encodeGiven(const torch::Tensor& frames, int64_t skipsOf) override;
    Encoded encode(const torch::Tensor& frame, bool wantsSkips) override;
    torch::Tensor decode(const torch::Tensor& h, const std::vector<torch::Tensor>& skips) override;

private:
    Networks* m_networks;
};

/// How the codes of a roll-out come about.
struct RolloutCodes {
    torch::Tensor pastEps;      ///< (past - 1, N, z): codes of the given frames are posterior samples with these draws; undefined: posterior means.
    torch::Tensor coordinates;  ///< (total - past, N, z): standard normal coordinates U of z_t = mu + temperature sigma U with the prior's mu and sigma (0 and 1 with the fixed prior).
    torch::Tensor temperature;  ///< (N, 1); undefined: 1.
    torch::Tensor absolute;     ///< (N, 1) bool: rows whose coordinates are z_t itself; undefined: none.
    bool fromPosterior = false; ///< Instead of all that: the posterior mean of the true frame at every step; all frames must be given.
};
/// \param given  (at least past, N, C, S, S); the networks' modes decide on batch or running statistics
/// \returns the predicted frames, (total - past, N, C, S, S)
torch::Tensor rollout(Networks& networks, FrameCoder& coder, const torch::Tensor& given, int64_t past, int64_t total, bool lastFrameSkip, const RolloutCodes& codes);

}  // namespace kinora::svg
