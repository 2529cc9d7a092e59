#pragma once
// TensorBoard event files: TFRecord framing (u64 length, masked CRC-32C, data, masked CRC-32C) around Event messages (protozero). docs/formats-run.md
// says what is read and what happens to files that are damaged, cut short or gone on with.
//
// Whoever shows curves reads batches and moves their columns on:
//     EventsReader reader(folder);
//     EventData all;
//     all.apply(reader.read());          // the first batch is taken over as it is; later ones are appended
//     draw(all.find("loss/G")->steps, ...);
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/events/event_data.h"

namespace kinora {

struct ScalarRecord {
    std::int64_t step = 0;
    double wallTimeS = 0;  ///< Seconds since 1970.
    std::string tag;
    double value = 0;
};

/// Appends whole records to one events file of a folder. Each is one write(), so that every reader sees it at once and a killed process leaves at most one
/// torn record, the last, which readers leave out; only flush() waits for the disk.
///
/// Wall times never fall within a file: when the clock is set back, they go on by the steady clock.
class EventsWriter {
public:
    /// Creates `events.out.tfevents.<time>.<host>.<pid>` in \p folder, with a name that sorts after those that are there.
    /// \throws Error (CannotWrite, DiskFull), as all others here
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

/// Reads all events files directly in a folder, whoever wrote them, and follows them as they grow. What it gives depends on what the files hold alone, not on
/// when they were looked at, but for the order of points of several writers that share a tag.
/// Thread: one at a time.
class EventsReader {
public:
    explicit EventsReader(std::filesystem::path folder);
    ~EventsReader();
    /// What came since the last call; a torn last record waits. Reads in pieces of 1 MB and looks at \p stop between them; what was read then is given.
    EventBatch read(std::stop_token stop = {});
    /// The same as single records in file order, and scalars only; slower, and for small runs. If files were replaced, voidedFrom() is the smallest step there is.
    std::vector<ScalarRecord> poll();
    /// Set if the last poll() or read() met a restart: records of earlier calls with this step or a greater one are void.
    std::optional<std::int64_t> voidedFrom() const;
    /// Damage that was met, file by file, with the reason; reading went on behind it.
    std::vector<std::string> problems() const;
    /// The encoded bytes of a picture, sound or text. Thread: any.
    /// \throws Error (NotFound, CannotRead; Damaged if the file does not hold any more what was indexed)
    static std::string load(const MediaEntry& entry);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// All folders at or below \p root that hold events files, sorted: what TensorBoard calls the runs of a log directory. Links to folders are followed, each
/// folder is visited once, what cannot be listed is left out. The same folders come in the same order on every call.
std::vector<std::filesystem::path> findEventFolders(const std::filesystem::path& root, std::stop_token stop = {});

}  // namespace kinora
