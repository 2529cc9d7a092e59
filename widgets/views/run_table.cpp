#include "widgets/views/run_table.h"

#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

#include "widgets/text.h"
#include "widgets/views/run_dialogs.h"

namespace {
/// Names of the columns that are always in the model, for settings; in the order of RunListModel::Column.
const QStringList kFixed{QStringLiteral("name"), QStringLiteral("state"), QStringLiteral("step"), QStringLiteral("speed"), QStringLiteral("remaining"), QStringLiteral("system"),
                         QStringLiteral("dataset"), QStringLiteral("best"), QStringLiteral("tags"), QStringLiteral("notes"), QStringLiteral("created")};
const QStringList kDefault{QStringLiteral("name"), QStringLiteral("state"), QStringLiteral("step"), QStringLiteral("remaining"), QStringLiteral("best"), QStringLiteral("tags"),
                           QStringLiteral("system"), QStringLiteral("dataset"), QStringLiteral("created")};

/// The steps of a run with a bar below them.
class StepDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override { return QStyledItemDelegate::sizeHint(option, index) + QSize(0, 8); }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const double progress = index.data(RunListModel::ProgressRole).toDouble();
        QRect bar = option.rect.adjusted(3, 0, -3, -1);
        bar.setTop(bar.bottom() - 2);
        QColor colour = option.palette.color(option.state & QStyle::State_Selected ? QPalette::HighlightedText : QPalette::Highlight);
        QColor rest = option.palette.color(QPalette::Text);
        rest.setAlphaF(0.15F);
        painter->fillRect(bar, rest);
        bar.setWidth(static_cast<int>(bar.width() * progress));
        painter->fillRect(bar, colour);
    }
};
}  // namespace

void RunSortFilterModel::setFilter(const QString& text)
{
    m_filter = RunFilter(text);
    invalidateFilter();
}

QVariant RunSortFilterModel::data(const QModelIndex& index, int role) const
{
    if (role == Qt::DecorationRole && index.column() == RunListModel::State && index.data(RunListModel::AlarmRole).toBool()) return themedIcon(QStringLiteral("warning"));
    return QSortFilterProxyModel::data(index, role);
}

QVariant RunSortFilterModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const QVariant data = QSortFilterProxyModel::headerData(section, orientation, role);
    if (section < RunListModel::Columns || orientation != Qt::Horizontal) return data;
    if (role == Qt::DisplayRole) return RunTable::columnTitle(data.toString());
    if (role == Qt::ToolTipRole) return QSortFilterProxyModel::headerData(section, orientation, Qt::DisplayRole).toString().section(QLatin1Char(':'), 1);
    return data;
}

bool RunSortFilterModel::filterAcceptsRow(int row, const QModelIndex&) const
{
    const auto* model = static_cast<const RunListModel*>(sourceModel());
    return m_filter.empty() || m_filter.accepts(model->at(row));
}

bool RunSortFilterModel::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const QVariant a = left.data(RunListModel::SortRole), b = right.data(RunListModel::SortRole);
    const bool noA = !a.isValid() || a.toString().isEmpty(), noB = !b.isValid() || b.toString().isEmpty();
    if (noA != noB) return sortOrder() == Qt::AscendingOrder ? noB : noA;
    if (noA || a == b) return left.row() < right.row();
    bool numbers = false, alsoNumbers = false;
    const double x = a.toDouble(&numbers), y = b.toDouble(&alsoNumbers);
    if (numbers && alsoNumbers) return x < y;
    return QString::localeAwareCompare(a.toString(), b.toString()) < 0;
}

RunTable::RunTable(RunListModel& model, QWidget* parent) : QWidget(parent), m_model(model)
{
    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter: text, tag:x, state:running, key=value"));
    m_filter->setAccessibleName(tr("Filter of the runs"));
    m_filter->setToolTip(tr("<p>Words that a run must have, in its name, tags, notes, system or dataset; a minus before a word means not.</p>"
                            "<p><tt>tag:baseline</tt>, <tt>state:running</tt> (also queued, archived, alarm), <tt>batch_size=16</tt>, <tt>step&gt;1000</tt>, "
                            "<tt>motion_energy&lt;0.1</tt></p>"));
    m_filter->setClearButtonEnabled(true);
    m_view = new QTreeView;
    m_sorted.setSourceModel(&m_model);
    m_sorted.setSortRole(RunListModel::SortRole);
    m_view->setModel(&m_sorted);
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(-1, Qt::AscendingOrder);  // the newest first until a person chooses
    m_view->setAllColumnsShowFocus(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
    m_view->setAccessibleName(tr("Runs"));
    m_view->setItemDelegateForColumn(RunListModel::Step, new StepDelegate(m_view));
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    QHeaderView* header = m_view->header();
    header->setStretchLastSection(true);
    header->setSectionsMovable(true);
    header->setFirstSectionMovable(true);
    header->setContextMenuPolicy(Qt::ActionsContextMenu);
    auto* columns = new QAction(tr("Choose &Columns…"), header);
    auto* unsorted = new QAction(tr("Sort by &Age"), header);
    header->addActions({columns, unsorted});
    m_none = new QLabel(tr("No run passes the filter."));
    m_none->setForegroundRole(QPalette::PlaceholderText);
    m_none->hide();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_filter);
    layout->addWidget(m_none);
    layout->addWidget(m_view, 1);
    setWidths(0);
    setShownColumns(kDefault);

    connect(columns, &QAction::triggered, this, &RunTable::chooseColumns);
    connect(unsorted, &QAction::triggered, this, [this] { m_view->sortByColumn(-1, Qt::AscendingOrder); });
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_sorted.setFilter(text);
        m_none->setVisible(m_sorted.rowCount() == 0 && m_model.rowCount() > 0);
    });
    const auto counted = [this] { m_none->setVisible(m_sorted.rowCount() == 0 && m_model.rowCount() > 0); };
    connect(&m_sorted, &QAbstractItemModel::rowsInserted, this, counted);
    connect(&m_sorted, &QAbstractItemModel::rowsRemoved, this, counted);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] {
        if (const QString folder = currentFolder(); !folder.isEmpty()) Q_EMIT currentChanged(folder);
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunTable::selectionChanged);
    connect(m_view, &QTreeView::activated, this, [this] { Q_EMIT activated(currentFolder()); });
}

QString RunTable::columnTitle(const QString& id)
{
    if (const qsizetype fixed = kFixed.indexOf(id); fixed >= 0) return RunListModel().headerData(static_cast<int>(fixed), Qt::Horizontal, Qt::DisplayRole).toString();
    const QString kind = id.section(QLatin1Char(':'), 0, 0), key = id.section(QLatin1Char(':'), 1);
    if (kind == QLatin1String("best")) return tr("Best %1").arg(key.section(QLatin1Char('/'), -1));
    if (kind == QLatin1String("config")) return keyText(key.toStdString());
    return key;
}

QString RunTable::currentFolder() const { return m_view->currentIndex().siblingAtColumn(0).data(RunListModel::FolderRole).toString(); }

QStringList RunTable::selectedFolders() const
{
    QModelIndexList rows = m_view->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const QModelIndex& a, const QModelIndex& b) { return a.row() < b.row(); });
    QStringList folders;
    for (const QModelIndex& row : rows) folders.append(row.data(RunListModel::FolderRole).toString());
    return folders;
}

void RunTable::setCurrent(const QString& folder)
{
    const int row = m_model.rowOf(folder);
    const QModelIndex index = row < 0 ? QModelIndex() : m_sorted.mapFromSource(m_model.index(row, 0));
    if (!index.isValid()) {
        m_view->selectionModel()->clear();
        return;
    }
    if (m_view->currentIndex().siblingAtColumn(0) != index) m_view->setCurrentIndex(index);
}

QStringList RunTable::shownColumns() const
{
    QStringList ids;
    const QStringList all = kFixed + m_model.extraColumns();
    for (int column = 0; column < all.size(); ++column)
        if (!m_view->isColumnHidden(column)) ids.append(all[column]);
    return ids;
}

void RunTable::setShownColumns(const QStringList& ids)
{
    QStringList extra;
    for (const QString& id : ids)
        if (!kFixed.contains(id)) extra.append(id);
    // a reset of the model must not lose what is current, nor the order and widths of the columns that stay
    const QString folder = currentFolder();
    const int before = m_model.columnCount();
    if (extra != m_model.extraColumns()) {
        QHash<QString, int> widths;
        const QStringList old = kFixed + m_model.extraColumns();
        for (int column = 0; column < old.size(); ++column) widths[old[column]] = m_view->columnWidth(column);
        m_model.setExtraColumns(extra);
        setWidths(before);
        const QStringList now = kFixed + extra;
        for (int column = 0; column < now.size(); ++column)
            if (const int width = widths.value(now[column]); width > 0) m_view->setColumnWidth(column, width);
        if (!folder.isEmpty()) setCurrent(folder);
    }
    for (int column = 0; column < kFixed.size(); ++column) m_view->setColumnHidden(column, column != RunListModel::Name && !ids.contains(kFixed[column]));
    for (int column = static_cast<int>(kFixed.size()); column < m_model.columnCount(); ++column) m_view->setColumnHidden(column, false);
}

void RunTable::setWidths(int from)
{
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    const int widths[] = {16, 12, 13, 9, 11, 8, 14, 9, 12, 18, 16};
    for (int column = from; column < m_model.columnCount(); ++column) m_view->setColumnWidth(column, (column < RunListModel::Columns ? widths[column] : 12) * digit + 12);
}

void RunTable::chooseColumns()
{
    std::vector<ColumnDialog::Column> columns;
    const QStringList shown = shownColumns();
    QStringList ids = kFixed + m_model.possibleColumns();
    for (const QString& id : shown)
        if (!ids.contains(id)) ids.append(id);
    for (const QString& id : std::as_const(ids)) {
        QString title = columnTitle(id);
        if (id.startsWith(QLatin1String("latest:"))) title = tr("%1 (newest point)").arg(title);
        if (id.startsWith(QLatin1String("config:"))) title = tr("%1 (setting)").arg(title);
        if (id != kFixed.first()) columns.push_back({id, title, shown.contains(id)});
    }
    auto* dialog = new ColumnDialog(columns, this);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { setShownColumns(dialog->shown()); });
    dialog->open();
}

void RunTable::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("table/columns"), shownColumns());
    settings.setValue(QStringLiteral("table/header"), m_view->header()->saveState());
    settings.setValue(QStringLiteral("table/filter"), m_filter->text());
}

void RunTable::restoreState(QSettings& settings)
{
    const QStringList ids = settings.value(QStringLiteral("table/columns")).toStringList();
    if (!ids.isEmpty()) {
        setShownColumns(ids);
        m_view->header()->restoreState(settings.value(QStringLiteral("table/header")).toByteArray());
        setShownColumns(ids);  // of a heading that another version saved, the columns count
        const int sorted = m_view->header()->sortIndicatorSection();
        m_sorted.sort(sorted < m_model.columnCount() ? sorted : -1, m_view->header()->sortIndicatorOrder());
    }
    m_filter->setText(settings.value(QStringLiteral("table/filter")).toString());
}
