#include "models/mocogan/mocogan_plan.h"

#include "core/plan/fold.h"
#include "core/util/error.h"
#include "models/blocks/deconvolution_chain.h"
#include "models/mocogan/mocogan_system.h"

namespace kinora::mocogan {
namespace {
constexpr int64_t kFramesAtOnce = 16;  // whose features stay near in memory

class ProcessorPlan final : public GenerationPlan {
public:
    ProcessorPlan(Generator generator, PlanPrecision precision) : m_generator(std::move(generator)), m_precision(precision) { refresh(); }

    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t /*seed*/) override
    {
        const torch::NoGradGuard noGrad;
        refresh();
        const Course course = courseOf(m_generator, controls, frames);
        const int64_t clips = course.path.size(0), size = 64;
        if (clips < 1) throw Error(ErrorCode::ShapeMismatch, "found no codes, expected those of one clip or more", "content");
        const torch::Tensor rows = m_generator->rows(course.codes, course.path);
        torch::Tensor made = torch::empty({clips, 3, frames, size, size});
        const int64_t pixels = size * size;
        for (int64_t n = 0; n < clips; ++n)
            for (int64_t from = 0; from < frames; from += kFramesAtOnce) {
                const int64_t count = std::min<int64_t>(kFramesAtOnce, frames - from), first = n * frames + from;
                m_chain.run(rows.slice(0, first, first + count).unsqueeze(2).unsqueeze(3), made.mutable_data_ptr<float>() + (n * 3 * frames + from) * pixels, frames * pixels);
            }
        return made;
    }
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override
    {
        return std::string("inference plan in ") + planPrecisionName(m_precision) + " on the processor, norms folded, " + std::to_string(m_chain.bytes() / 1000000) + " MB of prepared weights; the recurrent cell as it is";
    }

private:
    void refresh() { m_stamp.follow(plan::weightStamp(*m_generator), [this] { prepare(); }); }
    void prepare()
    {
        const torch::NoGradGuard noGrad;
        m_chain = DeconvolutionChain(m_precision);
        const auto convolution = [this](int layer) -> torch::nn::ConvTranspose2dImpl& { return plan::part<torch::nn::ConvTranspose2dImpl>(*m_generator, "main." + std::to_string(3 * layer)); };
        for (int layer = 0; layer < 4; ++layer) m_chain.add(convolution(layer), plan::part<torch::nn::BatchNorm2dImpl>(*m_generator, "main." + std::to_string(3 * layer + 1)), true);
        m_chain.addPicture(convolution(4));
    }

    Generator m_generator;
    PlanPrecision m_precision;
    plan::Stamp m_stamp;
    DeconvolutionChain m_chain;
};
}  // namespace

std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision)
{
    if (!plan::possibleHere(*generator, precision)) return nullptr;
    return std::make_unique<ProcessorPlan>(std::move(generator), precision);
}

}  // namespace kinora::mocogan
