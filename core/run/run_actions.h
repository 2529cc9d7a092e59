#pragma once
// What a person does with runs besides training them; the window's dialogs and `kinora runs` call the same functions. Nothing is changed on disk where a function throws.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/run/run_directory.h"

namespace kinora {

/// A key in which configurations differ.
struct ConfigDifference {
    std::string key;
    std::string group;                              ///< "run", "system" or "training".
    std::vector<std::optional<OptionValue>> values; ///< One for each run; nothing where it has no such key.
};
/// What differs, of two configurations or more: run first, then system, then training, each by key. The version of the program is compared too.
std::vector<ConfigDifference> differences(const std::vector<RunConfig>& configs);
/// The same of runs: with total steps and datasets as resumes changed them. \throws Error
std::vector<ConfigDifference> differences(const std::vector<std::filesystem::path>& runs);

/// What is to be different in a duplicate or a fork.
struct RunChanges {
    OptionValues options;  ///< Of the system or the trainer; in a fork also "learning_rate/<optimizer>".
    std::optional<std::string> dataset, device;
    std::optional<std::int64_t> totalSteps;
    std::optional<std::uint64_t> seed;  ///< Not in a fork: it goes on with its parent's random states.
};
/// "key=value" texts as changes: options of \p config, and "dataset", "device", "total_steps", "seed". Values are read by the type that the configuration has;
/// limits are the engine's, which checks them when the run starts. \throws Error (Usage) naming the nearest known key
RunChanges parseChanges(const RunConfig& config, const std::vector<std::string>& settings);

/// The arguments of `kinora` that start \p newRun from step 0 with the configuration of \p run and changes: "train", "--system", ...
/// \throws Error if \p run cannot be read, or a key of the changes is unknown
std::vector<std::string> duplicateArguments(const std::filesystem::path& run, const std::filesystem::path& newRun, const RunChanges& changes = {});
/// The same as a person would type it in a shell: `kinora train ...`.
std::string commandLine(const std::vector<std::string>& arguments);

/// Makes \p newRun out of a checkpoint of \p run: its own run directory with that checkpoint and a run.toml with the changes and a [fork] table, to be started with
/// `kinora train --run NEW --resume`. The parent may run on. Both histories remember it, the child's alone if the parent's cannot be written.
/// \param step  nothing: the newest good checkpoint
/// \returns     the step of the fork
/// \throws Error (NotFound, Damaged; CannotWrite if \p newRun exists and holds anything; DiskFull; Usage for an unknown key, Incompatible for a checkpoint that cannot be resumed)
std::int64_t forkRun(const std::filesystem::path& run, std::optional<std::int64_t> step, const std::filesystem::path& newRun, const RunChanges& changes = {});

/// Moves a run into the folder "archive" beside it. \returns where it is now. \throws Error (Locked, NotFound, Damaged, Incompatible, CannotWrite; Usage if it is there already)
std::filesystem::path archiveRun(const std::filesystem::path& run);
/// Moves an archived run back. \returns where it is now. \throws Error (as archiveRun; CannotWrite if something of its name is there)
std::filesystem::path restoreRun(const std::filesystem::path& run);

/// What deleting a run would take away.
struct RunSize {
    std::uintmax_t bytes = 0;
    std::int64_t files = 0;
    std::int64_t checkpoints = 0, samples = 0;
};
RunSize sizeOfRun(const std::filesystem::path& run);
/// Deletes a run directory with all that is in it. Ask the person before. \throws Error (Locked, NotFound if it is no run, Damaged, Incompatible, CannotWrite)
void deleteRun(const std::filesystem::path& run);

/// Writes into the history that the dataset of a run is now at \p dataset; the next resume opens it there, and refuses it if it is not the same data (checkSameData).
/// \throws Error (Locked, NotFound, Damaged, Incompatible, CannotWrite)
void relocateDataset(const std::filesystem::path& run, const std::string& dataset);

/// What a dataset is known by: two with equal facts hold the same clips, as far as can be told without decoding them.
DatasetFacts factsOf(const ClipSource& source);
/// \throws Error (Incompatible) saying what differs, if \p found cannot stand in for the dataset that the run began with; nothing recorded: nothing to compare
void checkSameData(const std::optional<DatasetFacts>& recorded, const DatasetFacts& found, const std::string& dataset);

}  // namespace kinora
