#include "widgets/views/run_view.h"

#include <QDesktopServices>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QFontDatabase>
#include <QFormLayout>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSpinBox>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/charts/charts_view.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/text.h"
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
    m_problem = new QLabel;
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problem->hide();
    auto* head = new QHBoxLayout;
    head->addWidget(m_name, 1);
    head->addWidget(m_state);
    layout->addLayout(head);
    layout->addWidget(m_progress);
    layout->addWidget(m_numbers);
    layout->addWidget(m_problem);

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
    auto* folder = new QToolButton;
    folder->setIcon(themedIcon(QStringLiteral("open")));
    folder->setToolTip(tr("Show the run's folder in the file manager"));
    folder->setAccessibleName(folder->toolTip());
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_pause, m_stop, m_checkpoint, m_continue, m_explore}) buttons->addWidget(button);
    buttons->addStretch();
    buttons->addWidget(folder);
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
    m_tabs->addTab(m_log, tr("Log"));
    m_tabs->addTab(m_settings, tr("Settings"));
    layout->addWidget(m_tabs, 1);

    connect(m_pause, &QPushButton::clicked, this, &RunView::pauseOrResume);
    connect(m_stop, &QPushButton::clicked, this, &RunView::stop);
    connect(m_checkpoint, &QPushButton::clicked, this, &RunView::checkpointNow);
    connect(m_continue, &QPushButton::clicked, this, &RunView::continueRun);
    connect(m_explore, &QPushButton::clicked, this, &RunView::exploreNewest);
    connect(folder, &QToolButton::clicked, this, [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_run.folder)); });
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
        m_chart->setRuns({{snapshot.folder, {}, {}, false}});
        m_log->clear();
    }
    showHead();
    if (other || m_settings->topLevelItemCount() == 0) showSettings();
    m_samples->setRun(snapshot);
}

void RunView::showHead()
{
    const QLocale locale;
    m_name->setText(QFileInfo(m_run.folder).fileName());
    m_name->setToolTip(QDir::toNativeSeparators(m_run.folder));
    m_state->setText(conditionText(m_run.condition));
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
    m_problem->setText(QStringLiteral("⚠ ") + m_run.problem);
    m_problem->setVisible(!m_run.problem.isEmpty());

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

void RunView::ask(RunRequest::Kind kind, const QString& said)
{
    m_asked = kind;
    m_askedSince.start();
    showHead();
    m_asking.run(
        [folder = m_run.folder, kind](std::stop_token) {
            RunReader(folder.toStdString()).ask({kind, {}, {}, {}});
            return true;
        },
        [this, said](const Outcome<bool>& outcome) {
            if (!outcome) m_asked.reset();
            Q_EMIT statusMessage(outcome ? said : errorText(outcome.error()));
            showHead();
        });
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
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Continue Run"));
    const qint64 last = m_run.checkpoints.back().step, total = m_run.totalSteps();
    auto* label = new QLabel(tr("A trainer starts from the checkpoint at step %1. Curves and samples after it are put aside.").arg(QLocale().toString(last)));
    label->setWordWrap(true);
    auto* steps = new QSpinBox;
    steps->setObjectName(QStringLiteral("steps"));
    steps->setRange(static_cast<int>(std::min<qint64>(last + 1, std::numeric_limits<int>::max())), std::numeric_limits<int>::max());
    steps->setGroupSeparatorShown(true);
    steps->setValue(static_cast<int>(std::min<qint64>(total > last ? total : last + std::max<qint64>(last, 1000), std::numeric_limits<int>::max())));
    steps->setSingleStep(100);
    auto* form = new QFormLayout;
    form->addRow(tr("&Steps in all:"), steps);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    auto* start = buttons->addButton(tr("C&ontinue"), QDialogButtonBox::AcceptRole);
    start->setDefault(true);
    auto* layout = new QVBoxLayout(dialog);
    layout->addWidget(label);
    layout->addLayout(form);
    layout->addWidget(buttons);
    dialog->setMinimumWidth(360);
    connect(buttons, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    connect(dialog, &QDialog::accepted, this, [this, steps, folder = m_run.folder] { Q_EMIT resumeRequested(folder, steps->value()); });
    dialog->open();
}
