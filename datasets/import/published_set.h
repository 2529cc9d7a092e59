#pragma once
// What the adapters of published sets share: their folders arrive as the owners ship them, or as users rearranged them.
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "datasets/catalogue.h"
#include "datasets/import/files.h"
#include "datasets/import/recording.h"

namespace kinora {

/// True if a path below \p root fits; files and folders are looked at level by level in natural order, a bounded number of them, nothing is opened.
/// \param fits  receives the components of the path relative to \p root
bool anyPath(const std::filesystem::path& root, const std::function<bool(const std::vector<std::string>& path)>& fits);

/// listTree for a set that comes in archives. \throws Error (NotFound, saying that an archive must be unpacked where \p root is one; as listTree)
FileTree listUnpacked(const std::filesystem::path& root);

/// \throws Error (NotFound): no video of the set's naming scheme below \p root, with an example of an expected path and a word on archives that lie there still packed
[[noreturn]] void refuseScheme(const std::filesystem::path& root, const FileTree& tree, const std::string& set, const std::string& example, const std::string& hint = {});

/// "a, b and 3 more"
std::string listed(const std::vector<std::string>& names, std::size_t most = 5);
/// "1 clip", "2 clips"
std::string counted(std::size_t count, const std::string& noun);

/// Index of \p category in a column's list as a label, NaN if it is not there.
float labelOf(const std::vector<std::string>& categories, const std::string& category);

/// Gives every recording "test" if its group is in fold \p fold of \p folds (the groups' rank modulo folds), else "train". \throws Error (Usage) if fold > folds
void splitByGroup(Listing& listing, std::int64_t folds, std::int64_t fold);
/// The same for recordings one by one, in an order that \p seed draws. \throws Error (Usage) unless \p force: \p why says what is in both sets then, and becomes a warning
void splitAtRandom(Listing& listing, std::int64_t folds, std::int64_t fold, std::int64_t seed, bool force, const std::string& why);
/// Warns of groups that are in the training set and in another one.
void warnOfLeaks(Listing& listing);

/// An adapter out of its options (with a member `preprocess`), its detection and its listing.
template <class Options>
DatasetAdapter publishedAdapter(DatasetDescription description, std::function<bool(const std::filesystem::path&)> detects,
                                std::function<Listing(const std::filesystem::path&, const Options&)> list)
{
    description.options = describeOptions<Options>("dataset");
    return {std::move(description), std::move(detects), [list = std::move(list)](const std::string& source, const OptionValues& values) {
                Options options;
                applyOptions(options, values);
                Listing listing = list(source, options);
                warnOfLeaks(listing);
                return openRecordings(std::move(listing), options.preprocessing());
            }};
}

}  // namespace kinora
