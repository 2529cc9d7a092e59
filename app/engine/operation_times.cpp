#include "app/engine/operation_times.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace kinora::app {
namespace {
using Clock = std::chrono::steady_clock;

struct Sum {
    double seconds = 0;
    int64_t calls = 0;
};
std::mutex mutex;
std::map<std::pair<std::string, std::string>, Sum> sums;
thread_local std::vector<double> inside;  // of each operation under way, the time that others took within it

struct Call : at::ObserverContext {
    Clock::time_point started = Clock::now();
    std::string name, shapes;
};

std::string shapesOf(const at::RecordFunction& call)
{
    std::ostringstream text;
    for (const c10::IValue& value : call.inputs())
        if (value.isTensor() && value.toTensor().defined() && value.toTensor().dim() > 0) text << (text.tellp() > 0 ? " " : "") << value.toTensor().sizes();
    return text.str();
}

std::string shortName(std::string name)
{
    // "struct torch::autograd::CppNode<struct kinora::nn::(anonymous namespace)::NormReluAdd>"
    if (const auto at = name.find("CppNode<"); at != std::string::npos) {
        const auto last = name.rfind("::");
        return name.substr(last + 2, name.size() - last - 3) + " backward";
    }
    if (const auto at = name.find("evaluate_function: "); at != std::string::npos) name = "(around) " + name.substr(at + 19);
    return name;
}

std::unique_ptr<at::ObserverContext> onStart(const at::RecordFunction& call)
{
    auto context = std::make_unique<Call>();
    context->name = call.name();
    context->shapes = shapesOf(call);
    inside.push_back(0);
    context->started = Clock::now();
    return context;
}

void onEnd(const at::RecordFunction&, at::ObserverContext* context)
{
    const auto* call = static_cast<const Call*>(context);
    if (!call || inside.empty()) return;
    const double seconds = std::chrono::duration<double>(Clock::now() - call->started).count(), others = inside.back();
    inside.pop_back();
    if (!inside.empty()) inside.back() += seconds;
    const std::scoped_lock lock(mutex);
    Sum& sum = sums[{shortName(call->name), call->shapes}];
    sum.seconds += seconds - others;
    ++sum.calls;
}
}  // namespace

nlohmann::json operationTimes(const std::function<void()>& work)
{
    sums.clear();
    const auto handle = at::addGlobalCallback(
        at::RecordFunctionCallback(onStart, onEnd).needsInputs(true).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION, at::RecordScope::USER_SCOPE}));
    const auto started = Clock::now();
    try {
        work();
    } catch (...) {
        at::removeCallback(handle);
        throw;
    }
    const double total = std::chrono::duration<double>(Clock::now() - started).count();
    at::removeCallback(handle);
    double known = 0;
    std::vector<std::pair<std::pair<std::string, std::string>, Sum>> list(sums.begin(), sums.end());
    for (const auto& [what, sum] : list) known += sum.seconds;
    list.push_back({{"(between operations)", ""}, {std::max(0.0, total - known), 1}});
    std::ranges::sort(list, [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& [what, sum] : list)
        rows.push_back({{"name", what.first}, {"shapes", what.second}, {"ms", 1000 * sum.seconds}, {"share", sum.seconds / total}, {"calls", sum.calls}});
    return rows;
}

}  // namespace kinora::app
