#include "widgets/main_window/main_window.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QRegularExpression>
#include <QScreen>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTableWidget>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "kinora_version.h"
#include "widgets/main_window/command_palette.h"
#include "widgets/main_window/connect_dialog.h"
#include "widgets/main_window/preferences_dialog.h"
#include "widgets/main_window/tour.h"
#include "widgets/message_bar.h"
#include "widgets/plain_text.h"
#include "widgets/text.h"

namespace {
constexpr int kStateVersion = 1;
constexpr int kRecent = 12;

QString menuText(const QString& text) { return QString(text).replace(QLatin1Char('&'), QStringLiteral("&&")); }
}  // namespace

bool TypingGuard::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::ShortcutOverride) return QObject::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) return false;
    const bool printable = !key->text().isEmpty() && key->text().at(0).isPrint();
    const bool presses = key->key() == Qt::Key_Space || key->key() == Qt::Key_Select;
    const bool moves = key->key() == Qt::Key_Home || key->key() == Qt::Key_End;
    if ((qobject_cast<QAbstractButton*>(watched) && presses) || ((qobject_cast<QAbstractItemView*>(watched) || qobject_cast<QComboBox*>(watched)) && (printable || moves))) {
        event->accept();
        return true;
    }
    return false;
}

MainWindow::MainWindow(EngineClient& engine, QWidget* parent) : QMainWindow(parent), m_engine(engine)
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(QStringLiteral("Kinora"));
    setWindowIcon(QIcon(QStringLiteral(":/icons/kinora.svg")));
    setAcceptDrops(true);
    setUnifiedTitleAndToolBarOnMac(true);
    auto* central = new QWidget(this);
    auto* layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_message = new MessageBar(central);
    m_stack = new QStackedWidget(central);
    layout->addWidget(m_message);
    layout->addWidget(m_stack, 1);
    setCentralWidget(central);
    connect(m_message, &MessageBar::triggered, &m_engine, &EngineClient::restart);

    m_side = new QToolBar(tr("Pages"), this);
    m_side->setObjectName(QStringLiteral("pages"));
    m_side->setMovable(false);
    m_side->setContextMenuPolicy(Qt::PreventContextMenu);
    m_side->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    m_side->setIconSize(QSize(28, 28));
    addToolBar(Qt::LeftToolBarArea, m_side);
    m_pageActions = new QActionGroup(this);

    m_latency = new QLabel(this);
    m_latency->setToolTip(tr("From moving a control to its picture"));
    m_engineDot = new QLabel(this);
    m_engineText = new QLabel(this);
    m_restart = new QToolButton(this);
    m_restart->setText(tr("Restart Engine"));
    m_restart->setMinimumHeight(24);
    m_restart->setFocusPolicy(Qt::StrongFocus);
    connect(m_restart, &QToolButton::clicked, &m_engine, &EngineClient::restart);
    statusBar()->addPermanentWidget(m_latency);
    statusBar()->addPermanentWidget(m_engineDot);
    statusBar()->addPermanentWidget(m_engineText);
    statusBar()->addPermanentWidget(m_restart);
    connect(&m_engine, &EngineClient::stateChanged, this, &MainWindow::engineChanged);
    connect(&m_engine, &EngineClient::linkMeasured, this, [this] {
        if (m_engine.state() == EngineClient::State::Ready) m_engineText->setText(m_engineReady + engineSpeed());
    });
    qApp->installEventFilter(new TypingGuard(this));
}

MainWindow::~MainWindow() = default;

void MainWindow::addPage(Page* page)
{
    m_pages.push_back(page);
    auto* area = new QScrollArea(m_stack);  // where the screen is smaller than the page, large text at hand
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setFocusPolicy(Qt::NoFocus);
    area->setMinimumSize(480, 320);
    area->setWidget(page);
    m_stack->addWidget(area);
    auto* action = new QAction(themedIcon(page->iconName()), page->title(), m_pageActions);
    action->setCheckable(true);
    const int number = static_cast<int>(m_pages.size());
    if (number <= 9) action->setShortcut(QKeySequence(QKeyCombination(Qt::CTRL, static_cast<Qt::Key>(Qt::Key_0 + number))));
    action->setToolTip(QStringLiteral("%1 (%2)").arg(plainText(page->title()), action->shortcut().toString(QKeySequence::NativeText)));
    action->setIconText(plainText(page->title()));
    action->setData(page->id());
    connect(action, &QAction::triggered, this, [this, page] { showPage(page->id()); });
    m_side->addAction(action);
    if (QWidget* button = m_side->widgetForAction(action)) {
        button->setFocusPolicy(Qt::StrongFocus);
        button->setMinimumWidth(72);
    }
    connect(page, &Page::statusMessage, this, [this](const QString& text, int milliseconds) { statusBar()->showMessage(text, milliseconds); });
    connect(page, &Page::opened, this, [this, page](const QString& path) { remember(path, page->id()); });
    // queued: a menu's action shows its own page (buildMenus), and the other page is to come after that
    connect(page, &Page::openRequested, this, [this](const QString& path, const QString& id) { openPath(path, id); }, Qt::QueuedConnection);
    connect(page, &Page::latencyMeasured, this, [this, page](double milliseconds) { if (page == currentPage()) m_latency->setText(tr("%1 ms").arg(QLocale().toString(milliseconds, 'f', milliseconds < 10 ? 1 : 0))); });
    connect(page, &Page::actionsChanged, this, &MainWindow::fillPageMenus);
    if (QUndoStack* stack = page->undoStack()) m_undo.addStack(stack);
}

void MainWindow::finish(const QString& firstPage)
{
    buildMenus();
    QSettings settings(settingsFile(), QSettings::IniFormat);
    settings.beginGroup(QStringLiteral("window"));
    if (!restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray())) {
        const QSize room = screen() ? screen()->availableSize() : QSize(1280, 720);
        resize(QSize(1320, 800).boundedTo(room - QSize(16, 48)));  // the frame needs room as well
    }
    QMainWindow::restoreState(settings.value(QStringLiteral("state")).toByteArray(), kStateVersion);
    const QString last = settings.value(QStringLiteral("page")).toString();
    settings.endGroup();
    for (Page* page : m_pages) {
        settings.beginGroup(QStringLiteral("page-") + page->id());
        page->restoreState(settings);
        settings.endGroup();
    }
    showPage(page(last) ? last : firstPage);
    engineChanged();
}

Page* MainWindow::currentPage() const
{
    const int at = m_stack->currentIndex();
    return at < 0 ? nullptr : m_pages[static_cast<std::size_t>(at)];
}

Page* MainWindow::page(const QString& id) const
{
    const auto found = std::ranges::find_if(m_pages, [&](const Page* candidate) { return candidate->id() == id; });
    return found == m_pages.end() ? nullptr : *found;
}

void MainWindow::showPage(const QString& id)
{
    Page* wanted = page(id);
    if (!wanted) return;
    for (QAction* action : m_pageActions->actions()) action->setChecked(action->data().toString() == id);
    const bool first = !m_undo.activeStack() && !isVisible();
    Page* before = currentPage();
    if (wanted != before || first) {
        m_stack->setCurrentIndex(static_cast<int>(std::ranges::find(m_pages, wanted) - m_pages.begin()));
        if (before && before != wanted) before->hidden();
        wanted->shown();
    }
    m_undo.setActiveStack(wanted->undoStack());
    setWindowTitle(QStringLiteral("%1 — Kinora").arg(plainText(wanted->title())));
    m_latency->clear();
    fillPageMenus();
    if (!wanted->isAncestorOf(QApplication::focusWidget())) {
        wanted->setFocusPolicy(Qt::StrongFocus);
        wanted->setFocus(Qt::OtherFocusReason);
    }
}

void MainWindow::buildMenus()
{
    m_fileMenu = menuBar()->addMenu(tr("&File"));
    m_editMenu = menuBar()->addMenu(tr("&Edit"));
    m_viewMenu = menuBar()->addMenu(tr("&View"));

    m_recentMenu = new QMenu(tr("Open &Recent"), this);
    connect(m_recentMenu, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
    m_quitAction = new QAction(tr("&Quit"), this);
    m_quitAction->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    m_quitAction->setToolTip(tr("Ends the program; trainings that run go on"));
    m_quitAction->setMenuRole(QAction::QuitRole);
    connect(m_quitAction, &QAction::triggered, this, &QWidget::close);

    m_undoAction = m_undo.createUndoAction(this, tr("&Undo"));
    m_undoAction->setShortcut(QKeySequence::Undo);
    m_undoAction->setToolTip(tr("Takes the last change on this page back"));
    m_undoAction->setIcon(themedIcon(QStringLiteral("undo")));
    m_redoAction = m_undo.createRedoAction(this, tr("&Redo"));
    m_redoAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
    m_redoAction->setToolTip(tr("Makes a change that was taken back again"));
    m_redoAction->setIcon(themedIcon(QStringLiteral("redo")));
    m_preferencesAction = new QAction(tr("&Preferences…"), this);
    m_preferencesAction->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Comma));
    m_preferencesAction->setToolTip(tr("Language, theme and engine"));
    m_preferencesAction->setMenuRole(QAction::PreferencesRole);
    connect(m_preferencesAction, &QAction::triggered, this, &MainWindow::showPreferences);

    QSettings settings(settingsFile(), QSettings::IniFormat);
    m_themeMenu = new QMenu(tr("&Theme"), this);
    auto* themes = new QActionGroup(this);
    for (const auto& [theme, text, tip] : {std::tuple(Theme::System, tr("Like the &Desktop"), tr("Light or dark, as the desktop is")), std::tuple(Theme::Light, tr("&Light"), tr("Dark text on a light ground")),
                                           std::tuple(Theme::Dark, tr("&Dark"), tr("Light text on a dark ground"))}) {
        QAction* action = m_themeMenu->addAction(text);
        action->setToolTip(tip);
        action->setCheckable(true);
        action->setData(themeName(theme));
        action->setChecked(settings.value(QStringLiteral("theme"), QStringLiteral("system")).toString() == themeName(theme));
        themes->addAction(action);
        connect(action, &QAction::triggered, this, [this, theme = theme] {
            QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("theme"), themeName(theme));
            Q_EMIT themeChosen(theme);
        });
    }
    m_languageMenu = new QMenu(tr("&Language"), this);
    auto* languageGroup = new QActionGroup(this);
    for (const auto& [language, text] :
         {std::pair(QStringLiteral("system"), tr("&System Language")), std::pair(QStringLiteral("en"), QStringLiteral("&English")), std::pair(QStringLiteral("zh_CN"), QStringLiteral("简体中文"))}) {
        QAction* action = m_languageMenu->addAction(text);
        action->setToolTip(language == QLatin1String("system") ? tr("The language of the desktop, if the window speaks it") : tr("The window is built anew in this language; what is open stays open"));
        action->setCheckable(true);
        action->setData(language);
        action->setChecked(settings.value(QStringLiteral("language"), QStringLiteral("system")).toString() == language);
        languageGroup->addAction(action);
        connect(action, &QAction::triggered, this, [this, language = language] {
            QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("language"), language);
            Q_EMIT languageChosen(language);
        });
    }
    m_fullScreenAction = new QAction(tr("&Full Screen"), this);
    m_fullScreenAction->setShortcut(QKeySequence(Qt::Key_F11));
    m_fullScreenAction->setToolTip(tr("The window covers the whole screen, or does so no longer"));
    m_fullScreenAction->setCheckable(true);
    connect(m_fullScreenAction, &QAction::toggled, this, [this](bool full) { full ? showFullScreen() : showNormal(); });

    const std::pair<PageMenu, QString> menus[] = {{PageMenu::Data, tr("&Data")}, {PageMenu::Model, tr("&Model")}, {PageMenu::Latents, tr("&Latents")}, {PageMenu::Train, tr("&Train")}, {PageMenu::Compare, tr("&Compare")}};
    for (const auto& [kind, title] : menus) {
        QMenu* menu = nullptr;
        for (Page* page : m_pages) {
            const QList<QAction*> actions = page->menuActions(kind);
            if (actions.isEmpty()) continue;
            if (!menu)
                menu = menuBar()->addMenu(title);
            else
                menu->addSeparator();
            for (QAction* action : actions) {
                menu->addAction(action);
                if (action->isSeparator()) continue;
                connect(action, &QAction::triggered, this, [this, page] {
                    if (currentPage() != page) showPage(page->id());
                });
            }
        }
        if (kind == PageMenu::Model) {
            if (!menu) menu = menuBar()->addMenu(title);
            if (!menu->isEmpty()) menu->addSeparator();
            QAction* connectEngine = menu->addAction(tr("&Connect Engine…"));
            connectEngine->setToolTip(tr("Chooses which engine computes: this computer's, or one on another machine"));
            connectEngine->setStatusTip(connectEngine->toolTip());
            connectEngine->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E));
            connect(connectEngine, &QAction::triggered, this, &MainWindow::showConnect);
            QAction* restart = menu->addAction(themedIcon(QStringLiteral("refresh")), tr("Restart &Engine"));
            restart->setToolTip(tr("Stops the engine and starts another; what is open stays open"));
            restart->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F5));
            connect(restart, &QAction::triggered, &m_engine, &EngineClient::restart);
        }
    }
    QMenu* window = menuBar()->addMenu(tr("&Window"));
    for (QAction* action : m_pageActions->actions()) window->addAction(action);
    window->addSeparator();
    window->addAction(m_fullScreenAction);

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    QAction* palette = help->addAction(tr("&Command Palette…"));
    palette->setToolTip(tr("Finds everything that can be done or opened by a few letters of its name"));
    palette->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P));
    connect(palette, &QAction::triggered, this, &MainWindow::showPalette);
    QAction* tour = help->addAction(tr("&Tour of the Window"));
    tour->setToolTip(tr("What the pages are for, in four steps"));
    connect(tour, &QAction::triggered, this, &MainWindow::showTour);
    help->addSeparator();
    QAction* shortcuts = help->addAction(tr("&Keyboard Shortcuts"));
    shortcuts->setToolTip(tr("All keys of this window and of what has the focus"));
    shortcuts->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)});
    connect(shortcuts, &QAction::triggered, this, &MainWindow::showShortcuts);
    QAction* about = help->addAction(tr("&About Kinora"));
    about->setToolTip(tr("Version, engine, and the licences of the parts"));
    about->setMenuRole(QAction::AboutRole);
    connect(about, &QAction::triggered, this, &MainWindow::showAbout);
    QAction* aboutQt = help->addAction(tr("About &Qt"));
    aboutQt->setToolTip(tr("The library that this window is made with"));
    aboutQt->setMenuRole(QAction::AboutQtRole);
    connect(aboutQt, &QAction::triggered, qApp, &QApplication::aboutQt);
}

/// File, Edit and View hold what the current page has.
void MainWindow::fillPageMenus()
{
    Page* current = currentPage();
    if (!m_fileMenu || !current) return;
    m_fileMenu->clear();
    m_fileMenu->addActions(current->menuActions(PageMenu::File));
    if (!m_fileMenu->isEmpty()) m_fileMenu->addSeparator();
    m_fileMenu->addMenu(m_recentMenu);
    m_fileMenu->addSeparator();
    m_fileMenu->addAction(m_quitAction);
    m_editMenu->clear();
    m_editMenu->addAction(m_undoAction);
    m_editMenu->addAction(m_redoAction);
    m_editMenu->addSeparator();
    if (const auto actions = current->menuActions(PageMenu::Edit); !actions.isEmpty()) {
        m_editMenu->addActions(actions);
        m_editMenu->addSeparator();
    }
    m_editMenu->addAction(m_preferencesAction);
    m_viewMenu->clear();
    if (const auto actions = current->menuActions(PageMenu::View); !actions.isEmpty()) {
        m_viewMenu->addActions(actions);
        m_viewMenu->addSeparator();
    }
    m_viewMenu->addMenu(m_themeMenu);
    m_viewMenu->addMenu(m_languageMenu);
}

void MainWindow::fillRecent()
{
    m_recentMenu->clear();
    QSettings settings(settingsFile(), QSettings::IniFormat);
    const QStringList entries = settings.value(QStringLiteral("recent")).toStringList();
    int number = 0;
    for (const QString& entry : entries) {
        const QString id = entry.section(QLatin1Char('\t'), 0, 0), path = entry.section(QLatin1Char('\t'), 1);
        Page* owner = page(id);
        if (!owner) continue;
        const QFileInfo info(path);
        QString text = menuText(info.fileName()) + QStringLiteral(" — ") + menuText(plainText(owner->title()));
        if (++number < 10) text.prepend(QStringLiteral("&%1 ").arg(number));
        QAction* action = m_recentMenu->addAction(themedIcon(owner->iconName()), text);
        action->setToolTip(path);
        action->setStatusTip(path);
        action->setEnabled(!path.startsWith(QLatin1Char('/')) || info.exists());  // what is missing is shown, greyed
        connect(action, &QAction::triggered, this, [this, path, id] { openPath(path, id); });
    }
    if (m_recentMenu->isEmpty()) {
        m_recentMenu->addAction(tr("Nothing yet"))->setEnabled(false);
        return;
    }
    m_recentMenu->addSeparator();
    connect(m_recentMenu->addAction(tr("&Clear This List")), &QAction::triggered, this, [] { QSettings(settingsFile(), QSettings::IniFormat).remove(QStringLiteral("recent")); });
}

QStringList MainWindow::recentPaths() const
{
    QStringList paths;
    for (const QString& entry : QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("recent")).toStringList()) paths << entry.section(QLatin1Char('\t'), 1);
    return paths;
}

void MainWindow::remember(const QString& path, const QString& pageId)
{
    QSettings settings(settingsFile(), QSettings::IniFormat);
    QStringList entries = settings.value(QStringLiteral("recent")).toStringList();
    const QString entry = pageId + QLatin1Char('\t') + path;
    entries.removeAll(entry);
    entries.prepend(entry);
    while (entries.size() > kRecent) entries.removeLast();
    settings.setValue(QStringLiteral("recent"), entries);
}

Page* MainWindow::takerOf(const QString& path) const
{
    if (Page* current = currentPage(); current && current->accepts(path)) return current;
    const auto found = std::ranges::find_if(m_pages, [&](const Page* candidate) { return candidate->accepts(path); });
    return found == m_pages.end() ? nullptr : *found;
}

bool MainWindow::openPath(const QString& path, const QString& pageId)
{
    Page* taker = pageId.isEmpty() ? takerOf(path) : page(pageId);
    if (!taker) {
        const QFileInfo info(path);
        statusBar()->showMessage(!info.exists() ? tr("There is no \"%1\".").arg(path)
                                 : info.isDir() ? tr("The folder \"%1\" is no run directory; import it on the Datasets page.").arg(info.fileName())
                                                : tr("No page opens files like \"%1\". Datasets (.h5), checkpoints (.safetensors), states (.json) and run directories are opened.").arg(info.fileName()),
                                 15000);
        return false;
    }
    showPage(taker->id());
    taker->openPath(path);
    return true;
}

void MainWindow::engineChanged()
{
    using State = EngineClient::State;
    const State state = m_engine.state();
    QString text, detail;
    QColor colour = palette().color(QPalette::PlaceholderText);
    switch (state) {
    case State::Off: text = tr("Engine off"); break;
    case State::Starting: text = tr("Engine starting…"); break;
    case State::Ready: {
        const QString device = m_engine.info().device.isEmpty() ? QStringLiteral("CPU") : m_engine.info().device.toUpper();
        const QString name = m_engine.remote() ? engineName(QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("engine")).toString()) : QString();
        m_engineReady = name.isEmpty() ? tr("Engine ready on %1").arg(device) : tr("%1 ready on %2", "name of an engine, its device").arg(name, device);
        text = m_engineReady + engineSpeed();
        colour = QColor(0x3f, 0xa8, 0x5b);
        detail = tr("Version %1, process %2\n%3").arg(m_engine.info().version).arg(m_engine.info().pid).arg(m_engine.info().cuda);
        if (m_engine.remote()) detail += QLatin1Char('\n') + tr("%1 received").arg(QLocale().formattedDataSize(m_engine.bytesReceived()));
        break;
    }
    case State::Lost:
        text = m_engine.remote() ? tr("Link lost, trying again…") : tr("Engine lost, starting another…");
        colour = QColor(0xe0, 0x9a, 0x2b);
        detail = m_engine.problem();
        if (m_engine.remote())
            statusBar()->showMessage(tr("The link to the engine was lost; it is tried again for as long as it takes. What is open stays open."), 8000);
        else
            statusBar()->showMessage(tr("The engine was lost; another is being started. What was open stays open."), 8000);
        break;
    case State::Failed:
        text = tr("Engine stopped");
        colour = QColor(0xd6, 0x4b, 0x4b);
        detail = m_engine.problem();
        break;
    }
    m_engineText->setText(text);
    m_engineText->setToolTip(detail);
    m_restart->setVisible(state == State::Failed);
    if (state == State::Failed)
        m_message->showMessage(m_engine.problem(), tr("Restart Engine"));
    else if (state == State::Ready)
        m_message->clear();
    const qreal ratio = devicePixelRatioF();
    QPixmap dot(QSize(12, 12) * ratio);
    dot.setDevicePixelRatio(ratio);
    dot.fill(Qt::transparent);
    QPainter painter(&dot);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(1, 1, 10, 10);
    painter.end();
    m_engineDot->setPixmap(dot);
}

void MainWindow::showShortcuts()
{
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Keyboard Shortcuts"));
    auto* layout = new QVBoxLayout(dialog);
    auto* table = new QTableWidget(0, 2, dialog);
    table->setHorizontalHeaderLabels({tr("Action"), tr("Keys")});
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->verticalHeader()->hide();
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setAccessibleName(tr("Keyboard Shortcuts"));
    const auto add = [table](const QString& action, const QString& keys, bool heading = false) {
        const int row = table->rowCount();
        table->insertRow(row);
        auto* first = new QTableWidgetItem(action);
        if (heading) {
            QFont font = first->font();
            font.setBold(true);
            first->setFont(font);
        }
        table->setItem(row, 0, first);
        table->setItem(row, 1, new QTableWidgetItem(keys));
    };
    QStringList seen;
    const auto addActions = [&](const QString& heading, const QList<QAction*>& actions) {
        bool headed = false;
        for (const QAction* action : actions) {
            QStringList keys;
            for (const QKeySequence& key : action->shortcuts()) keys << key.toString(QKeySequence::NativeText);
            if (keys.isEmpty() || action->isSeparator()) continue;
            if (!headed) add(heading, QString(), true);
            headed = true;
            add(plainText(action->text()), keys.join(QStringLiteral(", ")));
        }
    };
    for (QAction* menuAction : menuBar()->actions())
        if (QMenu* menu = menuAction->menu()) addActions(plainText(menuAction->text()), menu->actions());
    add(tr("Clips, when they have the focus"), QString(), true);
    add(tr("Play or pause"), QKeySequence(Qt::Key_Space).toString(QKeySequence::NativeText));
    add(tr("One frame back or on"), QStringLiteral("← →  , ."));
    add(tr("Ten frames back or on"), QStringLiteral("Shift+← Shift+→"));
    add(tr("First frame"), QKeySequence(Qt::Key_Home).toString(QKeySequence::NativeText));
    add(tr("Slower, faster"), QStringLiteral("< >"));
    add(tr("Sliders, when they have the focus"), QString(), true);
    add(tr("One step"), QStringLiteral("← →"));
    add(tr("Five steps"), QStringLiteral("PgUp PgDown"));
    table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    layout->addWidget(table);
    auto* close = new QPushButton(tr("Close"), dialog);
    close->setDefault(true);
    connect(close, &QPushButton::clicked, dialog, &QDialog::accept);
    layout->addWidget(close, 0, Qt::AlignRight);
    dialog->resize(520, 560);
    dialog->open();
}

void MainWindow::showPalette()
{
    if (m_palette || m_tour || QApplication::activeModalWidget()) return;
    std::vector<PaletteEntry> entries;
    struct Place {
        QMenu* menu;
        QString name;
    };
    std::vector<Place> menus;
    for (QAction* entry : menuBar()->actions())
        if (entry->menu() && entry->isVisible()) menus.push_back({entry->menu(), plainText(entry->text())});
    for (std::size_t i = 0; i < menus.size(); ++i) {
        const Place place = menus[i];
        Q_EMIT place.menu->aboutToShow();  // some are filled then
        for (QAction* action : place.menu->actions()) {
            if (action->menu()) {
                menus.push_back({action->menu(), place.name + QStringLiteral(" › ") + plainText(action->text())});
                continue;
            }
            if (action->isSeparator() || !action->isEnabled() || !action->isVisible() || action->text().isEmpty()) continue;
            const QPointer<QAction> kept = action;
            entries.push_back({plainText(action->text()), place.name, action->shortcut().toString(QKeySequence::NativeText), action->toolTip() == plainText(action->text()) ? QString() : action->toolTip(),
                               action->icon(), [kept] {
                                   if (kept && kept->isEnabled()) kept->trigger();
                               }});
        }
    }
    for (Page* page : m_pages)
        for (PageItem& item : page->items())
            entries.push_back({item.name, item.kind, QString(), item.detail, themedIcon(page->iconName()), [this, page = QPointer<Page>(page), open = std::move(item.open)] {
                                   if (!page) return;
                                   showPage(page->id());
                                   open();
                               }});
    m_palette = new CommandPalette(std::move(entries), this);
    m_palette->open();
}

void MainWindow::showTour()
{
    if (m_tour || QApplication::activeModalWidget()) return;
    std::vector<TourStep> steps;
    const auto step = [&](const QString& id, const QString& title, const QString& text) {
        if (!page(id)) return;
        steps.push_back({title, text, [this, id]() -> QWidget* {
                             showPage(id);
                             for (QAction* action : m_pageActions->actions())
                                 if (action->data().toString() == id) return m_side->widgetForAction(action);
                             return nullptr;
                         }});
    };
    step(QStringLiteral("datasets"), tr("Datasets"),
         tr("Clips to train on and to compare with. Let Kinora draw a built-in dataset, with known factors and nothing to download, or import your own clips; then look at them, filter them and put the bad ones aside."));
    step(QStringLiteral("train"), tr("Train"),
         tr("Choose a system and a dataset and start. Curves, samples and health of the run are shown while it goes on; a training outlives this window and is found again."));
    step(QStringLiteral("explore"), tr("Explore"),
         tr("Open a checkpoint and move its appearance and motion codes apart from each other. The matrix shows every appearance with every motion, and the evidence measures whether they are disentangled."));
    step(QStringLiteral("compare"), tr("Compare and Export"),
         tr("Put models and real clips side by side with the same codes, or ask people in a blind study. Every page saves what it shows as GIF, video or figure: look for \"Save\" in the File menu. %1 finds everything else.")
             .arg(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P).toString(QKeySequence::NativeText)));
    if (steps.empty()) return;
    const QString before = currentPage() ? currentPage()->id() : QString();
    m_tour = new Tour(std::move(steps), this);
    connect(m_tour, &Tour::ended, this, [this, before] {
        QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("tour"), QStringLiteral("seen"));
        showPage(before);
    });
}

void MainWindow::offerTour()
{
    if (QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("tour")).toString() != QLatin1String("seen")) showTour();
}

void MainWindow::showAbout()
{
    const QString engine = m_engine.state() == EngineClient::State::Ready ? tr("Engine %1 on %2").arg(m_engine.info().version, m_engine.info().device) : tr("The engine is not running");
    QString text = QStringLiteral("<h2>Kinora %1</h2><p>%2</p>").arg(QStringLiteral(KINORA_VERSION), tr("A research workbench for disentangled video generation: appearance and motion, moved apart.").toHtmlEscaped());
    text += QStringLiteral("<p>%1<br>%2<br>%3</p>").arg(tr("Built from %1").arg(QStringLiteral(KINORA_GIT)).toHtmlEscaped(), engine.toHtmlEscaped(), m_engine.info().cuda.toHtmlEscaped());
    text += QStringLiteral("<p>%1</p>").arg(tr("The sources are under the Apache License 2.0. This program is distributed under the GNU General Public License 3.0, because it links Qt Charts and FFmpeg.").toHtmlEscaped());
    text += QStringLiteral("<table cellpadding='2'>");
    const std::pair<QString, QString> parts[] = {{QStringLiteral("Qt %1").arg(QLatin1String(qVersion())), QStringLiteral("LGPL-3.0; Qt Charts GPL-3.0")},
                                                 {QStringLiteral("LibTorch"), QStringLiteral("BSD-3-Clause")},
                                                 {QStringLiteral("FFmpeg"), QStringLiteral("GPL-2.0-or-later")},
                                                 {QStringLiteral("OpenCV"), QStringLiteral("Apache-2.0")},
                                                 {QStringLiteral("HDF5"), QStringLiteral("BSD-3-Clause")},
                                                 {QStringLiteral("nlohmann-json, toml++, spdlog"), QStringLiteral("MIT")},
                                                 {QStringLiteral("CLI11"), QStringLiteral("BSD-3-Clause")},
                                                 {QStringLiteral("protozero"), QStringLiteral("BSD-2-Clause")}};
    for (const auto& [name, licence] : parts) text += QStringLiteral("<tr><td>%1</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), licence);
    text += QStringLiteral("</table>");
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Kinora"), text, QMessageBox::NoButton, this);
    box->addButton(tr("Close"), QMessageBox::RejectRole);
    box->setIconPixmap(windowIcon().pixmap(QSize(64, 64), devicePixelRatioF()));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    box->open();
}

void MainWindow::showPreferences()
{
    QSettings settings(settingsFile(), QSettings::IniFormat);
    const QString language = settings.value(QStringLiteral("language"), QStringLiteral("system")).toString();
    const Theme theme = themeFromName(settings.value(QStringLiteral("theme")).toString());
    const QString command = settings.value(QStringLiteral("engine")).toString();
    auto* dialog = new PreferencesDialog(language, theme, command, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, language, theme, command] {
        QSettings store(settingsFile(), QSettings::IniFormat);
        store.setValue(QStringLiteral("language"), dialog->language());
        store.setValue(QStringLiteral("theme"), themeName(dialog->theme()));
        store.setValue(QStringLiteral("engine"), dialog->engineCommand());
        store.sync();
        if (dialog->theme() != theme) {
            for (QAction* action : m_themeMenu->actions()) action->setChecked(action->data().toString() == themeName(dialog->theme()));
            Q_EMIT themeChosen(dialog->theme());
        }
        if (dialog->engineCommand() != command) useEngine(dialog->engineCommand());
        if (dialog->language() != language) Q_EMIT languageChosen(dialog->language());
    });
    dialog->open();
}

/// Round trip and speed, as far as they are known. The round trip to an engine of this computer is of no interest.
QString MainWindow::engineSpeed() const
{
    QString text;
    if (m_engine.remote() && m_engine.roundTripMs() > 0) text += QStringLiteral(" · ") + tr("%1 ms").arg(QLocale().toString(m_engine.roundTripMs(), 'f', 0));
    if (const double speed = m_engine.clipsPerSecond(); speed > 0) text += QStringLiteral(" · ") + tr("%1 clips/s").arg(QLocale().toString(speed, 'f', speed < 10 ? 1 : 0));
    return text;
}

void MainWindow::useEngine(const QString& command)
{
    QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("engine"), command);
    m_engine.setCommand(EngineCommand::fromLine(command));
    m_engine.restart();
}

void MainWindow::showConnect()
{
    auto* dialog = new ConnectDialog(QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("engine")).toString(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { useEngine(dialog->command()); });
    dialog->open();
}

void MainWindow::saveSession()
{
    QSettings settings(settingsFile(), QSettings::IniFormat);
    settings.beginGroup(QStringLiteral("window"));
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("state"), QMainWindow::saveState(kStateVersion));
    if (Page* current = currentPage()) settings.setValue(QStringLiteral("page"), current->id());
    settings.endGroup();
    for (const Page* page : m_pages) {
        settings.beginGroup(QStringLiteral("page-") + page->id());
        settings.remove(QString());
        page->saveState(settings);
        settings.endGroup();
    }
    settings.sync();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    for (Page* page : m_pages)
        if (!page->mayClose()) {
            event->ignore();
            return;
        }
    saveSession();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source()) return;  // our own tiles
    for (const QUrl& url : event->mimeData()->urls()) {
        if (!url.isLocalFile()) continue;
        if (takerOf(url.toLocalFile())) {
            event->acceptProposedAction();
            return;
        }
        statusBar()->showMessage(tr("No page opens \"%1\".").arg(QFileInfo(url.toLocalFile()).fileName()), 5000);
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) openPath(url.toLocalFile());
}
