#include "models/blocks/replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>

#include "core/nn/init.h"
#include "core/system/checkpoint.h"
#include "core/util/text.h"

namespace kinora {
namespace {

std::string shapeText(torch::IntArrayRef shape)
{
    std::vector<std::string> parts;
    for (const int64_t size : shape) parts.push_back(std::to_string(size));
    return "[" + join(parts, ", ") + "]";
}

/// max |t|, also for empty tensors; NaN counts as infinite.
double largest(const torch::Tensor& t)
{
    if (t.numel() == 0) return 0;
    const double value = t.abs().max().item<double>();
    return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
}

bool isInput(const std::string& key) { return key.find("/in/") != std::string::npos; }
}  // namespace

Replay::Replay(const safetensors::File& file) : m_file(file)
{
    try {
        m_config = nlohmann::json::parse(textOr("config", "{}"));
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::Damaged, "the header's config is no JSON", file.path());
    }
    if (!m_config.is_object()) throw Error(ErrorCode::Damaged, "the header's config is no JSON object", file.path());
}

const std::string& Replay::text(const std::string& key) const
{
    const auto found = m_file.metadata().find(key);
    if (found == m_file.metadata().end()) throw Error(ErrorCode::Damaged, "the header has no '" + key + "': not a recorded case", m_file.path());
    return found->second;
}

std::string Replay::textOr(const std::string& key, const std::string& fallback) const
{
    const auto found = m_file.metadata().find(key);
    return found == m_file.metadata().end() ? fallback : found->second;
}

torch::Tensor Replay::tensor(const std::string& key) const { return toTensor(m_file.at(key)); }

torch::Tensor Replay::clips(const std::string& key) const
{
    if (!has(key + "_u8")) return tensor(key);
    return (tensor(key + "_u8").to(torch::kFloat32) / 255 - 0.5) / 0.5;
}

std::vector<std::string> Replay::keys(const std::string& prefix) const
{
    std::vector<std::string> found;
    for (auto it = m_file.tensors().lower_bound(prefix); it != m_file.tensors().end() && it->first.starts_with(prefix); ++it) found.push_back(it->first);
    return found;
}

void Replay::load(const std::string& name, torch::nn::Module& network) const
{
    torch::NoGradGuard noGrad;
    const std::string prefix = "param/" + name + "/";
    std::set<std::string> surplus;
    for (const std::string& key : keys(prefix)) surplus.insert(key);
    for (auto& [entry, target] : nn::stateDict(network)) {
        const std::string key = prefix + entry;
        if (!has(key)) throw Error(ErrorCode::Incompatible, "tensor '" + key + "' is missing", m_file.path());
        const torch::Tensor value = tensor(key);
        if (value.sizes() != target.sizes())
            throw Error(ErrorCode::Incompatible, "tensor '" + key + "' has shape " + shapeText(value.sizes()) + ", the configuration makes it " + shapeText(target.sizes()), m_file.path());
        target.copy_(value);
        surplus.erase(key);
    }
    if (!surplus.empty()) throw Error(ErrorCode::Incompatible, "tensor '" + *surplus.begin() + "' has no place in the configured network", m_file.path());
}

ParityLine Replay::measured(const std::string& key, const torch::Tensor& actual)
{
    m_done.insert(key);
    ParityLine line;
    line.name = m_context + key;
    const torch::Tensor expected = tensor(key).to(torch::kFloat64);
    if (!actual.defined() || expected.sizes() != actual.sizes()) {
        line.maxAbsolute = line.maxRelative = std::numeric_limits<double>::infinity();
        line.note = actual.defined() ? "shape " + shapeText(actual.sizes()) + ", recorded " + shapeText(expected.sizes()) : "not computed by this configuration";
        return line;
    }
    line.maxAbsolute = largest(actual.detach().to(torch::kCPU, torch::kFloat64) - expected);
    const double scale = largest(expected);
    line.maxRelative = line.maxAbsolute == 0 ? 0 : scale > 0 ? line.maxAbsolute / scale : std::numeric_limits<double>::infinity();
    return line;
}

void Replay::compare(const std::string& key, const torch::Tensor& actual, double tolerance)
{
    ParityLine line = measured(key, actual);
    line.tolerance = tolerance;
    line.passed = line.maxAbsolute <= tolerance;
    m_lines.push_back(line);
}

void Replay::compareRelative(const std::string& key, const torch::Tensor& actual, double tolerance)
{
    ParityLine line = measured(key, actual);
    line.tolerance = tolerance;
    line.relative = true;
    line.passed = line.maxRelative <= tolerance;
    m_lines.push_back(line);
}

void Replay::compareSmall(const std::string& key, const torch::Tensor& actual, double tolerance, double share)
{
    constexpr double kNoise = 1e-9;
    ParityLine line = measured(key, actual);
    line.tolerance = tolerance;
    const bool inProportion = line.maxRelative <= share || line.maxAbsolute <= kNoise;
    line.passed = line.maxAbsolute <= tolerance && inProportion;
    if (!inProportion && line.note.empty()) line.note = "relative error above " + formatNumber(share);
    m_lines.push_back(line);
}

void Replay::compareGradient(const std::string& key, const torch::Tensor& actual, double tolerance, double noise)
{
    ParityLine line = measured(key, actual.defined() ? actual : torch::zeros_like(tensor(key)));
    line.tolerance = tolerance;
    line.relative = true;
    line.passed = line.maxRelative <= tolerance;
    if (!line.passed && line.maxAbsolute <= noise) {
        line.passed = true;
        line.note = "rounding noise on both sides";
    }
    m_lines.push_back(line);
}

void Replay::compareUpdated(const std::string& key, const torch::Tensor& actual, double tolerance, double bound)
{
    ParityLine line = measured(key, actual);
    line.tolerance = tolerance;
    line.passed = line.maxAbsolute <= tolerance;
    if (!line.passed && line.maxAbsolute <= bound) {
        const torch::Tensor difference = (actual.detach().to(torch::kCPU, torch::kFloat64) - tensor(key).to(torch::kFloat64)).abs();
        const double outside = difference.gt(tolerance).to(torch::kFloat64).mean().item<double>();
        line.passed = outside <= 0.01;
        line.note = formatNumber(std::round(outside * 1e4) / 1e2) + " % of the entries outside, all within two learning rates";
    }
    m_lines.push_back(line);
}

std::vector<ParityLine> Replay::finish()
{
    for (const auto& [key, view] : m_file.tensors()) {
        if (key.starts_with("param/") || key.starts_with("in/") || isInput(key) || m_done.contains(key)) continue;
        ParityLine line;
        line.name = key;
        line.maxAbsolute = line.maxRelative = std::numeric_limits<double>::infinity();
        line.note = "this replay does not know the key";
        m_lines.push_back(line);
    }
    return std::move(m_lines);
}

void ReplayUpdates::onGradients(torch::optim::Optimizer& optimizer)
{
    for (const auto& [network, module] : m_networks[&optimizer])
        for (const auto& parameter : module->named_parameters()) {
            const std::string key = m_prefix + "/grad/" + network + "/" + parameter.key();
            if (m_replay.has(key)) m_replay.compareGradient(key, parameter.value().grad(), m_tolerance, m_zeroGradients.contains(network + "/" + parameter.key()) ? 1e-4 : m_noise);
        }
}

void compareAfter(Replay& replay, const std::string& prefix, const std::string& network, const torch::nn::Module& module, double tolerance, double learningRate,
                  const std::set<std::string>& zeroGradients)
{
    const double bound = 2 * learningRate * 1.001 + 1e-7;
    std::set<std::string> parameters;
    for (const auto& parameter : module.named_parameters()) parameters.insert(parameter.key());
    for (const auto& [name, value] : nn::stateDict(module)) {
        const std::string key = prefix + "/after/" + network + "/" + name;
        if (!replay.has(key)) continue;
        if (!parameters.contains(name)) replay.compare(key, value, value.is_floating_point() ? tolerance : 0);
        else if (zeroGradients.contains(network + "/" + name)) replay.compare(key, value, bound);
        else replay.compareUpdated(key, value, tolerance, bound);
    }
}

torch::Tensor enlarged(const torch::Tensor& pictures, int64_t times) { return pictures.repeat_interleave(times, -2).repeat_interleave(times, -1); }

Subsampling::Subsampling(const std::string& text)
{
    // <name> [(N=a..b)] = <anything>[<slices>]
    static const std::regex clause(R"(^\s*([A-Za-z0-9_*/.]+)\s*(?:\(N=(\d+)\.\.(\d+)\))?\s*=\s*\w+\[([^\]]*)\]\s*$)");
    static const std::regex slice(R"(^\s*(\d*)\s*:\s*(\d*)\s*(?::\s*(\d*))?\s*$)");
    for (const std::string& part : split(text, ';')) {
        std::smatch found;
        if (part.size() > 500 || !std::regex_match(part, found, clause)) continue;
        Rule rule;
        rule.pattern = found[1];
        const auto number = [](const std::string& digits, int64_t fallback) { return digits.empty() || digits.size() > 9 ? fallback : std::stoll(digits); };
        if (found[2].matched) {
            rule.first = number(found[2], 0);
            rule.last = number(found[3], 1 << 20);
        }
        bool understood = true;
        for (const std::string& entry : split(found[4].str(), ',')) {
            Slice cut;
            std::smatch bounds;
            if (trimmed(entry) == "...")
                cut.ellipsis = true;
            else if (std::regex_match(entry, bounds, slice)) {
                cut.start = number(bounds[1], 0);
                cut.stop = number(bounds[2], -1);
                cut.step = std::max<int64_t>(1, number(bounds[3], 1));
            } else
                understood = false;
            rule.slices.push_back(cut);
        }
        if (understood) m_rules.push_back(rule);
    }
}

torch::Tensor Subsampling::apply(const std::string& key, const torch::Tensor& complete) const
{
    if (!complete.defined()) return complete;
    for (const Rule& rule : m_rules) {
        std::string expression;
        for (std::size_t i = 0; i < rule.pattern.size(); ++i) {
            const char c = rule.pattern[i];
            if (c == '*')
                expression += ".*";
            else if (c == 'X')
                expression += "[^/]*";
            else if (c == 'N')
                expression += "(\\d{1,4})";
            else if (c == '.')
                expression += "\\.";
            else
                expression += c;
        }
        // a plain X_s3 also holds for names in a folder, as "noattention/video_s7"
        if (rule.pattern.starts_with("X")) expression = "(?:.*/)?" + expression;
        std::smatch found;
        if (!std::regex_match(key, found, std::regex(expression))) continue;
        if (found.size() > 1 && found[1].matched) {
            const int64_t n = std::stoll(found[1]);
            if (n < rule.first || n > rule.last) continue;
        }
        torch::Tensor cut = complete;
        const auto ellipsis = std::find_if(rule.slices.begin(), rule.slices.end(), [](const Slice& s) { return s.ellipsis; });
        const int64_t named = static_cast<int64_t>(rule.slices.size()) - (ellipsis != rule.slices.end() ? 1 : 0);
        if (named > complete.dim()) continue;
        int64_t dimension = 0;
        for (const Slice& s : rule.slices) {
            if (s.ellipsis) {
                dimension = complete.dim() - (rule.slices.end() - ellipsis - 1);
                continue;
            }
            const int64_t size = cut.size(dimension);
            cut = cut.slice(dimension, std::min(s.start, size), s.stop < 0 ? size : std::min(s.stop, size), s.step);
            ++dimension;
        }
        return cut;
    }
    return complete;
}

}  // namespace kinora
