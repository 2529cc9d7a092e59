#include "widgets/views/train_page.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>
#include <filesystem>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/text.h"
#include "widgets/charts/charts_view.h"
#include "widgets/text.h"
#include "widgets/views/run_view.h"
#include "widgets/views/sample_view.h"
#include "widgets/views/train_form.h"

using namespace kinora;

namespace {
constexpr qsizetype kMaxRecent = 50;

/// The steps of a run with a bar behind them.
class StepDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
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

/// The run that a folder is, or that a file or folder directly in it belongs to; empty: none.
QString runFolderOf(const QString& path)
{
    const QFileInfo info(path);
    for (const QString& folder : {info.isDir() ? info.absoluteFilePath() : info.absolutePath(), info.absolutePath()})
        if (QFileInfo::exists(folder + QStringLiteral("/run.toml"))) return folder;
    return {};
}
}  // namespace

TrainPage::TrainPage(const QString& runs, const QString& recent, const QString& logs, const QString& program, QWidget* parent)
    : Page(parent), m_recentFile(recent), m_monitor(runs), m_launcher(program, logs)
{
    m_newAction = new QAction(themedIcon(QStringLiteral("add")), tr("&New Run…"), this);
    m_newAction->setToolTip(tr("Fill in the form for a new run"));
    m_openAction = new QAction(themedIcon(QStringLiteral("open")), tr("&Open Run Directory…"), this);
    m_openAction->setToolTip(tr("Watch a run that was started elsewhere"));
    m_pauseAction = new QAction(themedIcon(QStringLiteral("pause")), tr("&Pause"), this);
    m_stopAction = new QAction(themedIcon(QStringLiteral("stop")), tr("&Stop"), this);
    m_checkpointAction = new QAction(themedIcon(QStringLiteral("checkpoint")), tr("&Checkpoint Now"), this);
    m_continueAction = new QAction(themedIcon(QStringLiteral("train")), tr("C&ontinue…"), this);
    m_exploreAction = new QAction(themedIcon(QStringLiteral("explore")), tr("&Explore Newest Checkpoint"), this);
    m_againAction = new QAction(themedIcon(QStringLiteral("redo")), tr("New Run &Like This…"), this);
    m_againAction->setToolTip(tr("Fill the form with the settings of this run"));
    m_forgetAction = new QAction(themedIcon(QStringLiteral("remove")), tr("Remove from &List"), this);
    m_samplesAction = new QAction(tr("Sa&mples"), this);
    auto* samplesMenu = new QMenu(this);
    m_samplesAction->setMenu(samplesMenu);
    m_forgetAction->setToolTip(tr("Take the run out of the list; its folder stays"));

    m_list = new QTreeView;
    m_sorted.setSourceModel(&m_runs);
    m_sorted.setSortRole(RunListModel::SortRole);
    m_list->setModel(&m_sorted);
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setSortingEnabled(true);
    m_list->sortByColumn(-1, Qt::AscendingOrder);  // the newest first until a person chooses
    m_list->setAllColumnsShowFocus(true);
    m_list->setAccessibleName(tr("Runs"));
    m_list->setItemDelegateForColumn(RunListModel::Step, new StepDelegate(m_list));
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_list->addActions({m_pauseAction, m_stopAction, m_checkpointAction, m_continueAction, m_exploreAction, m_againAction, m_forgetAction});
    m_list->header()->setStretchLastSection(true);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    const int widths[] = {16, 8, 13, 9, 11, 8, 14};
    for (int column = 0; column < RunListModel::Columns; ++column) m_list->setColumnWidth(column, widths[column] * digit + 12);
    m_empty = new QLabel(tr("No runs yet. Start one with the form, or open the directory of a run that was started from a shell."));
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    auto* newButton = new QPushButton(m_newAction->icon(), m_newAction->text());
    auto* openButton = new QPushButton(m_openAction->icon(), m_openAction->text());
    newButton->setToolTip(m_newAction->toolTip());
    openButton->setToolTip(m_openAction->toolTip());
    auto* side = new QWidget;
    auto* sideLayout = new QVBoxLayout(side);
    sideLayout->setContentsMargins(6, 6, 0, 6);
    auto* heading = new QLabel(tr("Runs"));
    QFont bold = heading->font();
    bold.setBold(true);
    heading->setFont(bold);
    sideLayout->addWidget(heading);
    sideLayout->addWidget(m_empty);
    sideLayout->addWidget(m_list, 1);
    sideLayout->addWidget(newButton);
    sideLayout->addWidget(openButton);
    side->setMinimumWidth(200);

    m_form = new TrainForm(m_monitor.root());
    m_view = new RunView;
    samplesMenu->addActions(m_view->samples()->menuActions());
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

    connect(newButton, &QPushButton::clicked, m_newAction, &QAction::trigger);
    connect(openButton, &QPushButton::clicked, m_openAction, &QAction::trigger);
    connect(m_newAction, &QAction::triggered, this, [this] { newRun(); });
    connect(m_openAction, &QAction::triggered, this, &TrainPage::askForRun);
    connect(m_pauseAction, &QAction::triggered, m_view, &RunView::pauseOrResume);
    connect(m_stopAction, &QAction::triggered, m_view, &RunView::stop);
    connect(m_checkpointAction, &QAction::triggered, m_view, &RunView::checkpointNow);
    connect(m_continueAction, &QAction::triggered, m_view, &RunView::continueRun);
    connect(m_exploreAction, &QAction::triggered, m_view, &RunView::exploreNewest);
    connect(m_againAction, &QAction::triggered, this, [this] {
        const RunSnapshot* run = m_runs.find(m_shown);
        if (!run) return;
        const RunConfig config = run->config;
        newRun(QString::fromStdString(config.dataset));
        m_form->setSystem(QString::fromStdString(config.system));
        OptionValues values = config.systemOptions;
        values.insert(config.trainingOptions.begin(), config.trainingOptions.end());
        m_form->setOptions(values, config.totalSteps, config.seed);
    });
    connect(m_forgetAction, &QAction::triggered, this, [this] { forget(currentFolder()); });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] {
        const QString folder = currentFolder();
        if (!folder.isEmpty()) showRun(folder);
    });
    connect(m_list, &QTreeView::clicked, this, [this] { showRun(currentFolder()); });
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
    connect(&m_launcher, &TrainLauncher::failed, this, [this](const QString& folder, const QString& problem) {
        m_form->setBusy(m_launcher.busy());
        m_form->showProblem(problem);
        Q_EMIT statusMessage(tr("%1 could not be started: %2").arg(QFileInfo(folder).fileName(), problem), 0);
        m_monitor.look();
    });
    connect(m_view, &RunView::resumeRequested, this, [this](const QString& folder, qint64 steps) { m_launcher.resume(folder, steps); });
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
    updateActions();
}

TrainPage::~TrainPage() = default;

QList<QAction*> TrainPage::menuActions(PageMenu menu) const
{
    if (menu != PageMenu::Train) return {};
    const auto separator = [this] {
        auto* action = new QAction(const_cast<TrainPage*>(this));
        action->setSeparator(true);
        return action;
    };
    return {m_newAction, m_openAction, separator(), m_pauseAction, m_stopAction, m_checkpointAction, m_continueAction, separator(), m_samplesAction, separator(), m_exploreAction, m_againAction, m_forgetAction};
}

void TrainPage::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("splitter"), m_splitter->saveState());
    settings.setValue(QStringLiteral("runSplitter"), m_view->splitter()->saveState());
    settings.setValue(QStringLiteral("header"), m_list->header()->saveState());
    settings.setValue(QStringLiteral("folder"), m_lastFolder);
    settings.setValue(QStringLiteral("run"), m_shown);
    settings.setValue(QStringLiteral("charts"), m_view->chart()->saveState());
    m_view->samples()->saveState(settings);
}

void TrainPage::restoreState(QSettings& settings)
{
    m_splitter->restoreState(settings.value(QStringLiteral("splitter")).toByteArray());
    m_view->splitter()->restoreState(settings.value(QStringLiteral("runSplitter")).toByteArray());
    m_list->header()->restoreState(settings.value(QStringLiteral("header")).toByteArray());
    m_lastFolder = settings.value(QStringLiteral("folder")).toString();
    m_awaited = settings.value(QStringLiteral("run")).toString();
    m_view->samples()->restoreState(settings);
    m_view->chart()->restoreState(settings.value(QStringLiteral("charts")).toByteArray());
    if (const RunSnapshot* run = m_runs.find(m_awaited)) showRun(run->folder);
}

bool TrainPage::accepts(const QString& path) const { return QFileInfo(path).isDir() ? !runFolderOf(path).isEmpty() : QFileInfo(path).fileName() == QLatin1String("run.toml"); }

void TrainPage::openPath(const QString& path)
{
    const QString folder = runFolderOf(path);
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

void TrainPage::remember(const QString& folder)
{
    m_monitor.watch(folder);
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

QString TrainPage::currentFolder() const { return m_list->currentIndex().siblingAtColumn(0).data(RunListModel::FolderRole).toString(); }

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
        QStringList order;
        for (const SystemDescription& system : m_systems)
            if (system.id == run->config.system)
                for (const std::string& tag : system.scalars) order.append(QString::fromStdString(tag));
        m_view->setScalarOrder(order);
        m_monitor.follow(folder);
    }
    const QModelIndex index = m_sorted.mapFromSource(m_runs.index(m_runs.rowOf(folder), 0));
    if (m_list->currentIndex().siblingAtColumn(0) != index) m_list->setCurrentIndex(index);
    updateActions();
}

void TrainPage::newRun(const QString& dataset)
{
    m_stack->setCurrentWidget(m_form);
    m_shown.clear();
    m_monitor.follow({});
    m_list->setCurrentIndex({});
    if (!dataset.isEmpty()) m_form->setDataset(dataset);
    m_form->setFocus();
    updateActions();
}

void TrainPage::setSystems(const std::vector<SystemDescription>& systems, const std::vector<OptionField>& training)
{
    m_systems = systems;
    m_training = training;
    m_form->setSystems(systems, training);
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

void TrainPage::updateActions()
{
    const bool shown = !m_shown.isEmpty();
    m_pauseAction->setEnabled(shown && m_view->canPause());
    m_pauseAction->setText(shown && m_view->snapshot().condition == RunCondition::Paused ? tr("&Resume") : tr("&Pause"));
    m_stopAction->setEnabled(shown && m_view->canStop());
    m_checkpointAction->setEnabled(shown && m_view->canCheckpoint());
    m_continueAction->setEnabled(shown && m_view->canContinue());
    m_samplesAction->setEnabled(shown);
    m_exploreAction->setEnabled(shown && m_view->canExplore());
    m_againAction->setEnabled(shown && !m_systems.empty());
    m_forgetAction->setEnabled(shown);
}
