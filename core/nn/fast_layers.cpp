#include "core/nn/fast_layers.h"

#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "core/nn/device_kernels.h"
#include "core/nn/halving_convolution.h"
#include "core/nn/picture_convolution.h"
#include "core/nn/processor_loops.h"
#include "core/nn/row_kernels.h"
#include "core/nn/strip_product.h"
#include "core/util/error.h"

namespace kinora::nn {
namespace {
using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// What products are computed in here: autocast's type, or the input's own.
torch::ScalarType productType(const Tensor& x)
{
    const auto device = x.device().type();
    return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

/// Loops over memory leave no graph behind: whoever asks for the gradient of a gradient is to hear it instead of being given constants. \throws Error (Internal)
void onceOnly()
{
    if (torch::GradMode::is_enabled()) throw Error(ErrorCode::Internal, "cannot be differentiated twice; use the plain formulation", "a fast layer");
}

std::optional<Tensor> given(const Tensor& x) { return x.defined() ? std::optional(x) : std::nullopt; }

/// Whether strips of rows can be multiplied in it on this processor.
bool hasProducts(torch::ScalarType type) { return type == torch::kFloat32 || (type == torch::kBFloat16 && bfloat16ProductsWork()); }

template <class Work>
void withType(const Tensor& x, const Work& work)
{
    if (x.scalar_type() == torch::kFloat32) work(static_cast<float*>(nullptr));
    else work(static_cast<c10::BFloat16*>(nullptr));
}
template <class T>
T* data(const Tensor& x)
{
    return x.defined() ? static_cast<T*>(x.data_ptr()) : nullptr;
}

Tensor rowsOf(const Tensor& x) { return x.reshape({-1, x.size(-1)}); }

rows::TimeShape timeShape(const Tensor& moving, int64_t channels, int64_t kernel, int64_t stride, int64_t padding)
{
    return {moving.size(0), moving.size(1), moving.size(2) * moving.size(3), channels, kernel, stride, padding};
}

/// The plug-in's kernels for \p x, or null: it is not on a GPU, there is no plug-in, or the type is none of its.
const DeviceKernels* kernelsFor(const Tensor& x, DeviceNumber& type)
{
    if (!x.is_cuda()) return nullptr;
    switch (x.scalar_type()) {
        case torch::kFloat32: type = DeviceNumber::Float32; break;
        case torch::kFloat16: type = DeviceNumber::Float16; break;
        case torch::kBFloat16: type = DeviceNumber::BFloat16; break;
        default: return nullptr;
    }
    return deviceKernels();
}
void* streamOf(const Tensor& x) { return c10::impl::VirtualGuardImpl(x.device().type()).getStream(x.device()).native_handle(); }
void check(const DeviceKernels& kernels, int error, const char* kernel)
{
    if (error != 0) throw Error(ErrorCode::Internal, std::string("the GPU refused to start it: ") + kernels.message(error), kernel);
}
DeviceKernels::Time timeOf(const rows::TimeShape& s) { return {s.clips, s.frames, s.positions, s.channels, s.kernel, s.stride, s.padding}; }
void* address(const Tensor& x) { return x.defined() ? x.data_ptr() : nullptr; }

/// rows::shiftAdd on tensors: taps (N, T, H, W, k, C), still (N, 1, H, W, k, C) or undefined.
Tensor shiftAdd(const Tensor& taps, const Tensor& still, const rows::TimeShape& s)
{
    std::vector<int64_t> size = taps.sizes().vec();
    size[1] = s.outFrames();
    size.erase(size.end() - 2);
    if (hasLoops(taps)) {
        Tensor out = torch::empty(size, taps.options());
        withType(taps, [&]<class T>(T*) { rows::shiftAdd(data<T>(taps), data<T>(still), s, data<T>(out)); });
        return out;
    }
    DeviceNumber type{};
    if (const DeviceKernels* kernels = kernelsFor(taps, type)) {
        Tensor out = torch::empty(size, taps.options());
        const DeviceKernels::Time time = timeOf(s);
        const c10::DeviceGuard guard(taps.device());
        check(*kernels, kernels->shiftAdd(taps.data_ptr(), address(still), &time, out.data_ptr(), type, streamOf(taps)), "shiftAdd");
        return out;
    }
    // out(t s + tap - p) collects tap of frame t: of every phase of the output one tap's frames follow each other
    Tensor out = torch::empty(size, taps.options());
    const Tensor all = still.defined() ? taps + still : taps;
    for (int64_t phase = 0; phase < std::min(s.stride, size[1]); ++phase) {
        const Tensor target = out.slice(1, phase, size[1], s.stride);
        const int64_t frames = target.size(1);
        bool begun = false;
        const auto take = [&](int64_t tap, int64_t shift) {  // target(i) += tap(i - shift)
            const int64_t from = std::max<int64_t>(0, shift), to = std::min(frames, s.frames + shift);
            if (to <= from) return;
            const Tensor part = all.slice(1, from - shift, to - shift).select(4, tap);
            if (!begun && to - from == frames) {
                target.copy_(part);
            } else {
                if (!begun) target.zero_();
                target.slice(1, from, to).add_(part);
            }
            begun = true;
        };
        const auto shiftOf = [&](int64_t tap) { return (tap - s.padding - phase) / s.stride; };
        const auto belongs = [&](int64_t tap) { return (tap - s.padding - phase) % s.stride == 0; };
        for (int64_t tap = 0; tap < s.kernel; ++tap)
            if (belongs(tap) && shiftOf(tap) == 0) take(tap, 0);
        for (int64_t tap = 0; tap < s.kernel; ++tap)
            if (belongs(tap) && shiftOf(tap) != 0) take(tap, shiftOf(tap));
        if (!begun) target.zero_();
    }
    return out;
}

/// rows::shiftGather on tensors. \returns taps and still; the second undefined unless asked for
std::pair<Tensor, Tensor> shiftGather(const Tensor& out, const rows::TimeShape& s, bool wantsStill)
{
    const int64_t n = out.size(0), h = out.size(2), w = out.size(3);
    if (hasLoops(out)) {
        Tensor taps = torch::empty({n, s.frames, h, w, s.kernel, s.channels}, out.options());
        Tensor still = wantsStill ? torch::empty({n, 1, h, w, s.kernel, s.channels}, out.options()) : Tensor();
        withType(out, [&]<class T>(T*) { rows::shiftGather(data<T>(out), s, data<T>(taps), data<T>(still)); });
        return {taps, still};
    }
    DeviceNumber type{};
    if (const DeviceKernels* kernels = kernelsFor(out, type)) {
        Tensor taps = torch::empty({n, s.frames, h, w, s.kernel, s.channels}, out.options());
        Tensor still = wantsStill ? torch::empty({n, 1, h, w, s.kernel, s.channels}, out.options()) : Tensor();
        const DeviceKernels::Time time = timeOf(s);
        const c10::DeviceGuard guard(out.device());
        check(*kernels, kernels->shiftGather(out.data_ptr(), &time, taps.data_ptr(), address(still), type, streamOf(out)), "shiftGather");
        return {taps, still};
    }
    Tensor taps = torch::zeros({n, s.frames, h, w, s.kernel, s.channels}, out.options());
    for (int64_t tap = 0; tap < s.kernel; ++tap)
        for (int64_t t = 0; t < s.frames; ++t) {
            const int64_t at = t * s.stride + tap - s.padding;
            if (at >= 0 && at < out.size(1)) taps.select(1, t).select(3, tap).copy_(out.select(1, at));
        }
    return {taps, wantsStill ? taps.sum(1, true) : Tensor()};
}

struct TransposedInTime : torch::autograd::Function<TransposedInTime> {
    static Tensor forward(AutogradContext* context, const std::optional<Tensor>& stillGiven, const Tensor& movingIn, const Tensor& weightIn, int64_t stride, int64_t padding)
    {
        RECORD_FUNCTION("TransposedInTime", std::vector<c10::IValue>({movingIn, weightIn}));
        const Tensor stillIn = stillGiven.value_or(Tensor());
        const auto type = productType(movingIn);
        const Tensor moving = movingIn.to(type).contiguous(), still = stillIn.defined() ? stillIn.to(type).contiguous() : Tensor();
        const int64_t channels = weightIn.size(1), kernel = weightIn.size(2), constant = still.defined() ? still.size(-1) : 0;
        const Tensor weight = weightIn.permute({0, 2, 1}).to(type).contiguous().view({weightIn.size(0), kernel * channels});
        const rows::TimeShape shape = timeShape(moving, channels, kernel, stride, padding);
        context->save_for_backward({still, moving, weight});
        context->saved_data["stride"] = stride;
        context->saved_data["padding"] = padding;
        context->saved_data["kernel"] = kernel;
        context->saved_data["types"] = std::vector<int64_t>{static_cast<int64_t>(weightIn.scalar_type()), static_cast<int64_t>(movingIn.scalar_type()),
                                                            static_cast<int64_t>(stillIn.defined() ? stillIn.scalar_type() : type)};

        const auto product = [&](const Tensor& x, const Tensor& w) {
            std::vector<int64_t> size = x.sizes().vec();
            size.back() = kernel;
            size.push_back(channels);
            return at::mm(rowsOf(x), w).view(size);
        };
        const Tensor taps = product(moving, weight.slice(0, constant));
        const bool onlyTaps = kernel == 1 && stride == 1 && padding == 0;
        if (!still.defined()) return onlyTaps ? taps.squeeze(4) : shiftAdd(taps, {}, shape);
        return shiftAdd(taps, product(still, weight.slice(0, 0, constant)), shape);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        onceOnly();
        const variable_list saved = context->get_saved_variables();
        const Tensor &still = saved[0], &moving = saved[1], &weight = saved[2];
        const int64_t stride = context->saved_data["stride"].toInt(), padding = context->saved_data["padding"].toInt(), kernel = context->saved_data["kernel"].toInt();
        const auto types = context->saved_data["types"].toIntVector();
        const Tensor g = gradients[0].to(moving.scalar_type()).contiguous();
        const int64_t channels = g.size(-1), constant = still.defined() ? still.size(-1) : 0;
        const rows::TimeShape shape = timeShape(moving, channels, kernel, stride, padding);
        const bool onlyTaps = kernel == 1 && stride == 1 && padding == 0;
        Tensor taps = g, stillTaps;
        if (!onlyTaps) std::tie(taps, stillTaps) = shiftGather(g, shape, still.defined());
        else if (still.defined()) stillTaps = g.sum(1, true);

        const Tensor tapRows = taps.reshape({-1, kernel * channels});
        const std::size_t first = still.defined() ? 1 : 0;  // inputs are numbered without those that are not given
        Tensor dStill, dMoving, dWeight;
        if (context->needs_input_grad(first)) dMoving = at::mm(tapRows, weight.slice(0, constant).t()).view(moving.sizes()).to(static_cast<torch::ScalarType>(types[1]));
        if (context->needs_input_grad(first + 1)) dWeight = at::mm(rowsOf(moving).t(), tapRows);
        if (still.defined()) {
            const Tensor stillRows = stillTaps.reshape({-1, kernel * channels});
            if (context->needs_input_grad(0)) dStill = at::mm(stillRows, weight.slice(0, 0, constant).t()).view(still.sizes()).to(static_cast<torch::ScalarType>(types[2]));
            if (dWeight.defined()) dWeight = torch::cat({at::mm(rowsOf(still).t(), stillRows), dWeight});
        }
        if (dWeight.defined()) dWeight = dWeight.view({-1, kernel, channels}).permute({0, 2, 1}).to(static_cast<torch::ScalarType>(types[0]), /*non_blocking=*/false, /*copy=*/false, torch::MemoryFormat::Contiguous);
        return {dStill, dMoving, dWeight, Tensor(), Tensor()};
    }
};

struct NormReluAdd : torch::autograd::Function<NormReluAdd> {
    static Tensor forward(AutogradContext* context, const Tensor& xIn, const Tensor& bias, const Tensor& gamma, const Tensor& beta, const std::optional<Tensor>& addedGiven, Tensor runningMean, Tensor runningVar,
                          double momentum, double epsilon)
    {
        RECORD_FUNCTION("NormReluAdd", std::vector<c10::IValue>({xIn}));
        const Tensor x = xIn.contiguous(), addedIn = addedGiven.value_or(Tensor());
        const Tensor added = addedIn.defined() ? addedIn.to(x.scalar_type()).contiguous() : Tensor();
        const rows::NormShape shape = shapeOf(x);
        Tensor mean = torch::empty({shape.channels}, gamma.options()), variance = torch::empty_like(mean);
        withType(x, [&]<class T>(T*) { rows::moments(data<T>(x), shape, mean.data_ptr<float>(), variance.data_ptr<float>()); });
        const double n = static_cast<double>(shape.rows());
        runningMean.mul_(1 - momentum).add_(mean + bias, momentum);
        runningVar.mul_(1 - momentum).add_(variance, momentum * n / (n - 1));
        const Tensor inverse = (variance + epsilon).rsqrt();
        const Tensor scale = gamma * inverse, shift = beta - mean * scale;
        Tensor y = torch::empty_like(x);
        withType(x, [&]<class T>(T*) { rows::normReluAdd(data<T>(x), shape, scale.data_ptr<float>(), shift.data_ptr<float>(), data<T>(added), data<T>(y)); });
        context->save_for_backward({x, gamma, beta, mean, inverse});
        context->saved_data["added"] = added.defined() ? static_cast<int64_t>(addedIn.scalar_type()) : int64_t(-1);
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        onceOnly();
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &gamma = saved[1], &beta = saved[2], &mean = saved[3], &inverse = saved[4];
        const Tensor g = gradients[0].to(x.scalar_type()).contiguous();
        const rows::NormShape shape = shapeOf(x);
        const int64_t addedType = context->saved_data["added"].toInt();
        Tensor dx = torch::empty_like(x), dGamma = torch::empty_like(gamma), dBeta = torch::empty_like(beta);
        Tensor dAdded = addedType >= 0 ? torch::empty({x.size(0), x.size(1), 1, 1, x.size(-1)}, x.options()) : Tensor();
        withType(x, [&]<class T>(T*) {
            rows::normReluAddBackward(data<T>(x), data<T>(g), shape, mean.data_ptr<float>(), inverse.data_ptr<float>(), gamma.data_ptr<float>(), beta.data_ptr<float>(), data<T>(dx),
                                      data<T>(dAdded), dGamma.data_ptr<float>(), dBeta.data_ptr<float>());
        });
        if (dAdded.defined()) dAdded = dAdded.to(static_cast<torch::ScalarType>(addedType));
        return {dx, torch::zeros_like(gamma), dGamma, dBeta, dAdded, Tensor(), Tensor(), Tensor(), Tensor()};
    }

private:
    static rows::NormShape shapeOf(const Tensor& x) { return {x.size(0) * x.size(1), x.size(2) * x.size(3), x.size(4)}; }
};

struct BiasLeaky : torch::autograd::Function<BiasLeaky> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& bias, const std::optional<Tensor>& ratio, double slope)
    {
        RECORD_FUNCTION("BiasLeaky", std::vector<c10::IValue>({x}));
        const rows::HalvesShape shape = shapeOf(x, ratio.has_value());
        const auto scale = ratio ? ratio->item<float>() : 1.0F;
        Tensor y = torch::empty_like(x);
        withType(x, [&]<class T>(T*) { rows::biasLeaky(data<T>(x), shape, scale, bias.data_ptr<float>(), static_cast<float>(slope), data<T>(y)); });
        context->save_for_backward({y, bias});
        context->saved_data["scale"] = static_cast<double>(scale);
        context->saved_data["slope"] = slope;
        context->saved_data["halves"] = ratio.has_value();
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        onceOnly();
        const variable_list saved = context->get_saved_variables();
        const Tensor &y = saved[0], &bias = saved[1];
        const bool halves = context->saved_data["halves"].toBool();
        const Tensor g = gradients[0].to(y.scalar_type()).contiguous();
        Tensor dx = torch::empty_like(y), dBias = torch::empty_like(bias), dRatio = torch::empty({}, bias.options());
        withType(y, [&]<class T>(T*) {
            rows::biasLeakyBackward(data<T>(y), data<T>(g), shapeOf(y, halves), static_cast<float>(context->saved_data["scale"].toDouble()), bias.data_ptr<float>(),
                                    static_cast<float>(context->saved_data["slope"].toDouble()), data<T>(dx), dBias.data_ptr<float>(), dRatio.data_ptr<float>());
        });
        return {dx, dBias, halves ? dRatio : Tensor(), Tensor()};
    }

private:
    static rows::HalvesShape shapeOf(const Tensor& x, bool halves)
    {
        const int64_t channels = x.size(-1), count = x.numel() / channels;
        return halves ? rows::HalvesShape{count / 2, count - count / 2, channels} : rows::HalvesShape{count, 0, channels};
    }
};

/// A convolution of kernel 4, stride 2, padding 1 of images (N, H, W, C), or, with \p doubles, its transpose; see halving_convolution.h.
struct Halving : torch::autograd::Function<Halving> {
    /// \param weight  (channels of the small images, those of the large ones, 4, 4)
    static Tensor forward(AutogradContext* context, const Tensor& xIn, const Tensor& weightIn, bool doubles)
    {
        RECORD_FUNCTION("Halving", std::vector<c10::IValue>({xIn, weightIn}));
        const auto type = productType(xIn);
        const Tensor x = xIn.to(type).contiguous(), weight = weightIn.to(type).flatten(2).transpose(1, 2).contiguous();
        const halving::Shape shape = shapeOf(x, weightIn, doubles);
        Tensor y = torch::empty(doubles ? std::vector<int64_t>{shape.images, 2 * shape.height, 2 * shape.width, shape.large} : std::vector<int64_t>{shape.images, shape.height, shape.width, shape.small}, x.options());
        withType(x, [&]<class T>(T*) {
            if (doubles) halving::enlarge(data<T>(x), data<T>(weight), shape, data<T>(y));
            else halving::reduce(data<T>(x), data<T>(weight), shape, data<T>(y));
        });
        context->save_for_backward({x, weight});
        context->saved_data["doubles"] = doubles;
        context->saved_data["types"] = std::vector<int64_t>{static_cast<int64_t>(xIn.scalar_type()), static_cast<int64_t>(weightIn.scalar_type())};
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        onceOnly();
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &weight = saved[1];
        const bool doubles = context->saved_data["doubles"].toBool();
        const auto types = context->saved_data["types"].toIntVector();
        const Tensor g = gradients[0].to(x.scalar_type()).contiguous();
        const halving::Shape shape = shapeOf(x, weight.view({weight.size(0), 4, 4, weight.size(2)}).permute({0, 3, 1, 2}), doubles);
        Tensor dx, dWeight;
        if (context->needs_input_grad(0)) {
            dx = torch::empty_like(x);
            withType(x, [&]<class T>(T*) {
                if (doubles) halving::reduce(data<T>(g), data<T>(weight), shape, data<T>(dx));
                else halving::enlarge(data<T>(g), data<T>(weight), shape, data<T>(dx));
            });
            dx = dx.to(static_cast<torch::ScalarType>(types[0]));
        }
        if (context->needs_input_grad(1)) {
            dWeight = torch::empty_like(weight);
            withType(x, [&]<class T>(T*) { halving::weightGradient(data<T>(doubles ? x : g), data<T>(doubles ? g : x), shape, data<T>(dWeight)); });
            dWeight = dWeight.view({weight.size(0), 4, 4, weight.size(2)}).permute({0, 3, 1, 2}).to(static_cast<torch::ScalarType>(types[1]));
        }
        return {dx, dWeight, Tensor()};
    }
    /// Whether images (N, H, W, C) are taken, and it pays.
    static bool takes(const Tensor& x, const Tensor& weight, torch::IntArrayRef stride, torch::IntArrayRef padding, bool doubles)
    {
        const auto type = productType(x);
        return onProcessor(x) && hasProducts(type) && weight.size(2) == 4 && weight.size(3) == 4 && stride == torch::IntArrayRef({2, 2}) &&
               padding == torch::IntArrayRef({1, 1}) && (doubles || (x.size(1) % 2 == 0 && x.size(2) % 2 == 0)) && halving::pays(shapeOf(x, weight, doubles), type == torch::kBFloat16);
    }

private:
    static halving::Shape shapeOf(const Tensor& x, const Tensor& weight, bool doubles)
    {
        const int64_t part = doubles ? 1 : 2;
        return {x.size(0), x.size(1) / part, x.size(2) / part, weight.size(0), weight.size(1)};
    }
};

/// A 3 x 3 convolution of clips (N, T, H, W, C) to three channels; see picture_convolution.h.
struct ToPicture : torch::autograd::Function<ToPicture> {
    static Tensor forward(AutogradContext* context, const Tensor& xIn, const Tensor& weightIn)
    {
        RECORD_FUNCTION("ToPicture", std::vector<c10::IValue>({xIn, weightIn}));
        const auto type = productType(xIn);
        const Tensor x = xIn.to(type).contiguous(), weight = weightIn.to(type).flatten(2).transpose(1, 2).contiguous();
        Tensor y = torch::empty({x.size(0), x.size(1), x.size(2), x.size(3), 3}, x.options());
        withType(x, [&]<class T>(T*) { picture::convolve(data<T>(x), data<T>(weight), shapeOf(x), data<T>(y)); });
        context->save_for_backward({x, weight});
        context->saved_data["types"] = std::vector<int64_t>{static_cast<int64_t>(xIn.scalar_type()), static_cast<int64_t>(weightIn.scalar_type())};
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        onceOnly();
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &weight = saved[1], g = gradients[0].to(x.scalar_type()).contiguous();
        const auto types = context->saved_data["types"].toIntVector();
        Tensor dx = context->needs_input_grad(0) ? torch::empty_like(x) : Tensor(), dWeight = context->needs_input_grad(1) ? torch::empty_like(weight) : Tensor();
        withType(x, [&]<class T>(T*) { picture::backward(data<T>(x), data<T>(g), data<T>(weight), shapeOf(x), data<T>(dx), data<T>(dWeight)); });
        if (dx.defined()) dx = dx.to(static_cast<torch::ScalarType>(types[0]));
        if (dWeight.defined()) dWeight = dWeight.view({3, 3, 3, x.size(-1)}).permute({0, 3, 1, 2}).to(static_cast<torch::ScalarType>(types[1]));
        return {dx, dWeight};
    }
    static bool takes(const Tensor& x, const Tensor& weight, int64_t padding)
    {
        const auto type = productType(x);
        return onProcessor(x) && hasProducts(type) && weight.size(0) == 3 && weight.size(2) == 3 && weight.size(3) == 3 && padding == 1 && x.size(-1) % 16 == 0 &&
               x.size(2) * x.size(3) % 16 == 0;
    }

private:
    static picture::Shape shapeOf(const Tensor& x) { return {x.size(0) * x.size(1), x.size(2), x.size(3), x.size(4)}; }
};

/// (N, T, H, W, C) as N T images in channels-last, and back.
Tensor asImages(const Tensor& x) { return x.reshape({x.size(0) * x.size(1), x.size(2), x.size(3), x.size(4)}).permute({0, 3, 1, 2}); }
Tensor asClips(const Tensor& images, int64_t n)
{
    const Tensor rows = images.permute({0, 2, 3, 1}).contiguous();
    return rows.view({n, rows.size(0) / n, rows.size(1), rows.size(2), rows.size(3)});
}
}  // namespace

Tensor channelsLast(const Tensor& clip) { return clip.permute({0, 2, 3, 4, 1}).contiguous(); }
Tensor channelsSecond(const Tensor& features) { return features.permute({0, 4, 1, 2, 3}); }

Tensor transposedInTime(const Tensor& still, const Tensor& moving, const Tensor& weight, int64_t stride, int64_t padding)
{
    return TransposedInTime::apply(given(still), moving, weight, stride, padding);
}

Tensor shiftedSum(const Tensor& taps, const Tensor& still, int64_t stride, int64_t padding)
{
    return shiftAdd(taps, still, {taps.size(0), taps.size(1), taps.size(2) * taps.size(3), taps.size(5), taps.size(4), stride, padding});
}

Tensor transposedInSpace(const Tensor& x, const Tensor& weight, int64_t stride, int64_t padding)
{
    const int64_t kernel = weight.size(2);
    if (x.size(2) == 1 && x.size(3) == 1 && padding == 0) {
        // from one point every tap has its own place
        const Tensor taps = at::matmul(x.reshape({-1, x.size(-1)}), weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1}));
        return taps.view({x.size(0), x.size(1), kernel, kernel, weight.size(1)});
    }
    const Tensor images = x.reshape({x.size(0) * x.size(1), x.size(2), x.size(3), x.size(4)});
    if (Halving::takes(images, weight, {stride, stride}, {padding, padding}, true)) {
        const Tensor y = Halving::apply(images, weight, true);
        return y.view({x.size(0), x.size(1), y.size(1), y.size(2), y.size(3)});
    }
    return asClips(at::conv_transpose2d(asImages(x), weight, {}, stride, padding), x.size(0));
}

Tensor normReluAdd(const Tensor& x, const Tensor& bias, torch::nn::BatchNorm3dImpl& norm, const Tensor& added)
{
    if (x.numel() <= x.size(-1)) throw Error(ErrorCode::ShapeMismatch, "batch norm needs more than one value of a channel to train on", "batch");
    norm.num_batches_tracked.add_(1);
    const double momentum = norm.options.momentum().value(), epsilon = norm.options.eps();
    if (hasLoops(x)) return NormReluAdd::apply(x, bias, norm.weight, norm.bias, given(added), norm.running_mean, norm.running_var, momentum, epsilon);
    const Tensor images = asImages(x);
    const Tensor y = asClips(torch::relu(torch::batch_norm(images, norm.weight, norm.bias, norm.running_mean, norm.running_var, true, momentum, epsilon, at::globalContext().userEnabledCuDNN())), x.size(0));
    {
        const torch::NoGradGuard noGradient;
        norm.running_mean.variable_data().add_(bias, momentum);  // unseen by the graph, which has kept the running mean and does not use it
    }
    return added.defined() ? y + added + 0 * bias : y + 0 * bias;
}

Tensor convolutionInSpace(const Tensor& still, const Tensor& moving, const Tensor& weight, const Tensor& bias, int64_t padding)
{
    const int64_t n = moving.size(0), constant = still.defined() ? still.size(-1) : 0;
    const Tensor own = weight.slice(1, constant);
    const Tensor y = ToPicture::takes(moving, own, padding) ? ToPicture::apply(moving, own) : asClips(at::conv2d(asImages(moving), own, {}, 1, padding), n);
    if (constant == 0) return y + bias.to(y.scalar_type());
    return y + asClips(at::conv2d(asImages(still), weight.slice(1, 0, constant), bias, 1, padding), n);
}

Tensor convolution2d(const Tensor& x, const Tensor& weight, const Tensor& bias, torch::IntArrayRef stride, torch::IntArrayRef padding, double slope)
{
    if (const Tensor rows = x.permute({0, 2, 3, 1}); slope == 1 && !bias.defined() && Halving::takes(rows, weight, stride, padding, false)) return Halving::apply(rows, weight, false).permute({0, 3, 1, 2});
    const bool whole = x.size(2) == weight.size(2) && x.size(3) == weight.size(3) && padding[0] == 0 && padding[1] == 0;
    Tensor y = whole ? at::linear(x.permute({0, 2, 3, 1}).reshape({x.size(0), -1}), weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1}), bias) : at::conv2d(x, weight, bias, stride, padding);
    if (slope != 1) y = at::leaky_relu_(y, slope);
    return whole ? y.view({x.size(0), weight.size(0), 1, 1}) : y;
}

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, torch::IntArrayRef stride, torch::IntArrayRef padding, double slope)
{
    const int64_t n = x.size(0), t = x.size(1), h = x.size(2), w = x.size(3), out = weight.size(0), in = weight.size(1);
    if (weight.size(2) == 1 && stride[0] == 1 && padding[0] == 0)
        return asClips(convolution2d(asImages(x), weight.view({out, in, weight.size(3), weight.size(4)}), bias, stride.slice(1), padding.slice(1), slope), n);
    if (weight.size(3) == 1 && weight.size(4) == 1 && stride[1] == 1 && stride[2] == 1 && padding[1] == 0 && padding[2] == 0) {
        // a clip as one image, a frame in each of its rows
        const Tensor image = x.reshape({n, t, h * w, in}).permute({0, 3, 1, 2});
        const Tensor y = convolution2d(image, weight.view({out, in, weight.size(2), 1}), bias, {stride[0], 1}, {padding[0], 0}, slope).permute({0, 2, 3, 1}).contiguous();
        return y.view({n, y.size(1), h, w, out});
    }
    Tensor y = at::conv3d(channelsSecond(x), weight, bias, stride, padding);
    if (slope != 1) y = at::leaky_relu_(y, slope);
    return channelsLast(y);
}

Tensor biasLeaky(const Tensor& x, const Tensor& bias, const Tensor& ratio, double slope)
{
    if (!hasLoops(x)) throw Error(ErrorCode::ShapeMismatch, "has no loops for this type or device", "biasLeaky");
    return BiasLeaky::apply(x.contiguous(), bias, given(ratio), slope);
}

Tensor pixels(const Tensor& clips, float low, float range, bool truncate, int64_t channels)
{
    const Tensor values = clips.detach();
    const std::vector<int64_t> size{values.size(0), values.size(2), values.size(3), values.size(4), channels};
    DeviceNumber type{};
    if (const DeviceKernels* kernels = kernelsFor(values, type)) {
        const auto bytes = torch::TensorOptions(torch::kUInt8);
        const Tensor device = torch::empty(size, bytes.device(values.device())), host = torch::empty(size, bytes.pinned_memory(true));
        DeviceKernels::Clip clip{};
        std::copy_n(values.sizes().begin(), 5, clip.size);
        std::copy_n(values.strides().begin(), 5, clip.stride);
        const c10::DeviceGuard guard(values.device());
        check(*kernels, kernels->pixels(values.data_ptr(), &clip, low, range, truncate, static_cast<int>(channels), device.data_ptr<uint8_t>(), host.data_ptr<uint8_t>(), type, streamOf(values)), "pixels");
        c10::impl::VirtualGuardImpl(values.device().type()).getStream(values.device()).synchronize();
        return host;
    }
    const Tensor here = values.to(torch::kCPU, torch::kFloat32);
    Tensor out = torch::empty(size, torch::kUInt8);
    rows::PixelShape shape{};
    std::copy_n(here.sizes().begin(), 5, shape.size);
    std::copy_n(here.strides().begin(), 5, shape.stride);
    if (out.numel() > 0) rows::pixels(here.data_ptr<float>(), shape, low, range, truncate, channels, out.data_ptr<uint8_t>());
    return out;
}

}  // namespace kinora::nn
