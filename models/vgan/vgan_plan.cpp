#include "models/vgan/vgan_plan.h"

#include "core/plan/fold.h"
#include "core/util/error.h"
#include "models/blocks/deconvolution_chain.h"
#include "models/blocks/scopes.h"

namespace kinora::vgan {
namespace {
class ProcessorPlan final : public GenerationPlan {
public:
    ProcessorPlan(Generator generator, bool splitCodes, PlanPrecision precision) : m_generator(std::move(generator)), m_splitCodes(splitCodes), m_precision(precision) { prepare(); }

    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t /*seed*/) override
    {
        const torch::NoGradGuard noGrad;
        if (plan::weightStamp(*m_generator) != m_stamp) prepare();
        const bool masked = m_generator->options().variant != Variant::OneStream, split = m_splitCodes && masked;
        const torch::Tensor z = codeOf(controls, split ? "z_foreground" : "z"), still = split ? codeOf(controls, "z_background") : z;
        if (frames != kFrames) throw Error(ErrorCode::ShapeMismatch, "clips have " + std::to_string(kFrames) + " frames, not " + std::to_string(frames), "frames");
        if (z.size(0) < 1 || still.size(0) != z.size(0)) throw Error(ErrorCode::ShapeMismatch, "found no codes, or not as many for the background, expected those of one clip or more", "z");
        const torch::Tensor strength = masked ? controlOf(controls, "mask_strength") : torch::Tensor();
        torch::Tensor made = torch::empty({z.size(0), 3, kFrames, kSize, kSize});
        for (int64_t n = 0; n < z.size(0); ++n) {  // clip by clip: the features of one are large enough
            const torch::Tensor sums = m_video.run(z.slice(0, n, n + 1))[0];  // (T, H, W, 16): foreground, mask
            const torch::Tensor foreground = torch::tanh(sums.slice(3, 0, 3).permute({3, 0, 1, 2}).contiguous());
            if (!masked) {
                made[n].copy_(foreground);
                continue;
            }
            torch::Tensor mask = torch::sigmoid(sums.select(3, 3).contiguous());
            if (const double s = strength[n].item<double>(); s != 1) mask = (s * mask).clamp(0, 1);
            const torch::Tensor background = torch::tanh(m_background.run(still.slice(0, n, n + 1))[0][0].slice(2, 0, 3).permute({2, 0, 1}).contiguous());
            made[n].copy_(background.unsqueeze(1) + mask * (foreground - background.unsqueeze(1)));
        }
        return made;
    }
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override
    {
        return std::string("inference plan in ") + planPrecisionName(m_precision) + " on the processor, norms folded, foreground and mask in one, " + std::to_string((m_video.bytes() + m_background.bytes()) / 1000000) +
               " MB of prepared weights";
    }

private:
    torch::Tensor codeOf(const ControlTensors& controls, const char* id) const
    {
        const torch::Tensor& code = controlOf(controls, id);
        if (code.dim() != 2 || code.size(1) != m_generator->options().codeDim) throw Error(ErrorCode::ShapeMismatch, "takes " + std::to_string(m_generator->options().codeDim) + " numbers a clip, not " + std::to_string(code.size(-1)), id);
        return code;
    }

    void prepare()
    {
        using torch::nn::ConvTranspose2dImpl;
        using torch::nn::ConvTranspose3dImpl;
        const torch::NoGradGuard noGrad;
        m_stamp = plan::weightStamp(*m_generator);
        m_video = DeconvolutionChain(m_precision);
        m_background = DeconvolutionChain(m_precision);
        const bool masked = m_generator->options().variant != Variant::OneStream;
        for (const std::string number : {"1", "2", "3", "4"}) {
            m_video.add(plan::part<ConvTranspose3dImpl>(*m_generator, "video.conv" + number), &plan::part<torch::nn::BatchNorm3dImpl>(*m_generator, "video.bn" + number));
            if (masked) m_background.add(plan::part<ConvTranspose2dImpl>(*m_generator, "background.conv" + number), &plan::part<torch::nn::BatchNorm2dImpl>(*m_generator, "background.bn" + number));
        }
        std::vector<const ConvTranspose3dImpl*> heads{&plan::part<ConvTranspose3dImpl>(*m_generator, "video.foreground")};
        if (masked) {
            heads.push_back(&plan::part<ConvTranspose3dImpl>(*m_generator, "video.mask"));
            m_background.add(plan::part<ConvTranspose2dImpl>(*m_generator, "background.conv5"), nullptr);
        }
        m_video.add(heads);
    }

    Generator m_generator;
    bool m_splitCodes;
    PlanPrecision m_precision;
    uint64_t m_stamp = 0;
    DeconvolutionChain m_video, m_background;
};
}  // namespace

std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, bool splitCodes, PlanPrecision precision)
{
    if (generator->options().variant == Variant::Conditional || !generator->parameters().front().device().is_cpu()) return nullptr;
    if (precision == PlanPrecision::BFloat16 && !plan::bfloat16ProductsWork()) return nullptr;
    return std::make_unique<ProcessorPlan>(std::move(generator), splitCodes, precision);
}

}  // namespace kinora::vgan
