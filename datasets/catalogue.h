#pragma once
// The explicit list of what 'kinora datasets import' reads. To add a kind: a folder with its adapter, one line in catalogue.cpp, one in CMakeLists.txt,
// tests in tests/datasets/.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clipfile/clip_file.h"
#include "core/dataset/clip_source.h"
#include "core/describe/describe.h"

namespace kinora {

/// A clip as an adapter gives it to the importer.
struct ImportedClip {
    ClipInfo info;
    Frames frames;
    std::vector<std::vector<std::uint8_t>> streams;
};

/// A file that was not imported, and why. It is no error.
struct SkippedFile {
    std::string file;  ///< Relative to the source.
    std::string reason;
};

/// An opened source: files are listed, nothing is decoded yet.
/// Thread: load() is called from several threads at once, the rest from one.
class DatasetScan {
public:
    virtual ~DatasetScan() = default;
    virtual const std::vector<LabelColumn>& labelColumns() const = 0;
    virtual const std::vector<StreamColumn>& streamColumns() const
    {
        static const std::vector<StreamColumn> none;
        return none;
    }
    virtual std::int64_t size() const = 0;
    /// Of item \p index, relative to the source.
    virtual std::string file(std::int64_t index) const = 0;
    /// \throws Error: the item is skipped and the error's detail is the reason
    virtual ImportedClip load(std::int64_t index) const = 0;
    /// Files that listing alone could rule out.
    virtual const std::vector<SkippedFile>& skipped() const
    {
        static const std::vector<SkippedFile> none;
        return none;
    }
    /// Further provenance for the written file.
    virtual std::map<std::string, std::string> attributes() const { return {}; }
    /// What was recognised or assumed, one line each.
    virtual const std::vector<std::string>& notes() const
    {
        static const std::vector<std::string> none;
        return none;
    }
};

/// One kind of foreign data.
struct DatasetAdapter {
    DatasetDescription description;  ///< Id, texts and options.
    /// True if \p source looks like this kind; reads a few bytes of a few files.
    std::function<bool(const std::filesystem::path& source)> detects;
    /// \param source  a path, or for synthetic a "builtin:" text
    /// \throws Error (NotFound, CannotRead, Usage)
    std::function<std::unique_ptr<DatasetScan>(const std::string& source, const OptionValues& options)> open;
};

/// All kinds, in the order of help texts.
const std::vector<DatasetAdapter>& datasetAdapters();
/// \throws Error (Usage) that lists the kinds
const DatasetAdapter& datasetAdapter(const std::string& id);
/// The kind of a file or folder. \throws Error (NotFound; Usage if none or several fit)
const DatasetAdapter& detectDataset(const std::filesystem::path& source);

/// What an import did.
struct ImportReport {
    std::int64_t clips = 0, frames = 0;
    std::vector<SkippedFile> skipped;
    std::vector<std::string> notes;
};

struct ImportJob {
    std::string kind, source;
    OptionValues options;                                                                  ///< Of the kind; the defaults otherwise.
    std::filesystem::path target;                                                          ///< Empty: a dry run that decodes everything and writes nothing.
    std::function<void(std::int64_t done, std::int64_t total, const std::string& file)> progress;  ///< May be empty.
    std::stop_token stop;
};

/// Decodes on several threads, writes in order. The clip file appears when all is done; provenance (kind, source, options, counts) becomes its attributes.
/// \throws Error (NotFound if there is nothing to import, DiskFull, CannotWrite, Cancelled, Usage)
ImportReport importDataset(const ImportJob& job);

}  // namespace kinora
