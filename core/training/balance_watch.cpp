#include "core/training/balance_watch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/util/error.h"

namespace kinora {
using nlohmann::json;
namespace {
constexpr double kRecovery = 0.02;
constexpr std::string_view kPrefix = "accuracy/", kReal = "/real", kFake = "/fake";
}  // namespace

std::optional<BalanceWatch::News> BalanceWatch::accuracies(const std::vector<std::pair<std::string, double>>& scalars, double limit, int64_t points)
{
    const auto saturated = [this] { return std::ranges::any_of(m_courses, [](const auto& item) { return item.second.saturated; }); };
    const bool before = saturated();
    std::string message;
    for (const auto& [tag, real] : scalars) {
        if (!tag.starts_with(kPrefix) || !tag.ends_with(kReal)) continue;
        const std::string name = tag.substr(kPrefix.size(), tag.size() - kPrefix.size() - kReal.size());
        const std::string other = std::string(kPrefix) + name + std::string(kFake);
        const auto fake = std::ranges::find_if(scalars, [&](const auto& scalar) { return scalar.first == other; });
        const double accuracy = fake == scalars.end() ? real : (real + fake->second) / 2;
        if (!std::isfinite(accuracy)) continue;
        Course& course = m_courses[name];
        course.points = std::min(course.points + 1, points);
        course.mean += (accuracy - course.mean) / static_cast<double>(course.points);
        if (course.saturated) course.saturated = limit < 1 && course.mean >= limit - kRecovery;
        else course.saturated = limit < 1 && course.points >= points && course.mean >= limit;
        if (course.saturated && message.empty()) {
            char text[240];
            std::snprintf(text, sizeof text, "discriminator %s was right about %.1f %% of the clips over %lld points: the generator learns little from it; a smaller learning rate of it may help", name.c_str(),
                          100 * course.mean, static_cast<long long>(points));
            message = text;
        }
    }
    const bool now = saturated();
    if (now == before) return std::nullopt;
    return News{now, now ? message : std::string()};
}

std::optional<BalanceWatch::News> BalanceWatch::diversity(int64_t step, double samples, double data, double ratio, int64_t start)
{
    if (!std::isfinite(samples) || !(data > 0)) return std::nullopt;
    const bool collapsed = ratio > 0 && step >= start && samples < ratio * data;
    if (collapsed == m_collapsed) return std::nullopt;
    m_collapsed = collapsed;
    if (!collapsed) return News{false, {}};
    char text[240];
    std::snprintf(text, sizeof text, "the samples are nearly alike: their mean distance is %.4f, that of real clips %.4f; the generator may have collapsed", samples, data);
    return News{true, text};
}

json BalanceWatch::state() const
{
    json courses = json::object();
    for (const auto& [name, course] : m_courses) courses[name] = {{"mean", course.mean}, {"points", course.points}, {"saturated", course.saturated}};
    return {{"courses", courses}, {"collapsed", m_collapsed}};
}

void BalanceWatch::setState(const json& state)
{
    try {
        m_courses.clear();
        for (const auto& [name, course] : state.at("courses").items())
            m_courses[name] = {course.at("mean").get<double>(), course.at("points").get<int64_t>(), course.at("saturated").get<bool>()};
        m_collapsed = state.at("collapsed").get<bool>();
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("the state of the alarms cannot be read: ") + error.what());
    }
}

}  // namespace kinora
