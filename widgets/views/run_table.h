#pragma once
#include <QSettings>
#include <QSortFilterProxyModel>
#include <QStringList>
#include <QWidget>

#include "widgets/controllers/run_filter.h"
#include "widgets/controllers/run_list_model.h"

class QLabel;
class QLineEdit;
class QTreeView;

/// Sorts and filters runs; rows without a value in the sorted column come last, whichever way it is sorted.
class RunSortFilterModel final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setFilter(const QString& text);
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    RunFilter m_filter;
};

/// The table of runs, with a line to filter it. Columns are chosen from its heading's menu, moved and sized there; tags, notes and names are edited in place.
class RunTable final : public QWidget {
    Q_OBJECT
public:
    explicit RunTable(RunListModel& model, QWidget* parent = nullptr);

    QTreeView* view() const { return m_view; }
    QLineEdit* filterEdit() const { return m_filter; }
    QString currentFolder() const;
    QStringList selectedFolders() const;  ///< In the order of the table.
    void setCurrent(const QString& folder);
    /// What a column's heading says for an id of RunListModel's extra columns.
    static QString columnTitle(const QString& id);
    QStringList shownColumns() const;  ///< Ids; those that are always there are called "name", "state" ...
    void setShownColumns(const QStringList& ids);
    void saveState(QSettings& settings) const;
    void restoreState(QSettings& settings);

public Q_SLOTS:
    void chooseColumns();

Q_SIGNALS:
    void currentChanged(const QString& folder);
    void selectionChanged();
    void activated(const QString& folder);

private:
    void setWidths(int from);

    RunListModel& m_model;
    RunSortFilterModel m_sorted;
    QTreeView* m_view = nullptr;
    QLineEdit* m_filter = nullptr;
    QLabel* m_none = nullptr;
};
