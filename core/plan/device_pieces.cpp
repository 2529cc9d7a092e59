#include "core/plan/device_pieces.h"

#include <torch/torch.h>

#include "core/nn/fast_layers.h"
#include "core/util/error.h"

namespace kinora::plan {
using at::Tensor;

bool keep(Tensor& place, const Tensor& value)
{
    if (place.defined() && place.sizes() == value.sizes() && place.scalar_type() == value.scalar_type() && place.device() == value.device()) {
        place.copy_(value);
        return true;
    }
    const bool first = !place.defined();
    place = value.clone();
    return first;
}

bool DeviceDeconvolution::prepare(const Tensor& weight, const Tensor& bias, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, int64_t still, at::ScalarType type)
{
    const int64_t in = weight.size(0), out = weight.size(1);
    m_times = weight.size(2);
    m_size = weight.size(3);
    m_timeStride = stride[0];
    m_timePadding = padding[0];
    m_stride = stride[1];
    m_padding = padding[1];
    if (weight.size(4) != m_size || stride[1] != stride[2] || padding[1] != padding[2] || (m_times == 1 && (m_timeStride != 1 || m_timePadding != 0)))
        throw Error(ErrorCode::Internal, "a geometry that plans on devices do not have", "DeviceDeconvolution");
    m_matrix = m_size == 1 || (m_stride == 1 && m_padding == 0);
    const Tensor laid = m_matrix ? weight.permute({0, 3, 4, 2, 1}).reshape({in, m_size * m_size * m_times * out}).to(type)
                                 : weight.transpose(1, 2).reshape({in, m_times * out, m_size, m_size}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
    bool stays = keep(m_moving, laid.slice(0, still));
    if (still > 0) stays = keep(m_still, laid.slice(0, 0, still)) && stays;
    stays = keep(m_bias, bias.to(type)) && stays;
    stays = keep(m_floor, -bias.to(type)) && stays;
    return keep(m_tiled, bias.to(type).repeat({m_matrix ? m_size * m_size : 1})) && stays;
}

int64_t DeviceDeconvolution::bytes() const
{
    int64_t bytes = 0;
    for (const Tensor* tensor : {&m_still, &m_moving, &m_bias, &m_floor, &m_tiled})
        if (tensor->defined()) bytes += static_cast<int64_t>(tensor->nbytes());
    return bytes;
}

Tensor DeviceDeconvolution::products(const Tensor& x, const Tensor& weight) const
{
    const int64_t n = x.size(0), t = x.size(1), h = x.size(2), w = x.size(3), columns = m_times * m_bias.numel();
    if (m_matrix) return at::mm(x.reshape({-1, x.size(4)}), weight).view({n, t, h * m_size, w * m_size, columns});
    const Tensor images = at::conv_transpose2d(x.reshape({n * t, h, w, x.size(4)}).permute({0, 3, 1, 2}), weight, {}, m_stride, m_padding).permute({0, 2, 3, 1}).contiguous();
    return images.view({n, t, images.size(1), images.size(2), columns});
}

Tensor DeviceDeconvolution::run(const Tensor& still, const Tensor& moving, const Tensor& added, const Tensor& into) const
{
    if (m_matrix && m_size > 1 && (moving.size(2) != 1 || moving.size(3) != 1)) throw Error(ErrorCode::Internal, "expected a single point", "DeviceDeconvolution");
    const int64_t out = m_bias.numel();
    const auto place = [&](Tensor y) {  // after bias and ReLU
        if (into.defined()) {
            if (!added.defined()) return into.copy_(y);
            Tensor there = into;
            return at::add_out(there, y, added);
        }
        return added.defined() ? y.add_(added) : y;
    };
    if (m_times == 1 && still.defined()) return place(products(moving, m_moving).add_(products(still, m_still).add_(m_bias)).relu_());
    if (m_times == 1 && m_matrix) {
        // a product's own epilogue adds the bias and cuts below zero
        const Tensor rows = moving.reshape({-1, moving.size(4)});
        const bool fused = rows.is_cuda() || rows.is_cpu();
        const Tensor y = fused ? at::_addmm_activation(m_tiled, rows, m_moving) : at::addmm(m_tiled, rows, m_moving).relu_();
        return place(y.view({moving.size(0), moving.size(1), moving.size(2) * m_size, moving.size(3) * m_size, out}));
    }
    Tensor y = products(moving, m_moving);
    if (m_times > 1) {
        const auto taps = [&](const Tensor& all) { return all.view({all.size(0), all.size(1), all.size(2), all.size(3), m_times, out}); };
        y = nn::shiftedSum(taps(y), still.defined() ? taps(products(still, m_still)) : Tensor(), m_timeStride, m_timePadding);
    }
    // relu(y + bias) + added = max(y, -bias) + (bias + added): two passes instead of three
    y.clamp_min_(m_floor);
    const Tensor shift = added.defined() ? added + m_bias : m_bias;
    if (!into.defined()) return y.add_(shift);
    Tensor there = into;
    return at::add_out(there, y, shift);
}

}  // namespace kinora::plan
