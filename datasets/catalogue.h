#pragma once
// The explicit list of what 'kinora datasets import' reads. To add a kind: a folder with its adapter (list the recordings, say what is known of them: recording.h),
// one line in catalogue.cpp, one in CMakeLists.txt, tests in tests/datasets/.
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/describe/describe.h"
#include "datasets/import/scan.h"

namespace kinora {

/// One kind of foreign data.
struct DatasetAdapter {
    DatasetDescription description;  ///< Id, texts, options, presets, data card.
    /// True if \p source looks like this kind; reads a few names, and a few bytes of a few files.
    std::function<bool(const std::filesystem::path& source)> detects;
    /// \param source  a path, or for synthetic a "builtin:" text
    /// \throws Error (NotFound, CannotRead, Usage)
    std::function<std::unique_ptr<DatasetScan>(const std::string& source, const OptionValues& options)> open;
    /// A kind that fits many folders (videos, frames); it is only suggested where no published layout fits.
    bool generic = false;
};

/// All kinds, in the order of help texts.
const std::vector<DatasetAdapter>& datasetAdapters();
/// \throws Error (Usage) that lists the kinds
const DatasetAdapter& datasetAdapter(const std::string& id);
/// The kind of a file or folder. \throws Error (NotFound; Usage if none or several fit)
const DatasetAdapter& detectDataset(const std::filesystem::path& source);

}  // namespace kinora
