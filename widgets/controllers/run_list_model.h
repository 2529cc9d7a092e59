#pragma once
#include <QAbstractTableModel>
#include <vector>

#include "widgets/controllers/run_monitor.h"

/// Runs and how they stand, one a row, the newest first.
class RunListModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, State, Step, Speed, Remaining, System, Dataset, Columns };
    enum Roles {
        FolderRole = Qt::UserRole,
        ConditionRole,  ///< int(RunCondition)
        ProgressRole,   ///< double in [0, 1]
        SortRole,
    };
    explicit RunListModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_runs.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(Columns); }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    int rowOf(const QString& folder) const;
    const RunSnapshot& at(int row) const { return m_runs.at(static_cast<std::size_t>(row)); }
    /// nullptr for a folder that is not in the list. Valid until the next change.
    const RunSnapshot* find(const QString& folder) const;

public Q_SLOTS:
    void update(const RunSnapshot& snapshot);
    void remove(const QString& folder);

private:
    std::vector<RunSnapshot> m_runs;
};

/// "running", "paused", ... in the window's language.
QString conditionText(RunCondition condition);
/// 3661 s as "1 h 1 min"; under a minute in seconds; empty when negative.
QString durationText(double seconds);
