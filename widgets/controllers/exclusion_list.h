#pragma once
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "widgets/controllers/clip_query.h"

/// The clips of the open dataset that a person has put aside. Every change is written beside the data file at once, in the background; the data is never touched.
class ExclusionList final : public QObject {
    Q_OBJECT
public:
    explicit ExclusionList(QObject* parent = nullptr);
    ~ExclusionList() override;  ///< Waits for what is being written.

    /// Begins with what stood beside the file when it was opened; nullptr: nothing is open.
    void setContents(const std::shared_ptr<const DatasetContents>& contents);
    const ExcludedFlags& flags() const { return m_flags; }
    std::int64_t count() const { return m_count; }
    bool contains(std::int64_t clip) const { return m_flags && (*m_flags)[static_cast<std::size_t>(clip)]; }
    /// Puts clips aside or takes them back. \returns those whose mark changed
    std::vector<std::int64_t> mark(const std::vector<std::int64_t>& clips, bool excluded);

Q_SIGNALS:
    void changed();
    void failed(const QString& problem);  ///< The list could not be written; the marks hold until the window is closed.

private:
    struct Shared {
        std::mutex mutex;
        std::optional<std::pair<std::string, std::set<std::string>>> wanted;  // file and names, the newest only
    };
    void write();

    std::shared_ptr<const DatasetContents> m_contents;
    ExcludedFlags m_flags;
    std::set<std::string> m_strangers;  // names on the list that the file does not have (any more): kept
    std::int64_t m_count = 0;
    std::shared_ptr<Shared> m_shared = std::make_shared<Shared>();
    QThreadPool m_pool;
};
