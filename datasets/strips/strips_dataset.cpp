#include "datasets/strips/strips_dataset.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "core/decode/picture.h"
#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// Entries of a folder, sorted by name. \throws Error (CannotRead)
std::vector<fs::path> entries(const fs::path& folder)
{
    std::error_code error;
    std::vector<fs::path> list;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (!hidden(at->path())) list.push_back(at->path());
    if (error) throw Error(ErrorCode::CannotRead, "the folder cannot be listed (" + error.message() + ")", folder.string());
    std::ranges::sort(list);
    return list;
}

struct StripFile {
    fs::path path;
    std::string name;  ///< Relative to the root; unique.
    int label = -1;
};

struct Listing {
    std::vector<std::string> classes;  ///< Sorted; empty: no class folders.
    std::vector<StripFile> files;
};

Listing list(const fs::path& root)
{
    std::error_code ignored;
    if (!fs::exists(root, ignored)) throw Error(ErrorCode::NotFound, "no such folder", root.string());
    if (!fs::is_directory(root, ignored)) throw Error(ErrorCode::NotFound, "is no folder; strips lie in <folder>/<class>/", root.string());
    Listing out;
    std::vector<fs::path> loose;
    for (const fs::path& entry : entries(root)) {
        if (fs::is_regular_file(entry, ignored)) loose.push_back(entry);
        if (!fs::is_directory(entry, ignored)) continue;
        std::vector<fs::path> files;
        for (const fs::path& file : entries(entry))
            if (fs::is_regular_file(file, ignored)) files.push_back(file);
        if (files.empty()) continue;
        const std::string folder = entry.filename().string();
        for (const fs::path& file : files) out.files.push_back({file, folder + "/" + file.filename().string(), static_cast<int>(out.classes.size())});
        out.classes.push_back(folder);
    }
    if (out.classes.empty())
        for (const fs::path& file : loose) out.files.push_back({file, file.filename().string(), -1});
    return out;
}

/// The number that a file is named by, as in 00000028.jpg.
std::optional<long> fileNumber(const fs::path& file)
{
    const std::string stem = file.stem().string();
    long number = 0;
    const auto result = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (result.ec != std::errc() || result.ptr != stem.data() + stem.size() || number < 0) return std::nullopt;
    return number;
}

/// The MoCoGAN action set numbers its strips 8 p + 2 a + m: performer, action and mirror flag. True if every file follows that rule.
bool numberedLikeActions(const Listing& listing)
{
    if (listing.classes != std::vector<std::string>{"0", "1", "3", "4"}) return false;
    constexpr const char* kClassOfAction[] = {"1", "0", "3", "4"};
    std::set<long> seen;
    for (const StripFile& file : listing.files) {
        const std::optional<long> number = fileNumber(file.path);
        if (!number || !seen.insert(*number).second || listing.classes[static_cast<std::size_t>(file.label)] != kClassOfAction[*number % 8 / 2]) return false;
    }
    return seen.size() >= 8;
}

/// Cuts the picture of a strip into its frames. \throws Error (DecodeFailed) with the reason
Frames framesOf(const Frames& strip, std::int64_t minimum, const std::string& name)
{
    const int longer = std::max(strip.width(), strip.height()), side = std::min(strip.width(), strip.height());
    const auto refused = [&](const std::string& text) { return Error(ErrorCode::DecodeFailed, text, name); };
    if (longer % side != 0)
        throw refused("is " + std::to_string(strip.width()) + "x" + std::to_string(strip.height()) + " pixels: its longer side is no multiple of the shorter, so it is no strip of square frames");
    const int count = longer / side;
    if (count < minimum) throw refused("has " + std::to_string(count) + (count == 1 ? " frame" : " frames") + ", fewer than min_frames = " + std::to_string(minimum));
    if (strip.height() >= strip.width()) return {count, side, side, {strip.bytes().begin(), strip.bytes().end()}};  // top to bottom: the frames already follow each other
    Frames out(count, side, side);
    const std::size_t rowBytes = static_cast<std::size_t>(side) * 3;
    for (int t = 0; t < count; ++t)
        for (int y = 0; y < side; ++y) std::memcpy(out.frame(t) + static_cast<std::size_t>(y) * rowBytes, strip.frame(0) + (static_cast<std::size_t>(y) * count + t) * rowBytes, rowBytes);
    return out;
}

class StripsScan final : public DatasetScan {
public:
    StripsScan(const fs::path& root, const StripsOptions& options) : m_options(options)
    {
        Listing listing = list(root);
        if (listing.files.empty()) throw Error(ErrorCode::NotFound, "holds no files; strips lie in <folder>/<class>/", root.string());
        const bool actions = numberedLikeActions(listing);
        if (!listing.classes.empty()) m_labels.push_back({"class", classNames(listing.classes), "motion"});
        m_grouped = options.group == "number/8" || (options.group == "auto" && actions);
        if (actions && options.group == "auto")
            m_notes.push_back("the files are numbered like the MoCoGAN action set: group = number / 8, so that a split separates neither a performer's clips nor mirror images");
        for (StripFile& file : listing.files) {
            if (m_grouped && !fileNumber(file.path)) m_skipped.push_back({file.name, "is not named by a number, which group = number/8 needs"});
            else m_files.push_back(std::move(file));
        }
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
    const std::vector<SkippedFile>& skipped() const override { return m_skipped; }
    const std::vector<std::string>& notes() const override { return m_notes; }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_files.size()); }
    std::string file(std::int64_t index) const override { return m_files.at(static_cast<std::size_t>(index)).name; }
    ClipInfo expected(std::int64_t index) const override
    {
        const StripFile& strip = m_files.at(static_cast<std::size_t>(index));
        ClipInfo info{.name = strip.name, .frameRateHz = m_options.frameRateHz, .source = strip.name};
        if (strip.label >= 0) info.labels = {static_cast<float>(strip.label)};
        if (m_grouped) info.group = std::to_string(*fileNumber(strip.path) / 8);
        return info;
    }
    std::vector<ImportedClip> load(std::int64_t index, std::vector<std::string>&) const override
    {
        const StripFile& strip = m_files.at(static_cast<std::size_t>(index));
        std::vector<ImportedClip> clips(1);
        clips[0] = {expected(index), framesOf(readPicture(strip.path), m_options.minFrames, strip.name), {}};
        return clips;
    }

private:
    std::vector<std::string> classNames(const std::vector<std::string>& folders) const
    {
        std::string text = m_options.classNames;
        if (text == "folders") return folders;
        if (text == "actions") text = "wave1,wave2,jack,bend";
        if (text == "shapes") text = "up,left";
        std::vector<std::string> names;
        for (const std::string& name : split(text, ',')) names.push_back(trimmed(name));
        if (names.size() != folders.size() || std::ranges::find(names, "") != names.end())
            throw Error(ErrorCode::Usage, "gives " + std::to_string(names.size()) + " names for " + std::to_string(folders.size()) + " class folders (" + join(folders, ", ") + ")", "class_names");
        return names;
    }

    StripsOptions m_options;
    std::vector<LabelColumn> m_labels;
    std::vector<StripFile> m_files;
    std::vector<SkippedFile> m_skipped;
    std::vector<std::string> m_notes;
    bool m_grouped = false;
};
}  // namespace

std::unique_ptr<DatasetScan> openStrips(const fs::path& root, const StripsOptions& options) { return std::make_unique<StripsScan>(root, options); }

bool detectsStrips(const fs::path& root)
{
    std::error_code ignored;
    if (!fs::is_directory(root, ignored)) return false;
    try {
        int tried = 0;
        for (const StripFile& file : list(root).files) {
            if (!sniffPicture(file.path)) continue;
            try {
                if (framesOf(readPicture(file.path), 2, file.name).count() >= 2) return true;
            } catch (const Error&) {  // a damaged one says nothing about the others
            }
            if (++tried == 8) break;
        }
    } catch (const Error&) {
    }
    return false;
}

}  // namespace kinora
