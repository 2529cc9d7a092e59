#pragma once
// What the Explore page edits: the values of a system's controls, as draws from seeds plus movements along directions plus edits of single numbers.
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/control/control.h"
#include "core/describe/describe.h"

/// One control: a value, and how far it was moved along its principal directions.
struct ControlEdit {
    kinora::ControlValue base;                    ///< Drawn from the group's seed, or edited by hand.
    std::vector<float> amounts;                   ///< Per direction, in standard deviations, at every step.
    std::vector<std::vector<float>> stepAmounts;  ///< Sequences: in addition, per step and direction.
    bool operator==(const ControlEdit&) const = default;
};

/// Everything that undo takes back. A plain value.
struct LatentState {
    int frames = 16;
    std::map<std::string, ControlEdit> controls;
    std::map<kinora::ControlRole, std::uint64_t> seeds;
    std::set<kinora::ControlRole> locked;
    bool operator==(const LatentState&) const = default;
};

/// Directions of a control, in the control's own numbers: +1 adds `vectors[k]`.
struct DirectionSet {
    std::vector<std::vector<float>> vectors;
    std::vector<float> explained;
    std::size_t size() const { return vectors.size(); }
};

/// A system's controls with their present state. It knows no widget and no engine.
class LatentModel {
public:
    static constexpr int kAllSteps = -1;

    LatentModel() = default;
    /// Draws everything from the given seeds.
    LatentModel(const kinora::SystemDescription& system, int frames, const std::map<kinora::ControlRole, std::uint64_t>& seeds);

    const kinora::SystemDescription& system() const { return m_system; }
    const LatentState& state() const { return m_state; }
    void setState(const LatentState& state) { m_state = state; }
    std::vector<kinora::ControlRole> roles() const;  ///< Those that have controls: appearance, motion, both.
    const kinora::Control* control(const std::string& id) const;
    int stepsOf(const kinora::Control& control) const;  ///< Steps at the present length; 1 for what is no sequence.

    void setDirections(const std::string& control, DirectionSet directions);
    const DirectionSet& directions(const std::string& control) const;

    /// Draws a group from a seed, whether it is locked or not, and forgets its movements. Pictures and maps stay.
    void draw(kinora::ControlRole role, std::uint64_t seed);
    /// Back to what the group's seed gave.
    void reset(kinora::ControlRole role);
    void resetAll();
    /// The prior's mean.
    void neutral(kinora::ControlRole role);
    void setLocked(kinora::ControlRole role, bool locked);
    bool locked(kinora::ControlRole role) const { return m_state.locked.contains(role); }
    std::uint64_t seed(kinora::ControlRole role) const;

    /// Movement along a direction, of one step or of all of them.
    float amount(const std::string& control, std::size_t direction, int step = kAllSteps) const;
    void setAmount(const std::string& control, std::size_t direction, float value, int step = kAllSteps);
    /// A number as it is used. For all steps of a sequence: the mean; setting it moves every step by the difference.
    float number(const std::string& control, int index, int step = kAllSteps) const;
    void setNumber(const std::string& control, int index, float value, int step = kAllSteps);
    void setCategory(const std::string& control, int category);
    void setPicture(const std::string& control, kinora::ControlValue value);
    /// Another clip length: sequences are cut, or continued as their seed would have.
    void setFrames(int frames);

    /// The values as they are sent.
    kinora::ControlValues values() const;
    /// Values from elsewhere (a cell of the matrix, a pasted state) become the state; movements are forgotten. Controls that are not named stay.
    /// \throws Error (ShapeMismatch, Usage) and changes nothing
    void take(const kinora::ControlValues& values, int frames);
    /// Names (untranslated) of controls that have no prior and no value yet: a clip cannot be made without them.
    std::vector<std::string> missing() const;

    /// Becomes a cell of the appearance x motion matrix: row i draws appearance (and what is both) with appearanceSeed + i, column j motion with motionSeed + j, as
    /// `kinora generate --grid` does. Locked groups and what has no prior stay. A system without that split gives a sheet of seeds, row by row.
    void takeCell(int row, int column, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed);
    /// The values of that cell.
    kinora::ControlValues cell(int row, int column, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed) const;
    bool splits() const;  ///< There are motion controls, and others.

    /// {"kinora_state": 1, "system", "frames", "seed", "seeds", "controls"}; `kinora generate --state` reads it.
    nlohmann::json toJson() const;
    /// \throws Error (Incompatible for another system, ShapeMismatch, Usage) and changes nothing
    void fromJson(const nlohmann::json& json);

private:
    void fit(ControlEdit& edit, const kinora::Control& control) const;

    kinora::SystemDescription m_system;
    LatentState m_state;
    std::map<std::string, DirectionSet> m_directions;
    std::set<std::string> m_settled;  // fixed controls that have their first value
};
