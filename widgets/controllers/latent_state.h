#pragma once
// What the Explore page edits: the values of a system's controls, as draws from seeds plus movements along directions plus edits of single numbers.
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/control/control.h"
#include "core/control/key_poses.h"
#include "core/describe/describe.h"

/// One control: a value, and how far it was moved along its directions.
struct ControlEdit {
    kinora::ControlValue base;                    ///< Drawn from the group's seed, or edited by hand.
    float truncation = 1;                         ///< Gaussian: the base's distance from the prior's mean is multiplied by it, before movements are added.
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
    std::set<std::string> lockedControls;
    kinora::KeyPoses poses;
    bool operator==(const LatentState&) const = default;
};

enum class DirectionKind { Principal, ClosedForm, Saved };

/// Directions of a control, in the control's own numbers: +1 adds `vectors[k]`. They only grow while a checkpoint is open, so that a place means the same throughout the undo history.
struct DirectionSet {
    std::vector<std::vector<float>> vectors;
    std::vector<float> explained;
    std::vector<DirectionKind> kinds;  ///< Missing ones are principal.
    std::vector<std::string> names;    ///< Of saved ones; missing ones are numbered.
    std::set<std::size_t> hidden;      ///< Saved ones that were deleted: not offered, but movements along them stay.
    std::size_t size() const { return vectors.size(); }
    DirectionKind kind(std::size_t k) const { return k < kinds.size() ? kinds[k] : DirectionKind::Principal; }
    /// Which of its kind it is, from 1.
    int number(std::size_t k) const;
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
    /// Further ones behind those that there are; vectors of another size are left out. A saved direction that is there already is kept; another of the same name hides it.
    void addDirections(const std::string& control, const DirectionSet& directions);
    /// Renames a saved direction, or hides it (an empty \p to).
    void renameDirection(const std::string& control, const std::string& from, const std::string& to);
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

    /// The same for a single control; its draw takes the place that it has among its group's, so that the group's seed brings it back.
    void drawControl(const std::string& control, std::uint64_t seed);
    void resetControl(const std::string& control);
    void neutralControl(const std::string& control);
    /// It stays while its group is drawn or reset, also in the matrix.
    void setControlLocked(const std::string& control, bool locked);
    /// By itself or with its group.
    bool controlLocked(const std::string& control) const;
    /// How far a code is from what its group's seed gave: (size) numbers, of a sequence the mean over its steps.
    std::vector<float> movement(const std::string& control) const;
    /// \throws Error (ShapeMismatch) if it does not fit
    void takeControl(const std::string& control, const kinora::ControlValue& value);
    float truncation(const std::string& control) const;
    void setTruncation(const std::string& control, float truncation);

    /// Movement along a direction, of one step or of all of them.
    float amount(const std::string& control, std::size_t direction, int step = kAllSteps) const;
    void setAmount(const std::string& control, std::size_t direction, float value, int step = kAllSteps);
    /// A number as it is used. For all steps of a sequence: the mean; setting it moves every step by the difference.
    float number(const std::string& control, int index, int step = kAllSteps) const;
    void setNumber(const std::string& control, int index, float value, int step = kAllSteps);
    /// Where a step stands along a direction, in its length: 0 is the prior's mean. Exact for directions at right angles, as those of one kind are.
    float coordinate(const std::string& control, std::size_t direction, int step) const;
    /// Moves one step along the direction, and nothing else.
    void setCoordinate(const std::string& control, std::size_t direction, float value, int step);
    /// All numbers of a sequence; movements are taken into them. \param numbers  as many as it has
    void setSequence(const std::string& control, std::vector<float> numbers);
    void setCategory(const std::string& control, int category);
    void setPicture(const std::string& control, kinora::ControlValue value);
    /// Another clip length: sequences are cut, or continued as their seed would have.
    void setFrames(int frames);

    /// The values as they are sent.
    kinora::ControlValues values() const;
    kinora::ControlValue value(const std::string& control) const;
    /// Values from elsewhere (a cell of the matrix, a pasted state) become the state; movements are forgotten. Controls that are not named stay.
    /// \throws Error (ShapeMismatch, Usage) and changes nothing
    void take(const kinora::ControlValues& values, int frames);
    /// Names (untranslated) of controls that have no prior and no value yet: a clip cannot be made without them.
    std::vector<std::string> missing() const;

    /// Becomes a cell of the appearance x motion matrix: row i draws appearance (and what is both) with appearanceSeed + i, column j motion with motionSeed + j, as
    /// `kinora generate --grid` does. Locked groups and what has no prior stay. A system without that split gives a sheet of seeds, row by row.
    void takeCell(int row, int column, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed);
    void setPoses(const kinora::KeyPoses& poses) { m_state.poses = poses; }
    /// The present values of a group, as a key pose holds them.
    kinora::ControlValues pose(kinora::ControlRole role) const;
    /// The values of that cell.
    kinora::ControlValues cell(int row, int column, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed) const;
    bool splits() const;  ///< There are motion controls, and others.

    /// {"kinora_state": 1, "system", "frames", "seed", "seeds", "controls", "truncation", "key_poses"}; `kinora generate --state` reads it. Truncation is told; the numbers are as it left them.
    nlohmann::json toJson() const;
    /// \throws Error (Incompatible for another system, ShapeMismatch, Usage) and changes nothing
    void fromJson(const nlohmann::json& json);

private:
    void redraw(const kinora::Control& control, const kinora::ControlValue& drawn);
    void fit(ControlEdit& edit, const kinora::Control& control) const;

    kinora::SystemDescription m_system;
    LatentState m_state;
    std::map<std::string, DirectionSet> m_directions;
    std::set<std::string> m_settled;  // fixed controls that have their first value
};
