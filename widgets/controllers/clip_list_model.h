#pragma once
#include <QAbstractListModel>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/job_runner.h"

/// Which clips are shown, and in which order.
struct ClipQuery {
    QString text;          ///< One filter line: words, `label:smile`, `frames>40`, `split:train`, `group:12`; all must hold. Quotes keep spaces together.
    std::string split;     ///< Empty: all.
    int labelColumn = -1;  ///< With category: only clips of this class.
    int category = -1;
    std::string sortKey;  ///< "" file order, "name", "frames", or a label column's name.
    bool descending = false;
};

/// \returns the clips that \p query lets through, in order
/// \throws Error (Usage) for a filter line that names an unknown label or compares a text; Cancelled
std::vector<std::int64_t> matchingClips(const DatasetContents& contents, const ClipQuery& query, std::stop_token stop = {});

/// The value of one label as a person reads it: the class name, or the number; empty where it is not known.
QString labelText(const DatasetContents& contents, std::int64_t clip, std::size_t column);

/// The clips of a dataset that a query lets through. Queries are computed in the background; frames come from a ClipLoader.
class ClipListModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Roles {
        ClipRole = Qt::UserRole,  ///< qint64: the index in the dataset.
        LabelsRole,               ///< QString: the classes of the clip, in short.
        LoadedRole,               ///< LoadedClip, or an invalid QVariant while it is not loaded.
    };
    explicit ClipListModel(ClipLoader& loader, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_order.size()); }
    QVariant data(const QModelIndex& index, int role) const override;

    const std::shared_ptr<const DatasetContents>& contents() const { return m_contents; }
    void setContents(std::shared_ptr<const DatasetContents> contents);
    void setQuery(const ClipQuery& query);
    const ClipQuery& query() const { return m_query; }
    std::int64_t clipAt(int row) const { return m_order.at(static_cast<std::size_t>(row)); }
    /// -1 if the clip is filtered away.
    int rowOf(std::int64_t clip) const;
    /// The rows on screen, the most urgent first: their clips are loaded, others are not.
    void want(const std::vector<int>& rows);

Q_SIGNALS:
    void queried(const QString& problem);  ///< A query was answered; \p problem says why it could not be, and all clips are shown then.

private:
    void compute();

    ClipLoader& m_loader;
    std::shared_ptr<const DatasetContents> m_contents;
    ClipQuery m_query;
    std::vector<std::int64_t> m_order;
    std::vector<int> m_rows;  // by clip
    JobRunner m_filtering;  // last: its thread ends before the rest goes
};
