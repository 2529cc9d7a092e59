#pragma once

namespace kinora {

/// The numbers that a plan computes with. Sums are float32 in both; weights and features are held in this type.
enum class PlanPrecision { Float32, BFloat16 };

}  // namespace kinora
