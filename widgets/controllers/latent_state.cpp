#include "widgets/controllers/latent_state.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/util/error.h"

using kinora::Control;
using kinora::ControlKind;
using kinora::ControlRole;
using kinora::ControlValue;
using kinora::ControlValues;
using kinora::Error;
using kinora::ErrorCode;

namespace {
bool gaussian(const Control& control) { return control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence; }
bool hasPrior(const Control& control) { return gaussian(control) || control.kind == ControlKind::Category; }
}  // namespace

int DirectionSet::number(std::size_t k) const
{
    int found = 0;
    for (std::size_t other = 0; other <= k && other < size(); ++other) found += kind(other) == kind(k);
    return found;
}

LatentModel::LatentModel(const kinora::SystemDescription& system, int frames, const std::map<ControlRole, std::uint64_t>& seeds) : m_system(system)
{
    m_state.frames = system.length.nearest(frames);
    for (const ControlRole role : roles()) {
        const auto found = seeds.find(role);
        draw(role, found == seeds.end() ? 0 : found->second);
    }
}

std::vector<ControlRole> LatentModel::roles() const
{
    std::vector<ControlRole> result;
    for (const ControlRole role : {ControlRole::Appearance, ControlRole::Motion, ControlRole::Both})
        if (std::ranges::any_of(m_system.controls, [role](const Control& control) { return control.role == role; })) result.push_back(role);
    return result;
}

const Control* LatentModel::control(const std::string& id) const
{
    const auto found = std::ranges::find_if(m_system.controls, [&](const Control& candidate) { return candidate.id == id; });
    return found == m_system.controls.end() ? nullptr : &*found;
}

int LatentModel::stepsOf(const Control& control) const
{
    const bool steps = control.kind == ControlKind::GaussianSequence || control.kind == ControlKind::MapSequence;
    return steps ? std::max(1, control.steps.stepsFor(m_state.frames)) : 1;
}

void LatentModel::setDirections(const std::string& id, DirectionSet directions)
{
    const Control* known = control(id);
    if (!known || !gaussian(*known)) return;
    std::erase_if(directions.vectors, [&](const auto& vector) { return vector.size() != static_cast<std::size_t>(known->size); });
    directions.explained.resize(directions.vectors.size(), 0.0f);
    m_directions[id] = std::move(directions);
    fit(m_state.controls[id], *known);
}

void LatentModel::addDirections(const std::string& id, const DirectionSet& added)
{
    const Control* known = control(id);
    if (!known || !gaussian(*known)) return;
    DirectionSet all = directions(id);
    all.kinds.resize(all.size(), DirectionKind::Principal);
    all.names.resize(all.size());
    for (std::size_t k = 0; k < added.size(); ++k) {
        if (added.vectors[k].size() != static_cast<std::size_t>(known->size)) continue;
        if (added.kind(k) == DirectionKind::Saved) {
            bool kept = false;
            for (std::size_t other = 0; other < all.size(); ++other) {
                if (all.kind(other) != DirectionKind::Saved || all.names[other] != added.names[k] || all.hidden.contains(other)) continue;
                if (all.vectors[other] == added.vectors[k]) kept = true;
                else all.hidden.insert(other);
            }
            if (kept) continue;
        }
        all.vectors.push_back(added.vectors[k]);
        all.explained.push_back(k < added.explained.size() ? added.explained[k] : 0.0f);
        all.kinds.push_back(added.kind(k));
        all.names.push_back(k < added.names.size() ? added.names[k] : std::string());
    }
    setDirections(id, std::move(all));
}

void LatentModel::renameDirection(const std::string& id, const std::string& from, const std::string& to)
{
    const auto found = m_directions.find(id);
    if (found == m_directions.end()) return;
    DirectionSet& set = found->second;
    for (std::size_t k = 0; k < set.names.size(); ++k) {
        if (set.kind(k) != DirectionKind::Saved || set.names[k] != from || set.hidden.contains(k)) continue;
        if (to.empty())
            set.hidden.insert(k);
        else
            set.names[k] = to;
    }
}

const DirectionSet& LatentModel::directions(const std::string& id) const
{
    static const DirectionSet none;
    const auto found = m_directions.find(id);
    return found == m_directions.end() ? none : found->second;
}

/// Gives the movements the sizes that the directions and the present length ask for.
void LatentModel::fit(ControlEdit& edit, const Control& control) const
{
    const std::size_t count = directions(control.id).size();
    edit.amounts.resize(count, 0.0f);
    edit.stepAmounts.resize(control.kind == ControlKind::GaussianSequence ? static_cast<std::size_t>(stepsOf(control)) : 0);
    for (auto& amounts : edit.stepAmounts) amounts.resize(count, 0.0f);
}

void LatentModel::draw(ControlRole role, std::uint64_t seed)
{
    m_state.seeds[role] = seed;
    ControlValues drawn;
    kinora::drawRole(m_system.controls, role, seed, m_state.frames, drawn);
    for (const Control& control : m_system.controls) {
        if (control.role != role) continue;
        m_state.controls.try_emplace(control.id);
        if (!hasPrior(control)) continue;
        if (control.fixed && !m_settled.insert(control.id).second) continue;  // a setting stays as it was set
        if (m_state.lockedControls.contains(control.id)) continue;
        redraw(control, drawn[control.id]);
    }
}

/// A drawn value, without movements; truncation is a setting of the control and stays.
void LatentModel::redraw(const Control& control, const ControlValue& drawn)
{
    ControlEdit& edit = m_state.controls[control.id];
    const float truncation = edit.truncation;
    edit = ControlEdit();
    edit.truncation = truncation;
    edit.base = drawn;
    fit(edit, control);
}

void LatentModel::drawControl(const std::string& id, std::uint64_t seed)
{
    const Control* known = control(id);
    if (!known || !hasPrior(*known)) return;
    ControlValues drawn;
    kinora::drawRole(m_system.controls, known->role, seed, m_state.frames, drawn);
    redraw(*known, drawn[id]);
}

void LatentModel::resetControl(const std::string& id)
{
    const Control* known = control(id);
    if (!known || !hasPrior(*known)) return;
    m_state.controls[id].truncation = 1;
    drawControl(id, seed(known->role));
}

void LatentModel::neutralControl(const std::string& id)
{
    const Control* known = control(id);
    if (!known || !hasPrior(*known)) return;
    redraw(*known, kinora::neutralControl(*known, m_state.frames));
}

void LatentModel::setControlLocked(const std::string& id, bool locked)
{
    if (!control(id)) return;
    if (locked)
        m_state.lockedControls.insert(id);
    else
        m_state.lockedControls.erase(id);
}

bool LatentModel::controlLocked(const std::string& id) const
{
    const Control* known = control(id);
    return known && (locked(known->role) || m_state.lockedControls.contains(id));
}

std::vector<float> LatentModel::movement(const std::string& id) const
{
    const Control* known = control(id);
    if (!known || !gaussian(*known)) return {};
    LatentModel drawn = *this;
    drawn.resetControl(id);
    const std::vector<float> now = value(id).numbers, then = drawn.value(id).numbers;
    std::vector<float> moved(static_cast<std::size_t>(known->size), 0.0f);
    const float steps = static_cast<float>(now.size()) / static_cast<float>(known->size);
    for (std::size_t place = 0; place < std::min(now.size(), then.size()); ++place) moved[place % moved.size()] += (now[place] - then[place]) / steps;
    return moved;
}

void LatentModel::takeControl(const std::string& id, const ControlValue& value)
{
    const Control* known = control(id);
    if (!known) throw Error(ErrorCode::Usage, "this system has no such control", "control '" + id + "'");
    kinora::checkControl(*known, value, m_state.frames);
    ControlEdit& edit = m_state.controls[id];
    edit = ControlEdit();
    edit.base = value;
    fit(edit, *known);
}

float LatentModel::truncation(const std::string& id) const
{
    const auto found = m_state.controls.find(id);
    return found == m_state.controls.end() ? 1.0f : found->second.truncation;
}

void LatentModel::setTruncation(const std::string& id, float truncation)
{
    const Control* known = control(id);
    if (known && gaussian(*known) && !known->fixed) m_state.controls[id].truncation = truncation;
}

ControlValues LatentModel::pose(ControlRole role) const
{
    ControlValues all = values();
    std::erase_if(all, [&](const auto& entry) { return control(entry.first)->role != role; });
    return all;
}

void LatentModel::reset(ControlRole role)
{
    for (const Control& control : m_system.controls)
        if (control.role == role && !m_state.lockedControls.contains(control.id)) m_state.controls[control.id].truncation = 1;
    for (const Control& control : m_system.controls)
        if (control.role == role && control.fixed && !m_state.lockedControls.contains(control.id)) m_state.controls[control.id].base = kinora::neutralControl(control, m_state.frames);
    draw(role, seed(role));
}

void LatentModel::resetAll()
{
    for (const ControlRole role : roles())
        if (!locked(role)) reset(role);
}

void LatentModel::neutral(ControlRole role)
{
    for (const Control& control : m_system.controls) {
        if (control.role == role && !m_state.lockedControls.contains(control.id)) neutralControl(control.id);
    }
}

void LatentModel::setLocked(ControlRole role, bool locked)
{
    if (locked)
        m_state.locked.insert(role);
    else
        m_state.locked.erase(role);
}

std::uint64_t LatentModel::seed(ControlRole role) const
{
    const auto found = m_state.seeds.find(role);
    return found == m_state.seeds.end() ? 0 : found->second;
}

float LatentModel::amount(const std::string& id, std::size_t direction, int step) const
{
    const auto found = m_state.controls.find(id);
    if (found == m_state.controls.end()) return 0.0f;
    const auto& amounts = step < 0 || static_cast<std::size_t>(step) >= found->second.stepAmounts.size() ? found->second.amounts : found->second.stepAmounts[static_cast<std::size_t>(step)];
    return direction < amounts.size() ? amounts[direction] : 0.0f;
}

void LatentModel::setAmount(const std::string& id, std::size_t direction, float value, int step)
{
    const auto found = m_state.controls.find(id);
    if (found == m_state.controls.end()) return;
    auto& amounts = step < 0 || static_cast<std::size_t>(step) >= found->second.stepAmounts.size() ? found->second.amounts : found->second.stepAmounts[static_cast<std::size_t>(step)];
    if (direction < amounts.size()) amounts[direction] = value;
}

float LatentModel::number(const std::string& id, int index, int step) const
{
    const Control* known = control(id);
    const auto found = m_state.controls.find(id);
    if (!known || found == m_state.controls.end() || index < 0 || index >= known->size) return 0.0f;
    const ControlEdit& edit = found->second;
    const DirectionSet& moves = directions(id);
    const int steps = known->kind == ControlKind::GaussianSequence ? edit.base.steps : 1;
    const auto at = [&](int which) {
        const std::size_t place = static_cast<std::size_t>(which) * static_cast<std::size_t>(known->size) + static_cast<std::size_t>(index);
        float value = place < edit.base.numbers.size() ? edit.base.numbers[place] : 0.0f;
        if (edit.truncation != 1) value = static_cast<float>(known->mean) + edit.truncation * (value - static_cast<float>(known->mean));
        for (std::size_t k = 0; k < moves.size() && k < edit.amounts.size(); ++k) {
            float amount = edit.amounts[k];
            if (static_cast<std::size_t>(which) < edit.stepAmounts.size() && k < edit.stepAmounts[static_cast<std::size_t>(which)].size()) amount += edit.stepAmounts[static_cast<std::size_t>(which)][k];
            value += amount * moves.vectors[k][static_cast<std::size_t>(index)];
        }
        return value;
    };
    if (step >= 0) return at(std::min(step, std::max(0, steps - 1)));
    float sum = 0.0f;
    for (int which = 0; which < steps; ++which) sum += at(which);
    return steps > 0 ? sum / static_cast<float>(steps) : 0.0f;
}

void LatentModel::setNumber(const std::string& id, int index, float value, int step)
{
    const Control* known = control(id);
    const auto found = m_state.controls.find(id);
    if (!known || found == m_state.controls.end() || index < 0 || index >= known->size) return;
    ControlValue& base = found->second.base;
    float difference = value - number(id, index, step);
    const float truncation = found->second.truncation;
    if (std::abs(truncation) >= 0.05f) {
        difference /= truncation;
    } else {  // nothing is left of the base through which a number could be set: it becomes what is left of it
        for (float& each : base.numbers) each = static_cast<float>(known->mean) + truncation * (each - static_cast<float>(known->mean));
        found->second.truncation = 1;
    }
    const int steps = known->kind == ControlKind::GaussianSequence ? base.steps : 1;
    for (int which = 0; which < steps; ++which) {
        if (step >= 0 && which != std::min(step, steps - 1)) continue;
        const std::size_t place = static_cast<std::size_t>(which) * static_cast<std::size_t>(known->size) + static_cast<std::size_t>(index);
        if (place < base.numbers.size()) base.numbers[place] += difference;
    }
}

float LatentModel::coordinate(const std::string& id, std::size_t direction, int step) const
{
    const Control* known = control(id);
    if (!known || direction >= directions(id).size()) return 0.0f;
    const std::vector<float>& vector = directions(id).vectors[direction];
    double along = 0, length = 0;
    for (int index = 0; index < known->size; ++index) {
        const double part = vector[static_cast<std::size_t>(index)];
        along += part * (number(id, index, step) - known->mean);
        length += part * part;
    }
    return length > 0 ? static_cast<float>(along / length) : 0.0f;
}

void LatentModel::setCoordinate(const std::string& id, std::size_t direction, float value, int step)
{
    const auto found = m_state.controls.find(id);
    if (found == m_state.controls.end() || step < 0 || static_cast<std::size_t>(step) >= found->second.stepAmounts.size()) return;
    auto& amounts = found->second.stepAmounts[static_cast<std::size_t>(step)];
    if (direction < amounts.size()) amounts[direction] += value - coordinate(id, direction, step);
}

void LatentModel::setSequence(const std::string& id, std::vector<float> numbers)
{
    const Control* known = control(id);
    const auto found = m_state.controls.find(id);
    if (!known || found == m_state.controls.end() || found->second.base.numbers.size() != numbers.size()) return;
    ControlValue value = found->second.base;
    value.numbers = std::move(numbers);
    takeControl(id, value);
}

void LatentModel::setCategory(const std::string& id, int category)
{
    const Control* known = control(id);
    if (known && category >= 0 && category < static_cast<int>(known->categories.size())) m_state.controls[id].base.category = category;
}

void LatentModel::setPicture(const std::string& id, ControlValue value)
{
    if (control(id)) m_state.controls[id].base = std::move(value);
}

void LatentModel::setFrames(int frames)
{
    frames = m_system.length.nearest(frames);
    if (frames == m_state.frames) return;
    m_state.frames = frames;
    for (auto& [role, track] : m_state.poses.tracks)
        for (std::size_t place = 0; place < track.size(); ++place)
            for (auto& [id, value] : track[place]) {
                kinora::Random random(seed(role), place + 1);
                if (const Control* known = control(id)) value = kinora::resizedControl(*known, value, frames, random);
            }
    for (const Control& control : m_system.controls) {
        ControlEdit& edit = m_state.controls[control.id];
        if (control.kind == ControlKind::GaussianSequence) {
            // what the seed would have given at this length, with the steps that were there already
            ControlValues drawn;
            kinora::drawRole({control}, control.role, seed(control.role), frames, drawn);
            ControlValue longer = drawn[control.id];
            std::copy_n(edit.base.numbers.begin(), std::min(edit.base.numbers.size(), longer.numbers.size()), longer.numbers.begin());
            edit.base = std::move(longer);
            fit(edit, control);
        } else if (control.kind == ControlKind::MapSequence && edit.base.steps > 0) {
            const int steps = control.steps.stepsFor(frames);
            const std::size_t each = edit.base.numbers.size() / static_cast<std::size_t>(edit.base.steps);
            std::vector<float> numbers;
            for (int step = 0; step < steps; ++step) {
                const auto from = edit.base.numbers.begin() + static_cast<std::ptrdiff_t>(each * static_cast<std::size_t>(std::min(step, edit.base.steps - 1)));
                numbers.insert(numbers.end(), from, from + static_cast<std::ptrdiff_t>(each));
            }
            edit.base.numbers = std::move(numbers);
            edit.base.steps = steps;
        }
    }
}

ControlValues LatentModel::values() const
{
    ControlValues result;
    for (const Control& control : m_system.controls) {
        if (m_state.controls.contains(control.id)) result[control.id] = value(control.id);
    }
    return result;
}

ControlValue LatentModel::value(const std::string& id) const
{
    const Control* known = control(id);
    const auto found = m_state.controls.find(id);
    if (!known || found == m_state.controls.end()) return {};
    ControlValue value = found->second.base;
    if (gaussian(*known) && (directions(id).size() > 0 || found->second.truncation != 1)) {
        const int steps = known->kind == ControlKind::GaussianSequence ? value.steps : 1;
        for (int step = 0; step < steps; ++step)
            for (int index = 0; index < known->size; ++index) value.numbers[static_cast<std::size_t>(step) * static_cast<std::size_t>(known->size) + static_cast<std::size_t>(index)] = number(id, index, step);
    }
    return value;
}

void LatentModel::take(const ControlValues& values, int frames)
{
    LatentModel changed = *this;
    changed.setFrames(frames);
    for (const auto& [id, value] : values) {
        const Control* known = control(id);
        if (!known) throw Error(ErrorCode::Usage, "this system has no such control", "control '" + id + "'");
        if (!hasPrior(*known) && value.numbers.empty() && !value.frames) continue;  // JSON does not carry pictures
        kinora::checkControl(*known, value, changed.m_state.frames);
        ControlEdit& edit = changed.m_state.controls[id];
        edit = ControlEdit();
        edit.base = value;
        changed.fit(edit, *known);
    }
    *this = std::move(changed);
}

std::vector<std::string> LatentModel::missing() const
{
    std::vector<std::string> names;
    for (const Control& control : m_system.controls) {
        if (hasPrior(control)) continue;
        const auto found = m_state.controls.find(control.id);
        if (found == m_state.controls.end() || (!found->second.base.frames && found->second.base.numbers.empty())) names.push_back(control.name);
    }
    return names;
}

bool LatentModel::splits() const
{
    const auto present = roles();
    return present.size() > 1 && kinora::varies(m_system.controls, ControlRole::Motion);
}

void LatentModel::takeCell(int row, int column, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed)
{
    const bool split = splits();
    const auto sheet = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(columns) + static_cast<std::uint64_t>(column);
    for (const ControlRole role : roles()) {
        if (locked(role)) continue;
        if (!split)
            draw(role, appearanceSeed + sheet);
        else
            draw(role, role == ControlRole::Motion ? motionSeed + static_cast<std::uint64_t>(column) : appearanceSeed + static_cast<std::uint64_t>(row));
    }
}

ControlValues LatentModel::cell(int row, int column, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed) const
{
    LatentModel copy = *this;
    copy.takeCell(row, column, columns, appearanceSeed, motionSeed);
    return copy.values();
}

nlohmann::json LatentModel::toJson() const
{
    nlohmann::json seeds = nlohmann::json::object();
    for (const auto& [role, seed] : m_state.seeds) seeds[std::string(kinora::controlRoleName(role))] = seed;
    ControlValues plain = values();
    std::erase_if(plain, [this](const auto& entry) { return !hasPrior(*control(entry.first)); });
    nlohmann::json json = {{"kinora_state", 1}, {"system", m_system.id}, {"frames", m_state.frames}, {"seed", 0}, {"seeds", seeds}, {"controls", kinora::toJson(plain)}};
    for (const auto& [id, edit] : m_state.controls)
        if (edit.truncation != 1) json["truncation"][id] = edit.truncation;
    if (std::ranges::any_of(m_state.poses.tracks, [](const auto& track) { return !track.second.empty(); })) json["key_poses"] = kinora::toJson(m_state.poses, m_system.controls);
    return json;
}

void LatentModel::fromJson(const nlohmann::json& json)
{
    try {
        if (!json.is_object() || !json.contains("controls")) throw Error(ErrorCode::Usage, "this is no state: a JSON object with \"controls\" was expected");
        const std::string system = json.value("system", m_system.id);
        if (system != m_system.id) throw Error(ErrorCode::Incompatible, "the state belongs to the system \"" + system + "\", the open checkpoint to \"" + m_system.id + "\"");
        LatentModel changed = *this;
        const int frames = json.value("frames", m_state.frames);
        if (!m_system.length.allows(frames)) throw Error(ErrorCode::ShapeMismatch, "clips of " + std::to_string(frames) + " frames are not possible with this checkpoint");
        if (json.contains("seeds"))
            for (const ControlRole role : changed.roles()) {
                const auto found = json["seeds"].find(std::string(kinora::controlRoleName(role)));
                if (found != json["seeds"].end()) changed.m_state.seeds[role] = found->get<std::uint64_t>();
            }
        changed.take(kinora::controlValuesFromJson(json["controls"]), frames);
        if (json.contains("key_poses")) changed.m_state.poses = kinora::keyPosesFromJson(json["key_poses"], m_system.controls, frames);
        *this = std::move(changed);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Usage, std::string("this is no state: ") + error.what());
    }
}
