#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <mutex>
#include <opencv2/core/version.hpp>
#include <opencv2/imgproc.hpp>
#include <limits>
#include <set>

#include "core/clip/transform.h"
#include "core/decode/face.h"
#include "core/decode/npy.h"
#include "core/decode/person.h"
#include "core/decode/picture.h"
#include "core/decode/video.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "core/util/text.h"
#include "datasets/import/recording.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t kMostBytes = std::size_t(4) << 30;  ///< Of the stored frames of one recording, which are held until they are written.

// --- options -------------------------------------------------------------------------------------------------------------------------

enum class Crop { None, Centre, Face, Person, Rectangle };

/// PreprocessOptions with its texts read.
struct Plan {
    PreprocessOptions options;
    Crop crop = Crop::None;
    cv::Rect rectangle;
    int width = 0, height = 0;  ///< 0: the source's.
    std::vector<int> steps;
    int clipFrames = 0, overlap = 0, clipsPerRecording = 0;
};

/// Whole numbers between separators. \throws Error (Usage)
std::vector<int> numbers(const std::string& text, char separator, const std::string& option, const std::string& form)
{
    std::vector<int> list;
    for (const std::string& part : split(text, separator)) {
        try {
            const long long value = parseInteger(trimmed(part), option);
            if (value < 0 || value > 1000000) throw Error(ErrorCode::Usage, "out of range");
            list.push_back(static_cast<int>(value));
        } catch (const Error&) {
            throw Error(ErrorCode::Usage, "'" + text + "' cannot be read; write " + form, option);
        }
    }
    return list;
}

Plan planOf(const PreprocessOptions& options)
{
    Plan plan;
    plan.options = options;
    const std::string form = "none, centre, face, person, or X,Y,WIDTH,HEIGHT in pixels";
    if (options.crop == "centre") plan.crop = Crop::Centre;
    else if (options.crop == "face") plan.crop = Crop::Face;
    else if (options.crop == "person") plan.crop = Crop::Person;
    else if (options.crop != "none") {
        const std::vector<int> sides = numbers(options.crop, ',', "crop", form);
        if (sides.size() != 4 || sides[2] < 1 || sides[3] < 1) throw Error(ErrorCode::Usage, "'" + options.crop + "' cannot be read; write " + form, "crop");
        plan.crop = Crop::Rectangle;
        plan.rectangle = {sides[0], sides[1], sides[2], sides[3]};
    }
    if (options.size != "source") {
        const std::vector<int> sides = numbers(options.size, 'x', "size", "source, 64 (square) or 85x64 (width x height)");
        if (sides.size() > 2 || std::ranges::any_of(sides, [](int side) { return side < 1 || side > 16384; }))
            throw Error(ErrorCode::Usage, "'" + options.size + "' cannot be read; write source, 64 (square) or 85x64 (width x height)", "size");
        plan.width = sides.front();
        plan.height = sides.back();
    }
    plan.steps = numbers(options.frameStep, ',', "frame_step", "1, or a list such as 2,3");
    if (std::ranges::any_of(plan.steps, [](int step) { return step < 1; })) throw Error(ErrorCode::Usage, "'" + options.frameStep + "' holds a step below 1", "frame_step");
    if (options.clipFrames > 0 && options.overlap >= options.clipFrames) throw Error(ErrorCode::Usage, "must be smaller than clip_frames = " + std::to_string(options.clipFrames), "overlap");
    if (options.clipFrames == 0 && options.overlap > 0) throw Error(ErrorCode::Usage, "needs clip_frames: whole recordings do not overlap", "overlap");
    if (options.clipFrames == 0 && options.clipsPerRecording > 0) throw Error(ErrorCode::Usage, "needs clip_frames: a whole recording is one clip", "clips_per_recording");
    plan.clipFrames = static_cast<int>(options.clipFrames);
    plan.overlap = static_cast<int>(options.overlap);
    plan.clipsPerRecording = static_cast<int>(options.clipsPerRecording);
    if (plan.crop == Crop::Face) faceCascadeFile(options.faceCascade);
    return plan;
}

// --- frames one after the other --------------------------------------------------------------------------------------------------------

Error refused(const std::string& text) { return {ErrorCode::DecodeFailed, text}; }

std::string sizeText(int width, int height) { return std::to_string(width) + " x " + std::to_string(height); }

/// A recording as it is decoded, from its first frame to its last, once.
class Media {
public:
    virtual ~Media() = default;
    virtual bool advance() = 0;
    virtual const Frames& frame() = 0;  ///< The present one; decoding or converting it may only happen now.
    virtual int known() const { return -1; }  ///< Frames, where that is known beforehand.
    virtual std::int64_t estimate() const { return known(); }  ///< Frames, by the header; for reserving memory only.
    virtual double frameRateHz() const { return 0; }
    /// What is worth a flag or a warning, complete at the end.
    virtual void remarks(std::string& /*flags*/, std::vector<std::string>& /*warnings*/) const {}
};

class VideoMedia final : public Media {
public:
    explicit VideoMedia(const fs::path& file) : m_reader(file) {}
    bool advance() override { return m_reader.advance(); }
    const Frames& frame() override { return m_reader.frame(); }
    std::int64_t estimate() const override { return m_reader.outline().frames; }
    double frameRateHz() const override { return m_reader.outline().frameRateHz; }
    void remarks(std::string& flags, std::vector<std::string>& warnings) const override
    {
        if (m_reader.variableRate()) flags += " variable_rate";
        warnings.insert(warnings.end(), m_reader.complaints().begin(), m_reader.complaints().end());
    }

private:
    VideoReader m_reader;
};

class PictureMedia final : public Media {
public:
    explicit PictureMedia(const std::vector<fs::path>& files) : m_files(files)
    {
        if (files.empty()) throw refused("no pictures");
    }
    bool advance() override
    {
        m_read = false;
        return ++m_at < known();
    }
    int known() const override { return static_cast<int>(m_files.size()); }
    const Frames& frame() override
    {
        if (m_read) return m_picture;
        const fs::path& file = m_files.at(static_cast<std::size_t>(m_at));
        try {
            m_picture = readPicture(file);
        } catch (const Error& error) {
            throw Error(error.code(), file.filename().string() + " " + error.detail());
        }
        if (m_width == 0) {
            m_width = m_picture.width();
            m_height = m_picture.height();
        }
        if (m_picture.width() != m_width || m_picture.height() != m_height)
            throw refused("picture sizes differ (" + sizeText(m_width, m_height) + ", " + sizeText(m_picture.width(), m_picture.height()) + " in " + file.filename().string() + ")");
        m_read = true;
        return m_picture;
    }

private:
    const std::vector<fs::path>& m_files;
    Frames m_picture;
    int m_at = -1, m_width = 0, m_height = 0;
    bool m_read = false;
};

/// One picture with square frames from left to right or from top to bottom.
class StripMedia final : public Media {
public:
    StripMedia(const fs::path& file, const std::string& layout) : m_strip(readPicture(file))
    {
        const int width = m_strip.width(), height = m_strip.height();
        m_vertical = layout == "vertical" || (layout != "horizontal" && height >= width);
        m_side = m_vertical ? width : height;
        const int length = m_vertical ? height : width;
        m_count = length / m_side;
        m_rest = length % m_side;
        if (m_count < 1 || (m_rest != 0 && layout != "vertical" && layout != "horizontal"))
            throw refused("is " + std::to_string(width) + "x" + std::to_string(height) + " pixels: " +
                          (m_count < 1 ? "no square frame fits in" : "its longer side is no multiple of the shorter, so it is no strip of square frames"));
        m_frame = Frames(1, m_side, m_side);
    }
    bool advance() override { return ++m_at < m_count; }
    int known() const override { return m_count; }
    const Frames& frame() override
    {
        const std::size_t row = static_cast<std::size_t>(m_side) * 3;
        for (int y = 0; y < m_side; ++y) {
            const std::size_t pixel = m_vertical ? static_cast<std::size_t>(m_at * m_side + y) * m_strip.width() : static_cast<std::size_t>(y) * m_strip.width() + static_cast<std::size_t>(m_at) * m_side;
            std::memcpy(m_frame.frame(0) + static_cast<std::size_t>(y) * row, m_strip.frame(0) + pixel * 3, row);
        }
        return m_frame;
    }
    void remarks(std::string&, std::vector<std::string>& warnings) const override
    {
        if (m_rest > 0) warnings.push_back("the last " + std::to_string(m_rest) + (m_vertical ? " rows" : " columns") + " of the strip make no whole frame and were left out");
    }

private:
    Frames m_strip, m_frame;
    bool m_vertical = false;
    int m_side = 0, m_count = 0, m_rest = 0, m_at = -1;
};

class ArrayMedia final : public Media {
public:
    ArrayMedia(std::shared_ptr<const NpyFile> file, std::int64_t row) : m_file(std::move(file)), m_row(std::max<std::int64_t>(row, 0))
    {
        if (row < 0 && m_file->rows() > 1) throw refused("holds " + std::to_string(m_file->rows()) + " clips, of which none was named");
    }
    bool advance() override
    {
        m_read = false;
        return ++m_at < known();
    }
    int known() const override { return m_file->frames(); }
    const Frames& frame() override
    {
        if (!m_read) m_frame = m_file->frame(m_row, m_at);
        m_read = true;
        return m_frame;
    }

private:
    std::shared_ptr<const NpyFile> m_file;
    std::int64_t m_row;
    Frames m_frame;
    int m_at = -1;
    bool m_read = false;
};

// --- crops -----------------------------------------------------------------------------------------------------------------------------

cv::Mat view(const Frames& frame) { return {frame.height(), frame.width(), CV_8UC3, const_cast<std::uint8_t*>(frame.frame(0))}; }

/// The square of this side around a centre, moved into the picture as far as it fits; a side that is larger than the picture becomes the picture's where \p shrink.
cv::Rect squareAround(double x, double y, double side, cv::Size picture, bool shrink)
{
    int whole = std::max(1, static_cast<int>(std::lround(side)));
    if (shrink) whole = std::min({whole, picture.width, picture.height});
    const auto place = [&](double centre, int extent) {
        if (whole > extent) return (extent - whole) / 2;
        return std::clamp(static_cast<int>(std::lround(centre - whole / 2.0)), 0, extent - whole);
    };
    return {place(x, picture.width), place(y, picture.height), whole, whole};
}

cv::Rect centreSquare(cv::Size picture)
{
    const int side = std::min(picture.width, picture.height);
    return {(picture.width - side) / 2, (picture.height - side) / 2, side, side};
}

/// What is cut out of a recording's frames.
struct Track {
    std::vector<cv::Rect> boxes;  ///< None: the whole picture; one: for all frames; else one for each.
    const cv::Rect& at(int frame) const { return boxes[std::min(boxes.size() - 1, static_cast<std::size_t>(frame))]; }
};

Box boxOf(const cv::Rect& rect) { return {static_cast<float>(rect.x), static_cast<float>(rect.y), static_cast<float>(rect.width), static_cast<float>(rect.height)}; }

/// \p rect of a frame; where it leaves the picture the border's pixels go on.
cv::Mat cutOut(const cv::Mat& frame, const cv::Rect& rect)
{
    const cv::Rect inside = rect & cv::Rect(0, 0, frame.cols, frame.rows);
    if (inside == rect) return frame(rect);
    if (inside.empty()) throw refused("the crop lies outside the picture");
    cv::Mat out;
    cv::copyMakeBorder(frame(inside), out, inside.y - rect.y, rect.br().y - inside.br().y, inside.x - rect.x, rect.br().x - inside.x - inside.width, cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
    return out;
}

// --- sizes -----------------------------------------------------------------------------------------------------------------------------

/// Resizes without regard to the aspect.
cv::Mat stretched(const cv::Mat& from, int width, int height, const std::string& filter)
{
    if (from.cols == width && from.rows == height) return from;
    cv::Mat out(height, width, CV_8UC3);
    if (filter == "bilinear") {
        Frames copy(1, from.rows, from.cols);
        from.copyTo(view(copy));
        view(resized(copy, height, width)).copyTo(out);
    } else {
        const bool shrinks = width <= from.cols && height <= from.rows;  // OpenCV's area filter has no meaning for enlarging
        cv::resize(from, out, out.size(), 0, 0, filter == "nearest" ? cv::INTER_NEAREST : filter == "area" && shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    return out;
}

cv::Mat fitted(const cv::Mat& from, int width, int height, const std::string& fit, const std::string& filter)
{
    if (fit == "stretch") return stretched(from, width, height, filter);
    const double across = static_cast<double>(width) / from.cols, down = static_cast<double>(height) / from.rows, scale = fit == "cover" ? std::max(across, down) : std::min(across, down);
    int newWidth = std::max(1, static_cast<int>(std::lround(from.cols * scale))), newHeight = std::max(1, static_cast<int>(std::lround(from.rows * scale)));
    if (fit == "cover") {
        newWidth = std::max(newWidth, width);
        newHeight = std::max(newHeight, height);
        return stretched(from, newWidth, newHeight, filter)(cv::Rect((newWidth - width) / 2, (newHeight - height) / 2, width, height));
    }
    newWidth = std::min(newWidth, width);
    newHeight = std::min(newHeight, height);
    const int left = (width - newWidth) / 2, top = (height - newHeight) / 2;
    cv::Mat out;
    cv::copyMakeBorder(stretched(from, newWidth, newHeight, filter), out, top, height - newHeight - top, left, width - newWidth - left, cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
    return out;
}

// --- clips -----------------------------------------------------------------------------------------------------------------------------

/// One clip of a recording: frames first, first + step, ...
struct Cut {
    std::string name, split;
    const std::vector<float>* labels = nullptr;
    int first = 0, count = 0, step = 1;
};

/// FNV-1a, so that what is drawn for a clip depends on its name alone.
std::uint64_t hashOf(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
    return hash;
}

class RecordingScan final : public DatasetScan {
public:
    RecordingScan(Listing listing, const PreprocessOptions& options) : m_listing(std::move(listing)), m_plan(planOf(options))
    {
        cv::setNumThreads(1);  // recordings are decoded side by side
        const bool follows = options.personTrack == "follow" || (options.personTrack == "auto" && std::ranges::any_of(m_listing.recordings, &Recording::moves));
        m_moving = (m_plan.crop == Crop::Face && options.faceTrack == "smooth") || (m_plan.crop == Crop::Person && follows);
        if (m_moving) m_streams.push_back({"crop_box", "float32", 4, false});
        m_listing.attributes.emplace("decoder", videoDecoderVersion() + ", OpenCV " + CV_VERSION);
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_listing.labels; }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_listing.recordings.size()); }
    std::string file(std::int64_t index) const override { return at(index).name; }
    const std::vector<SkippedFile>& skipped() const override { return m_listing.skipped; }
    std::int64_t excluded() const override { return m_listing.excluded; }
    std::map<std::string, std::string> attributes() const override { return m_listing.attributes; }
    const std::vector<std::string>& notes() const override { return m_listing.notes; }
    const std::vector<std::string>& warnings() const override { return m_listing.warnings; }

    ClipInfo expected(std::int64_t index) const override
    {
        const Recording& recording = at(index);
        ClipInfo info;
        info.name = info.source = recording.name;
        info.frameRateHz = m_plan.options.frameRateHz > 0 ? m_plan.options.frameRateHz : recording.frameRateHz;
        info.labels = recording.labels;
        info.split = recording.split;
        info.group = recording.group;
        info.origin.flags = recording.flags;
        return info;
    }

    ItemOutline outline(std::int64_t index) const override
    {
        const Recording& recording = at(index);
        return named(recording, [&]() -> ItemOutline {
            if (recording.media == MediaKind::Video) {
                const VideoOutline found = VideoReader(recording.path).outline();
                return {static_cast<int>(std::min<std::int64_t>(found.frames, 1 << 30)), found.width, found.height, found.format};
            }
            const std::unique_ptr<Media> media = open(recording);
            media->advance();
            const Frames& first = media->frame();
            std::string format = std::to_string(media->known());
            if (recording.media == MediaKind::Array) format += " frames in npy";
            else {
                std::string name(pictureFormatName(*sniffPicture(recording.media == MediaKind::Strip ? recording.path : recording.pictures.front())));
                std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
                format += recording.media == MediaKind::Strip ? " frames in one " + name + " picture" : " " + name + (media->known() == 1 ? " picture" : " pictures");
            }
            return {media->known(), first.width(), first.height(), format};
        });
    }

    std::string stamp(std::int64_t index) const override
    {
        const Recording& recording = at(index);
        std::string text;
        const auto add = [&](const fs::path& path) {
            std::error_code ignored;
            text += path.filename().string() + ' ' + std::to_string(fs::file_size(path, ignored)) + ' ' + std::to_string(fs::last_write_time(path, ignored).time_since_epoch().count()) + '\n';
        };
        if (recording.media != MediaKind::Pictures) add(recording.path);
        for (const fs::path& picture : recording.pictures) add(picture);
        return text;
    }
    std::string sourceHash(std::int64_t index) const override { return hash(at(index)); }

    std::vector<ImportedClip> load(std::int64_t index, std::vector<std::string>& warnings) const override
    {
        const Recording& recording = at(index);
        std::vector<std::string> remarks = recording.warnings;
        std::vector<ImportedClip> clips = named(recording, [&] { return loaded(recording, expected(index), remarks); });
        for (const std::string& remark : remarks) warnings.push_back(recording.name + ": " + remark);
        return clips;
    }

private:
    const Recording& at(std::int64_t index) const
    {
        if (index < 0 || index >= size()) throw Error(ErrorCode::NotFound, "there is no recording " + std::to_string(index));
        return m_listing.recordings[static_cast<std::size_t>(index)];
    }

    /// Runs \p work; what goes wrong is said of the recording by the name that it has in reports.
    template <class Work>
    static auto named(const Recording& recording, Work&& work) -> decltype(work())
    {
        try {
            return work();
        } catch (const Error& error) {
            throw Error(error.code(), error.detail(), recording.name);
        } catch (const cv::Exception& error) {
            throw Error(ErrorCode::DecodeFailed, "OpenCV failed: " + error.err, recording.name);
        }
    }

    std::unique_ptr<Media> open(const Recording& recording) const
    {
        switch (recording.media) {
            case MediaKind::Video: return std::make_unique<VideoMedia>(recording.path);
            case MediaKind::Pictures: return std::make_unique<PictureMedia>(recording.pictures);
            case MediaKind::Strip: return std::make_unique<StripMedia>(recording.path, recording.layout);
            case MediaKind::Array: return std::make_unique<ArrayMedia>(array(recording), recording.row);
        }
        throw Error(ErrorCode::Internal, "unknown kind of recording");
    }

    std::shared_ptr<const NpyFile> array(const Recording& recording) const
    {
        const std::scoped_lock lock(m_mutex);
        std::shared_ptr<const NpyFile>& file = m_arrays[recording.path];
        if (!file) file = std::make_shared<const NpyFile>(recording.path, recording.layout);
        return file;
    }

    std::string hash(const Recording& recording) const
    {
        if (recording.media == MediaKind::Pictures) {
            std::string lines;
            for (const fs::path& picture : recording.pictures) lines += picture.filename().string() + " " + sha256File(picture) + "\n";
            return sha256(lines);
        }
        if (recording.media != MediaKind::Array) return sha256File(recording.path);
        const std::scoped_lock lock(m_hashMutex);  // thousands of clips lie in one file
        std::string& known = m_hashes[recording.path];
        if (known.empty()) known = sha256File(recording.path);
        return known;
    }

    /// A finder that no other thread uses; loading a cascade takes longer than looking for a face.
    std::unique_ptr<FaceFinder> takeFinder() const
    {
        {
            const std::scoped_lock lock(m_mutex);
            if (!m_finders.empty()) {
                std::unique_ptr<FaceFinder> finder = std::move(m_finders.back());
                m_finders.pop_back();
                return finder;
            }
        }
        return std::make_unique<FaceFinder>(m_plan.options.faceCascade);
    }
    void giveFinder(std::unique_ptr<FaceFinder> finder) const
    {
        const std::scoped_lock lock(m_mutex);
        m_finders.push_back(std::move(finder));
    }

    void checkLength(int frames) const
    {
        const std::int64_t least = m_plan.options.minFrames;
        if (frames < least) throw refused(std::to_string(frames) + (frames == 1 ? " frame" : " frames") + ", minimum " + std::to_string(least));
    }

    /// What a first pass over the recording found.
    struct Found {
        std::vector<BoxSample> samples;
        int frames = 0, looked = 0;
        bool whole = true;  ///< False: not all frames were counted.
        cv::Size picture;
    };

    Found findFaces(const Recording& recording) const
    {
        Found found;
        std::unique_ptr<FaceFinder> finder = takeFinder();
        const std::unique_ptr<Media> media = open(recording);
        const bool first = m_plan.options.faceTrack == "first";
        for (; media->advance(); ++found.frames) {
            if (found.frames % m_plan.options.faceEvery != 0) continue;
            const Frames& frame = media->frame();
            found.picture = {frame.width(), frame.height()};
            ++found.looked;
            if (const std::optional<Box> box = finder->find(frame)) found.samples.push_back({found.frames, *box});
            if (first && !found.samples.empty()) {
                found.whole = false;
                break;
            }
        }
        giveFinder(std::move(finder));
        return found;
    }

    Found findPersons(const Recording& recording) const
    {
        BackgroundSamples background;
        for (const std::unique_ptr<Media> media = open(recording); media->advance();) {
            if (background.wants()) background.add(media->frame());
            else background.skip();
        }
        Found found;
        if (background.pictures().empty()) throw refused("holds no frames");
        const PersonFinder finder(background);
        for (const std::unique_ptr<Media> media = open(recording); media->advance(); ++found.frames) {
            const Frames& frame = media->frame();
            found.picture = {frame.width(), frame.height()};
            if (const std::optional<Box> box = finder.find(frame)) found.samples.push_back({found.frames, *box});
        }
        found.looked = found.frames;
        return found;
    }

    /// The boxes that came with the recording, if there are as many as it has frames (give or take two: containers miscount).
    std::optional<Found> givenBoxes(const Recording& recording, std::vector<std::string>& warnings) const
    {
        if (recording.boxes.empty()) return std::nullopt;
        Found found;
        const std::unique_ptr<Media> media = open(recording);
        for (; media->advance(); ++found.frames)
            if (found.frames == 0) found.picture = {media->frame().width(), media->frame().height()};
        const int boxes = static_cast<int>(recording.boxes.size());
        if (std::abs(boxes - found.frames) > 2) {
            warnings.push_back("there are boxes for " + std::to_string(boxes) + " frames, but it has " + std::to_string(found.frames) + ": they were not used");
            return std::nullopt;
        }
        for (int t = 0; t < std::min(boxes, found.frames); ++t)
            if (!recording.boxes[static_cast<std::size_t>(t)].empty()) found.samples.push_back({t, recording.boxes[static_cast<std::size_t>(t)]});
        found.looked = boxes;
        return found;
    }

    Track faceTrack(const Found& found) const
    {
        const PreprocessOptions& options = m_plan.options;
        const std::string& mode = options.faceTrack;
        const Box box = mode == "first" ? found.samples.front().box : medianBox(found.samples);
        const double side = options.faceMargin * std::max(box.width, box.height), up = options.faceShift * side;
        if (mode != "smooth") return {{squareAround(box.x + box.width / 2.0, box.y + box.height / 2.0 - up, side, found.picture, true)}};
        // one side for the whole recording: a face that only breathes in the picture must not pulse
        const int whole = squareAround(0, 0, side, found.picture, true).width;
        std::vector<double> left, top;
        for (const auto& [x, y] : smoothedCentres(found.samples, found.frames)) {
            left.push_back(std::clamp(x - whole / 2.0, 0.0, static_cast<double>(found.picture.width - whole)));
            top.push_back(std::clamp(y - up - whole / 2.0, 0.0, static_cast<double>(found.picture.height - whole)));
        }
        const std::vector<int> x = steadyPositions(left), y = steadyPositions(top);
        Track track;
        for (std::size_t t = 0; t < x.size(); ++t) track.boxes.emplace_back(x[t], y[t], whole, whole);
        return track;
    }

    Track personTrack(const Recording& recording, const Found& found) const
    {
        const std::vector<Box> boxes = steadyBoxes(found.samples, found.frames);
        const double margin = 1 + m_plan.options.personMargin;
        const std::string& mode = m_plan.options.personTrack;
        if (mode == "fixed" || (mode == "auto" && !recording.moves)) {
            float left = boxes[0].x, top = boxes[0].y, right = left + boxes[0].width, bottom = top + boxes[0].height;
            for (const Box& box : boxes) {
                left = std::min(left, box.x);
                top = std::min(top, box.y);
                right = std::max(right, box.x + box.width);
                bottom = std::max(bottom, box.y + box.height);
            }
            return {{squareAround((left + right) / 2.0, (top + bottom) / 2.0, margin * std::max(right - left, bottom - top), found.picture, false)}};
        }
        double side = 1;
        for (const Box& box : boxes) side = std::max(side, static_cast<double>(std::max(box.width, box.height)));
        const int whole = std::max(1, static_cast<int>(std::lround(side * margin))), frames = static_cast<int>(boxes.size());
        Track track;
        for (int t = 0; t < frames; ++t) {
            const int reach = std::min({7, t, frames - 1 - t});  // a box filter of 15 frames, shorter towards the ends so that it does not lag there
            double x = 0, y = 0;
            for (int k = t - reach; k <= t + reach; ++k) {
                x += boxes[static_cast<std::size_t>(k)].x + boxes[static_cast<std::size_t>(k)].width / 2.0;
                y += boxes[static_cast<std::size_t>(k)].y + boxes[static_cast<std::size_t>(k)].height / 2.0;
            }
            const int count = 2 * reach + 1;
            track.boxes.emplace_back(static_cast<int>(std::lround(x / count - whole / 2.0)), static_cast<int>(std::lround(y / count - whole / 2.0)), whole, whole);
        }
        return track;
    }

    /// The crop where it has to be looked for: one pass over the recording for faces, two for persons.
    Track foundTrack(const Recording& recording, std::string& flags, std::vector<std::string>& warnings) const
    {
        const bool face = m_plan.crop == Crop::Face;
        std::optional<Found> found = givenBoxes(recording, warnings);
        if (!found) found = face ? findFaces(recording) : findPersons(recording);
        if (found->whole) checkLength(found->frames);
        if (found->samples.empty()) {
            const std::string text = (face ? "no face was found in the " : "nobody who moves was found in the ") + std::to_string(found->looked) + (found->looked == 1 ? " frame looked at" : " frames looked at");
            if (m_plan.options.noFace == "skip") throw refused(text);
            flags += face ? " no_face" : " no_person";
            warnings.push_back(text + "; the centre square was kept");
            return {{centreSquare(found->picture)}};
        }
        const auto hits = static_cast<int>(found->samples.size());
        if (face && m_plan.options.faceTrack != "first" && recording.boxes.empty() && hits * 2 < found->looked)
            warnings.push_back("a face was found in only " + std::to_string(hits) + " of the " + std::to_string(found->looked) + " frames looked at");
        return face ? faceTrack(*found) : personTrack(recording, *found);
    }

    /// The steps that a clip may have from \p first on, and the one that is drawn for it. 0: none fits.
    int drawnStep(const std::string& name, int available) const
    {
        std::vector<int> fitting;
        for (const int step : m_plan.steps)
            if (m_plan.clipFrames == 0 || (m_plan.clipFrames - 1) * static_cast<std::int64_t>(step) < available) fitting.push_back(step);
        if (fitting.size() < 2) return fitting.empty() ? 0 : fitting.front();
        Random random(static_cast<std::uint64_t>(m_plan.options.seed), hashOf(name));
        return fitting[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(fitting.size())))];
    }

    /// Clips of frames [\p begin, \p begin + \p length).
    void cut(const Cut& whole, int begin, int length, std::vector<Cut>& out) const
    {
        const auto add = [&](int first, bool window) {
            Cut clip = whole;
            if (window) clip.name += "#" + std::to_string(first);
            clip.first = first;
            clip.step = drawnStep(clip.name, begin + length - first);
            if (clip.step == 0) return 0;
            clip.count = window ? m_plan.clipFrames : (length + clip.step - 1) / clip.step;
            out.push_back(clip);
            return clip.step;
        };
        if (length < 1) return;
        if (m_plan.clipFrames == 0) {
            add(begin, false);
        } else if (m_plan.clipsPerRecording == 0) {
            for (int first = begin; first < begin + length;) {
                const int step = add(first, true);
                if (step == 0) break;
                first += (m_plan.clipFrames - m_plan.overlap) * step;
            }
        } else {
            std::int64_t room = -1;  // starts that the largest fitting step leaves
            for (const int step : m_plan.steps) {
                const std::int64_t left = length - 1 - (m_plan.clipFrames - 1) * static_cast<std::int64_t>(step);
                if (left >= 0) room = room < 0 ? left : std::min(room, left);
            }
            if (room < 0) return;
            std::set<int> starts;
            const int count = m_plan.clipsPerRecording;
            for (int i = 0; i < count; ++i) starts.insert(begin + static_cast<int>(count == 1 ? 0 : room * i / (count - 1)));
            for (const int first : starts) add(first, true);
        }
    }

    std::vector<Cut> cuts(const Recording& recording, int frames, std::vector<std::string>& warnings) const
    {
        std::vector<Cut> out;
        const Cut whole{.name = recording.name, .split = recording.split, .labels = &recording.labels};
        if (recording.trainPart > 0) {
            const int train = std::clamp(static_cast<int>(std::floor(recording.trainPart * frames + 1e-9)), 0, frames);
            Cut part = whole;
            part.name += "#train";
            part.split = "train";
            cut(part, 0, train, out);
            part.name = whole.name + "#test";
            part.split = "test";
            cut(part, train, frames - train, out);
        } else if (recording.parts.empty()) {
            cut(whole, 0, frames + (recording.closeLoop ? 1 : 0), out);
        }
        for (const RecordingPart& asked : recording.parts) {
            const int length = asked.count > 0 ? std::min(asked.count, frames - asked.first) : frames - asked.first;
            if (asked.first < 0 || length < 1) {
                warnings.push_back("part " + asked.name + " begins at frame " + std::to_string(asked.first) + ", behind the last of " + std::to_string(frames) + ": it was left out");
                continue;
            }
            if (length < asked.count) warnings.push_back("part " + asked.name + " has only " + std::to_string(length) + " of " + std::to_string(asked.count) + " frames: the recording ends before");
            Cut part = whole;
            part.name += "#" + asked.name;
            if (!asked.split.empty()) part.split = asked.split;
            if (!asked.labels.empty()) part.labels = &asked.labels;
            cut(part, asked.first, length, out);
        }
        if (out.empty()) throw refused(std::to_string(frames) + " frames, too few for a clip" + (m_plan.clipFrames > 0 ? " of " + std::to_string(m_plan.clipFrames) + " frames at frame_step " + m_plan.options.frameStep : ""));
        return out;
    }

    std::vector<ImportedClip> loaded(const Recording& recording, ClipInfo info, std::vector<std::string>& warnings) const
    {
        std::string flags = recording.flags;
        Track track;
        const bool searched = recording.crop.empty() && (m_plan.crop == Crop::Face || m_plan.crop == Crop::Person);
        if (searched) track = foundTrack(recording, flags, warnings);

        // which frames can be asked for at all
        const bool plain = recording.parts.empty() && recording.trainPart == 0 && m_plan.steps.size() == 1 && m_plan.clipsPerRecording == 0;
        int end = std::numeric_limits<int>::max();
        if (!recording.parts.empty()) {
            end = 0;
            for (const RecordingPart& part : recording.parts) end = part.count > 0 && end < std::numeric_limits<int>::max() ? std::max(end, part.first + part.count) : std::numeric_limits<int>::max();
        }
        const auto wanted = [&](int t) {
            if (plain) return t % m_plan.steps.front() == 0 || recording.closeLoop;
            return recording.parts.empty() || std::ranges::any_of(recording.parts, [&](const RecordingPart& part) { return t >= part.first && (part.count == 0 || t < part.first + part.count); });
        };

        const std::unique_ptr<Media> media = open(recording);
        if (media->known() >= 0) checkLength(media->known());
        std::vector<std::uint8_t> bytes;
        std::vector<std::size_t> slots;  // of every frame among the kept ones
        std::size_t kept = 0, frameBytes = 0;
        int frames = 0, width = 0, height = 0;
        for (; frames < end && media->advance(); ++frames) {
            slots.push_back(kept);
            if (!wanted(frames)) continue;
            const cv::Mat picture = view(media->frame());
            if (kept == 0 && !searched) track = declaredTrack(recording, picture.size());
            const cv::Mat cropped = track.boxes.empty() ? picture : cutOut(picture, track.at(frames));
            const cv::Mat stored = m_plan.width == 0 ? cropped : fitted(cropped, m_plan.width, m_plan.height, m_plan.options.fit, m_plan.options.filter);
            if (kept == 0) {
                width = stored.cols;
                height = stored.rows;
                frameBytes = static_cast<std::size_t>(width) * height * 3;
                const auto expected = static_cast<std::size_t>(std::clamp<std::int64_t>(media->estimate() / (plain ? m_plan.steps.front() : 1) + 3, 1, 1 << 20));
                bytes.reserve(std::min(expected * frameBytes, std::size_t(1) << 30));
            }
            if ((kept + 1) * frameBytes > kMostBytes)
                throw Error(ErrorCode::OutOfMemory, "its frames of " + sizeText(width, height) + " take more than 4 GiB; set size, or a larger frame_step");
            bytes.resize((kept + 1) * frameBytes);
            cv::Mat target(height, width, CV_8UC3, bytes.data() + kept * frameBytes);
            stored.copyTo(target);
            ++kept;
        }
        checkLength(frames);
        media->remarks(flags, warnings);

        const std::vector<Cut> list = cuts(recording, frames, warnings);
        const double rate = info.frameRateHz > 0 ? info.frameRateHz : media->frameRateHz();
        info.origin.sha256 = hash(recording);
        info.origin.flags = trimmed(flags);
        info.width = width;
        info.height = height;
        std::vector<ImportedClip> clips;
        for (const Cut& cut : list) {
            ImportedClip clip{info, {}, {}};
            clip.info.name = cut.name;
            clip.info.split = cut.split;
            clip.info.labels = *cut.labels;
            clip.info.frames = cut.count;
            clip.info.frameRateHz = rate / cut.step;
            clip.info.origin.firstFrame = cut.first;
            clip.info.origin.frameStep = cut.step;
            if (!track.boxes.empty()) clip.info.origin.crop = boxOf(track.at(cut.first));
            const auto source = [&](int i) { return (cut.first + i * cut.step) % frames; };  // behind the end: the first frame, which closes a loop
            if (list.size() == 1 && static_cast<std::size_t>(cut.count) == kept && slots[static_cast<std::size_t>(source(cut.count - 1))] == kept - 1) {
                clip.frames = Frames(cut.count, height, width, std::move(bytes));
            } else {
                clip.frames = Frames(cut.count, height, width);
                for (int i = 0; i < cut.count; ++i) std::memcpy(clip.frames.frame(i), bytes.data() + slots[static_cast<std::size_t>(source(i))] * frameBytes, frameBytes);
            }
            if (m_moving) {
                std::vector<float> values;
                for (int i = 0; i < cut.count; ++i) {
                    const Box box = boxOf(track.at(source(i)));
                    values.insert(values.end(), {box.x, box.y, box.width, box.height});
                }
                clip.streams.emplace_back(values.size() * sizeof(float));
                std::memcpy(clip.streams.back().data(), values.data(), clip.streams.back().size());
            }
            clips.push_back(std::move(clip));
        }
        return clips;
    }

    /// The crop that needs no looking. \throws Error (DecodeFailed) if it does not fit into the picture
    Track declaredTrack(const Recording& recording, cv::Size picture) const
    {
        const Box& given = recording.crop;
        if (given.empty() && m_plan.crop == Crop::Centre) return {{centreSquare(picture)}};
        if (given.empty() && m_plan.crop != Crop::Rectangle) return {};
        const cv::Rect rectangle = given.empty() ? m_plan.rectangle : cv::Rect(static_cast<int>(given.x), static_cast<int>(given.y), static_cast<int>(given.width), static_cast<int>(given.height));
        if ((rectangle & cv::Rect({}, picture)) != rectangle)
            throw refused("the crop " + std::to_string(rectangle.x) + "," + std::to_string(rectangle.y) + "," + std::to_string(rectangle.width) + "," + std::to_string(rectangle.height) + " does not fit into pictures of " +
                          sizeText(picture.width, picture.height));
        return {{rectangle}};
    }

    Listing m_listing;
    Plan m_plan;
    bool m_moving = false;
    std::vector<StreamColumn> m_streams;
    mutable std::mutex m_mutex, m_hashMutex;
    mutable std::vector<std::unique_ptr<FaceFinder>> m_finders;
    mutable std::map<fs::path, std::shared_ptr<const NpyFile>> m_arrays;
    mutable std::map<fs::path, std::string> m_hashes;
};
}  // namespace

std::unique_ptr<DatasetScan> openRecordings(Listing listing, const PreprocessOptions& options) { return std::make_unique<RecordingScan>(std::move(listing), options); }

}  // namespace kinora
