#pragma once
// What is read out of event files: curves in columns and an index of pictures, sounds and texts. Plain values without Qt, made to be moved.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// A curve in columns: point i is (steps[i], wallTimesS[i], values[i]). Every point of the files is there, in the order of the files.
///
/// The columns are what a chart draws from: take them out with std::move. Steps are doubles for that reason; they are exact up to 2^53.
struct ScalarCurve {
    std::string tag;
    std::vector<double> steps;
    std::vector<double> wallTimesS;  ///< Seconds since 1970.
    std::vector<double> values;      ///< May hold NaN and infinities, as they were written.
    /// Points whose step is smaller than the one before: somebody went on without saying what is void, or two writers share the tag. Nothing is dropped for
    /// it; each of these indices begins a piece within which steps do not fall.
    std::vector<std::size_t> stepsFallAt;
    bool wallTimeFalls = false;  ///< Somewhere the wall time is smaller than the one before: the clock was set back, or two writers share the tag.

    std::size_t size() const { return steps.size(); }
    /// Keeps the first \p count points; brings stepsFallAt and wallTimeFalls up to date.
    void resize(std::size_t count);
    /// Drops the points whose step is \p from or greater.
    void cut(std::int64_t from);
    /// Moves the columns if this curve is empty, else copies them behind its own; brings stepsFallAt and wallTimeFalls up to date.
    void append(ScalarCurve&& more);
};

enum class MediaKind { Image, Audio, Text };
enum class MediaFormat { Png, Gif, Jpeg, Webp, Wav, Utf8, Other };

/// A picture, animation (GIF), sound or text that lies in an event file; EventsReader::load() reads it.
struct MediaEntry {
    std::string tag;
    std::int64_t step = 0;
    double wallTimeS = 0;
    MediaKind kind = MediaKind::Image;
    MediaFormat format = MediaFormat::Other;  ///< By its first bytes.
    int sample = 0;                           ///< Which of the step's pictures or texts under this tag.
    int width = 0, height = 0;                ///< Of pictures, in pixels; as the encoded bytes say, else as the record says; 0 where neither does.
    std::filesystem::path file;
    std::uint64_t offset = 0;  ///< Of the encoded bytes in the file.
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;  ///< CRC-32C of the encoded bytes, so that a file that was replaced is noticed.
};

/// What one look at a folder brought.
struct EventBatch {
    bool fresh = false;  ///< Everything of earlier batches is void: a file was cut short, replaced or deleted, and all was read anew.
    /// Points and media of earlier batches with this step or a greater one are void: the run was resumed before them.
    std::optional<std::int64_t> voidedFrom;
    std::vector<ScalarCurve> curves;  ///< Those with news, in the order in which their tags first came; what a restart voided is left out already.
    std::vector<MediaEntry> media;    ///< In the order of the files.
    std::map<std::string, std::string> hyperparameters;  ///< Of the hparams plugin, as texts.
    /// Tags that hold what is not read, with what that is: "histogram", or the name of TensorBoard's plugin.
    std::map<std::string, std::string> others;
    bool complete = true;  ///< False: the reading was stopped; the next call goes on.

    std::size_t points() const;
    bool empty() const { return !fresh && !voidedFrom && curves.empty() && media.empty() && hyperparameters.empty() && others.empty(); }
};

/// All that came so far; the first batch is taken over without copying.
struct EventData {
    std::vector<ScalarCurve> curves;
    std::vector<MediaEntry> media;
    std::map<std::string, std::string> hyperparameters, others;

    void apply(EventBatch&& batch);
    const ScalarCurve* find(const std::string& tag) const;
};

}  // namespace kinora
