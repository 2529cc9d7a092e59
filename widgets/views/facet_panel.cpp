#include "widgets/views/facet_panel.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPalette>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/text.h"

using namespace kinora;

namespace {
constexpr int kUnfolded = 8;  // a facet with more values starts folded
}

QString facetText(const std::string& key)
{
    if (key == "split") return FacetPanel::tr("Split");
    if (key == "group") return FacetPanel::tr("Subject");
    if (key == "excluded") return FacetPanel::tr("Excluded");
    return keyText(key.starts_with("label:") ? key.substr(6) : key);
}

QString facetValueText(const std::string& key, const std::string& value)
{
    if (value.empty()) return key == "split" ? FacetPanel::tr("in no split") : FacetPanel::tr("not known");
    return key == "group" ? QString::fromStdString(value) : catalogueText(value);
}

// the internal id of a value is its facet's row + 1, that of a facet 0
QModelIndex FacetModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : 0);
}

QModelIndex FacetModel::parent(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == 0) return {};
    return createIndex(static_cast<int>(index.internalId()) - 1, 0, quintptr(0));
}

int FacetModel::rowCount(const QModelIndex& parent) const
{
    if (!m_contents || parent.column() > 0) return 0;
    if (!parent.isValid()) return static_cast<int>(m_contents->facets.size());
    return parent.internalId() == 0 ? static_cast<int>(facet(parent.row()).values.size()) : 0;
}

QVariant FacetModel::data(const QModelIndex& index, int role) const
{
    if (!m_contents || !checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    if (index.internalId() == 0) {
        const FacetColumn& column = facet(index.row());
        const bool filtered = m_chosen.contains(column.key);
        if (role == Qt::DisplayRole && index.column() == 0) return facetText(column.key);
        if (role == Qt::DisplayRole && column.key == "group") return QLocale().toString(static_cast<qlonglong>(column.values.size()));
        if (role == Qt::TextAlignmentRole && index.column() == 1) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
        if (role == Qt::FontRole) {
            QFont font = QApplication::font("QTreeView");
            font.setBold(true);
            font.setUnderline(filtered && index.column() == 0);  // a folded facet shows that it filters
            return font;
        }
        if (role == Qt::AccessibleTextRole && index.column() == 0) return filtered ? tr("%1, filters").arg(facetText(column.key)) : facetText(column.key);
        return {};
    }
    const auto f = static_cast<std::size_t>(index.internalId() - 1), v = static_cast<std::size_t>(index.row());
    const FacetColumn& column = m_contents->facets[f];
    const bool known = f < m_counts.size() && v < m_counts[f].size();
    const qlonglong count = known ? m_counts[f][v] : 0;
    switch (role) {
    case Qt::DisplayRole: return index.column() == 0 ? facetValueText(column.key, column.values[v]) : known ? QLocale().toString(count) : QString();
    case Qt::TextAlignmentRole: return index.column() == 1 ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case Qt::CheckStateRole:
        if (index.column() == 1) return {};
        return m_chosen.contains(column.key) && m_chosen.at(column.key).contains(column.values[v]) ? Qt::Checked : Qt::Unchecked;
    case Qt::ForegroundRole: return known && count == 0 ? QVariant(QApplication::palette().color(QPalette::Disabled, QPalette::Text)) : QVariant();
    case Qt::ToolTipRole: return tr("%1: %n clip(s)", nullptr, static_cast<int>(count)).arg(facetValueText(column.key, column.values[v]));
    case Qt::AccessibleTextRole: return index.column() == 0 ? tr("%1: %n clip(s)", nullptr, static_cast<int>(count)).arg(facetValueText(column.key, column.values[v])) : QVariant();
    default: return {};
    }
}

bool FacetModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || !m_contents || !checkIndex(index, CheckIndexOption::IndexIsValid) || index.internalId() == 0 || index.column() != 0) return false;
    const FacetColumn& column = m_contents->facets[static_cast<std::size_t>(index.internalId() - 1)];
    std::set<std::string>& values = m_chosen[column.key];
    if (value.toInt() == Qt::Checked)
        values.insert(column.values[static_cast<std::size_t>(index.row())]);
    else
        values.erase(column.values[static_cast<std::size_t>(index.row())]);
    if (values.empty()) m_chosen.erase(column.key);
    Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
    Q_EMIT dataChanged(parent(index), parent(index), {Qt::FontRole});
    Q_EMIT chosenChanged();
    return true;
}

Qt::ItemFlags FacetModel::flags(const QModelIndex& index) const
{
    if (!index.isValid()) return Qt::NoItemFlags;
    if (index.internalId() == 0) return Qt::ItemIsEnabled;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren | (index.column() == 0 ? Qt::ItemIsUserCheckable : Qt::NoItemFlags);
}

void FacetModel::setContents(std::shared_ptr<const DatasetContents> contents)
{
    beginResetModel();
    m_contents = std::move(contents);
    m_counts.clear();
    m_chosen.clear();
    endResetModel();
}

void FacetModel::setCounts(const std::vector<std::vector<std::int64_t>>& counts)
{
    if (counts == m_counts) return;
    m_counts = counts;
    for (int row = 0; row < rowCount(); ++row) {
        const QModelIndex top = index(row, 0);
        if (const int values = rowCount(top); values > 0) Q_EMIT dataChanged(index(0, 0, top), index(values - 1, 1, top));
    }
}

void FacetModel::setChosen(const std::map<std::string, std::set<std::string>>& chosen)
{
    m_chosen = chosen;
    for (int row = 0; row < rowCount(); ++row) {
        const QModelIndex top = index(row, 0);
        Q_EMIT dataChanged(top, top, {Qt::FontRole});
        if (const int values = rowCount(top); values > 0) Q_EMIT dataChanged(index(0, 0, top), index(values - 1, 0, top), {Qt::CheckStateRole});
    }
}

QModelIndex FacetModel::find(const std::string& key, const std::string& value) const
{
    for (int row = 0; row < rowCount(); ++row) {
        if (facet(row).key != key) continue;
        const auto& values = facet(row).values;
        const auto found = std::find(values.begin(), values.end(), value);
        return found == values.end() ? QModelIndex() : index(static_cast<int>(found - values.begin()), 0, index(row, 0));
    }
    return {};
}

FacetPanel::FacetPanel(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* top = new QHBoxLayout;
    auto* heading = new QLabel(tr("&Filter by"));
    QFont bold = heading->font();
    bold.setBold(true);
    heading->setFont(bold);
    m_clear = new QToolButton;
    m_clear->setText(tr("Clear all"));
    m_clear->setToolTip(tr("Let all clips through again: no facet, no filter line"));
    m_clear->setMinimumHeight(24);
    m_clear->setAutoRaise(true);
    m_clear->setFocusPolicy(Qt::StrongFocus);
    top->addWidget(heading);
    top->addStretch();
    top->addWidget(m_clear);
    m_model = new FacetModel(this);
    m_tree = new QTreeView;
    m_tree->setModel(m_model);
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setIndentation(14);
    m_tree->setAccessibleName(tr("Facets"));
    m_tree->setToolTip(tr("Values of one facet add up; facets narrow each other down. The numbers say how many clips a value would show."));
    m_tree->setTextElideMode(Qt::ElideMiddle);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setMinimumSectionSize(24);
    m_tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_tree->header()->setSectionResizeMode(1, QHeaderView::Fixed);
    heading->setBuddy(m_tree);
    layout->addLayout(top);
    layout->addWidget(m_tree, 1);
    connect(m_clear, &QToolButton::clicked, this, &FacetPanel::cleared);
    connect(m_model, &FacetModel::chosenChanged, this, &FacetPanel::edited);
    refresh();
}

void FacetPanel::setContents(const std::shared_ptr<const DatasetContents>& contents)
{
    m_model->setContents(contents);
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex top = m_model->index(row, 0);
        const bool appearance = contents && [&] {
            for (const LabelColumn& label : contents->labels)
                if ("label:" + label.name == contents->facets[static_cast<std::size_t>(row)].key) return label.role == "appearance";
            return false;
        }();
        m_tree->setExpanded(top, m_model->rowCount(top) <= kUnfolded && !appearance);
    }
    refresh();
}

void FacetPanel::setChosen(const std::map<std::string, std::set<std::string>>& chosen)
{
    m_model->setChosen(chosen);
    for (const auto& [key, values] : chosen)
        if (!values.empty())
            if (const QModelIndex value = m_model->find(key, *values.begin()); value.isValid()) m_tree->setExpanded(value.parent(), true);
}

void FacetPanel::refresh()
{
    QFont bold = m_tree->font();
    bold.setBold(true);
    m_tree->header()->resizeSection(1, QFontMetrics(bold).horizontalAdvance(QLocale().toString(std::max<qlonglong>(1000, m_model->clips()))) + 8);
    m_clear->setEnabled(m_model->rowCount() > 0);
}
