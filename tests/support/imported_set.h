#pragma once
// A folder imported into a clip file and read back, for the tests of adapters.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "datasets/import/import_job.h"
#include "tests/support/test_videos.h"

/// Whole frames as the source has them, one clip per recording.
inline kinora::OptionValues untouched(kinora::OptionValues more = {})
{
    more.try_emplace("crop", std::string("none"));
    more.try_emplace("size", std::string("source"));
    return more;
}

struct ImportedSet {
    kinora::ImportReport report;
    std::shared_ptr<const kinora::ClipSource> clips;
    std::vector<std::string> names;  ///< In the order of the file.
    std::map<std::string, std::string> skipped;

    kinora::ClipInfo info(const std::string& name) const { return clips->info(index(name)); }
    /// Category of a label, "" where it is not known.
    std::string category(const std::string& name, const std::string& column) const
    {
        const std::size_t at = columnIndex(column);
        const float value = info(name).labels.at(at);
        return value != value ? "" : clips->labelColumns()[at].categories.at(static_cast<std::size_t>(value));
    }
    float number(const std::string& name, const std::string& column) const { return info(name).labels.at(columnIndex(column)); }
    /// What the bars of all frames spell.
    std::vector<int> codes(const std::string& name) const
    {
        const kinora::Frames frames = clips->frames(index(name));
        std::vector<int> out;
        for (int t = 0; t < frames.count(); ++t) out.push_back(codedNumber(frames, t));
        return out;
    }
    /// Largest difference of a channel's mean from \p colour, over all frames.
    int colourError(const std::string& name, const std::array<int, 3>& colour) const
    {
        const kinora::Frames frames = clips->frames(index(name));
        int worst = 0;
        for (int t = 0; t < frames.count(); ++t)
            for (std::size_t c = 0; c < 3; ++c) worst = std::max(worst, std::abs(codedColour(frames, t)[c] - colour[c]));
        return worst;
    }
    std::vector<std::string> ofSplit(const std::string& split) const
    {
        std::vector<std::string> out;
        for (const std::string& name : names)
            if (info(name).split == split) out.push_back(name);
        return out;
    }
    bool has(const std::string& name) const { return std::ranges::find(names, name) != names.end(); }
    std::int64_t index(const std::string& name) const
    {
        const auto found = std::ranges::find(names, name);
        if (found == names.end()) throw kinora::Error(kinora::ErrorCode::NotFound, "no such clip was imported", name);
        return found - names.begin();
    }

private:
    std::size_t columnIndex(const std::string& column) const
    {
        for (std::size_t i = 0; i < clips->labelColumns().size(); ++i)
            if (clips->labelColumns()[i].name == column) return i;
        throw kinora::Error(kinora::ErrorCode::NotFound, "no such label", column);
    }
};

inline ImportedSet importSet(const std::string& kind, const std::filesystem::path& source, const std::filesystem::path& target, const kinora::OptionValues& options = untouched())
{
    ImportedSet out;
    out.report = kinora::importDataset({.kind = kind, .source = source.string(), .options = options, .target = target});
    out.clips = kinora::openClipFile(target);
    for (std::int64_t i = 0; i < out.clips->size(); ++i) out.names.push_back(out.clips->info(i).name);
    for (const kinora::SkippedFile& file : out.report.skipped) out.skipped[file.file] = file.reason;
    return out;
}

/// first, first + 1, ... (count of them)
inline std::vector<int> numbersFrom(int first, int count)
{
    std::vector<int> out;
    for (int i = 0; i < count; ++i) out.push_back(first + i);
    return out;
}

inline bool anyContains(const std::vector<std::string>& lines, const std::string& text)
{
    return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

inline std::string messageOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const kinora::Error& error) {
        return error.what();
    }
    return {};
}
