#include "core/system/closed_form.h"

#include <algorithm>

#include "core/util/error.h"

namespace kinora {

Directions closedFormDirections(System& system, const Control& control, int count)
{
    if (control.kind != ControlKind::GaussianVector && control.kind != ControlKind::GaussianSequence)
        throw Error(ErrorCode::Usage, "has no directions: it is not Gaussian", "control '" + control.id + "'");
    if (control.fixed) throw Error(ErrorCode::Usage, "has no directions: it is a setting and not drawn", "control '" + control.id + "'");
    if (count < 1) throw Error(ErrorCode::Usage, "directions need at least one direction");
    const torch::NoGradGuard noGradient;
    auto* naming = dynamic_cast<NamesControlWeights*>(&system);
    torch::Tensor weights = naming ? naming->controlWeights(control.id) : torch::Tensor();
    if (!weights.defined()) throw Error(ErrorCode::Usage, "has no closed-form directions: the system names no weights that it enters", "control '" + control.id + "'");
    weights = weights.to(torch::kCPU, torch::kFloat64);
    if (weights.dim() != 2 || weights.size(1) != control.size)
        throw Error(ErrorCode::ShapeMismatch, "enters weights of " + std::to_string(weights.size(-1)) + " columns, it has " + std::to_string(control.size) + " numbers", "control '" + control.id + "'");
    const auto [values, vectors] = torch::linalg_eigh(weights.t().matmul(weights));  // ascending
    const double total = std::max(1e-30, values.clamp_min(0).sum().item<double>());
    Directions out;
    out.control = control.id;
    for (int64_t k = 0; k < std::min(count, control.size); ++k) {
        const int64_t place = control.size - 1 - k;
        const double share = std::max(0.0, values[place].item<double>()) / total;
        if (share < 1e-12) break;  // what the weights do not see at all
        torch::Tensor direction = vectors.select(1, place);
        if (direction[direction.abs().argmax().item<int64_t>()].item<double>() < 0) direction = -direction;  // an eigenvector has no sign of its own
        const torch::Tensor row = direction.to(torch::kFloat32).contiguous();
        out.vectors.emplace_back(row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
        out.explained.push_back(static_cast<float>(share));
        out.deviation.push_back(static_cast<float>(control.deviation));
    }
    return out;
}

}  // namespace kinora
