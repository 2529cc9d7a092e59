#pragma once
// TensorBoard event files: TFRecord framing (u64 length, masked CRC-32C, data, masked CRC-32C) around Event messages (protozero).
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kinora {

struct ScalarRecord {
    std::int64_t step = 0;
    double wallTimeS = 0;  ///< Seconds since 1970.
    std::string tag;
    double value = 0;
};

/// Appends whole records to one events file of a folder.
class EventsWriter {
public:
    /// Creates `events.out.tfevents.<time>.<host>.<pid>` in \p folder. \throws Error (CannotWrite)
    explicit EventsWriter(const std::filesystem::path& folder);
    ~EventsWriter();
    void scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);
    /// An encoded picture (PNG or GIF: TensorBoard plays the latter) for the image dashboard.
    void image(std::int64_t step, const std::string& tag, int height, int width, std::string_view encoded);
    /// Hyper-parameters and other texts.
    void text(std::int64_t step, const std::string& tag, const std::string& markdown);
    /// Says that records after \p step in earlier files are void (a resume from a checkpoint): readers drop them.
    void restart(std::int64_t step);
    void flush();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Reads all events files of a folder and follows them as they grow.
/// Thread: one at a time.
class EventsReader {
public:
    explicit EventsReader(std::filesystem::path folder);
    ~EventsReader();
    /// Scalars appended since the last call, in file order; a torn last record waits for the next call. What a restart voided is left out of the
    /// answer already; of what earlier calls returned, the caller drops the records with a step greater than or equal to voidedFrom().
    std::vector<ScalarRecord> poll();
    /// Set if the last poll() met a restart: the smallest step from which the records of earlier calls are void.
    std::optional<std::int64_t> voidedFrom() const;
    /// Files that hold damaged records, with the reason; reading goes on with the next file.
    std::vector<std::string> problems() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
