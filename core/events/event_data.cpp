#include "core/events/event_data.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace kinora {

void ScalarCurve::cut(std::int64_t from)
{
    const auto limit = static_cast<double>(from);
    std::size_t kept = static_cast<std::size_t>(std::ranges::find_if(steps, [&](double step) { return step >= limit; }) - steps.begin());
    if (kept == steps.size()) return;
    for (std::size_t i = kept; i < steps.size(); ++i) {
        if (steps[i] >= limit) continue;
        steps[kept] = steps[i], wallTimesS[kept] = wallTimesS[i], values[kept] = values[i];
        ++kept;
    }
    resize(kept);
}

void ScalarCurve::resize(std::size_t count)
{
    steps.resize(count), wallTimesS.resize(count), values.resize(count);
    stepsFallAt.clear();
    wallTimeFalls = false;
    for (std::size_t i = 1; i < count; ++i) {
        if (steps[i] < steps[i - 1]) stepsFallAt.push_back(i);
        wallTimeFalls |= wallTimesS[i] < wallTimesS[i - 1];
    }
}

void ScalarCurve::append(ScalarCurve&& more)
{
    if (more.steps.empty()) return;
    if (steps.empty()) {
        std::string name = tag.empty() ? std::move(more.tag) : std::move(tag);
        *this = std::move(more);
        tag = std::move(name);
        return;
    }
    const std::size_t joint = steps.size();
    if (more.steps.front() < steps.back()) stepsFallAt.push_back(joint);
    for (const std::size_t at : more.stepsFallAt) stepsFallAt.push_back(joint + at);
    wallTimeFalls |= more.wallTimeFalls || more.wallTimesS.front() < wallTimesS.back();
    steps.insert(steps.end(), more.steps.begin(), more.steps.end());
    wallTimesS.insert(wallTimesS.end(), more.wallTimesS.begin(), more.wallTimesS.end());
    values.insert(values.end(), more.values.begin(), more.values.end());
}

std::size_t EventBatch::points() const
{
    std::size_t count = 0;
    for (const ScalarCurve& curve : curves) count += curve.size();
    return count;
}

void EventData::apply(EventBatch&& batch)
{
    if (batch.fresh) *this = {};
    if (batch.voidedFrom) {
        for (ScalarCurve& curve : curves) curve.cut(*batch.voidedFrom);
        std::erase_if(curves, [](const ScalarCurve& curve) { return curve.steps.empty(); });
        std::erase_if(media, [&](const MediaEntry& entry) { return entry.step >= *batch.voidedFrom; });
    }
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < curves.size(); ++i) places.emplace(curves[i].tag, i);
    for (ScalarCurve& news : batch.curves) {
        if (const auto [known, isNew] = places.try_emplace(news.tag, curves.size()); isNew)
            curves.push_back(std::move(news));
        else
            curves[known->second].append(std::move(news));
    }
    media.insert(media.end(), std::make_move_iterator(batch.media.begin()), std::make_move_iterator(batch.media.end()));
    for (auto& [key, text] : batch.hyperparameters) hyperparameters.insert_or_assign(key, std::move(text));
    for (auto& [tag, what] : batch.others) others.insert_or_assign(tag, std::move(what));
}

const ScalarCurve* EventData::find(const std::string& tag) const
{
    const auto known = std::ranges::find(curves, tag, &ScalarCurve::tag);
    return known == curves.end() ? nullptr : &*known;
}

}  // namespace kinora
