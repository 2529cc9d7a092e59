#include "core/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace {
using Rates = std::map<std::string, std::vector<double>>;

std::vector<double> ratesOf(const torch::optim::Optimizer& optimizer)
{
    std::vector<double> rates;
    for (const auto& group : optimizer.param_groups()) rates.push_back(group.options().get_lr());
    return rates;
}
}  // namespace

double Schedule::factorAt(int64_t step) const
{
    const auto before = static_cast<double>(step - 1);
    const double warm = warmupSteps > 0 ? std::min(1.0, (before + 1) / static_cast<double>(warmupSteps)) : 1;
    const double share = std::clamp((before - static_cast<double>(start)) / static_cast<double>(std::max<int64_t>(1, end - start)), 0.0, 1.0);
    if (kind == "linear") return warm * (1 + (finalRate - 1) * share);
    if (kind == "cosine") return warm * (finalRate + (1 - finalRate) * (1 + std::cos(std::numbers::pi * share)) / 2);
    if (kind == "step") return warm * std::pow(factor, std::floor(before / static_cast<double>(every)));
    return warm;
}

void Schedule::check() const
{
    if ((kind == "linear" || kind == "cosine") && end <= start)
        throw Error(ErrorCode::Usage, "is step " + std::to_string(end) + ", but the learning rates decay from step " + std::to_string(start) + " on", "decay_end");
}

LearningRates::LearningRates(System& system, const Schedule& schedule) : m_system(system), m_schedule(schedule)
{
    m_schedule.check();
    setState(nullptr);
}

void LearningRates::apply(int64_t step)
{
    if (m_schedule.constant()) return;  // a system may change its rates itself
    const double factor = m_schedule.factorAt(step);
    for (const NamedOptimizer& named : m_system.optimizers()) {
        auto& groups = named.optimizer->param_groups();
        for (std::size_t i = 0; i < groups.size(); ++i) groups[i].options().set_lr(m_base.at(named.name).at(i) * factor);
    }
}

void LearningRates::set(const std::string& optimizer, double rate, int64_t step)
{
    std::vector<std::string> known;
    for (const NamedOptimizer& named : m_system.optimizers()) {
        known.push_back(named.name);
        if (named.name != optimizer) continue;
        const double factor = m_schedule.constant() ? 1 : m_schedule.factorAt(std::max<int64_t>(1, step));
        for (double& base : m_base.at(named.name)) base = factor > 0 ? rate / factor : rate;
        for (auto& group : named.optimizer->param_groups()) group.options().set_lr(rate);
        return;
    }
    throw Error(ErrorCode::Usage, "there is no optimizer '" + optimizer + "'" + suggestion(optimizer, known), "learning_rate/" + optimizer);
}

void LearningRates::scale(double factor, int64_t step)
{
    for (const NamedOptimizer& named : m_system.optimizers()) {
        for (double& base : m_base.at(named.name)) base *= factor;
        for (auto& group : named.optimizer->param_groups()) group.options().set_lr(group.options().get_lr() * factor);
    }
    apply(step);
}

nlohmann::json LearningRates::state() const
{
    Rates now;
    for (const NamedOptimizer& named : m_system.optimizers()) now[named.name] = ratesOf(*named.optimizer);
    return {{"base", m_base}, {"now", now}};
}

void LearningRates::setState(const nlohmann::json& state)
{
    Rates rates;
    for (const NamedOptimizer& named : m_system.optimizers()) rates[named.name] = ratesOf(*named.optimizer);
    if (!state.is_null()) {
        try {
            const auto base = state.at("base").get<Rates>(), then = state.at("now").get<Rates>();
            for (auto& [name, loaded] : rates) {
                const auto known = base.find(name), was = then.find(name);
                if (known == base.end() || was == then.end() || known->second.size() != loaded.size() || was->second.size() != loaded.size()) continue;
                for (std::size_t i = 0; i < loaded.size(); ++i) loaded[i] = loaded[i] == was->second[i] ? known->second[i] : was->second[i] > 0 ? known->second[i] * loaded[i] / was->second[i] : loaded[i];
            }
        } catch (const nlohmann::json::exception& error) {
            throw Error(ErrorCode::Damaged, std::string("the base learning rates cannot be read: ") + error.what());
        }
    }
    m_base = std::move(rates);
}

}  // namespace kinora
