#pragma once
// What the import job sees of any kind of data: a list of items, each of which gives clips when it is loaded.
#include <map>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"

namespace kinora {

/// A clip as an adapter gives it to the importer.
struct ImportedClip {
    ClipInfo info;
    Frames frames;
    std::vector<std::vector<std::uint8_t>> streams;  ///< In the order of DatasetScan::streamColumns().
};

/// A file that was not imported, and why. It is no error.
struct SkippedFile {
    std::string file;  ///< Relative to the source.
    std::string reason;
};

/// What an item's header says without decoding it; containers lie about the number of frames, so it is an estimate.
struct ItemOutline {
    int frames = 0, width = 0, height = 0;  ///< 0: not known.
    std::string format;                     ///< "mpeg4 in avi", "18 jpeg pictures", for a dry run.
};

/// An opened source: files are listed, nothing is decoded yet.
/// Thread: load() and outline() are called from several threads at once, the rest from one.
class DatasetScan {
public:
    virtual ~DatasetScan() = default;
    virtual const std::vector<LabelColumn>& labelColumns() const = 0;
    virtual const std::vector<StreamColumn>& streamColumns() const
    {
        static const std::vector<StreamColumn> none;
        return none;
    }
    /// Items, not clips: an item (a video) may give several clips, or none.
    virtual std::int64_t size() const = 0;
    /// Of item \p index, relative to the source; unique.
    virtual std::string file(std::int64_t index) const = 0;
    /// Labels, split and group of item \p index before it is decoded: for dry runs. Frame counts are 0.
    virtual ClipInfo expected(std::int64_t index) const = 0;
    /// \throws Error as load() does for a file that cannot even be opened
    virtual ItemOutline outline(std::int64_t) const { return {}; }
    /// The item's clips in order. \param warnings  receives what a person should know of an item that was imported all the same
    /// \throws Error: the item is skipped and the error's detail is the reason
    virtual std::vector<ImportedClip> load(std::int64_t index, std::vector<std::string>& warnings) const = 0;
    /// Changes when the item's files do: their sizes and times. An interrupted import goes on only where it is the same. Empty: not known.
    virtual std::string stamp(std::int64_t) const { return {}; }
    /// ClipOrigin::sha256 of item \p index as its files are now. Empty: not known. \throws Error (NotFound, CannotRead)
    virtual std::string sourceHash(std::int64_t) const { return {}; }
    /// Files that listing alone could rule out.
    virtual const std::vector<SkippedFile>& skipped() const
    {
        static const std::vector<SkippedFile> none;
        return none;
    }
    /// Files that the options leave out on purpose (neutral faces, second takes).
    virtual std::int64_t excluded() const { return 0; }
    /// Further provenance for the written file.
    virtual std::map<std::string, std::string> attributes() const { return {}; }
    /// What was recognised or assumed, one line each.
    virtual const std::vector<std::string>& notes() const
    {
        static const std::vector<std::string> none;
        return none;
    }
    /// What looks wrong though nothing is lost by it, one line each ("label of X disagrees with the text file").
    virtual const std::vector<std::string>& warnings() const
    {
        static const std::vector<std::string> none;
        return none;
    }
};

}  // namespace kinora
