#pragma once
// Listing folders as their owners and users leave them: junk, links, odd numbering, trees that cannot be read.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/import/scan.h"

namespace kinora {

/// "frame2" before "frame10": digits compare as numbers, everything else byte by byte, paths component by component ("a/x" before "a-b/x").
/// A strict order (equal only for equal texts; "2" before "02").
bool naturalLess(std::string_view a, std::string_view b);

/// A file below the root of a source.
struct FoundFile {
    std::filesystem::path path;  ///< As it is opened.
    std::string relative;        ///< To the root, with '/'.
    std::uintmax_t bytes = 0;
};

struct FileTree {
    std::vector<FoundFile> files;      ///< By relative path in natural order.
    std::vector<std::string> folders;  ///< Relative, those without files too, in natural order.
    std::vector<SkippedFile> skipped;  ///< Folders that could not be listed.
};

/// True for what file managers and network drives leave behind: hidden files, Thumbs.db, desktop.ini, __MACOSX, AppleDouble, @eaDir, $RECYCLE.BIN.
bool isJunk(std::string_view name);

/// All files below \p root. Junk is left out without a word; symbolic links are followed, but what they lead to is listed once, under its real name where that is below the
/// root too, so cycles end; a folder that cannot be read is one skip. Nothing is opened.
/// \param depth  levels below the root, 1: only its own files and the names of its folders. Folders deeper than the 64 of the default are skips.
/// \throws Error (NotFound if there is no such folder or it is a file; CannotRead if the root itself cannot be listed)
FileTree listTree(const std::filesystem::path& root, int depth = 64);

/// By extension, in any case of letters: what libav is asked to read (avi, mp4, mkv, webm, mov, mpg, ...), and what is a picture (jpg, jpeg, png, bmp, ppm, pgm, webp, tif, gif).
bool hasVideoName(std::string_view name);
bool hasPictureName(std::string_view name);

/// The last number in a file's stem: 12 of "img_0012.jpg", "a3_frame12.png". -1: there is none.
std::int64_t frameNumber(std::string_view name);

/// Pictures of one folder in temporal order: by frameNumber where no two are the same, in natural order otherwise.
struct FrameOrder {
    std::vector<std::size_t> order;  ///< Indices into the names.
    std::int64_t missing = 0;        ///< Numbers between the first and the last that no picture has; 0 if frameNumber does not tell them apart.
};
FrameOrder frameOrder(const std::vector<std::string>& names);

/// ASCII lower case, for comparisons that ignore the case of letters.
std::string lowered(std::string_view text);

/// Splits that keep a group together: fold of the i-th of the sorted groups = i mod folds (clips without a group are each a group of their own).
/// \param fold  1 ... folds: the one that tests
/// \returns "train" or "test" for every clip
/// \throws  Error (Usage) for fewer than two folds or a fold that is none of them
std::vector<std::string> groupFolds(const std::vector<std::string>& groups, int folds, int fold);

}  // namespace kinora
