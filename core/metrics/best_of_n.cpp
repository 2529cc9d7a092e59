// Prediction of given frames: PSNR and SSIM of the best of N continuations of every clip, frame by frame.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/clip/transform.h"
#include "core/metrics/frame_similarity.h"
#include "core/metrics/metric.h"
#include "core/metrics/pixel_metrics.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace {
constexpr double kMostDecibels = 100;        // what a perfect frame counts in means
constexpr uint64_t kSampleStride = 1 << 20;  // seeds of a clip's samples: neither more clips nor more samples change the ones there were

struct BestOfOptions {
    int64_t clips = 64, samples = 100, given = 0, batch = 0;
    std::string psnr = "channels", ssim = "skimage", settings;
    bool eightBit = false;
    template <class Fields>
    void describe(Fields& f)
    {
        f("clips", clips, range(1, 100000), "Real clips that are continued");
        f("samples", samples, range(1, 10000), "Continuations of every clip (N); papers: 100");
        f("given", given, range(0, 1000), "Frames that are given and not scored; 0: as many as the system takes. More: it gets the last of them, so that systems that take fewer can be compared");
        f("psnr", psnr, choices({"channels", "all"}), "Mean square of every channel, or one over all");
        f("ssim", ssim, choices({"skimage", "svg", "wang"}), "Window 7 with range 1; the same with range 2, as SVG's authors computed it (higher numbers); Gaussian window 11");
        f("eight_bit", eightBit, anything(), "Round predicted frames to bytes before they are compared");
        f("settings", settings, anything(), "Values of the system's settings, separated by commas: temperature=0.5,past_codes=drawn; others stay neutral");
        f("batch", batch, range(0, 4096), "Clips that are continued together; 0: one on a processor, eight on a GPU. Matters only where a clip depends on its neighbours");
    }
};

/// Fixed controls as they are asked for, "key=value,key=value". \throws Error (Usage) naming the control
ControlValues settingsOf(const SystemDescription& description, const std::string& text, int frames)
{
    ControlValues values;
    for (const std::string& part : split(text, ',')) {
        if (trimmed(part).empty()) continue;
        const std::size_t equals = part.find('=');
        const std::string id = trimmed(part.substr(0, equals)), value = equals == std::string::npos ? std::string() : trimmed(part.substr(equals + 1));
        std::vector<std::string> known;
        const Control* control = nullptr;
        for (const Control& one : description.controls) {
            if (!one.fixed) continue;
            known.push_back(one.id);
            if (one.id == id) control = &one;
        }
        if (!control) throw Error(ErrorCode::Usage, "'" + id + "' is no setting of " + description.name + (known.empty() ? "; it has none" : "; it has " + join(known, ", ")), "settings");
        ControlValue& set = values[id] = neutralControl(*control, frames);
        if (control->kind == ControlKind::Category) {
            const auto found = std::ranges::find(control->categories, value);
            if (found == control->categories.end()) throw Error(ErrorCode::Usage, "'" + id + "' is one of " + join(control->categories, ", ") + ", not '" + value + "'", "settings");
            set.category = static_cast<int>(found - control->categories.begin());
        } else {
            std::ranges::fill(set.numbers, static_cast<float>(parseNumber(value, id)));
            checkControl(*control, set, frames);
        }
    }
    return values;
}

/// Where the system is told a class that the dataset names: the control and the label's place.
struct TrueClass {
    std::string control;
    std::size_t label = 0;
};

/// What is continued, as the system's description and the options say.
struct Continuation {
    SystemDescription description;
    Control taker;             ///< It is given the frames, or the picture.
    int taken = 0, given = 0;  ///< Frames that it takes, and those of a clip that are not scored.
    int total = 0, made = 0;   ///< Frames of a true clip, and of one that is generated.
    ControlValues settings;
};

class BestOfN final : public OptionedMetric<BestOfOptions> {
public:
    MetricDescription description() const override
    {
        return {"best_of_n", "Prediction, best of N",
                "PSNR of the predicted frames of the best of N continuations of every clip, with SSIM, the mean of all continuations and the last given frame repeated. For systems that are given frames or a picture.", false, "dB (ssim: up to 1)",
                {"real clips", "given frames"}, describeOptions<BestOfOptions>("metric")};
    }

    void check(const MetricClips& clips) const override { continuation(clips); }

private:
    int version() const override { return 1; }

    /// \throws Error (Usage) if the system continues nothing, or the lengths do not go together
    Continuation continuation(const MetricClips& clips) const
    {
        if (!clips.system()) throw Error(ErrorCode::Usage, "needs a checkpoint that continues clips, not a dataset's own", "best_of_n");
        if (!clips.realSource()) throw Error(ErrorCode::Usage, "this metric compares with real clips; name a dataset", "--dataset");
        Continuation c;
        c.description = clips.system()->describe();
        const auto& controls = c.description.controls;
        const auto taker = std::ranges::find_if(controls, [](const Control& control) { return control.kind == ControlKind::Frames || control.kind == ControlKind::Image; });
        if (taker == controls.end() || std::ranges::any_of(controls, [](const Control& control) { return control.kind == ControlKind::MapSequence; }))
            throw Error(ErrorCode::Usage, c.description.name + " is not given frames or a picture that it continues, so there is no true clip to compare with; other metrics measure it", "best_of_n");
        c.taker = *taker;
        c.taken = taker->kind == ControlKind::Image ? 1 : taker->count;
        c.given = m_options.given > 0 ? static_cast<int>(m_options.given) : c.taken;
        c.total = clips.frames();
        c.made = c.total - c.given + c.taken;
        if (c.given < c.taken) throw Error(ErrorCode::Usage, c.description.name + " takes " + std::to_string(c.taken) + " frames, not " + std::to_string(c.given), "best_of_n.given");
        if (c.given >= c.total) throw Error(ErrorCode::Usage, "no frame of a clip of " + std::to_string(c.total) + " is left to be predicted; make clips longer with --frames", "best_of_n.given");
        if (!c.description.length.allows(c.made))
            throw Error(ErrorCode::Usage, std::to_string(c.made) + " frames cannot be generated (nearest: " + std::to_string(c.description.length.nearest(c.made)) + "); change --frames or best_of_n.given", "best_of_n.given");
        c.settings = settingsOf(c.description, m_options.settings, c.made);
        return c;
    }

    void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) override
    {
        System* system = clips.system();
        const Continuation task = continuation(clips);
        const SystemDescription& description = task.description;
        const int taken = task.taken, given = task.given, total = task.total, made = task.made;
        const std::optional<TrueClass> trueClass = findClass(description, clips.realSource()->labelColumns());
        const int64_t count = std::min(m_options.clips, clips.realAvailable()), samples = m_options.samples, predicted = total - given;
        const int64_t batch = m_options.batch > 0 ? m_options.batch : system->device().is_cpu() ? 1 : 8;
        const PsnrVariant psnrVariant = m_options.psnr == "all" ? PsnrVariant::All : PsnrVariant::Channels;
        const SsimVariant ssimVariant = m_options.ssim == "svg" ? SsimVariant::Svg : m_options.ssim == "wang" ? SsimVariant::Wang : SsimVariant::Skimage;

        torch::Tensor psnr = torch::empty({count, samples, predicted}, torch::kFloat64), ssim = torch::empty_like(psnr);
        torch::Tensor psnrStill = torch::empty({count, 1, predicted}, torch::kFloat64), ssimStill = torch::empty_like(psnrStill);
        bool perfect = false;
        const torch::NoGradGuard noGradient;
        const auto score = [&](const torch::Tensor& truth, const torch::Tensor& clip, torch::Tensor psnrs, torch::Tensor ssims) {  // (3, T, H, W) both
            const torch::Tensor a = truth.transpose(0, 1), b = clip.transpose(0, 1), decibels = peakSignalToNoise(a, b, psnrVariant);
            perfect = perfect || decibels.gt(kMostDecibels).any().item<bool>();
            psnrs.copy_(decibels.clamp_max(kMostDecibels));
            ssims.copy_(structuralSimilarity(a, b, ssimVariant));
        };
        std::vector<Frames> waiting;
        const auto continueWaiting = [&](int64_t first) {
            std::vector<torch::Tensor> truths;
            std::vector<ControlValue> heads;
            for (const Frames& clip : waiting) {
                const torch::Tensor unit = unitClip(clip);
                truths.push_back(unit.slice(1, given));
                score(truths.back(), unit.slice(1, given - 1, given).expand_as(truths.back()), psnrStill[first + static_cast<int64_t>(heads.size())][0], ssimStill[first + static_cast<int64_t>(heads.size())][0]);
                heads.push_back(headOf(clip, task.taker, given - taken, taken));
            }
            const auto rows = static_cast<int64_t>(waiting.size());
            for (int64_t s = 0; s < samples; ++s) {
                call.check("continuing clips", first * samples + s * rows, count * samples);
                const uint64_t seed = clips.seed() + static_cast<uint64_t>(s) * kSampleStride + static_cast<uint64_t>(first);
                std::vector<ControlValues> controls;
                for (int64_t row = 0; row < rows; ++row) {
                    ControlValues values;
                    for (const ControlRole role : {ControlRole::Appearance, ControlRole::Motion, ControlRole::Both}) drawRole(description.controls, role, seed + static_cast<uint64_t>(row), made, values);
                    values[task.taker.id] = heads[static_cast<std::size_t>(row)];
                    for (const auto& [id, value] : task.settings) values[id] = value;
                    if (trueClass)
                        if (const float label = clips.realSource()->info(clips.realClip(first + row)).labels.at(trueClass->label); std::isfinite(label)) values[trueClass->control].category = static_cast<int>(label);
                    controls.push_back(std::move(values));
                }
                torch::Tensor generated = system->generate(toTensors(description, controls, made, system->device()), made, seed).to(torch::kCPU);
                if (!torch::isfinite(generated).all().item<bool>()) throw Error(ErrorCode::Numerical, "the generated clips hold NaN or infinity; nothing can be measured on them", description.name);
                generated = ((generated.slice(2, taken) + 1) / 2).clamp(0, 1);
                if (m_options.eightBit) generated = (generated * 255).round() / 255;
                for (int64_t row = 0; row < rows; ++row) score(truths[static_cast<std::size_t>(row)], generated[row], psnr[first + row][s], ssim[first + row][s]);
            }
            waiting.clear();
        };
        // not through MetricClips::generated(): these continuations belong to their clips, and are not rounded
        clips.real(count, {call.stop, {}}, [&](int64_t index, const Frames& clip) {
            waiting.push_back(clip);
            if (static_cast<int64_t>(waiting.size()) == batch || index + 1 == count) continueWaiting(index + 1 - static_cast<int64_t>(waiting.size()));
        });
        call.check("continuing clips", count * samples, count * samples);

        result.protocol["real"] = clips.realProtocol(count, call);
        result.protocol["frames"] = {{"total", total}, {"given", given}, {"given_to_the_system", taken}, {"predicted", predicted}, {"width", clips.width()}, {"height", clips.height()}};
        result.protocol["seeds"] = "controls of sample s of clip i: " + std::to_string(clips.seed()) + " + s * " + std::to_string(kSampleStride) + " + i";
        result.protocol["pixels"] = m_options.eightBit ? "[0, 1], clamped, predictions rounded to bytes" : "[0, 1], clamped, predictions not rounded";
        result.protocol["classes"] = trueClass ? nlohmann::json("as labelled") : nlohmann::json();
        result.protocol["batch"] = batch;
        nlohmann::json curves{{"first_frame", given}};
        const auto figures = [&](const std::string& name, const std::string& headline, const torch::Tensor& scores, const torch::Tensor& still) {
            const torch::Tensor chosen = bestSamples(scores), best = scoresOf(scores, chosen);
            const auto report = [&](const std::string& value, const std::string& curve, const torch::Tensor& perFrame) {  // (N, T)
                const torch::Tensor ofClips = perFrame.mean(1);
                const auto of = ofClips.accessor<double, 1>();
                const auto interval = bootstrapInterval(count, clips.seed(), [&](const std::vector<int64_t>& cases) {
                    double sum = 0;
                    for (const int64_t one : cases) sum += of[one];
                    return sum / static_cast<double>(cases.size());
                });
                result.values.push_back({value, ofClips.mean().item<double>(), interval});
                const torch::Tensor overClips = perFrame.mean(0).contiguous();
                curves[curve] = std::vector<double>(overClips.data_ptr<double>(), overClips.data_ptr<double>() + overClips.numel());
            };
            report(headline, name, best);
            report(name + "_mean", name + "_mean", scores.mean(1));
            report(name + "_still", name + "_still", still.squeeze(1));
            const torch::Tensor indices = chosen.contiguous();
            result.details["best_by_" + name] = std::vector<int64_t>(indices.data_ptr<int64_t>(), indices.data_ptr<int64_t>() + count);
        };
        figures("psnr", "best_of_n", psnr, psnrStill);
        figures("ssim", "ssim", ssim, ssimStill);
        result.details["curves"] = curves;
        if (perfect) result.notes.push_back("perfect frames count as " + std::to_string(static_cast<int>(kMostDecibels)) + " dB");
        if (count < m_options.clips) result.notes.push_back("the dataset has " + std::to_string(count) + " clips that are long enough, not " + std::to_string(m_options.clips));
        if (trueClass) result.notes.push_back("every clip is continued with its own class");
    }

    /// The frames that the system is given, as its control wants them.
    static ControlValue headOf(const Frames& clip, const Control& control, int first, int count)
    {
        Frames head(count, clip.height(), clip.width());
        std::copy_n(clip.frame(first), head.bytes().size(), head.bytes().data());
        ControlValue value;
        const int height = control.height > 0 ? control.height : clip.height(), width = control.width > 0 ? control.width : clip.width();
        value.frames = std::make_shared<const Frames>(height == clip.height() && width == clip.width() ? std::move(head) : resized(head, height, width));
        return value;
    }

    /// A class that is drawn otherwise, and whose names are those of a label.
    static std::optional<TrueClass> findClass(const SystemDescription& description, const std::vector<LabelColumn>& labels)
    {
        for (const Control& control : description.controls)
            if (control.kind == ControlKind::Category && !control.fixed)
                for (std::size_t i = 0; i < labels.size(); ++i)
                    if (labels[i].categories == control.categories) return TrueClass{control.id, i};
        return std::nullopt;
    }
};
}  // namespace

namespace detail {
std::unique_ptr<Metric> bestOfNMetric() { return std::make_unique<BestOfN>(); }
}  // namespace detail

}  // namespace kinora
