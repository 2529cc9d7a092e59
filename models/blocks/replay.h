#pragma once
// What the replay of recorded cases has in common between systems: reading tensors by key, loading weights, comparing, and noticing keys that nobody compared.
#include <torch/torch.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/system/system.h"
#include "core/util/error.h"
#include "core/util/safetensors.h"

namespace kinora {

/// One recorded case on its way to a list of parity lines.
class Replay {
public:
    explicit Replay(const safetensors::File& file);

    const safetensors::File& file() const { return m_file; }
    /// A header text. \throws Error (Damaged) if it is missing
    const std::string& text(const std::string& key) const;
    std::string textOr(const std::string& key, const std::string& fallback) const;
    /// The original's constructor arguments. \throws Error (Damaged)
    const nlohmann::json& config() const { return m_config; }
    /// A number or flag of the configuration. \throws Error (Damaged) naming the key if it is missing or of another type
    template <class T>
    T config(const char* key) const;
    template <class T>
    T configOr(const char* key, T fallback) const;

    bool has(const std::string& key) const { return m_file.contains(key); }
    /// The recorded tensor, on the CPU, in its recorded type. \throws Error (Incompatible)
    torch::Tensor tensor(const std::string& key) const;
    /// Clips stored as bytes or as float32 under `<key>_u8` or `<key>`: x = (u8 / 255 - 0.5) / 0.5. \throws Error (Incompatible)
    torch::Tensor clips(const std::string& key) const;
    /// Keys that start with \p prefix, sorted.
    std::vector<std::string> keys(const std::string& prefix) const;

    /// Copies `param/<name>/...` into the network; every tensor of both sides must be there and fit. \throws Error (Incompatible) naming the first that does not
    void load(const std::string& name, torch::nn::Module& network) const;

    /// Compares with the recorded tensor and marks the key as compared. Another shape is a failed line.
    void compare(const std::string& key, const torch::Tensor& actual, double tolerance);
    /// The same with a tolerance on max |a - b| / max |b|.
    void compareRelative(const std::string& key, const torch::Tensor& actual, double tolerance);
    /// compare(), and besides max |a - b| / max |b| must stay within \p share unless the difference is rounding noise below 1e-9: for tensors that may be
    /// far smaller than the tolerance.
    void compareSmall(const std::string& key, const torch::Tensor& actual, double tolerance, double share);
    /// Gradients as an optimizer saw them: relative; a recorded gradient below \p noise everywhere may be anything below it.
    void compareGradient(const std::string& key, const torch::Tensor& actual, double tolerance, double noise);
    /// A parameter after an optimizer step: 99 % of its entries within \p tolerance and the rest within \p bound (two learning rates).
    /// Adam turns a rounding error of a tiny gradient into a sign flip.
    void compareUpdated(const std::string& key, const torch::Tensor& actual, double tolerance, double bound);
    void add(ParityLine line) { m_lines.push_back(std::move(line)); }
    /// A text put before the names of the lines that follow, when one case is replayed several times.
    void context(const std::string& text) { m_context = text.empty() ? text : text + ": "; }

    /// The lines, with a failed one for every out/, train/, step*/ and check/ key (inputs apart) that nothing was compared with.
    std::vector<ParityLine> finish();

private:
    ParityLine measured(const std::string& key, const torch::Tensor& actual);

    const safetensors::File& m_file;
    nlohmann::json m_config;
    std::vector<ParityLine> m_lines;
    std::set<std::string> m_done;
    std::string m_context;
};

/// Plain updates of a recorded training step; the gradients of each optimizer are compared just before it uses them, with `<prefix>/grad/<network>/<name>`.
class ReplayUpdates final : public UpdatePolicy {
public:
    /// \param tolerance  of the largest entry of a gradient. \param noise  a recorded gradient below it everywhere may be anything below it
    ReplayUpdates(Replay& replay, std::string prefix, double tolerance, double noise) : m_replay(replay), m_prefix(std::move(prefix)), m_tolerance(tolerance), m_noise(noise) {}
    void add(const torch::optim::Optimizer& optimizer, const std::string& network, const torch::nn::Module& module) { m_networks[&optimizer].emplace_back(network, &module); }
    /// Parameters whose true gradient is zero: "<network>/<name>".
    void setZeroGradients(std::set<std::string> names) { m_zeroGradients = std::move(names); }

protected:
    void onGradients(torch::optim::Optimizer& optimizer) override;

private:
    Replay& m_replay;
    std::string m_prefix;
    double m_tolerance, m_noise;
    std::set<std::string> m_zeroGradients;
    std::map<const torch::optim::Optimizer*, std::vector<std::pair<std::string, const torch::nn::Module*>>> m_networks;
};

/// A network after a recorded step, `<prefix>/after/<network>/<name>`: parameters within \p tolerance (99 %) and two learning rates, those without a true gradient within the
/// latter alone, buffers within \p tolerance, counters exactly.
void compareAfter(Replay& replay, const std::string& prefix, const std::string& network, const torch::nn::Module& module, double tolerance, double learningRate,
                  const std::set<std::string>& zeroGradients);

/// Every pixel repeated \p times in height and width: recorded cases store real pictures small.
torch::Tensor enlarged(const torch::Tensor& pictures, int64_t times);

/// The slices that the header's `subsample` text names, as "X_s3 = X[..., ::3, ::3]; blockN/hs (N=3..5) = hs[..., ::3, ::3]; fsa/*_s = x[:, ::3]": a stored key is a strided
/// sample of the tensor that it is named after. In names X stands for any text without '/', N for a number (in the given range), * for any text.
class Subsampling {
public:
    explicit Subsampling(const std::string& text);
    /// \p complete cut by the first rule for \p key (without "out/" or "train/out/"); as it is, if none applies.
    torch::Tensor apply(const std::string& key, const torch::Tensor& complete) const;

private:
    struct Slice {
        bool ellipsis = false;
        int64_t start = 0, stop = -1, step = 1;  // stop < 0: to the end
    };
    struct Rule {
        std::string pattern;
        int64_t first = 0, last = 1 << 20;
        std::vector<Slice> slices;
    };
    std::vector<Rule> m_rules;
};

template <class T>
T Replay::config(const char* key) const
{
    const auto found = m_config.find(key);
    if (found == m_config.end()) throw Error(ErrorCode::Damaged, "the header's config has no '" + std::string(key) + "'", m_file.path());
    try {
        return found->template get<T>();
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::Damaged, "the header's config has a value of the wrong type for '" + std::string(key) + "'", m_file.path());
    }
}

template <class T>
T Replay::configOr(const char* key, T fallback) const
{
    return m_config.contains(key) ? config<T>(key) : fallback;
}

}  // namespace kinora
