#pragma once
#include <QAbstractListModel>
#include <cstdint>
#include <memory>
#include <vector>

#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/clip_query.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/job_runner.h"

/// The clips of a dataset that a query lets through. Queries are computed in the background; frames come from a ClipLoader.
class ClipListModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Roles {
        ClipRole = Qt::UserRole,  ///< qint64: the index in the dataset.
        LabelsRole,               ///< QString: the classes of the clip, in short.
        LoadedRole,               ///< LoadedClip, or an invalid QVariant while it is not loaded.
        ExcludedRole,             ///< bool: the person has put the clip aside.
    };
    explicit ClipListModel(ClipLoader& loader, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_order.size()); }
    QVariant data(const QModelIndex& index, int role) const override;

    const std::shared_ptr<const DatasetContents>& contents() const { return m_contents; }
    /// Shows all clips of \p contents, or those that \p query lets through once it has been computed.
    void setContents(std::shared_ptr<const DatasetContents> contents, const ClipQuery& query = {});
    void setQuery(const ClipQuery& query);
    const ClipQuery& query() const { return m_query; }
    /// The clips that are put aside; a query that asks for them is computed again.
    void setExcluded(const ExcludedFlags& excluded);
    const ExcludedFlags& excluded() const { return m_excluded; }
    /// Clips per facet and value, as ClipAnswer has them; empty until the first query was answered.
    const std::vector<std::vector<std::int64_t>>& facetCounts() const { return m_counts; }
    const std::vector<std::int64_t>& order() const { return m_order; }
    std::int64_t clipAt(int row) const { return m_order.at(static_cast<std::size_t>(row)); }
    /// -1 if the clip is filtered away.
    int rowOf(std::int64_t clip) const;
    /// The clip of a row while it is loaded; nullptr until then. Without the detour over QVariant, for painting.
    const LoadedClip* loadedAt(int row) const { return m_loader.find(clipAt(row)); }
    bool excludedAt(int row) const;
    /// The rows on screen, the most urgent first: their clips are loaded, others are not.
    void want(const std::vector<int>& rows);

Q_SIGNALS:
    void queried(const QString& problem);  ///< A query was answered; \p problem says why the filter line could not be, and is not applied then.

private:
    void compute();

    ClipLoader& m_loader;
    std::shared_ptr<const DatasetContents> m_contents;
    ClipQuery m_query;
    ExcludedFlags m_excluded;
    std::vector<std::int64_t> m_order;
    std::vector<std::vector<std::int64_t>> m_counts;
    std::vector<int> m_rows;  // by clip
    JobRunner m_filtering;  // last: its thread ends before the rest goes
};
