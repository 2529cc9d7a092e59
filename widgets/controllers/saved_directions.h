#pragma once
// Named directions that a person keeps, one small JSON file each, in a folder of their own. Blocking functions for a job's thread.
#include <filesystem>
#include <string>
#include <vector>

#include "core/control/control.h"

/// A direction of a Gaussian control, and what it was found with.
struct SavedDirection {
    std::string name;            ///< Unique among those of one control.
    std::string system, control; ///< Ids.
    std::string checkpointHash;  ///< SHA-256 of the checkpoint's file.
    kinora::ControlKind kind = kinora::ControlKind::GaussianVector;
    std::vector<float> vector;   ///< What +1 adds to the code (to each step of a sequence).
    std::filesystem::path file;  ///< Where it lies; not part of the file.
    /// It has the shape of this control. Another checkpoint of the system may still mean something else by it.
    bool fits(const std::string& systemId, const kinora::Control& other) const { return system == systemId && control == other.id && kind == other.kind && static_cast<int>(vector.size()) == other.size; }
};

/// <config>/directions.
std::filesystem::path savedDirectionsFolder();
/// {"kinora_direction": 1, "name", "system", "control", "kind", "checkpoint_sha256", "vector"}.
/// \throws Error (CannotRead; Damaged, Incompatible naming the file)
SavedDirection readDirection(const std::filesystem::path& file);
/// All of a folder by name; files that cannot be read are left out. None if there is no such folder.
/// \param problems  if given, gets a line for each of those
std::vector<SavedDirection> readDirections(const std::filesystem::path& folder, std::vector<std::string>* problems = nullptr);
/// Into a file of its own in the folder, which is made; a direction of the same control and name is replaced. Returns the file.
/// \throws Error (CannotWrite; Usage for an empty name, a vector of zeros or of no numbers)
std::filesystem::path keepDirection(const std::filesystem::path& folder, const SavedDirection& direction);
/// To a file that a person chose. \throws as keepDirection()
void writeDirection(const std::filesystem::path& file, const SavedDirection& direction);
/// \throws Error (Usage if there is another of that name; CannotWrite)
SavedDirection renameDirection(const std::filesystem::path& folder, const SavedDirection& direction, const std::string& name);
/// \throws Error (CannotWrite) if it cannot be removed
void removeDirection(const SavedDirection& direction);
