#include "widgets/views/run_view.h"

#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/charts/charts_view.h"
#include "widgets/controllers/run_history.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/text.h"
#include "widgets/views/run_dialogs.h"
#include "widgets/views/sample_view.h"

using namespace kinora;

namespace {
constexpr int kMaxLogBlocks = 5000;
constexpr int kSideBySide = 780;
constexpr qint64 kAnswerMs = 15000;  // a request that was not answered by then may be made again
}  // namespace

RunView::RunView(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    m_name = new QLabel;
    QFont bold = m_name->font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.2);
    m_name->setFont(bold);
    m_name->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_state = new QLabel;
    m_numbers = new QLabel;
    m_numbers->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_progress = new QProgressBar;
    m_progress->setRange(0, 1000);
    m_progress->setAccessibleName(tr("Progress of the run"));
    m_banner = new AlarmBanner;
    auto* head = new QHBoxLayout;
    head->addWidget(m_name, 1);
    head->addWidget(m_state);
    layout->addLayout(head);
    layout->addWidget(m_progress);
    layout->addWidget(m_numbers);
    layout->addWidget(m_banner);

    m_pause = new QPushButton(themedIcon(QStringLiteral("pause")), tr("&Pause"));
    m_pause->setToolTip(tr("Hold the trainer after the step it is in; it keeps its memory"));
    m_stop = new QPushButton(themedIcon(QStringLiteral("stop")), tr("&Stop"));
    m_stop->setToolTip(tr("Finish the step, save a checkpoint and end the trainer; the run can be continued later"));
    m_checkpoint = new QPushButton(themedIcon(QStringLiteral("checkpoint")), tr("&Checkpoint Now"));
    m_checkpoint->setToolTip(tr("Save a checkpoint after the step the trainer is in"));
    m_continue = new QPushButton(themedIcon(QStringLiteral("train")), tr("C&ontinue…"));
    m_continue->setToolTip(tr("Start a trainer that goes on from the newest checkpoint"));
    m_explore = new QPushButton(themedIcon(QStringLiteral("explore")), tr("&Explore Newest"));
    m_explore->setToolTip(tr("Open the newest checkpoint on the Explore page"));
    m_steer = new QPushButton(tr("Se&ttings…"));
    m_steer->setToolTip(tr("Change learning rates, weights of the loss, intervals and policies while the run goes on"));
    m_more = new QToolButton;
    m_more->setText(tr("&More"));
    m_more->setToolTip(tr("What else can be done with this run"));
    m_more->setPopupMode(QToolButton::InstantPopup);
    m_more->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_more->setMenu(new QMenu(m_more));
    m_more->setMinimumHeight(m_steer->sizeHint().height());
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_pause, m_stop, m_checkpoint, m_steer, m_continue, m_explore}) buttons->addWidget(button);
    buttons->addStretch();
    buttons->addWidget(m_more);
    layout->addLayout(buttons);

    m_chart = new ChartsView;
    m_samples = new SampleView;
    m_splitter = new QSplitter(Qt::Vertical);
    m_splitter->addWidget(m_chart);
    m_splitter->addWidget(m_samples);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setChildrenCollapsible(false);
    m_log = new QPlainTextEdit;
    m_log->setReadOnly(true);
    m_log->setMaximumBlockCount(kMaxLogBlocks);
    m_log->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_log->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_log->setPlaceholderText(tr("The trainer has not written anything to its log."));
    m_log->setAccessibleName(tr("Log"));
    m_settings = new QTreeWidget;
    m_settings->setColumnCount(2);
    m_settings->setHeaderLabels({tr("Setting"), tr("Value")});
    m_settings->setRootIsDecorated(false);
    m_settings->setAlternatingRowColors(true);
    m_settings->setAccessibleName(tr("Settings of the run"));
    m_settings->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_splitter, tr("Curves and samples"));
    m_events = new QTreeWidget;
    m_events->setColumnCount(3);
    m_events->setHeaderLabels({tr("Time"), tr("Step"), tr("What happened")});
    m_events->setRootIsDecorated(false);
    m_events->setAlternatingRowColors(true);
    m_events->setUniformRowHeights(true);
    m_events->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_events->setAccessibleName(tr("History of the run"));
    m_events->setToolTip(tr("Enter or a double click shows the samples of that step; Ctrl+C copies"));
    m_events->setContextMenuPolicy(Qt::ActionsContextMenu);
    auto* copyEvents = new QAction(tr("&Copy"), m_events);
    copyEvents->setShortcut(QKeySequence::Copy);
    copyEvents->setShortcutContext(Qt::WidgetShortcut);
    m_events->addAction(copyEvents);
    m_tabs->addTab(m_events, tr("History"));
    m_tabs->addTab(m_log, tr("Log"));
    m_tabs->addTab(m_settings, tr("Settings"));
    layout->addWidget(m_tabs, 1);

    connect(m_pause, &QPushButton::clicked, this, &RunView::pauseOrResume);
    connect(m_stop, &QPushButton::clicked, this, &RunView::stop);
    connect(m_checkpoint, &QPushButton::clicked, this, &RunView::checkpointNow);
    connect(m_continue, &QPushButton::clicked, this, &RunView::continueRun);
    connect(m_explore, &QPushButton::clicked, this, &RunView::exploreNewest);
    connect(m_steer, &QPushButton::clicked, this, &RunView::changeSettings);
    connect(m_banner->logButton(), &QPushButton::clicked, this, [this] { m_tabs->setCurrentWidget(m_log); });
    connect(m_banner->settingsButton(), &QPushButton::clicked, this, &RunView::changeSettings);
    connect(m_banner->continueButton(), &QPushButton::clicked, this, &RunView::continueRun);
    connect(m_banner->forkButton(), &QPushButton::clicked, this, [this] { Q_EMIT forkRequested(m_run.folder); });
    connect(m_events, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) {
        m_tabs->setCurrentWidget(m_splitter);
        m_samples->goTo(item->data(1, Qt::UserRole).toLongLong());
    });
    connect(copyEvents, &QAction::triggered, this, [this] {
        QStringList lines;
        for (QTreeWidgetItem* item : m_events->selectedItems()) lines.append(item->text(0) + QLatin1Char('\t') + item->text(1) + QLatin1Char('\t') + item->text(2));
        if (!lines.isEmpty()) QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
    });
    connect(m_samples, &SampleView::stepChanged, m_chart, &ChartsView::setMarker);
    connect(m_samples, &SampleView::statusMessage, this, &RunView::statusMessage);
    connect(m_chart, &ChartsView::stepSelected, m_samples, &SampleView::goTo);
    connect(m_chart, &ChartsView::saved, this, [this](const QString& path) { Q_EMIT statusMessage(tr("%1 written").arg(QDir::toNativeSeparators(path))); });
    connect(m_chart, &ChartsView::saveFailed, this, [this](const QString& problem) { Q_EMIT statusMessage(problem); });
    showHead();
}

void RunView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // side by side where there is room for both
    const Qt::Orientation wanted = width() >= kSideBySide ? Qt::Horizontal : Qt::Vertical;
    if (m_splitter->orientation() == wanted) return;
    m_splitter->setOrientation(wanted);
    m_splitter->setSizes({1000, wanted == Qt::Horizontal ? 900 : 1300});
}

void RunView::setRun(const RunSnapshot& snapshot)
{
    const bool other = snapshot.folder != m_run.folder;
    const auto newest = [](const RunSnapshot& run) { return run.checkpoints.empty() ? -1 : run.checkpoints.back().step; };
    if (other || snapshot.condition != m_run.condition || newest(snapshot) != newest(m_run)) m_asked.reset();
    m_run = snapshot;
    if (other) {
        m_log->clear();
        m_history = {};
        showHistory();
        if (m_steering) m_steering->close();
    }
    if (m_steering) m_steering->setRun(m_run, m_history);
    showHead();
    showAlarms();
    if (other || m_settings->topLevelItemCount() == 0) showSettings();
    m_samples->setRun(snapshot);
}

void RunView::showHead()
{
    const QLocale locale;
    m_name->setText(m_run.name());
    m_name->setToolTip(QDir::toNativeSeparators(m_run.folder));
    m_state->setText(m_run.foreign ? tr("curves of another program") : m_run.queued() ? tr("waits in the queue, %1.").arg(m_run.ticket->position) : conditionText(m_run.condition));
    const qint64 step = m_run.step(), total = m_run.totalSteps();
    m_progress->setValue(total > 0 ? static_cast<int>(std::clamp(1000.0 * static_cast<double>(step) / static_cast<double>(total), 0.0, 1000.0)) : 0);
    m_progress->setFormat(tr("step %1 of %2").arg(locale.toString(step), locale.toString(total)));
    QStringList parts{QString::fromStdString(m_run.config.system), QString::fromStdString(m_run.config.dataset)};
    if (m_run.status) {
        const RunProgress& progress = m_run.status->progress;
        if (!progress.device.empty()) parts.append(QString::fromStdString(progress.device));
        if (m_run.alive() && !progress.phase.empty()) parts.append(catalogueText(progress.phase));
        if (progress.epoch > 0) parts.append(tr("epoch %1").arg(locale.toString(progress.epoch, 'f', 2)));
        if (m_run.condition == RunCondition::Running && progress.stepsPerSecond > 0) {
            parts.append(tr("%1 steps/s").arg(locale.toString(progress.stepsPerSecond, 'g', 3)));
            if (progress.clipsPerSecond > 0) parts.append(tr("%1 clips/s").arg(locale.toString(progress.clipsPerSecond, 'g', 3)));
            const QString left = durationText(m_run.remainingS());
            if (!left.isEmpty()) parts.append(tr("%1 left").arg(left));
        }
    }
    parts.removeAll(QString());
    m_numbers->setText(parts.join(QStringLiteral("  ·  ")));
    m_numbers->setToolTip(m_numbers->text());

    const bool paused = m_run.condition == RunCondition::Paused;
    const bool waits = m_asked && m_askedSince.elapsed() < kAnswerMs;
    const auto free = [&](RunRequest::Kind kind) { return !waits || *m_asked != kind; };
    m_pause->setText(paused ? tr("&Resume") : tr("&Pause"));
    m_pause->setIcon(themedIcon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
    m_pause->setToolTip(paused ? tr("Go on with the next step") : tr("Hold the trainer after the step it is in; it keeps its memory"));
    m_pause->setEnabled(canPause() && free(paused ? RunRequest::Kind::Resume : RunRequest::Kind::Pause));
    m_stop->setEnabled(canStop() && free(RunRequest::Kind::Stop));
    m_checkpoint->setEnabled(canCheckpoint() && free(RunRequest::Kind::Checkpoint));
    m_continue->setEnabled(canContinue());
    m_explore->setEnabled(canExplore());
    m_steer->setEnabled(canSteer());
    // what cannot be asked of this run now leaves its place to what can
    const bool goes = m_run.alive() || (m_run.condition == RunCondition::Created && !m_run.ticket);
    for (QPushButton* button : {m_pause, m_stop, m_checkpoint, m_steer}) button->setVisible(goes);
    m_continue->setVisible(!goes);
    Q_EMIT actionsChanged();
}

void RunView::showSettings()
{
    m_settings->clear();
    const auto add = [this](const QString& name, const QString& value, const QString& tip = {}) {
        if (value.isEmpty()) return;
        auto* item = new QTreeWidgetItem(m_settings, {name, value});
        item->setToolTip(0, tip);
        item->setToolTip(1, value);
    };
    add(tr("Folder"), QDir::toNativeSeparators(m_run.folder));
    add(tr("System"), QString::fromStdString(m_run.config.system));
    add(tr("Dataset"), QString::fromStdString(m_run.config.dataset));
    add(tr("Seed"), QString::number(m_run.config.seed));
    add(tr("Device"), QString::fromStdString(m_run.config.device));
    add(tr("Kinora"), QString::fromStdString(m_run.config.version));
    if (m_run.status) {
        add(tr("Host"), QString::fromStdString(m_run.status->host));
        add(tr("Started"), QString::fromStdString(m_run.status->startedAt));
    }
    for (const OptionValues* values : {&m_run.config.systemOptions, &m_run.config.trainingOptions})
        for (const auto& [key, value] : *values) add(keyText(key), QString::fromStdString(optionText(value)), QString::fromStdString(key));
}

void RunView::setScalarOrder(const QStringList& tags) { m_chart->setOrder(tags); }

void RunView::addLog(const QString& text, bool fresh)
{
    if (fresh) m_log->clear();
    if (text.isEmpty()) return;
    const QScrollBar* bar = m_log->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 2;
    QTextCursor cursor(m_log->document());
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(text);
    if (atEnd || fresh) m_log->verticalScrollBar()->setValue(m_log->verticalScrollBar()->maximum());
}

void RunView::send(const RunRequest& request, std::function<void(const Outcome<std::string>&)> then)
{
    m_asking.run([folder = m_run.folder, request](std::stop_token) { return RunReader(folder.toStdString()).ask(request); }, std::move(then));
}

void RunView::ask(RunRequest::Kind kind, const QString& said)
{
    m_asked = kind;
    m_askedSince.start();
    showHead();
    send({kind, {}, {}, {}}, [this, said](const Outcome<std::string>& outcome) {
        if (!outcome) m_asked.reset();
        Q_EMIT statusMessage(outcome ? said : errorText(outcome.error()));
        showHead();
    });
}

void RunView::changeSettings()
{
    if (!canSteer()) return;
    if (m_steering) {
        m_steering->raise();
        m_steering->activateWindow();
        return;
    }
    std::vector<std::string> weights;
    for (const SystemDescription& system : m_systems)
        if (system.id == m_run.config.system) weights = system.lossWeights;
    m_steering = new SteeringDialog(m_training, weights, this);
    m_steering->setRun(m_run, m_history);
    connect(m_steering, &SteeringDialog::changeRequested, this, [this](const QString& key, const QString& value) {
        send({RunRequest::Kind::Set, key.toStdString(), value.toStdString(), {}}, [this, dialog = m_steering, key, value](const Outcome<std::string>& outcome) {
            if (!dialog) return;
            if (outcome)
                dialog->asked(key, value, QString::fromStdString(outcome.value()));
            else
                dialog->failed(key, value, errorText(outcome.error()));
        });
    });
    m_steering->show();
}

void RunView::measureNow()
{
    if (!canMeasure()) return;
    auto* dialog = new MetricDialog(m_metrics, this);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const QString chosen = dialog->chosen();
        if (chosen.isEmpty()) return;
        send({RunRequest::Kind::Metric, {}, chosen.toStdString(), {}}, [this, chosen](const Outcome<std::string>& outcome) {
            Q_EMIT statusMessage(outcome ? tr("The trainer measures %1 after its step.").arg(chosen) : errorText(outcome.error()));
        });
    });
    dialog->open();
}

void RunView::setDescriptions(const std::vector<SystemDescription>& systems, const std::vector<OptionField>& training, const std::vector<MetricDescription>& metrics)
{
    m_systems = systems;
    m_training = training;
    m_metrics = metrics;
    Q_EMIT actionsChanged();
}

void RunView::setMoreActions(const QList<QAction*>& actions)
{
    m_more->menu()->clear();
    m_more->menu()->addActions(actions);
}

void RunView::setHistory(const RunHistory& history)
{
    const std::size_t before = m_history.events.size();
    m_history = history;
    if (m_steering) m_steering->setRun(m_run, m_history);
    showHistory();
    showAlarms();
    // what was refused is said wherever one looks
    for (std::size_t i = before; before > 0 && i < history.events.size(); ++i) {
        const nlohmann::json& event = history.events[i];
        if (event.is_object() && event.contains("kind") && event["kind"] == "refused") Q_EMIT statusMessage(eventText(event), 0);
    }
}

void RunView::showHistory()
{
    const QScrollBar* bar = m_events->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 1;
    const std::size_t have = static_cast<std::size_t>(m_events->topLevelItemCount());
    if (m_history.events.size() < have || have == 0) m_events->clear();
    const QLocale locale;
    for (std::size_t i = static_cast<std::size_t>(m_events->topLevelItemCount()); i < m_history.events.size(); ++i) {
        const nlohmann::json& event = m_history.events[i];
        const auto text = [&](const char* key) { return event.is_object() && event.contains(key) && event[key].is_string() ? QString::fromStdString(event[key].get<std::string>()) : QString(); };
        const qint64 step = event.is_object() && event.contains("step") && event["step"].is_number() ? event["step"].get<std::int64_t>() : 0;
        const QDateTime time = QDateTime::fromString(text("time"), Qt::ISODate);
        auto* item = new QTreeWidgetItem(m_events, {time.isValid() ? locale.toString(time.toLocalTime(), QLocale::ShortFormat) : text("time"), locale.toString(step), eventText(event)});
        item->setData(1, Qt::UserRole, step);
        item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
        item->setToolTip(2, eventText(event));
        if (eventMatters(event)) {
            QFont font = item->font(2);
            font.setBold(true);
            item->setFont(2, font);
        }
    }
    m_events->resizeColumnToContents(0);
    m_events->resizeColumnToContents(1);
    if (atEnd) m_events->scrollToBottom();
}

void RunView::showAlarms()
{
    QStringList lines, identity;
    for (const RunAlarm& alarm : m_run.summary.alarms) {
        const QString action = alarm.action == "stop" ? tr("the run stopped") : alarm.action == "roll_back" ? tr("the run went back to its last good checkpoint, with lower learning rates") : tr("the run goes on");
        lines.append(tr("Step %1: %2 (%3)").arg(QLocale().toString(static_cast<qint64>(alarm.step)), QString::fromStdString(alarm.message), action));
        identity.append(QString::fromStdString(alarm.time + alarm.alarm));
    }
    if (!m_run.problem.isEmpty() && std::none_of(lines.begin(), lines.end(), [&](const QString& line) { return line.contains(m_run.problem); })) {
        lines.append(m_run.problem);
        identity.append(m_run.problem);
    }
    if (m_run.datasetMissing && !m_run.alive()) {
        lines.append(tr("Its dataset %1 is not there any more; Continue… lets you point to where it is now.").arg(QDir::toNativeSeparators(QString::fromStdString(m_run.config.dataset))));
        identity.append(QStringLiteral("dataset"));
    }
    m_banner->settingsButton()->setVisible(canSteer());
    m_banner->continueButton()->setVisible(canContinue());
    m_banner->forkButton()->setVisible(canFork());
    m_banner->say(m_run.folder + identity.join(QLatin1Char('\n')), lines.join(QLatin1Char('\n')));
}

void RunView::pauseOrResume()
{
    if (!canPause()) return;
    if (m_run.condition == RunCondition::Paused)
        ask(RunRequest::Kind::Resume, tr("The trainer goes on."));
    else
        ask(RunRequest::Kind::Pause, tr("The trainer pauses after its step."));
}

void RunView::stop()
{
    if (canStop()) ask(RunRequest::Kind::Stop, tr("The trainer stops after its step and saves a checkpoint."));
}

void RunView::checkpointNow()
{
    if (canCheckpoint()) ask(RunRequest::Kind::Checkpoint, tr("The trainer saves a checkpoint after its step."));
}

void RunView::exploreNewest()
{
    if (canExplore()) Q_EMIT openCheckpoint(toQString(m_run.checkpoints.back().path));
}

void RunView::continueRun()
{
    if (!canContinue()) return;
    auto* dialog = new ContinueDialog(m_run, this);
    connect(dialog, &QDialog::accepted, this, [this, dialog, folder = m_run.folder] { Q_EMIT resumeRequested(folder, dialog->steps(), dialog->dataset(), dialog->queued()); });
    dialog->open();
}

AlarmBanner::AlarmBanner(QWidget* parent) : QFrame(parent)
{
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::AlternateBase);
    auto* icon = new QLabel;
    icon->setPixmap(themedIcon(QStringLiteral("warning")).pixmap(20, 20));
    m_text = new QLabel;
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_log = new QPushButton(tr("Open &Log"));
    m_log->setToolTip(tr("What the trainer wrote"));
    m_settings = new QPushButton(tr("Change Settin&gs…"));
    m_settings->setToolTip(tr("Lower a learning rate, or change a weight of the loss, while the run goes on"));
    m_continue = new QPushButton(tr("Cont&inue…"));
    m_continue->setToolTip(tr("Start a trainer that goes on from the newest good checkpoint"));
    m_fork = new QPushButton(tr("&Fork…"));
    m_fork->setToolTip(tr("Begin another run with one of its good checkpoints, with other settings"));
    auto* close = new QToolButton;
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setAutoRaise(true);
    close->setAccessibleName(tr("Close message"));
    close->setToolTip(tr("Close message"));
    close->setMinimumSize(28, 28);
    auto* line = new QHBoxLayout;
    line->addWidget(icon, 0, Qt::AlignTop);
    line->addWidget(m_text, 1);
    line->addWidget(close, 0, Qt::AlignTop);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_log, m_settings, m_continue, m_fork}) buttons->addWidget(button);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 4, 4);
    layout->addLayout(line);
    layout->addLayout(buttons);
    connect(close, &QToolButton::clicked, this, [this] {
        m_closed = m_identity;
        hide();
    });
    hide();
}

QString AlarmBanner::text() const { return isHidden() ? QString() : m_text->text(); }

void AlarmBanner::say(const QString& identity, const QString& text)
{
    m_identity = identity;
    if (text != m_text->text()) {
        m_text->setText(text);
        setAccessibleName(text);
        QAccessibleEvent event(this, QAccessible::Alert);
        if (!text.isEmpty()) QAccessible::updateAccessibility(&event);
    }
    setVisible(!text.isEmpty() && identity != m_closed);
}
