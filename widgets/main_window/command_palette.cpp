#include "widgets/main_window/command_palette.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QPointer>
#include <QScreen>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

namespace {
constexpr int kEntryRole = Qt::UserRole, kKindRole = Qt::UserRole + 1, kKeysRole = Qt::UserRole + 2;

/// Score of one word; negative: it is not in the text.
int wordScore(const QString& word, const QString& text)
{
    const qsizetype whole = text.indexOf(word);
    if (whole >= 0) {
        const bool start = whole == 0 || !text.at(whole - 1).isLetterOrNumber();
        return 100 + (whole == 0 ? 60 : start ? 40 : 0);
    }
    int score = 0;
    qsizetype at = -1;
    for (const QChar letter : word) {
        const qsizetype next = text.indexOf(letter, at + 1);
        if (next < 0) return -1;
        const bool start = next == 0 || !text.at(next - 1).isLetterOrNumber();
        score += start ? 8 : next == at + 1 ? 4 : 0;
        score -= static_cast<int>(std::min<qsizetype>(next - at - 1, 6));
        at = next;
    }
    return std::max(0, 40 + score);
}

/// Text on the left, where it stands dimmed behind it, keys on the right.
class EntryDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QSize size = QStyledItemDelegate::sizeHint(option, index);
        return {size.width(), std::max(size.height(), option.fontMetrics.height() + 10)};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const override
    {
        QStyleOptionViewItem option = given;
        initStyleOption(&option, index);
        const QString text = option.text;
        option.text.clear();
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &option, painter, option.widget);
        const bool chosen = option.state & QStyle::State_Selected;
        const QColor colour = option.palette.color(chosen ? QPalette::HighlightedText : QPalette::Text);
        QColor dim = chosen ? colour : option.palette.color(QPalette::PlaceholderText);
        if (chosen) dim.setAlphaF(0.75F);
        QRect room = option.rect.adjusted(8 + given.decorationSize.width() + 6, 0, -8, 0);  // with or without a picture, so that the texts stand in one line
        const QString keys = index.data(kKeysRole).toString(), kind = index.data(kKindRole).toString();
        painter->save();
        painter->setPen(dim);
        if (!keys.isEmpty()) {
            painter->drawText(room, Qt::AlignRight | Qt::AlignVCenter, keys);
            room.setRight(room.right() - option.fontMetrics.horizontalAdvance(keys) - 16);
        }
        const QString shown = option.fontMetrics.elidedText(text, Qt::ElideMiddle, room.width());
        painter->setPen(colour);
        painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, shown);
        room.setLeft(room.left() + option.fontMetrics.horizontalAdvance(shown) + 14);
        painter->setPen(dim);
        if (room.width() > 20) painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, option.fontMetrics.elidedText(kind, Qt::ElideRight, room.width()));
        painter->restore();
    }
};
}  // namespace

int fuzzyScore(const QString& typed, const QString& text)
{
    const QStringList words = typed.toCaseFolded().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    const QString folded = text.toCaseFolded();
    int sum = 0;
    for (const QString& word : words) {
        const int score = wordScore(word, folded);
        if (score < 0) return -1;
        sum += score;
    }
    return words.isEmpty() ? 0 : std::max(0, sum * 4 - static_cast<int>(std::min<qsizetype>(folded.size(), 200)));
}

CommandPalette::CommandPalette(std::vector<PaletteEntry> entries, QWidget* parent) : QDialog(parent), m_entries(std::move(entries))
{
    setWindowTitle(tr("Command Palette"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* layout = new QVBoxLayout(this);
    m_line = new QLineEdit;
    m_line->setPlaceholderText(tr("Type a command, a dataset, a run, a system, or a recent file"));
    m_line->setAccessibleName(tr("Command"));
    m_line->setClearButtonEnabled(true);
    m_model = new QStandardItemModel(this);
    m_list = new QListView;
    m_list->setModel(m_model);
    m_list->setItemDelegate(new EntryDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setIconSize(QSize(16, 16));  // as in menus
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFocusPolicy(Qt::NoFocus);  // the line has the keys
    m_list->setAccessibleName(tr("What fits"));
    m_detail = new QLabel;
    m_detail->setTextFormat(Qt::PlainText);
    m_detail->setWordWrap(true);
    m_detail->setMinimumHeight(2 * m_detail->fontMetrics().lineSpacing());
    m_detail->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    layout->addWidget(m_line);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_detail);
    m_line->installEventFilter(this);
    connect(m_line, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_line, &QLineEdit::returnPressed, this, &CommandPalette::accept);
    connect(m_list, &QListView::clicked, this, &CommandPalette::accept);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &CommandPalette::showDetail);
    filter();
    const QSize room = parent ? parent->size() : QSize(900, 700);
    resize(std::min(680, room.width() - 40), std::min(440, room.height() - 80));
    if (parent) move(parent->mapToGlobal(QPoint((room.width() - width()) / 2, std::min(90, room.height() / 10))));
    m_line->setFocus();
}

QStringList CommandPalette::shown() const
{
    QStringList texts;
    for (int row = 0; row < m_model->rowCount(); ++row) texts << m_model->item(row)->text();
    return texts;
}

void CommandPalette::filter()
{
    struct Fit {
        int score;
        std::size_t entry;
    };
    std::vector<Fit> fits;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        // the text itself counts more than the menu that it stands in
        const int own = fuzzyScore(m_line->text(), m_entries[i].text), both = fuzzyScore(m_line->text(), m_entries[i].text + QLatin1Char(' ') + m_entries[i].kind);
        if (const int score = std::max(own < 0 ? -1 : own + 20, both); score >= 0) fits.push_back({score, i});
    }
    if (!m_line->text().isEmpty()) std::ranges::stable_sort(fits, std::greater{}, &Fit::score);
    m_model->clear();
    for (const Fit& fit : fits) {
        const PaletteEntry& entry = m_entries[fit.entry];
        auto* item = new QStandardItem(entry.icon, entry.text);
        item->setData(static_cast<qulonglong>(fit.entry), kEntryRole);
        item->setData(entry.kind, kKindRole);
        item->setData(entry.keys, kKeysRole);
        item->setData(QStringList{entry.text, entry.kind, entry.keys}.join(QStringLiteral(", ")), Qt::AccessibleTextRole);
        m_model->appendRow(item);
    }
    if (m_model->rowCount() > 0) m_list->setCurrentIndex(m_model->index(0, 0));
    showDetail();
}

void CommandPalette::showDetail()
{
    const QModelIndex index = m_list->currentIndex();
    m_detail->setText(index.isValid() ? m_entries[index.data(kEntryRole).toULongLong()].detail : tr("Nothing fits. Fewer letters find more."));
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp || key == Qt::Key_PageDown) {
            QApplication::sendEvent(m_list, event);
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void CommandPalette::accept()
{
    const QModelIndex index = m_list->currentIndex();
    if (!index.isValid()) return;
    // done when the palette is gone: what is done may open a dialog
    QTimer::singleShot(0, parent(), m_entries[index.data(kEntryRole).toULongLong()].run);
    QDialog::accept();
}
