#include "datasets/import/peek.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <vector>

#include "core/decode/picture.h"
#include "core/util/error.h"
#include "datasets/import/csv.h"
#include "datasets/import/files.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
std::string firstBytes(const fs::path& file, std::size_t count)
{
    std::string bytes(count, '\0');
    std::ifstream in(file, std::ios::binary);
    in.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    return bytes;
}

std::optional<GenericKind> kindOfFile(const fs::path& file)
{
    const std::string name = file.filename().string(), extension = lowered(file.extension().string());
    const std::string head = firstBytes(file, 4096);
    if (head.starts_with("\x93NUMPY")) return GenericKind::Arrays;
    if (hasVideoName(name) || extension == ".gif") return GenericKind::Videos;
    if (extension == ".csv" || extension == ".tsv") {
        const std::vector<CsvRow> rows = parseCsv(head);
        if (!rows.empty() && std::ranges::any_of(rows.front().fields, [](const std::string& field) { return lowered(field) == "file"; })) return GenericKind::Manifest;
    } else if (extension == ".json" || extension == ".jsonl" || extension == ".ndjson") {
        if (head.find("\"file\"") != std::string::npos) return GenericKind::Manifest;
    }
    return std::nullopt;
}

/// Three or more square frames side by side; two could be a photograph twice as wide as high.
bool isStrip(const fs::path& file)
{
    try {
        const Frames picture = readPicture(file);
        const int longer = std::max(picture.width(), picture.height()), side = std::min(picture.width(), picture.height());
        return longer % side == 0 && longer / side >= 3;
    } catch (const Error&) {  // a damaged one says nothing about the others
        return false;
    }
}
}  // namespace

std::optional<GenericKind> peekKind(const fs::path& source)
{
    std::error_code ignored;
    if (fs::is_regular_file(source, ignored)) return kindOfFile(source);
    constexpr std::size_t kFolders = 300, kEntries = 4000, kTried = 6;
    std::deque<fs::path> folders{source};
    std::size_t videos = 0, arrays = 0, animations = 0;
    std::map<fs::path, std::vector<fs::path>> pictures;  // by folder
    for (std::size_t visited = 0; !folders.empty() && visited < kFolders; ++visited) {
        const fs::path folder = std::move(folders.front());
        folders.pop_front();
        std::error_code error;
        std::size_t read = 0;
        std::vector<fs::path> below;
        for (fs::directory_iterator at(folder, error), end; !error && at != end && read < kEntries; at.increment(error), ++read) {
            const std::string name = at->path().filename().string();
            if (isJunk(name)) continue;
            if (at->is_directory(ignored)) below.push_back(at->path());  // links to folders are followed: the number of folders is bounded
            else if (!at->is_regular_file(ignored)) continue;
            else if (hasVideoName(name)) ++videos;
            else if (lowered(at->path().extension().string()) == ".npy") ++arrays;
            else if (hasPictureName(name)) {
                animations += lowered(at->path().extension().string()) == ".gif";
                pictures[folder].push_back(at->path());
            }
        }
        std::ranges::sort(below);
        folders.insert(folders.end(), below.begin(), below.end());
    }
    if (videos > 0 && videos >= pictures.size()) return GenericKind::Videos;  // a preview picture beside videos is none of their frames
    if (arrays > 0 && arrays >= pictures.size()) return GenericKind::Arrays;
    std::size_t tried = 0, strips = 0, several = 0, all = 0;
    for (auto& [folder, files] : pictures) {
        several += files.size() >= 2;
        all += files.size();
        std::ranges::sort(files);
        for (std::size_t i = 0; i < std::min<std::size_t>(files.size(), 2) && tried < kTried; ++i, ++tried) strips += isStrip(files[i]);
    }
    if (tried == 0) return std::nullopt;
    if (2 * strips > tried || (strips > 0 && several == 0)) return GenericKind::Strips;
    if (animations == all) return GenericKind::Videos;
    return several > 0 ? std::optional(GenericKind::Frames) : std::nullopt;
}

}  // namespace kinora
