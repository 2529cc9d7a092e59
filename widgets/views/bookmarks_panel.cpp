#include "widgets/views/bookmarks_panel.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QListView>
#include <QMessageBox>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/plain_text.h"
#include "widgets/text.h"

BookmarksPanel::BookmarksPanel(const std::filesystem::path& folder, QWidget* parent) : QWidget(parent), m_list(folder)
{
    m_view = new QListView(this);
    m_view->setModel(&m_list);
    m_view->setIconSize({40, 40});
    m_view->setAccessibleName(tr("Bookmarks"));
    m_view->setToolTip(tr("Kept states; a click opens one"));
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->setMinimumHeight(70);
    const auto make = [this](const QString& text, const QString& tip, auto slot, const QKeySequence& key = {}) {
        auto* action = new QAction(text, this);
        action->setToolTip(key.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
        action->setStatusTip(tip);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_add = make(tr("&Bookmark This State"), tr("Keeps the codes that are shown, with a picture, under Bookmarks"), [this] { Q_EMIT keepWanted(); }, QKeySequence(Qt::CTRL | Qt::Key_B));
    m_rename = make(tr("&Rename"), tr("Gives the bookmark another name"), [this] { m_view->edit(m_view->currentIndex()); }, QKeySequence(Qt::Key_F2));
    m_delete = make(tr("&Delete…"), tr("Deletes the bookmark"), [this] { removeCurrent(); }, QKeySequence::Delete);
    m_export = make(tr("&Export…"), tr("Writes the bookmark to a JSON file, which 'kinora generate --state' takes"), [this] { exportCurrent(); });
    m_import = make(tr("&Import…"), tr("Takes bookmarks and saved states from JSON files"), [this] { importFiles(); });
    for (QAction* action : {m_rename, m_delete}) action->setShortcutContext(Qt::WidgetShortcut);
    m_view->addActions({m_rename, m_delete, m_export, m_import});
    auto* buttons = new QHBoxLayout;
    const auto button = [&](QAction* action, const QString& text) {
        auto* one = new QToolButton(this);
        one->setDefaultAction(action);
        one->setText(text);
        one->setToolButtonStyle(Qt::ToolButtonTextOnly);
        one->setAutoRaise(true);
        one->setMinimumSize(28, 28);
        one->setFocusPolicy(Qt::TabFocus);
        one->setAccessibleName(plainText(action->text()));
        connect(action, &QAction::changed, one, [one, text] { one->setText(text); });  // a button that follows its action would take its text again
        buttons->addWidget(one);
    };
    button(m_add, tr("Keep"));
    button(m_export, tr("Export…"));
    button(m_import, tr("Import…"));
    buttons->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_view, 1);
    layout->addLayout(buttons);

    const auto open = [this](const QModelIndex& index) {
        if (index.isValid()) Q_EMIT opened(m_list.at(index.row()).name, m_list.at(index.row()).state);
    };
    connect(m_view, &QListView::clicked, this, open);
    auto* enter = new QAction(this);
    enter->setShortcuts({QKeySequence(Qt::Key_Return), QKeySequence(Qt::Key_Enter)});
    enter->setShortcutContext(Qt::WidgetShortcut);
    connect(enter, &QAction::triggered, this, [this, open] { open(m_view->currentIndex()); });
    QWidget::addAction(enter);
    m_view->QWidget::addAction(enter);
    enter->setVisible(false);
    connect(&m_list, &BookmarkList::failed, this, &BookmarksPanel::failed);
    connect(&m_list, &BookmarkList::exported, this, [this](const QString& file) { Q_EMIT statusMessage(tr("Saved %1").arg(QDir::toNativeSeparators(file)), 8000); });
    connect(&m_list, &BookmarkList::added, this, [this](int row) {
        m_view->setCurrentIndex(m_list.index(row));
        Q_EMIT statusMessage(tr("Kept as %1").arg(m_list.at(row).name), 5000);
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &BookmarksPanel::enable);
    for (const auto signal : {&QAbstractItemModel::modelReset}) connect(&m_list, signal, this, &BookmarksPanel::enable);
    enable();
}

void BookmarksPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (std::exchange(m_loaded, true)) return;
    m_list.load();
}

int BookmarksPanel::current() const { return m_view->currentIndex().isValid() ? m_view->currentIndex().row() : -1; }

void BookmarksPanel::setCanAdd(bool can)
{
    m_canAdd = can;
    enable();
}

void BookmarksPanel::enable()
{
    m_add->setEnabled(m_canAdd);
    for (QAction* action : {m_rename, m_delete, m_export}) action->setEnabled(current() >= 0);
}

void BookmarksPanel::keep(const QString& name, const nlohmann::json& state, const QImage& picture)
{
    // a hidden panel has not read its folder yet: it will find the file then
    m_list.add(name, state, picture);
}

void BookmarksPanel::exportCurrent()
{
    if (current() < 0) return;
    auto* dialog = new QFileDialog(this, tr("Export Bookmark"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("States (*.json)")});
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->selectFile(m_list.at(current()).name + QStringLiteral(".json"));
    connect(dialog, &QFileDialog::fileSelected, this, [this, file = m_list.at(current()).file](const QString& target) {
        for (int row = 0; row < m_list.rowCount(); ++row)
            if (m_list.at(row).file == file) return m_list.exportTo(row, target);
    });
    dialog->open();
}

void BookmarksPanel::importFiles()
{
    auto* dialog = new QFileDialog(this, tr("Import Bookmarks"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    dialog->setNameFilters({tr("States (*.json)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) { m_list.import(files); });
    dialog->open();
}

void BookmarksPanel::removeCurrent()
{
    if (current() < 0) return;
    const Bookmark& bookmark = m_list.at(current());
    auto* box = new QMessageBox(QMessageBox::Question, tr("Delete Bookmark"), tr("Delete the bookmark \"%1\"? Its file is removed.").arg(bookmark.name), QMessageBox::Cancel, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    auto* yes = box->addButton(tr("&Delete"), QMessageBox::DestructiveRole);
    connect(yes, &QAbstractButton::clicked, this, [this, file = bookmark.file] {
        for (int row = 0; row < m_list.rowCount(); ++row)
            if (m_list.at(row).file == file) return m_list.remove(row);
    });
    box->open();
}
