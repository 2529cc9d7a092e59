#include "widgets/views/train_page.h"

#include <QAction>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <filesystem>

#include "core/run/run_actions.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/text.h"
#include "widgets/charts/charts_view.h"
#include "widgets/text.h"
#include "widgets/views/run_dialogs.h"
#include "widgets/views/run_table.h"
#include "widgets/views/run_view.h"
#include "widgets/views/sample_view.h"
#include "widgets/views/train_form.h"

using namespace kinora;

namespace {
constexpr qsizetype kMaxRecent = 50;

/// The run that a folder is, or that a file or folder directly in it belongs to; empty: none.
QString runFolderOf(const QString& path)
{
    const QFileInfo info(path);
    for (const QString& folder : {info.isDir() ? info.absoluteFilePath() : info.absolutePath(), info.absolutePath()})
        if (QFileInfo::exists(folder + QStringLiteral("/run.toml"))) return folder;
    return {};
}
bool holdsEvents(const QString& folder) { return !QDir(folder).entryList({QStringLiteral("*tfevents*")}, QDir::Files).isEmpty(); }
}  // namespace

TrainPage::TrainPage(const QString& runs, const QString& recent, const QString& logs, const QString& program, QWidget* parent)
    : Page(parent), m_recentFile(recent), m_monitor(runs), m_launcher(program, logs)
{
    m_newAction = make(QStringLiteral("add"), tr("&New Run…"), tr("Fill in the form for a new run"), QKeySequence::New);
    m_openAction = make(QStringLiteral("open"), tr("&Open Run Directory…"), tr("Watch a run that was started elsewhere"), QKeySequence::Open);
    m_pauseAction = make(QStringLiteral("pause"), tr("&Pause"), tr("Hold the trainer after its step, or let it go on"), QKeySequence(Qt::Key_F8));
    m_stopAction = make(QStringLiteral("stop"), tr("&Stop"), tr("Finish the step, save a checkpoint and end the trainer"), QKeySequence(Qt::SHIFT | Qt::Key_F8));
    m_checkpointAction = make(QStringLiteral("checkpoint"), tr("&Checkpoint Now"), tr("Save a checkpoint after the step the trainer is in"), QKeySequence(Qt::CTRL | Qt::Key_F8));
    m_steerAction = make({}, tr("Change Se&ttings…"), tr("Change learning rates, weights of the loss, intervals and policies while the run goes on"), QKeySequence(Qt::Key_F7));
    m_measureAction = make({}, tr("&Measure Now…"), tr("Let the trainer measure metrics after its step"), QKeySequence(Qt::SHIFT | Qt::Key_F7));
    m_continueAction = make(QStringLiteral("train"), tr("C&ontinue…"), tr("Start a trainer that goes on from the newest checkpoint"), QKeySequence(Qt::Key_F9));
    m_exploreAction = make(QStringLiteral("explore"), tr("&Explore Newest Checkpoint"), tr("Open the newest checkpoint on the Explore page"), QKeySequence(Qt::CTRL | Qt::Key_E));
    m_forkAction = make({}, tr("&Fork from Checkpoint…"), tr("Begin another run with a checkpoint of this one, with changes"), QKeySequence(Qt::CTRL | Qt::Key_K));
    m_againAction = make(QStringLiteral("redo"), tr("New Run &Like This…"), tr("Duplicate: fill the form with the settings of this run, to change some and start from step 0"), QKeySequence(Qt::CTRL | Qt::Key_D));
    m_compareAction = make({}, tr("Compare Sett&ings"), tr("In which settings the chosen runs differ; choose two or more in the table"), QKeySequence(Qt::CTRL | Qt::Key_I));
    m_notesAction = make({}, tr("Name, Ta&gs and Notes…"), tr("Your own words about the run, kept in its notes.json"), QKeySequence(Qt::CTRL | Qt::Key_T));
    m_folderAction = make(QStringLiteral("open"), tr("Show Fol&der"), tr("Show the run's folder in the file manager"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    m_archiveAction = make({}, tr("&Archive"), tr("Move the chosen runs into the folder \"archive\" beside them"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A));
    m_restoreAction = make({}, tr("&Restore from Archive"), tr("Move the chosen runs back out of the archive"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R));
    m_deleteAction = make(QStringLiteral("remove"), tr("Delete…"), tr("Delete the chosen runs with all their files, after a question"), QKeySequence(Qt::SHIFT | Qt::Key_Delete));
    m_forgetAction = make({}, tr("Remove from &List"), tr("Take the run out of the list; its folder stays"));
    m_queueAction = make(QStringLiteral("list"), tr("&Queue…"), tr("Runs that wait for a device: their order, and taking them out"), QKeySequence(Qt::CTRL | Qt::Key_J));
    m_archivedAction = make({}, tr("Show Arc&hived Runs"), tr("List the runs in the archive too"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_H));
    m_archivedAction->setCheckable(true);
    m_columnsAction = make({}, tr("Choose Col&umns…"), tr("Metrics, curves and settings as columns of the table"), QKeySequence(Qt::SHIFT | Qt::Key_F6));
    m_filterAction = make(QStringLiteral("filter"), tr("&Filter Runs"), tr("Go to the line that filters the table"), QKeySequence::Find);
    m_aboutAction = make(QStringLiteral("info"), tr("About the S&ystem…"), tr("What the system of the form does, its paper, its controls and options"), QKeySequence(Qt::CTRL | Qt::Key_F1));
    m_wideAction = make({}, tr("Table &Only"), tr("The table of runs over the whole page, and back"), QKeySequence(Qt::Key_F6));
    m_wideAction->setCheckable(true);
    m_samplesAction = new QAction(tr("Sa&mples"), this);
    auto* samplesMenu = new QMenu(this);
    m_samplesAction->setMenu(samplesMenu);

    m_table = new RunTable(m_runs);
    const auto line = [this] {
        auto* action = new QAction(this);
        action->setSeparator(true);
        return action;
    };
    list()->addActions({m_pauseAction, m_stopAction, m_checkpointAction, m_steerAction, m_measureAction, m_continueAction, line(), m_exploreAction, m_forkAction, m_againAction, m_compareAction, line(),
                        m_notesAction, m_folderAction, line(), m_archiveAction, m_restoreAction, m_deleteAction, m_forgetAction});
    m_empty = new QLabel(tr("No runs yet. Start one with the form, or open the directory of a run that was started from a shell."));
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    auto* newButton = new QPushButton;
    auto* openButton = new QPushButton;
    auto* queueButton = new QPushButton;
    const std::pair<QPushButton*, QAction*> bound[] = {{newButton, m_newAction}, {openButton, m_openAction}, {queueButton, m_queueAction}};
    for (const auto& [button, action] : bound) {
        button->setIcon(action->icon());
        button->setToolTip(action->toolTip());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
    }
    newButton->setText(tr("&New Run…"));
    openButton->setText(tr("&Open…"));
    queueButton->setText(tr("&Queue…"));
    auto* side = new QWidget;
    auto* sideLayout = new QVBoxLayout(side);
    sideLayout->setContentsMargins(6, 6, 0, 6);
    sideLayout->addWidget(m_empty);
    sideLayout->addWidget(m_table, 1);
    auto* sideButtons = new QHBoxLayout;
    for (QPushButton* button : {newButton, openButton, queueButton}) sideButtons->addWidget(button);
    sideLayout->addLayout(sideButtons);
    side->setMinimumWidth(200);

    m_form = new TrainForm(m_monitor.root());
    m_view = new RunView;
    samplesMenu->addActions(m_view->samples()->menuActions());
    m_view->setMoreActions({m_measureAction, m_forkAction, m_againAction, line(), m_notesAction, m_folderAction, line(), m_archiveAction, m_restoreAction, m_deleteAction});
    m_stack = new QStackedWidget;
    m_stack->addWidget(m_form);
    m_stack->addWidget(m_view);
    m_splitter = new QSplitter;
    m_splitter->addWidget(side);
    m_splitter->addWidget(m_stack);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({370, 800});
    m_splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);

    connect(m_newAction, &QAction::triggered, this, [this] { newRun(); });
    connect(m_openAction, &QAction::triggered, this, &TrainPage::askForRun);
    connect(m_pauseAction, &QAction::triggered, m_view, &RunView::pauseOrResume);
    connect(m_stopAction, &QAction::triggered, m_view, &RunView::stop);
    connect(m_checkpointAction, &QAction::triggered, m_view, &RunView::checkpointNow);
    connect(m_continueAction, &QAction::triggered, m_view, &RunView::continueRun);
    connect(m_exploreAction, &QAction::triggered, m_view, &RunView::exploreNewest);
    connect(m_steerAction, &QAction::triggered, m_view, &RunView::changeSettings);
    connect(m_measureAction, &QAction::triggered, m_view, &RunView::measureNow);
    connect(m_againAction, &QAction::triggered, this, &TrainPage::duplicate);
    connect(m_compareAction, &QAction::triggered, this, &TrainPage::compare);
    connect(m_notesAction, &QAction::triggered, this, &TrainPage::editNotes);
    connect(m_forkAction, &QAction::triggered, this, &TrainPage::fork);
    connect(m_archiveAction, &QAction::triggered, this, &TrainPage::archive);
    connect(m_restoreAction, &QAction::triggered, this, &TrainPage::restore);
    connect(m_deleteAction, &QAction::triggered, this, &TrainPage::deleteRuns);
    connect(m_queueAction, &QAction::triggered, this, &TrainPage::showQueue);
    connect(m_folderAction, &QAction::triggered, this, [this] {
        if (const RunSnapshot* run = chosenRun()) QDesktopServices::openUrl(QUrl::fromLocalFile(run->folder));
    });
    connect(m_forgetAction, &QAction::triggered, this, [this] {
        for (const QString& folder : selected()) forget(folder);
    });
    connect(m_archivedAction, &QAction::toggled, &m_monitor, &RunMonitor::setArchivedShown);
    connect(m_columnsAction, &QAction::triggered, m_table, &RunTable::chooseColumns);
    connect(m_filterAction, &QAction::triggered, this, [this] {
        m_table->filterEdit()->setFocus(Qt::ShortcutFocusReason);
        m_table->filterEdit()->selectAll();
    });
    connect(m_aboutAction, &QAction::triggered, this, [this] { m_form->showAboutSystem(); });
    connect(m_wideAction, &QAction::toggled, this, [this](bool wide) { m_stack->setVisible(!wide); });
    connect(m_table, &RunTable::currentChanged, this, &TrainPage::showRun);
    connect(list(), &QTreeView::clicked, this, [this] { showRun(m_table->currentFolder()); });
    connect(m_table, &RunTable::activated, this, [this](const QString& folder) {
        m_wideAction->setChecked(false);
        showRun(folder);
    });
    connect(m_table, &RunTable::selectionChanged, this, [this] {
        updateActions();
        showCurves();
    });
    connect(&m_runs, &RunListModel::edited, this, [this](const QString& folder, int column, const QString& text) {
        setNotes(folder, [column, text](nlohmann::json& notes) {
            if (column == RunListModel::Tags) notes["tags"] = tagsFromText(text);
            if (column == RunListModel::Notes) notes["notes"] = text.toStdString();
            if (column == RunListModel::Name) notes["name"] = text.trimmed().toStdString();
        });
    });
    connect(&m_runs, &QAbstractItemModel::rowsInserted, this, [this] { m_empty->hide(); });
    connect(&m_runs, &QAbstractItemModel::rowsRemoved, this, [this] { m_empty->setVisible(m_runs.rowCount() == 0); });

    connect(&m_monitor, &RunMonitor::changed, this, &TrainPage::takeSnapshot);
    connect(&m_monitor, &RunMonitor::vanished, this, [this](const QString& folder) {
        m_runs.remove(folder);
        if (folder == m_shown) newRun();
    });
    connect(&m_monitor, &RunMonitor::logged, this, [this](const QString& folder, const QString& text, bool fresh) {
        if (folder == m_shown) m_view->addLog(text, fresh);
    });

    connect(&m_monitor, &RunMonitor::history, this, [this](const QString& folder, const RunHistory& history) {
        if (folder == m_shown) m_view->setHistory(history);
    });
    connect(&m_monitor, &RunMonitor::queueChanged, this, [this](const std::vector<QueueTicket>& tickets) {
        m_tickets = tickets;
        QStringList taken;
        for (const QueueTicket& ticket : tickets) taken.append(QString::fromStdString(ticket.run.string()));
        m_form->setTaken(taken);
        if (m_queueDialog) m_queueDialog->setTickets(tickets);
    });

    connect(m_form, &TrainForm::startRequested, &m_launcher, &TrainLauncher::start);
    connect(&m_launcher, &TrainLauncher::starting, this, [this](const QString& folder) {
        m_form->setBusy(true);
        Q_EMIT statusMessage(tr("Starting %1…").arg(QFileInfo(folder).fileName()), 0);
    });
    connect(&m_launcher, &TrainLauncher::started, this, [this](const QString& folder) {
        m_form->setBusy(m_launcher.busy());
        Q_EMIT statusMessage(tr("%1 has started.").arg(QFileInfo(folder).fileName()));
        if (QFileInfo(folder).absolutePath() != m_monitor.root()) remember(folder);
        m_awaited = folder;
        m_monitor.look();
        Q_EMIT opened(folder);
        m_form->suggestName();
    });
    connect(&m_launcher, &TrainLauncher::queued, this, [this](const QString& folder) {
        m_form->setBusy(m_launcher.busy());
        Q_EMIT statusMessage(tr("%1 waits in the queue.").arg(QFileInfo(folder).fileName()));
        if (QFileInfo(folder).absolutePath() != m_monitor.root()) remember(folder);
        m_monitor.look();
        m_form->suggestName();
    });
    connect(&m_launcher, &TrainLauncher::failed, this, [this](const QString& folder, const QString& problem) {
        m_form->setBusy(m_launcher.busy());
        m_form->showProblem(problem);
        Q_EMIT statusMessage(tr("%1 could not be started: %2").arg(QFileInfo(folder).fileName(), problem), 0);
        m_monitor.look();
    });
    connect(m_view, &RunView::resumeRequested, this, [this](const QString& folder, qint64 steps, const QString& dataset, bool queued) {
        if (dataset.isEmpty()) return m_launcher.resume(folder, steps, queued);
        // the run remembers where its data went; the trainer checks that they are the same
        m_acting.run([folder, dataset](std::stop_token) { relocateDataset(folder.toStdString(), dataset.toStdString()); return true; },
                     [this, folder, steps, queued](const Outcome<bool>& outcome) {
                         if (outcome)
                             m_launcher.resume(folder, steps, queued);
                         else
                             Q_EMIT statusMessage(errorText(outcome.error()), 0);
                     });
    });
    connect(m_view, &RunView::forkRequested, this, &TrainPage::forkOf);
    connect(m_view, &RunView::openCheckpoint, this, &TrainPage::openCheckpoint);
    connect(m_view, &RunView::statusMessage, this, &Page::statusMessage);
    connect(m_view, &RunView::actionsChanged, this, &TrainPage::updateActions);

    const auto text = attempt([&] { return readFile(m_recentFile.toStdString(), 1 << 20); });
    if (text)
        for (const std::string& line : split(text.value(), '\n'))
            if (!line.empty()) m_recent.append(QString::fromStdString(line));
    m_recent.removeDuplicates();
    for (const QString& folder : m_recent)
        if (QFileInfo::exists(folder + QStringLiteral("/run.toml"))) m_monitor.watch(folder);
        else if (holdsEvents(folder)) addForeign(folder);
    updateActions();
}

TrainPage::~TrainPage() = default;

QueueDialog* TrainPage::queueDialog() const { return m_queueDialog; }
QTreeView* TrainPage::list() const { return m_table->view(); }

QAction* TrainPage::make(const QString& icon, const QString& text, const QString& tip, const QKeySequence& key)
{
    auto* action = icon.isEmpty() ? new QAction(text, this) : new QAction(themedIcon(icon), text, this);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    action->setToolTip(key.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
    addAction(action);
    return action;
}

QList<QAction*> TrainPage::menuActions(PageMenu menu) const
{
    if (menu != PageMenu::Train) return {};
    const auto separator = [this] {
        auto* action = new QAction(const_cast<TrainPage*>(this));
        action->setSeparator(true);
        return action;
    };
    auto* table = new QAction(tr("Ta&ble of Runs"), const_cast<TrainPage*>(this));
    auto* tableMenu = new QMenu(const_cast<TrainPage*>(this));
    tableMenu->addActions({m_filterAction, m_columnsAction, m_archivedAction, m_wideAction});
    table->setMenu(tableMenu);
    return {m_newAction,    m_openAction,  m_queueAction,  separator(), m_pauseAction,    m_stopAction,    m_checkpointAction, m_steerAction, m_measureAction, m_continueAction, separator(),
            m_samplesAction, m_exploreAction, m_forkAction, m_againAction, separator(), m_compareAction, m_notesAction, m_folderAction, separator(), m_archiveAction, m_restoreAction, m_deleteAction,
            m_forgetAction, separator(), table, m_aboutAction};
}

void TrainPage::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("splitter"), m_splitter->saveState());
    settings.setValue(QStringLiteral("runSplitter"), m_view->splitter()->saveState());
    m_table->saveState(settings);
    settings.setValue(QStringLiteral("archived"), m_archivedAction->isChecked());
    settings.setValue(QStringLiteral("wide"), m_wideAction->isChecked());
    settings.setValue(QStringLiteral("folder"), m_lastFolder);
    settings.setValue(QStringLiteral("run"), m_shown);
    settings.setValue(QStringLiteral("charts"), m_view->chart()->saveState());
    m_view->samples()->saveState(settings);
}

void TrainPage::restoreState(QSettings& settings)
{
    m_splitter->restoreState(settings.value(QStringLiteral("splitter")).toByteArray());
    m_view->splitter()->restoreState(settings.value(QStringLiteral("runSplitter")).toByteArray());
    m_table->restoreState(settings);
    m_archivedAction->setChecked(settings.value(QStringLiteral("archived")).toBool());
    m_wideAction->setChecked(settings.value(QStringLiteral("wide")).toBool());
    m_lastFolder = settings.value(QStringLiteral("folder")).toString();
    m_awaited = settings.value(QStringLiteral("run")).toString();
    m_view->samples()->restoreState(settings);
    m_view->chart()->restoreState(settings.value(QStringLiteral("charts")).toByteArray());
    if (const RunSnapshot* run = m_runs.find(m_awaited)) showRun(run->folder);
}

bool TrainPage::accepts(const QString& path) const
{
    const QFileInfo info(path);
    if (!info.isDir()) return info.fileName() == QLatin1String("run.toml") || info.fileName().contains(QLatin1String("tfevents"));
    return !runFolderOf(path).isEmpty() || holdsEvents(path);
}

void TrainPage::openPath(const QString& path)
{
    const QString folder = runFolderOf(path);
    const QString place = QFileInfo(path).isDir() ? QFileInfo(path).absoluteFilePath() : QFileInfo(path).absolutePath();
    if (folder.isEmpty() && holdsEvents(place)) {
        addForeign(place);
        remember(place);
        showRun(place);
        Q_EMIT opened(place);
        return;
    }
    if (folder.isEmpty()) {
        Q_EMIT statusMessage(tr("%1 is no run directory: there is no run.toml in it.").arg(QDir::toNativeSeparators(path)), 0);
        return;
    }
    if (QFileInfo(folder).absolutePath() != m_monitor.root()) remember(folder);
    m_awaited = folder;
    m_monitor.watch(folder);
    Q_EMIT opened(folder);
}

void TrainPage::askForRun()
{
    auto* dialog = new QFileDialog(this, tr("Open Run Directory"), m_lastFolder.isEmpty() ? m_monitor.root() : m_lastFolder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_lastFolder = QFileInfo(path).absolutePath();
        openPath(path);
    });
    dialog->open();
}

/// A folder of events that another program wrote: curves to look at, nothing to ask.
void TrainPage::addForeign(const QString& folder)
{
    RunSnapshot run;
    run.folder = folder;
    run.condition = RunCondition::Finished;
    run.begun = false;
    run.foreign = true;
    m_runs.update(run);
}

void TrainPage::remember(const QString& folder)
{
    const RunSnapshot* known = m_runs.find(folder);
    if (!known || !known->foreign) m_monitor.watch(folder);
    if (m_recent.contains(folder)) return;
    m_recent.prepend(folder);
    while (m_recent.size() > kMaxRecent) m_recent.removeLast();
    saveRecent();
}

void TrainPage::forget(const QString& folder)
{
    if (folder.isEmpty()) return;
    m_recent.removeAll(folder);
    saveRecent();
    m_monitor.unwatch(folder);
    m_runs.remove(folder);
    if (folder == m_shown) newRun();
}

void TrainPage::saveRecent() const
{
    const auto saved = attempt([&] {
        std::filesystem::create_directories(toPath(m_recentFile).parent_path());
        writeFile(toPath(m_recentFile), m_recent.join(QLatin1Char('\n')).toStdString() + "\n");
        return true;
    });
    if (!saved) log::warning(saved.error().what());
}

QStringList TrainPage::selected() const
{
    QStringList folders = m_table->selectedFolders();
    if (folders.isEmpty() && !m_shown.isEmpty()) folders.append(m_shown);
    return folders;
}

const RunSnapshot* TrainPage::chosenRun() const
{
    const QStringList folders = selected();
    return folders.size() == 1 ? m_runs.find(folders.first()) : m_runs.find(m_shown);
}

void TrainPage::takeSnapshot(const RunSnapshot& snapshot)
{
    m_runs.update(snapshot);
    if (snapshot.folder == m_awaited) {
        m_awaited.clear();
        showRun(snapshot.folder);
    } else if (snapshot.folder == m_shown)
        m_view->setRun(snapshot);
}

void TrainPage::showRun(const QString& folder)
{
    const RunSnapshot* run = m_runs.find(folder);
    if (!run) return;
    m_stack->setCurrentWidget(m_view);
    const bool other = m_shown != folder;
    m_shown = folder;
    m_view->setRun(*run);
    if (other) {
        orderScalars();
        m_monitor.follow(folder);
    }
    m_table->setCurrent(folder);
    showCurves();
    updateActions();
}

/// Charts in the order in which the system of the run in the view lists its scalars.
void TrainPage::orderScalars()
{
    const RunSnapshot* run = m_runs.find(m_shown);
    if (!run) return;
    QStringList order;
    for (const SystemDescription& system : m_systems)
        if (system.id == run->config.system)
            for (const std::string& tag : system.scalars) order.append(QString::fromStdString(tag));
    m_view->setScalarOrder(order);
}

/// The curves of the run in the view, with those of the other chosen runs.
void TrainPage::showCurves()
{
    QStringList folders = m_table->selectedFolders();
    if (m_shown.isEmpty()) return;
    if (!folders.contains(m_shown)) folders = {m_shown};
    std::vector<ChartRun> runs;
    for (const QString& folder : folders)
        if (const RunSnapshot* run = m_runs.find(folder); run && (run->begun || run->foreign)) runs.push_back({folder, run->name(), {}, false});
    if (runs != m_curves) m_view->chart()->setRuns(runs);
    m_curves = runs;
}

std::vector<PageItem> TrainPage::items()
{
    std::vector<PageItem> found;
    for (int row = 0; row < m_runs.rowCount(); ++row) {
        const RunSnapshot& run = m_runs.at(row);
        found.push_back({tr("Run"), QFileInfo(run.folder).fileName(), QDir::toNativeSeparators(run.folder), [this, folder = run.folder] { showRun(folder); }});
    }
    for (const SystemDescription& system : m_systems)
        found.push_back({tr("New run of a system"), QString::fromStdString(system.name), catalogueText(system.summary), [this, id = QString::fromStdString(system.id)] {
                             newRun();
                             m_form->setSystem(id);
                         }});
    return found;
}

void TrainPage::newRun(const QString& dataset)
{
    m_stack->setCurrentWidget(m_form);
    m_shown.clear();
    m_curves.clear();
    m_view->chart()->setRuns({});
    m_monitor.follow({});
    m_table->setCurrent({});
    m_wideAction->setChecked(false);
    if (!dataset.isEmpty()) m_form->setDataset(dataset);
    m_form->setFocus();
    updateActions();
}

void TrainPage::setSystems(const std::vector<SystemDescription>& systems, const std::vector<OptionField>& training, const std::vector<MetricDescription>& metrics)
{
    m_view->setDescriptions(systems, training, metrics);
    m_systems = systems;
    m_training = training;
    m_form->setSystems(systems, training);
    orderScalars();  // a run may have been shown before the engine said what there is
}

void TrainPage::setDatasets(const std::vector<DatasetDescription>& builtin, const QStringList& files)
{
    std::vector<std::pair<QString, QString>> list;
    for (const DatasetDescription& description : builtin)
        if (description.builtin) list.emplace_back(QString::fromStdString(description.id), catalogueText(description.name));
    for (const QString& file : files) list.emplace_back(file, QFileInfo(file).completeBaseName());
    m_form->setDatasets(list);
}

void TrainPage::setDevices(const QStringList& devices) { m_form->setDevices(devices); }

void TrainPage::act(const QStringList& folders, std::function<QString(const QString&)> work, const QString& said, std::function<void(const QString&, const QString&)> then)
{
    for (const QString& folder : folders)
        m_acting.run([folder, work](std::stop_token) { return work(folder); },
                     [this, folder, said, then](const Outcome<QString>& outcome) {
                         Q_EMIT statusMessage(outcome ? said.arg(QFileInfo(folder).fileName()) : errorText(outcome.error()), outcome ? 5000 : 0);
                         if (outcome && then) then(folder, outcome.value());
                         m_monitor.look();
                     });
}

void TrainPage::setNotes(const QString& folder, std::function<void(nlohmann::json&)> change)
{
    act({folder},
        [change](const QString& run) {
            const RunReader reader(run.toStdString());
            nlohmann::json notes = reader.notes();
            if (!notes.is_object()) notes = nlohmann::json::object();
            change(notes);
            reader.setNotes(notes);
            return QString();
        },
        tr("%1: noted"));
}

void TrainPage::duplicate()
{
    const RunSnapshot* run = chosenRun();
    if (!run || m_systems.empty()) return;
    const RunConfig config = run->config;
    newRun(QString::fromStdString(config.dataset));
    m_form->setSystem(QString::fromStdString(config.system));
    OptionValues values = config.systemOptions;
    values.insert(config.trainingOptions.begin(), config.trainingOptions.end());
    m_form->setOptions(values, config.totalSteps, config.seed);
}

void TrainPage::compare()
{
    std::vector<RunSnapshot> runs;
    for (const QString& folder : selected())
        if (const RunSnapshot* run = m_runs.find(folder); run && run->begun && run->condition != RunCondition::Damaged) runs.push_back(*run);
    if (runs.size() < 2) {
        Q_EMIT statusMessage(tr("Choose two runs or more in the table to compare their settings."));
        return;
    }
    (new DiffDialog(runs, this))->open();
}

void TrainPage::editNotes()
{
    const RunSnapshot* run = chosenRun();
    if (!run || !run->begun) return;
    auto* dialog = new NotesDialog(*run, this);
    connect(dialog, &QDialog::accepted, this, [this, dialog, folder = run->folder] {
        setNotes(folder, [name = dialog->name().toStdString(), tags = tagsFromText(dialog->tags()), text = dialog->notes().toStdString()](nlohmann::json& notes) {
            notes["name"] = name;
            notes["tags"] = tags;
            notes["notes"] = text;
        });
    });
    dialog->open();
}

void TrainPage::fork()
{
    if (const RunSnapshot* run = chosenRun()) forkOf(run->folder);
}

void TrainPage::forkOf(const QString& folder)
{
    const RunSnapshot* run = m_runs.find(folder);
    if (!run || run->checkpoints.empty()) return;
    std::vector<OptionField> fields;
    for (const SystemDescription& system : m_systems)
        if (system.id == run->config.system) fields = system.options;
    for (const OptionField& field : m_training)
        if (std::none_of(fields.begin(), fields.end(), [&](const OptionField& other) { return other.key == field.key; })) fields.push_back(field);
    auto* dialog = new ForkDialog(*run, fields, this);
    connect(dialog, &QDialog::accepted, this, [this, dialog, folder] {
        const QString target = dialog->folder();
        const bool start = dialog->start(), queued = dialog->queued();
        act({folder},
            [target, step = dialog->step(), changes = dialog->changes()](const QString& parent) {
                forkRun(parent.toStdString(), step, target.toStdString(), changes);
                return QString();
            },
            tr("%1 was forked."), [this, target, start, queued](const QString&, const QString&) {
                if (QFileInfo(target).absolutePath() != m_monitor.root()) remember(target);
                m_awaited = target;
                if (start) m_launcher.resume(target, std::nullopt, queued);
            });
    });
    dialog->open();
}

void TrainPage::archive()
{
    act(selected(), [](const QString& folder) { return toQString(archiveRun(folder.toStdString())); }, tr("%1 is in the archive."), [this](const QString& folder, const QString& where) {
        // one that was opened from elsewhere stays in the list where it is now
        if (m_recent.removeAll(folder) > 0) {
            m_monitor.unwatch(folder);
            m_runs.remove(folder);
            remember(where);
        }
        if (folder == m_shown) newRun();
    });
}

void TrainPage::restore()
{
    act(selected(), [](const QString& folder) { return toQString(restoreRun(folder.toStdString())); }, tr("%1 is back from the archive."), [this](const QString& folder, const QString& where) {
        if (m_recent.removeAll(folder) > 0) {
            m_monitor.unwatch(folder);
            m_runs.remove(folder);
            remember(where);
        }
        m_awaited = where;
    });
}

void TrainPage::deleteRuns()
{
    const QStringList folders = selected();
    if (folders.isEmpty()) return;
    m_acting.run(
        [folders](std::stop_token) {
            RunSize sum;
            for (const QString& folder : folders) {
                const RunSize size = sizeOfRun(folder.toStdString());
                sum.bytes += size.bytes;
                sum.files += size.files;
                sum.checkpoints += size.checkpoints;
                sum.samples += size.samples;
            }
            return sum;
        },
        [this, folders](const Outcome<RunSize>& outcome) {
            if (!outcome) {
                Q_EMIT statusMessage(errorText(outcome.error()), 0);
                return;
            }
            const RunSize size = outcome.value();
            auto* box = new QMessageBox(QMessageBox::Warning, tr("Delete"), folders.size() == 1 ? tr("Delete the run %1 for good?").arg(QFileInfo(folders.first()).fileName()) : tr("Delete %n run(s) for good?", nullptr, static_cast<int>(folders.size())),
                                        QMessageBox::Cancel, this);
            box->setAttribute(Qt::WA_DeleteOnClose);
            QStringList names;
            for (const QString& folder : folders.mid(0, 12)) names.append(QDir::toNativeSeparators(folder));
            if (folders.size() > 12) names.append(QStringLiteral("…"));
            box->setInformativeText(tr("%1 in %2 files: %3 checkpoints and %4 sample matrices, all curves and the history. This cannot be undone; archiving keeps them.")
                                        .arg(QLocale().formattedDataSize(static_cast<qint64>(size.bytes)))
                                        .arg(size.files)
                                        .arg(size.checkpoints)
                                        .arg(size.samples) +
                                    QStringLiteral("\n\n") + names.join(QLatin1Char('\n')));
            auto* yes = box->addButton(tr("&Delete"), QMessageBox::DestructiveRole);
            box->setDefaultButton(QMessageBox::Cancel);
            connect(yes, &QAbstractButton::clicked, this, [this, folders] {
                act(folders,
                    [](const QString& folder) {
                        deleteRun(folder.toStdString());
                        return QString();
                    },
                    tr("%1 was deleted."), [this](const QString& folder, const QString&) { forget(folder); });
            });
            box->open();
        });
}

void TrainPage::showQueue()
{
    if (!m_queueDialog) {
        m_queueDialog = new QueueDialog(this);
        m_queueDialog->setAttribute(Qt::WA_DeleteOnClose);
        const auto queue = [this](const QString& id, std::function<void(const RunQueue&)> work) {
            if (id.isEmpty()) return;
            m_acting.run([work](std::stop_token) { work(RunQueue()); return true; },
                         [this](const Outcome<bool>& outcome) {
                             if (!outcome) Q_EMIT statusMessage(errorText(outcome.error()), 0);
                             m_monitor.look();
                         });
        };
        connect(m_queueDialog, &QueueDialog::moveRequested, this, [queue](const QString& id, int places) { queue(id, [id, places](const RunQueue& runs) { runs.move(id.toStdString(), places); }); });
        connect(m_queueDialog, &QueueDialog::removeRequested, this, [queue](const QString& id) { queue(id, [id](const RunQueue& runs) { runs.remove(id.toStdString()); }); });
        connect(m_queueDialog, &QueueDialog::runChosen, this, &TrainPage::showRun);
        m_queueDialog->setTickets(m_tickets);
    }
    m_queueDialog->show();
    m_queueDialog->raise();
    m_queueDialog->activateWindow();
}

void TrainPage::updateActions()
{
    const bool shown = !m_shown.isEmpty();
    const QStringList folders = selected();
    const RunSnapshot* chosen = chosenRun();
    const bool one = chosen && chosen->begun;
    m_pauseAction->setEnabled(shown && m_view->canPause());
    m_pauseAction->setText(shown && m_view->snapshot().condition == RunCondition::Paused ? tr("&Resume") : tr("&Pause"));
    m_stopAction->setEnabled(shown && m_view->canStop());
    m_checkpointAction->setEnabled(shown && m_view->canCheckpoint());
    m_steerAction->setEnabled(shown && m_view->canSteer());
    m_measureAction->setEnabled(shown && m_view->canMeasure());
    m_continueAction->setEnabled(shown && m_view->canContinue());
    m_samplesAction->setEnabled(shown);
    m_exploreAction->setEnabled(shown && m_view->canExplore());
    m_forkAction->setEnabled(one && !chosen->checkpoints.empty());
    m_againAction->setEnabled(one && !m_systems.empty());
    m_compareAction->setEnabled(folders.size() > 1);
    m_notesAction->setEnabled(one);
    m_folderAction->setEnabled(one);
    // a run that trains is left alone; which of several may be touched their owners' locks decide
    const auto any = [&](bool archived) {
        return std::any_of(folders.begin(), folders.end(), [&](const QString& folder) {
            const RunSnapshot* run = m_runs.find(folder);
            return run && run->begun && !run->summary.locked && run->summary.archived == archived;
        });
    };
    const bool idle = any(false), archived = any(true);
    m_archiveAction->setEnabled(idle);
    m_restoreAction->setEnabled(archived);
    m_deleteAction->setEnabled(idle || archived);
    m_forgetAction->setEnabled(!folders.isEmpty());
}
