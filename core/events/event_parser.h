#pragma once
// From the bytes of events to columns; used by the reader alone.
#include <cstdint>
#include <deque>
#include <filesystem>
#include <limits>
#include <optional>
#include <protozero/data_view.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/events/event_data.h"

namespace kinora::tfevents {

/// A restart in a file: TensorBoard's SessionLog START.
struct Restart {
    std::int64_t step = 0;
    double wallTimeS = 0;
};

/// What is known of a file whose events are parsed.
struct ParsedFile {
    std::filesystem::path path;
    std::vector<Restart> restarts;
    double largestStep = std::numeric_limits<double>::lowest(), largestWallTimeS = largestStep;  ///< Of its points and media.

    bool restartsAt(std::int64_t step) const;
};

/// Collects what events hold, until somebody takes it.
///
/// Tags are interned: records of a run name the same few in the same order, so the tag that followed last time is tried first.
class EventParser {
public:
    /// Events come from \p file from now on, which stays where it is and gets its restarts and maxima noted.
    /// \param later  restarts of files that sort after this one: what they void is not collected
    void begin(ParsedFile& file, std::vector<Restart> later);
    /// One Event message, whose bytes begin at \p offset of the file. A restart drops what is collected and void by it.
    /// \returns the restart that it is, if it is one
    /// \throws protozero::exception; what came before the bad field stays
    std::optional<Restart> parse(const char* data, std::size_t size, std::uint64_t offset);
    /// Moves the collected out. \param sequences  if not null: for every curve the running number of its points
    EventBatch take(std::vector<std::vector<std::uint64_t>>* sequences);
    /// Forgets everything, tags included.
    void reset();
    /// Number the points from now on.
    void numberPoints() { m_numbered = true; }

private:
    struct Segment {
        std::size_t begin = 0;
        const ParsedFile* file = nullptr;
    };
    struct Tag {
        std::string name;
        ScalarCurve curve;
        std::vector<Segment> segments;
        std::vector<std::uint64_t> sequence;
        std::string plugin;
        bool scalarClass = false;
        bool listed = false;     ///< In m_touched.
        bool other = false;      ///< In the batch's others already.
        std::uint32_t next = 0;  ///< The tag that followed it last time.
    };
    Tag& tag(std::string_view name);
    void scalar(Tag& tag, double value);
    void summary(const char* data, const char* end);
    void value(protozero::data_view message);
    void tensor(Tag& tag, protozero::data_view message);
    void image(Tag& tag, protozero::data_view message);
    void media(Tag& tag, MediaKind kind, protozero::data_view bytes, int sample, int width, int height);
    void hyperparameters(protozero::data_view content);
    void other(Tag& tag, std::string what);
    void drop(const Restart& restart);
    bool keeps();

    std::deque<Tag> m_tags;
    std::unordered_map<std::string_view, std::uint32_t> m_ids;  // views of the names in m_tags, which stay where they are
    std::uint32_t m_last = 0;
    std::vector<std::uint32_t> m_touched;  // tags with points, in the order in which they came
    EventBatch m_batch;
    std::vector<const ParsedFile*> m_mediaFiles;  // beside m_batch.media
    ParsedFile* m_file = nullptr;
    std::vector<Restart> m_later;
    // the event being parsed
    const char* m_data = nullptr;
    std::uint64_t m_offset = 0;  // of m_data in the file
    std::int64_t m_step = 0;
    double m_wallTimeS = 0;
    bool m_numbered = false;
    std::uint64_t m_points = 0;
};

}  // namespace kinora::tfevents
