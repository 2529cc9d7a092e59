#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace kinora::app {

/// Where the time of \p work goes: each operation with the time that it spends outside of others, and how often it was called, most expensive first; operations on other shapes
/// are others. "(between operations)" is what no operation of LibTorch, nor one of ours that names itself to it, took. For the CPU: a GPU's work goes on after a call has returned.
/// \returns a list of {"name", "shapes", "ms", "share", "calls"}
nlohmann::json operationTimes(const std::function<void()>& work);

}  // namespace kinora::app
