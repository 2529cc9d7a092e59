#include "widgets/views/sample_view.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_copy.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/plain_text.h"
#include "widgets/text.h"
#include "widgets/views/export_dialog.h"

using namespace kinora;

namespace {
constexpr int kAhead = 3;           // matrices read ahead on the side that one is going to
constexpr int kFilmSteps = 200;     // of a saved film through training
constexpr double kRates[] = {0.5, 1, 2, 5, 10, 25};  // training steps a second

/// A box in which a step is typed; its arrows go from sample to sample.
class StepBox final : public QSpinBox {
public:
    std::function<void(int)> stepped;
    void stepBy(int steps) override { stepped(steps); }
    StepEnabled stepEnabled() const override { return StepUpEnabled | StepDownEnabled; }
};

QString rateText(double rate) { return SampleView::tr("%1 a second").arg(QLocale().toString(rate)); }
}  // namespace

QAction* SampleView::make(const QString& icon, const QString& text, const QString& tip, const QList<QKeySequence>& keys)
{
    auto* action = new QAction(text, this);
    if (!icon.isEmpty()) action->setIcon(themedIcon(icon));
    action->setShortcuts(keys);
    // keys of one letter must not swallow typing elsewhere
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    action->setToolTip(keys.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, keys.first().toString(QKeySequence::NativeText)));
    addAction(action);
    m_actions.append(action);
    return action;
}

SampleView::SampleView(QWidget* parent) : QWidget(parent)
{
    const auto separator = [this] {
        auto* action = new QAction(this);
        action->setSeparator(true);
        m_actions.append(action);
    };
    QAction* previous = make(QStringLiteral("step-back"), tr("&Previous Sample"), tr("The sample before in training time"), {QKeySequence(Qt::Key_PageUp)});
    QAction* next = make(QStringLiteral("step-forward"), tr("&Next Sample"), tr("The sample after in training time"), {QKeySequence(Qt::Key_PageDown)});
    QAction* first = make({}, tr("F&irst Sample"), tr("The first sample of the run"), {QKeySequence(Qt::CTRL | Qt::Key_Home)});
    QAction* last = make({}, tr("&Last Sample"), tr("The newest sample of the run"), {QKeySequence(Qt::CTRL | Qt::Key_End)});
    m_filmAction = make(QStringLiteral("play"), tr("Play Through &Training"), tr("Go through every sample step, one after the other"), {QKeySequence(Qt::Key_T)});
    m_filmAction->setCheckable(true);
    m_followAction = make({}, tr("&Follow Newest"), tr("Show every new sample matrix as it comes"), {QKeySequence(Qt::Key_N)});
    m_followAction->setCheckable(true);
    m_followAction->setChecked(true);
    separator();
    for (const auto& [mode, text, tip] : {std::tuple(SampleDifference::None, tr("P&ictures"), tr("The samples themselves")),
                                          std::tuple(SampleDifference::Signed, tr("&Signed Difference"), tr("Half the difference to the sample before, or to the pinned one; grey: no change")),
                                          std::tuple(SampleDifference::Absolute, tr("&Absolute Difference"), tr("|difference| to the sample before, or to the pinned one; black: no change")),
                                          std::tuple(SampleDifference::Amplified, tr("Absolute Difference × &4"), tr("Four times |difference|, for small changes"))}) {
        QAction* action = make({}, text, tip, {});
        action->setCheckable(true);
        action->setChecked(mode == SampleDifference::None);
        m_modeActions.append(action);
        connect(action, &QAction::triggered, this, [this, mode = mode] { setDifference(mode); });
    }
    QAction* cycle = make({}, tr("Next Kind of &Difference"), tr("Pictures, signed, absolute, amplified difference"), {QKeySequence(Qt::Key_D)});
    m_pinAction = make(QStringLiteral("lock"), tr("Pin This Step &Beside"), tr("Keep this step on the left while the scrubber moves on; differences are to it"), {QKeySequence(Qt::Key_B)});
    m_pinAction->setCheckable(true);
    separator();
    m_saveAction = make(QStringLiteral("export"), tr("Save Samples as &GIF or Video…"), tr("Save the chosen cell, the matrix, or the cell through training time"),
                        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), QKeySequence(Qt::Key_G)});
    QAction* copyFrameAction = make({}, tr("&Copy Frame"), tr("Puts the frame of the chosen cell on the clipboard, as a picture"), {QKeySequence::Copy});
    QAction* copyClipAction = make({}, tr("C&opy Clip as GIF"), tr("Puts the chosen cell on the clipboard, as a GIF file that plays"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C)});

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_clock = new ClipClock(this);
    const auto side = [this](ClipGrid*& grid, QLabel*& title, const QString& name) {
        auto* widget = new QWidget;
        auto* sideLayout = new QVBoxLayout(widget);
        sideLayout->setContentsMargins(0, 0, 0, 0);
        title = new QLabel;
        title->setAlignment(Qt::AlignCenter);
        title->hide();
        grid = new ClipGrid;
        grid->setClock(m_clock);
        grid->setAccessibleName(name);
        sideLayout->addWidget(title);
        sideLayout->addWidget(grid, 1);
        return widget;
    };
    auto* grids = new QHBoxLayout;
    m_pinnedSide = side(m_pinnedGrid, m_pinnedTitle, tr("Samples of the pinned step"));
    m_pinnedSide->hide();
    grids->addWidget(m_pinnedSide, 1);
    grids->addWidget(side(m_grid, m_title, tr("Samples")), 1);
    m_grid->setPlaceholder(tr("Samples appear here as soon as the run has drawn its first ones."));
    layout->addLayout(grids, 1);
    m_bar = new PlayerBar(*m_clock);
    layout->addWidget(m_bar);

    const auto button = [](QAction* action) {
        auto* made = new QToolButton;
        made->setDefaultAction(action);
        made->setAutoRaise(true);
        made->setMinimumSize(28, 28);
        made->setToolButtonStyle(Qt::ToolButtonIconOnly);
        made->setAccessibleName(plainText(action->text()));
        return made;
    };
    m_filmButton = button(m_filmAction);
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setAccessibleName(tr("Samples at step"));
    m_slider->setToolTip(tr("Every sample matrix of the run, from the first to the newest"));
    m_slider->setMinimumWidth(60);
    m_slider->setRange(0, 0);
    auto* step = new StepBox;
    m_step = step;
    step->stepped = [this](int samples) { goBy(samples); };
    m_step->setRange(0, std::numeric_limits<int>::max());
    m_step->setGroupSeparatorShown(true);
    m_step->setKeyboardTracking(false);
    m_step->setAccessibleName(tr("Training step of the samples"));
    m_step->setToolTip(tr("Type a step to see the sample nearest to it"));
    m_step->setFixedWidth(m_step->fontMetrics().horizontalAdvance(QStringLiteral("1 000 000")) + 2 * m_step->fontMetrics().height());
    m_count = new QLabel;
    auto* scrub = new QHBoxLayout;
    scrub->setSpacing(3);
    scrub->addWidget(button(previous));
    scrub->addWidget(m_filmButton);
    scrub->addWidget(button(next));
    scrub->addWidget(m_slider, 1);
    auto* stepLabel = new QLabel(tr("Step"));
    stepLabel->setBuddy(m_step);
    scrub->addWidget(stepLabel);
    scrub->addWidget(m_step);
    scrub->addWidget(m_count);
    layout->addLayout(scrub);

    m_show = new QComboBox;
    m_show->setAccessibleName(tr("What is shown"));
    m_show->setToolTip(tr("The samples, or what changed since the sample before or the pinned one (%1)").arg(QStringLiteral("D")));
    for (QAction* action : std::as_const(m_modeActions)) {
        m_show->addItem(plainText(action->text()));
        m_show->setItemData(m_show->count() - 1, action->toolTip(), Qt::ToolTipRole);
    }
    m_show->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_show->setMinimumContentsLength(10);
    m_rate = new QComboBox;
    m_rate->setAccessibleName(tr("Speed through training"));
    m_rate->setToolTip(tr("Samples that play through training shows in a second"));
    for (const double rate : kRates) m_rate->addItem(rateText(rate), rate);
    m_rate->setCurrentIndex(2);
    m_rate->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_rate->setMinimumContentsLength(7);
    m_followBox = new QCheckBox(tr("&Follow newest"));
    m_followBox->setChecked(true);
    m_followBox->setToolTip(m_followAction->toolTip());
    auto* options = new QHBoxLayout;
    options->setSpacing(4);
    options->addWidget(m_show, 2);
    options->addWidget(m_rate, 1);
    options->addWidget(m_followBox);
    options->addStretch(1);
    options->addWidget(button(m_pinAction));
    options->addWidget(button(m_saveAction));
    layout->addLayout(options);

    connect(previous, &QAction::triggered, this, [this] { goBy(-1); });
    connect(next, &QAction::triggered, this, [this] { goBy(1); });
    connect(first, &QAction::triggered, this, [this] { goBy(-int(m_files.size())); });
    connect(last, &QAction::triggered, this, [this] { goBy(int(m_files.size())); });
    connect(m_filmAction, &QAction::triggered, this, &SampleView::setFilming);
    connect(m_followAction, &QAction::triggered, this, &SampleView::setFollowing);
    connect(m_followBox, &QCheckBox::toggled, this, &SampleView::setFollowing);
    connect(cycle, &QAction::triggered, this, [this] { setDifference(static_cast<SampleDifference>((int(m_mode) + 1) % int(m_modeActions.size()))); });
    connect(m_pinAction, &QAction::triggered, this, &SampleView::setPinned);
    connect(m_saveAction, &QAction::triggered, this, &SampleView::saveCell);
    connect(copyFrameAction, &QAction::triggered, this, [this] {
        const ClipPtr clip = currentCell();
        copyFrame(clip, clip ? m_clock->frameOf(clip->count()) : -1);
        Q_EMIT statusMessage(clip ? tr("The frame is on the clipboard.") : tr("There is no picture in this cell."));
    });
    connect(copyClipAction, &QAction::triggered, this, [this] {
        const ClipPtr clip = currentCell();
        copyClip(clip, m_clock->frameRateHz());
        Q_EMIT statusMessage(clip ? tr("The clip is on the clipboard.") : tr("There is no picture in this cell."));
    });
    connect(m_show, &QComboBox::activated, this, [this](int index) { setDifference(static_cast<SampleDifference>(index)); });
    connect(m_rate, &QComboBox::currentIndexChanged, this, [this] { m_film.setInterval(static_cast<int>(std::lround(1000 / m_rate->currentData().toDouble()))); });
    connect(m_slider, &QSlider::valueChanged, this, [this](int index) {
        // only the newest follows; a film goes its own way
        if (index != m_slider->maximum()) setFollowing(false);
        choose(index);
    });
    connect(m_slider, &QSlider::sliderPressed, this, [this] { setFilming(false); });
    connect(m_step, &QSpinBox::editingFinished, this, [this] {
        if (m_index >= 0 && m_step->value() != m_files[static_cast<std::size_t>(m_index)].step) goTo(m_step->value());
        showLine();
    });
    connect(&m_film, &QTimer::timeout, this, [this] {
        if (m_shown != m_wanted && m_complained != m_wanted) return;  // every step is shown: a slow disk makes it slower
        if (m_index + 1 >= int(m_files.size())) return setFilming(false);
        m_slider->setValue(m_index + 1);
    });
    connect(&m_reader, &SampleReader::loaded, this, [this](qint64 loadedStep) {
        // read anew because its file has changed: what is on screen is old
        if (loadedStep == m_shown || loadedStep == m_shownReference) m_samples.reset();
        if (loadedStep == m_pinned) m_pinnedShown = -1;
        if (loadedStep == m_wanted || loadedStep == m_pinned || loadedStep == referenceOf(m_wanted)) present();
    });
    connect(&m_reader, &SampleReader::failed, this, [this](qint64 failedStep, const Error& error) {
        if (failedStep == m_wanted || failedStep == m_pinned) m_grid->setStale(false);
        if (m_complained == failedStep) return;  // once, however often it is tried again
        m_complained = failedStep;
        Q_EMIT statusMessage(errorText(error), 0);
    });
    showExportProgress(m_export, this);
    connect(&m_export, &ExportController::started, this, [this](const QString& target) { Q_EMIT statusMessage(tr("Saving %1 …").arg(target), 0); });
    connect(&m_export, &ExportController::written, this, [this](const QString& target, qint64 bytes) {
        Q_EMIT statusMessage(tr("%1 written, %2.").arg(target, QLocale().formattedDataSize(bytes)));
    });
    connect(&m_export, &ExportController::failed, this, [this](const QString&, const Error& error) { Q_EMIT statusMessage(errorText(error), 0); });
    m_film.setInterval(static_cast<int>(std::lround(1000 / m_rate->currentData().toDouble())));
    showLine();
}

// a box that loses the focus while the window goes says that its editing is finished
SampleView::~SampleView() { m_step->disconnect(this); }

void SampleView::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("samples/rate"), m_rate->currentData().toDouble());
    settings.setValue(QStringLiteral("samples/difference"), int(m_mode));
    settings.setValue(QStringLiteral("samples/speed"), m_clock->speed());
}

void SampleView::restoreState(QSettings& settings)
{
    if (const int index = m_rate->findData(settings.value(QStringLiteral("samples/rate"), 2.0).toDouble()); index >= 0) m_rate->setCurrentIndex(index);
    setDifference(static_cast<SampleDifference>(std::clamp(settings.value(QStringLiteral("samples/difference")).toInt(), 0, int(m_modeActions.size()) - 1)));
    m_clock->setSpeed(settings.value(QStringLiteral("samples/speed"), 1.0).toDouble());
}

int SampleView::indexOf(qint64 step) const
{
    const auto found = std::lower_bound(m_files.begin(), m_files.end(), step, [](const SampleFile& file, qint64 wanted) { return file.step < wanted; });
    return found != m_files.end() && found->step == step ? static_cast<int>(found - m_files.begin()) : -1;
}

qint64 SampleView::referenceOf(qint64 step) const
{
    if (m_mode == SampleDifference::None) return -1;
    if (m_pinned >= 0) return m_pinned;
    const int index = indexOf(step);
    return index > 0 ? m_files[static_cast<std::size_t>(index - 1)].step : -1;
}

void SampleView::setRun(const RunSnapshot& run)
{
    const bool other = run.folder != m_folder;
    m_folder = run.folder;
    m_config = run.config;
    m_files = run.samples;
    m_reader.setFiles(m_folder, m_files);
    const int count = static_cast<int>(m_files.size());
    if (other) {
        setFilming(false);
        m_differing.cancel();
        m_pinned = m_pinnedShown = m_complained = -1;
        m_follow = true;
    }
    if (other || count == 0) {
        m_grid->clear();
        m_pinnedGrid->clear();
        m_bar->setFrameCount(0);
        m_samples.reset();
        m_wanted = m_shown = m_shownReference = m_pinnedShown = -1;
        m_index = -1;
        if (count == 0) m_pinned = -1;
    }
    if (m_pinned >= 0 && indexOf(m_pinned) < 0) m_pinned = m_pinnedShown = -1;
    if (count > 0) {
        int index = count - 1;
        if (!m_follow || m_film.isActive()) {
            // the step that is looked at keeps its matrix when others come, or go after a resume
            index = 0;
            while (index + 1 < count && m_files[static_cast<std::size_t>(index) + 1].step <= m_wanted) ++index;
        }
        const QSignalBlocker blocker(m_slider);
        m_slider->setRange(0, count - 1);
        m_slider->setPageStep(std::max(1, count / 10));
        m_slider->setValue(index);
        choose(index);
    }
    showLine();
}

void SampleView::choose(int index)
{
    if (index < 0 || index >= static_cast<int>(m_files.size())) return;
    const qint64 step = m_files[static_cast<std::size_t>(index)].step;
    const bool moved = step != m_wanted;
    m_index = index;
    m_wanted = step;
    if (moved) Q_EMIT stepChanged(step);
    showLine();
    want();
    present();
}

void SampleView::want()
{
    if (m_wanted < 0) return;
    std::vector<std::int64_t> now{m_wanted}, ahead;
    if (const qint64 reference = referenceOf(m_wanted); reference >= 0) now.push_back(reference);
    if (m_pinned >= 0) now.push_back(m_pinned);
    const auto add = [&](int index) {
        if (index >= 0 && index < static_cast<int>(m_files.size())) ahead.push_back(m_files[static_cast<std::size_t>(index)].step);
    };
    for (int distance = 1; distance <= kAhead; ++distance) {
        add(m_index + distance);
        if (!m_film.isActive() && distance < kAhead) add(m_index - distance);
    }
    m_reader.want(now, ahead);
}

void SampleView::present()
{
    if (m_pinned >= 0 && m_pinnedShown != m_pinned)
        if (const SamplesPtr pinned = m_reader.find(m_pinned)) {
            m_pinnedGrid->setClips(pinned->rows, pinned->columns, pinned->clips);
            m_pinnedGrid->setDragName(QStringLiteral("%1_step%2").arg(QFileInfo(m_folder).fileName()).arg(m_pinned));
            m_pinnedShown = m_pinned;
        }
    const qint64 step = m_wanted, reference = referenceOf(m_wanted);
    if (step < 0) return;
    if (m_samples && step == m_shown && reference == m_shownReference && m_mode == m_shownMode) return;
    const SamplesPtr samples = m_reader.find(step), before = reference >= 0 ? m_reader.find(reference) : nullptr;
    if (!samples || (reference >= 0 && !before)) {
        m_grid->setStale(true);
        return;
    }
    const auto put = [this, step, reference, mode = m_mode](const SamplesPtr& shown) {
        m_clock->setFrameRateHz(shown->frameRateHz);
        m_grid->setClips(shown->rows, shown->columns, shown->clips);
        m_grid->setStale(false);
        m_grid->setDragName(QStringLiteral("%1_step%2").arg(QFileInfo(m_folder).fileName()).arg(step));
        m_bar->setFrameCount(shown->clips.empty() || !shown->clips.front() ? 0 : shown->clips.front()->count());
        if (m_shown < 0) m_clock->play();
        m_samples = shown;
        m_shown = step;
        m_shownReference = reference;
        m_shownMode = mode;
        if (m_complained == step) m_complained = -1;
        showLine();
        Q_EMIT stepShown(step);
    };
    m_differing.cancel();
    if (!before) {
        // the first sample has none before it
        if (m_mode == SampleDifference::None) return put(samples);
        auto empty = std::make_shared<SampleClips>(*samples);
        for (auto& clip : empty->clips) clip = nullptr;
        return put(empty);
    }
    m_grid->setStale(true);
    m_differing.run([samples, before, mode = m_mode](std::stop_token) { return sampleDifference(*samples, *before, mode); },
                    [this, put, folder = m_folder](const Outcome<SamplesPtr>& outcome) {
                        if (folder != m_folder) return;
                        if (outcome)
                            put(outcome.value());
                        else
                            Q_EMIT statusMessage(errorText(outcome.error()), 0);
                    });
}

void SampleView::showLine()
{
    const bool some = !m_files.empty(), several = m_files.size() > 1;
    m_slider->setEnabled(some);
    m_step->setEnabled(some);
    m_count->setText(some ? tr("(%1 of %2)").arg(m_index + 1).arg(m_files.size()) : tr("No samples yet"));
    if (some && !m_step->hasFocus()) {
        const QSignalBlocker blocker(m_step);
        m_step->setValue(static_cast<int>(std::min<qint64>(m_wanted, std::numeric_limits<int>::max())));
    }
    for (QAction* action : std::as_const(m_actions))
        if (action != m_followAction && !m_modeActions.contains(action)) action->setEnabled(some);
    m_filmAction->setEnabled(several);
    m_filmAction->setChecked(m_film.isActive());
    m_filmAction->setIcon(themedIcon(m_film.isActive() ? QStringLiteral("pause") : QStringLiteral("play")));
    m_followAction->setChecked(m_follow);
    {
        const QSignalBlocker blocker(m_followBox);
        m_followBox->setChecked(m_follow);
    }
    m_pinAction->setChecked(m_pinned >= 0);
    m_pinnedSide->setVisible(m_pinned >= 0);
    m_pinnedTitle->setVisible(m_pinned >= 0);
    m_title->setVisible(m_pinned >= 0 || m_mode != SampleDifference::None);
    const QLocale locale;
    m_pinnedTitle->setText(tr("Step %1 (pinned)").arg(locale.toString(m_pinned)));
    const qint64 reference = m_wanted >= 0 ? referenceOf(m_wanted) : -1;
    m_title->setText(m_mode == SampleDifference::None ? tr("Step %1").arg(locale.toString(m_wanted))
                     : reference >= 0                 ? tr("Step %1 against step %2").arg(locale.toString(m_wanted), locale.toString(reference))
                                                      : tr("Step %1: there is no sample before it").arg(locale.toString(m_wanted)));
    for (int mode = 0; mode < m_modeActions.size(); ++mode) m_modeActions[mode]->setChecked(mode == int(m_mode));
    m_show->setCurrentIndex(int(m_mode));
}

void SampleView::goTo(qint64 step)
{
    if (m_files.empty()) return;
    int best = 0;
    for (int i = 1; i < static_cast<int>(m_files.size()); ++i)
        if (std::abs(m_files[static_cast<std::size_t>(i)].step - step) < std::abs(m_files[static_cast<std::size_t>(best)].step - step)) best = i;
    setFilming(false);
    m_slider->setValue(best);
}

void SampleView::goBy(int samples)
{
    setFilming(false);
    m_slider->setValue(std::clamp(m_index + samples, 0, std::max(0, static_cast<int>(m_files.size()) - 1)));
}

void SampleView::setFollowing(bool follow)
{
    m_follow = follow;
    if (follow) {
        setFilming(false);
        if (!m_files.empty()) m_slider->setValue(m_slider->maximum());
    }
    showLine();
}

void SampleView::setFilming(bool on)
{
    if (on && m_files.size() < 2) on = false;
    if (on == m_film.isActive()) return showLine();
    if (on) {
        m_follow = false;
        m_film.start();
        if (m_index + 1 >= static_cast<int>(m_files.size())) m_slider->setValue(0);
        m_clock->play();
        want();
    } else
        m_film.stop();
    showLine();
}

void SampleView::setDifference(SampleDifference mode)
{
    m_mode = mode;
    showLine();
    want();
    present();
}

void SampleView::setPinned(bool pinned)
{
    m_pinned = pinned ? m_wanted : -1;
    m_pinnedShown = -1;
    if (!pinned) m_pinnedGrid->clear();
    showLine();
    want();
    present();
}

void SampleView::contextMenuEvent(QContextMenuEvent* event)
{
    if (event->reason() == QContextMenuEvent::Mouse) {
        // the cell under the pointer is the one that is meant
        const QPoint place = m_grid->mapFrom(this, event->pos());
        for (int row = 0; row < m_grid->rows(); ++row)
            for (int column = 0; column < m_grid->columns(); ++column)
                if (m_grid->cellRect(row, column).contains(place)) m_grid->setCurrent(row, column);
    }
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(m_saveAction);
    menu->addActions(m_actions.mid(m_actions.indexOf(m_saveAction) + 1));  // copying
    menu->addSeparator();
    for (QAction* action : std::as_const(m_actions))
        if (m_actions.indexOf(action) < m_actions.indexOf(m_saveAction)) menu->addAction(action);
    menu->popup(event->globalPos());
}

ClipPtr SampleView::currentCell() const { return m_grid->rows() > 0 && m_grid->columns() > 0 ? m_grid->clip(std::max(0, m_grid->currentRow()), std::max(0, m_grid->currentColumn())) : nullptr; }

void SampleView::saveCell()
{
    if (!m_samples || m_samples->clips.empty() || m_shown < 0) return;
    const int row = std::max(0, m_grid->currentRow()), column = std::max(0, m_grid->currentColumn());
    const ClipPtr clip = m_grid->clip(row, column);
    if (!clip) {
        Q_EMIT statusMessage(tr("There is no picture in this cell."));
        return;
    }
    const QString base = QStringLiteral("%1_step%2").arg(QFileInfo(m_folder).fileName()).arg(m_shown);
    const QStringList subjects{tr("The cell in row %1, column %2").arg(row + 1).arg(column + 1), tr("The matrix, %1 × %2 clips").arg(m_grid->rows()).arg(m_grid->columns()),
                               tr("The cell through training, %n step(s)", nullptr, static_cast<int>(std::min<std::size_t>(m_files.size(), kFilmSteps)))};
    const QStringList names{QStringLiteral("%1_%2_%3").arg(base).arg(row + 1).arg(column + 1), base + QStringLiteral("_matrix"),
                            QStringLiteral("%1_training_%2_%3").arg(QFileInfo(m_folder).fileName()).arg(row + 1).arg(column + 1)};
    auto* dialog = new ExportDialog(subjects, names, m_samples->frameRateHz, naturalScale(*clip), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    // evenly over training, the first and the last among them
    std::vector<SampleFile> chosen;
    const std::size_t count = std::min<std::size_t>(m_files.size(), kFilmSteps);
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(m_files[count == 1 ? 0 : i * (m_files.size() - 1) / (count - 1)]);
    std::vector<ExportDialog::Clips> clips;
    clips.push_back([clip] { return FigureClips{{*clip}, 1, 1, {}, {}}; });
    clips.push_back([samples = m_samples] {
        FigureClips figure{{}, samples->rows, samples->columns, {}, {}};
        for (const auto& cell : samples->clips) figure.clips.push_back(cell ? *cell : Frames(samples->clips.front()->count(), samples->clips.front()->height(), samples->clips.front()->width()));
        return figure;
    });
    clips.push_back([chosen, row, column] {
        std::vector<Frames> parts;
        int frames = 0;
        for (const SampleFile& file : chosen) {
            SampleMatrix matrix = RunReader::readSample(file.path);
            if (row >= matrix.rows || column >= matrix.columns) throw Error(ErrorCode::ShapeMismatch, "has no such cell", file.path.string());
            Frames& cell = matrix.clips[static_cast<std::size_t>(row * matrix.columns + column)];
            if (!parts.empty() && (cell.height() != parts.front().height() || cell.width() != parts.front().width()))
                throw Error(ErrorCode::ShapeMismatch, "has clips of another size than the samples before", file.path.string());
            parts.push_back(std::move(cell));
            frames += parts.back().count();
        }
        Frames film(frames, parts.front().height(), parts.front().width());
        int at = 0;
        for (const Frames& part : parts) {
            std::copy(part.bytes().begin(), part.bytes().end(), film.frame(at));
            at += part.count();
        }
        return FigureClips{{film}, 1, 1, {}, {}};
    });
    dialog->setClips(std::move(clips));
    dialog->setComment([folder = m_folder, config = m_config, row, column, chosen, step = m_shown, mode = m_shownMode, reference = m_shownReference](ExportJob& job, int subject) {
        nlohmann::json comment{{"run", folder.toStdString()}, {"system", config.system}, {"dataset", config.dataset}, {"seed", config.seed}, {"step", step}};
        if (mode != SampleDifference::None) comment["difference_to_step"] = reference;
        if (subject != 1) comment["row"] = row, comment["column"] = column;
        if (subject == 2) comment["step"] = {chosen.front().step, chosen.back().step};
        job.encoder.comment = comment.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    });
    connect(dialog, &QDialog::accepted, this, [this, dialog] { m_export.write(dialog->job()); });
    dialog->open();
}
