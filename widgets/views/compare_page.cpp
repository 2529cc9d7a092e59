#include "widgets/views/compare_page.h"

#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFrame>
#include <QGuiApplication>
#include <QHeaderView>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QRandomGenerator>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/run/run_directory.h"
#include "core/util/file.h"
#include "widgets/clip_view/clip_copy.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/latent_state.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"
#include "widgets/views/study_dialog.h"
#include "widgets/views/study_window.h"

using kinora::ControlRole;

ComparePage::ComparePage(EngineClient& engine, QWidget* parent) : Page(parent), m_engine(engine), m_export(this), m_study(engine)
{
    const auto make = [this](const QString& icon, const QString& text, const QString& tip, auto slot, const QKeySequence& key = {}) {
        auto* action = new QAction(icon.isEmpty() ? QIcon() : themedIcon(icon), text, this);
        action->setStatusTip(tip);
        action->setToolTip(tip);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_addAction = make(QStringLiteral("add"), tr("&Add Checkpoints…"), tr("Adds one column for each checkpoint"), &ComparePage::chooseCheckpoints, QKeySequence::Open);
    m_addRunAction = make(QStringLiteral("add"), tr("Add Newest of a &Run…"), tr("Adds the newest checkpoint of a run directory"), &ComparePage::chooseRun, QKeySequence(Qt::CTRL | Qt::Key_R));
    m_addDatasetAction = make(QStringLiteral("datasets"), tr("Add &Dataset…"), tr("Adds one column with the clips of a dataset"), &ComparePage::chooseDataset, QKeySequence(Qt::CTRL | Qt::Key_D));
    m_clearAction = make(QStringLiteral("remove"), tr("&Remove All"), tr("Empties the comparison"), &ComparePage::clear, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Delete));
    m_shuffleAction = make(QStringLiteral("dice"), tr("&New Codes"), tr("Draws other seeds for all columns"), &ComparePage::shuffle, QKeySequence(Qt::Key_R));
    m_playAction = make(QStringLiteral("play"), tr("&Play or Pause"), tr("Starts or stops all clips of the page"), [this] { m_clock.toggle(); }, QKeySequence(Qt::Key_Space));
    // pressed again each of these goes back to the clips as they are
    const auto blendAction = [&](const QString& text, const QString& tip, Qt::Key key, ClipBlend blend) {
        QAction* action = make(QString(), text, tip, [this, blend] { setBlend(this->blend() == blend ? ClipBlend::None : blend); }, QKeySequence(key));
        action->setCheckable(true);
        return action;
    };
    m_differenceAction = blendAction(tr("&Difference"), tr("Shows how every column differs from the one chosen under Against"), Qt::Key_D, ClipBlend::Difference);
    m_flickerAction = blendAction(tr("&Flicker"), tr("Shows every column and the one chosen under Against in turn, in the same place"), Qt::Key_F, ClipBlend::Flicker);
    m_wipeAction = blendAction(tr("&Wipe"), tr("Shows every column left of a line and the one chosen under Against right of it"), Qt::Key_W, ClipBlend::Wipe);
    m_zoomInAction = make(QString(), tr("Zoom &In"), tr("Enlarges all clips alike; the wheel does so around the pointer"), [this] { m_grid->setZoom(m_grid->zoom() * 1.5); }, QKeySequence(Qt::CTRL | Qt::Key_Plus));
    m_zoomInAction->setShortcuts({QKeySequence(Qt::CTRL | Qt::Key_Plus), QKeySequence(Qt::CTRL | Qt::Key_Equal)});
    m_zoomOutAction = make(QString(), tr("Zoom &Out"), tr("Shows more of all clips"), [this] { m_grid->setZoom(m_grid->zoom() / 1.5); }, QKeySequence(Qt::CTRL | Qt::Key_Minus));
    m_zoomResetAction = make(QString(), tr("&Whole Clips"), tr("Ends the enlargement"), [this] { m_grid->setZoom(1); }, QKeySequence(Qt::CTRL | Qt::Key_0));
    m_tableAction = make(QString(), tr("&Table"), tr("Parameters, speed, memory, training steps and metrics under the clips"), [this] { m_tableView->setVisible(m_tableAction->isChecked() && count() > 0); }, QKeySequence(Qt::Key_T));
    m_tableAction->setCheckable(true);
    m_tableAction->setChecked(true);
    m_copyCsvAction = make(QString(), tr("&Copy Table for a Spreadsheet"), tr("Copies the table as comma-separated values"), [this] { copyTable(false); }, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    m_copyLatexAction = make(QString(), tr("Copy Table for &LaTeX"), tr("Copies the table as a LaTeX tabular that needs the package booktabs"), [this] { copyTable(true); }, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L));
    m_studyAction = make(QString(), tr("New &Blind Study…"), tr("Lets people say which of two columns they prefer, without names and in random order"), &ComparePage::newStudy, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_B));
    m_openStudyAction = make(QStringLiteral("open"), tr("&Open Study…"), tr("Goes on with a preference study, or shows its results"), &ComparePage::chooseStudy, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    for (QAction* action : {m_addAction, m_addRunAction, m_addDatasetAction, m_clearAction, m_copyCsvAction, m_studyAction, m_openStudyAction, m_shuffleAction, m_playAction, m_differenceAction, m_flickerAction, m_wipeAction, m_tableAction}) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
    }
    m_saveAction = make(QStringLiteral("export"), tr("Save as &GIF or Video…"), tr("Saves what is shown: the clips, or their difference, flicker or wipe"), &ComparePage::save, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    m_pixelAction = make(QStringLiteral("pixels"), tr("Pixel-&Exact Pictures"), tr("Enlarges pictures by whole numbers without smoothing"),
                         [this] { m_grid->setScaling(m_pixelAction->isChecked() ? ClipScaling::PixelExact : ClipScaling::Smooth); });
    m_pixelAction->setCheckable(true);
    m_pixelAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_X));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 4);
    m_message = new MessageBar(this);
    layout->addWidget(m_message);

    auto* bar = new QHBoxLayout;
    auto* addButton = new QPushButton(m_addAction->icon(), tr("Add Checkpoints…"), this);
    addButton->setToolTip(m_addAction->toolTip());
    bindButton(addButton, m_addAction);
    bar->addWidget(addButton);
    bar->addSpacing(12);
    const auto spin = [&](const QString& label, int minimum, int maximum, int value, const QString& name) {
        auto* text = new QLabel(label, this);
        auto* box = new QSpinBox(this);
        box->setRange(minimum, maximum);
        box->setValue(value);
        box->setKeyboardTracking(false);
        box->setAccessibleName(name);
        box->setToolTip(name);
        text->setBuddy(box);
        bar->addWidget(text);
        bar->addWidget(box);
        connect(box, &QSpinBox::valueChanged, this, &ComparePage::generateAll);
        return box;
    };
    m_appearance = spin(tr("&Appearance"), 0, 2147483647, 0, tr("Appearance seed of the first row"));
    m_motion = spin(tr("&Motion"), 0, 2147483647, 0, tr("Motion seed of the first row"));
    auto* dice = new QToolButton(this);
    dice->setDefaultAction(m_shuffleAction);
    dice->setToolButtonStyle(Qt::ToolButtonIconOnly);
    dice->setMinimumSize(28, 28);
    bar->addWidget(dice);
    m_rows = spin(tr("&Rows"), 1, 8, 2, tr("How many pairs of seeds are shown"));
    m_frames = spin(tr("Fra&mes"), 1, 4096, 16, tr("Clip length; every model takes the nearest that it can do"));
    bar->addSpacing(12);
    m_blend = new QComboBox(this);
    m_blend->addItems({tr("Clips"), tr("Difference"), tr("Flicker"), tr("Wipe")});
    m_blend->setAccessibleName(tr("How columns are shown"));
    m_blend->setToolTip(tr("Clips as they are, or every column against one: difference (D), flicker (F), wipe (W)"));
    bar->addWidget(m_blend);
    m_against = new QComboBox(this);
    m_against->setAccessibleName(tr("Column that the others are shown against"));
    m_against->setToolTip(m_against->accessibleName());
    m_against->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_against->setMinimumContentsLength(16);
    bar->addWidget(m_against);
    m_gain = new QSpinBox(this);
    m_gain->setRange(1, 64);
    m_gain->setValue(4);
    m_gain->setPrefix(QStringLiteral("× "));
    m_gain->setAccessibleName(tr("How much differences are amplified"));
    m_gain->setToolTip(m_gain->accessibleName());
    bar->addWidget(m_gain);
    m_wipe = new QSlider(Qt::Horizontal, this);
    m_wipe->setRange(0, 100);
    m_wipe->setValue(50);
    m_wipe->setMinimumWidth(80);
    m_wipe->setAccessibleName(tr("Where the line stands"));
    m_wipe->setToolTip(m_wipe->accessibleName());
    bar->addWidget(m_wipe);
    bar->addStretch(1);
    auto* saveButton = new QPushButton(m_saveAction->icon(), tr("Save…"), this);
    saveButton->setToolTip(m_saveAction->toolTip());
    bindButton(saveButton, m_saveAction);
    bar->addWidget(saveButton);
    layout->addLayout(bar);

    auto* chipArea = new QScrollArea(this);
    chipArea->setWidgetResizable(true);
    chipArea->setFrameShape(QFrame::NoFrame);
    chipArea->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    chipArea->setFocusPolicy(Qt::NoFocus);
    auto* chipBox = new QWidget;
    m_chips = new QHBoxLayout(chipBox);
    m_chips->setContentsMargins(0, 0, 0, 0);
    m_chips->addStretch(1);
    chipArea->setWidget(chipBox);
    chipArea->setFixedHeight(60);
    layout->addWidget(chipArea);

    m_stack = new QStackedWidget(this);
    auto* empty = new QLabel(tr("Add two or more checkpoints to see them side by side on the same codes.\nCheckpoints, run directories and datasets can be dropped here."), this);
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    m_stack->addWidget(empty);
    m_grid = new ClipGrid(this);
    const auto row = [this] { return std::max(0, m_grid->currentRow()); };
    const auto column = [this] { return std::max(0, m_grid->currentColumn()); };
    addCopyActions(*m_grid, [this, row, column] { return m_grid->shownImage(row(), column()).copy(); }, [this, row, column] { return m_grid->shownClip(row(), column()); }, [this] { return m_clock.frameRateHz(); });
    m_grid->findChild<QAction*>(QStringLiteral("copy_frame"))->setShortcut(QKeySequence::Copy);
    m_grid->findChild<QAction*>(QStringLiteral("copy_clip"))->setShortcut(QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_C));
    for (QAction* action : m_grid->actions()) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
    }
    m_grid->setClock(&m_clock);
    m_grid->setAccessibleName(tr("Comparison: one column for each checkpoint, one row for each pair of seeds"));
    m_grid->setZoomable(true);
    m_grid->setToolTip(tr("Wheel: zoom into all clips · drag while enlarged: move"));
    m_stack->addWidget(m_grid);
    layout->addWidget(m_stack, 1);
    m_table = new CompareTableModel(this);
    m_tableView = new QTableView(this);
    m_tableView->setModel(m_table);
    m_tableView->setAccessibleName(tr("What is known of the columns"));
    m_tableView->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tableView->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_tableView->setAlternatingRowColors(true);
    m_tableView->setShowGrid(false);
    m_tableView->setTabKeyNavigation(false);
    m_tableView->verticalHeader()->hide();
    m_tableView->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_tableView->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_tableView->addActions({m_copyCsvAction, m_copyLatexAction});
    m_tableView->installEventFilter(this);
    layout->addWidget(m_tableView);
    m_progress = new QProgressBar(this);
    m_progress->setTextVisible(false);
    m_progress->setMaximumHeight(4);
    m_progress->setRange(0, 0);
    m_progress->setAccessibleName(tr("Generating"));
    auto keepSpace = m_progress->sizePolicy();
    keepSpace.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(keepSpace);
    m_progress->hide();
    layout->addWidget(m_progress);
    m_player = new PlayerBar(m_clock, this);
    layout->addWidget(m_player);

    connect(&m_study, &StudyMaker::progressed, this, [this](int done, int total) {
        m_progress->setRange(0, total);
        m_progress->setValue(done);
        Q_EMIT statusMessage(tr("Making the study: %1 of %2 clips").arg(done).arg(total), 0);
    });
    connect(&m_study, &StudyMaker::made, this, [this](const QString& file) {
        Q_EMIT statusMessage(tr("The study is in %1").arg(QDir::toNativeSeparators(file)), 10000);
        relabel();
        openStudy(file);
    });
    connect(&m_study, &StudyMaker::failed, this, [this](const kinora::Error& error) {
        m_message->showMessage(tr("The study was not made: %1").arg(errorText(error)));
        relabel();
    });
    connect(m_blend, &QComboBox::activated, this, &ComparePage::blendChanged);
    connect(m_against, &QComboBox::activated, this, &ComparePage::blendChanged);
    connect(m_gain, &QSpinBox::valueChanged, m_grid, [this](int gain) { m_grid->setDifferenceGain(gain); });
    connect(m_wipe, &QSlider::valueChanged, m_grid, [this](int percent) { m_grid->setWipe(percent / 100.0); });
    connect(&m_export, &CompareExport::statusMessage, this, &Page::statusMessage);
    connect(&m_export, &CompareExport::failed, this, [this](const kinora::Error& error) { m_message->showMessage(errorText(error)); });
    connect(&m_clock, &ClipClock::playingChanged, this, [this](bool playing) {
        if (isVisible()) m_playWanted = playing;
    });
    relabel();
    blendChanged();
}

ComparePage::~ComparePage() = default;

QList<QAction*> ComparePage::menuActions(PageMenu menu) const
{
    switch (menu) {
    case PageMenu::File: return {m_saveAction};
    case PageMenu::Edit: return m_grid->actions();
    case PageMenu::View: return {m_differenceAction, m_flickerAction, m_wipeAction, m_zoomInAction, m_zoomOutAction, m_zoomResetAction, m_pixelAction, m_tableAction};
    case PageMenu::Compare: return {m_addAction, m_addRunAction, m_addDatasetAction, m_clearAction, m_shuffleAction, m_playAction, m_copyCsvAction, m_copyLatexAction, m_studyAction, m_openStudyAction};
    default: return {};
    }
}

bool ComparePage::accepts(const QString& path) const
{
    const QFileInfo info(path);
    const QString suffix = info.suffix().toLower();
    return info.isDir() ? kinora::RunReader::isRun(toPath(path)) : suffix == QLatin1String("safetensors") || suffix == QLatin1String("h5") || isStudy(path);
}

void ComparePage::openPath(const QString& path)
{
    if (isStudy(path))
        openStudy(path);
    else
        add(path);
}

bool ComparePage::isStudy(const QString& path) { return path.endsWith(QLatin1String(".study.json"), Qt::CaseInsensitive); }

void ComparePage::chooseStudy()
{
    auto* dialog = new QFileDialog(this, tr("Open Study"), toQString(kinora::Places::data()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Studies (*.study.json)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &ComparePage::openStudy);
    dialog->open();
}

void ComparePage::openStudy(const QString& path)
{
    m_jobs.run([file = toPath(path)](std::stop_token) { return std::make_shared<kinora::Study>(kinora::Study::open(file)); },
               [this, path](const kinora::Outcome<std::shared_ptr<kinora::Study>>& outcome) {
                   if (!outcome) {
                       m_message->showMessage(errorText(outcome.error()));
                       return;
                   }
                   auto* window = new StudyWindow(*outcome.value(), this);
                   window->setAttribute(Qt::WA_DeleteOnClose);
                   window->show();
                   Q_EMIT opened(path);
               });
}

void ComparePage::newStudy()
{
    QStringList names;
    for (const auto& entry : m_entries)
        if (entry->opened() && entry->problem.isEmpty()) names << nameOf(*entry);
    if (names.size() < 2) {
        m_message->showMessage(tr("A study compares two columns or more: add checkpoints or datasets first."));
        return;
    }
    auto* dialog = new StudyDialog(names, toQString(kinora::Places::data()), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { makeStudy(dialog->file(), dialog->design()); });
    dialog->open();
}

void ComparePage::makeStudy(const QString& file, kinora::StudyDesign design)
{
    std::vector<StudySource> sources;
    nlohmann::json origin{{"appearance_seed", m_appearance->value()}, {"motion_seed", m_motion->value()}, {"columns", nlohmann::json::array()}};
    for (const auto& entry : m_entries) {
        if (!entry->opened() || !entry->problem.isEmpty()) continue;
        StudySource source;
        source.frames = framesOf(*entry);
        nlohmann::json column{{"path", entry->path.toStdString()}};
        if (entry->checkpoint) {
            source.checkpoint = entry->checkpoint->handle;
            for (int clip = 0; clip < design.clips; ++clip) source.codes.push_back(codes(*entry, clip));
            column.update({{"sha256", entry->checkpoint->hash.toStdString()}, {"step", entry->checkpoint->step}, {"codes", codesText(*entry).toStdString()}});
        } else {
            source.dataset = entry->dataset;
            source.firstClip = entry->firstClip->value();
            column["first_clip"] = source.firstClip;
        }
        origin["columns"].push_back(column);
        sources.push_back(std::move(source));
    }
    if (sources.size() != design.systems.size()) {
        m_message->showMessage(tr("The columns have changed meanwhile; make the study again."));
        return;
    }
    design.seed = QRandomGenerator::global()->generate64() >> 1;
    design.frameRateHz = m_clock.frameRateHz();
    design.origin = origin;
    m_study.make(file, design, sources);
    relabel();
}

void ComparePage::chooseCheckpoints()
{
    auto* dialog = new QFileDialog(this, tr("Add Checkpoints"), toQString(kinora::Places::data()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    dialog->setNameFilters({tr("Checkpoints (*.safetensors)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
        for (const QString& file : files) add(file);
    });
    dialog->open();
}

void ComparePage::chooseRun()
{
    auto* dialog = new QFileDialog(this, tr("Choose a Run Directory"), toQString(kinora::Places::data()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, &ComparePage::add);
    dialog->open();
}

void ComparePage::chooseDataset()
{
    auto* dialog = new QFileDialog(this, tr("Add Dataset"), toQString(kinora::Places::data()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Datasets (*.h5)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &ComparePage::add);
    dialog->open();
}

ComparePage::Entry* ComparePage::entry(int number)
{
    const auto found = std::ranges::find_if(m_entries, [number](const auto& candidate) { return candidate->number == number; });
    return found == m_entries.end() ? nullptr : found->get();
}

int ComparePage::columnOf(int number) const
{
    for (std::size_t index = 0; index < m_entries.size(); ++index)
        if (m_entries[index]->number == number) return static_cast<int>(index);
    return -1;
}

QString ComparePage::nameOf(const Entry& entry) const
{
    const QFileInfo info(entry.path);
    if (entry.isDataset) return info.completeBaseName();
    if (!entry.checkpoint) return info.fileName();
    // checkpoints of a run lie in <run>/checkpoints: the run's name says more than the file's
    const QString file = info.dir().dirName() == QLatin1String("checkpoints") ? QFileInfo(info.dir().path()).dir().dirName() : info.completeBaseName();
    return tr("%1 · step %2", "name of a checkpoint").arg(file, QLocale().toString(entry.checkpoint->step));
}

QStringList ComparePage::names() const
{
    QStringList result;
    for (const auto& entry : m_entries) result << nameOf(*entry);
    return result;
}

void ComparePage::add(const QString& path)
{
    if (count() >= kMost) {
        m_message->showMessage(tr("At most %1 columns are compared; remove one before adding \"%2\".").arg(kMost).arg(QFileInfo(path).fileName()));
        return;
    }
    auto made = std::make_unique<Entry>();
    Entry* entry = made.get();
    entry->number = ++m_lastNumber;
    entry->path = QFileInfo(path).absoluteFilePath();
    entry->isDataset = QFileInfo(path).suffix().toLower() == QLatin1String("h5");
    entry->clips = std::make_unique<MatrixController>(m_engine);
    connect(entry->clips.get(), &MatrixController::clipsReady, this, [this, number = entry->number](int first, const std::vector<ClipPtr>& clips) {
        if (const Entry* found = this->entry(number)) place(*found, first, clips);
        relabel();
    });
    connect(entry->clips.get(), &MatrixController::measured, this, [this, number = entry->number](double clipsPerSecond, qint64 peakBytes) {
        Entry* found = this->entry(number);
        if (!found) return;
        found->clipsPerSecond = clipsPerSecond;
        found->peakBytes = std::max(found->peakBytes, peakBytes);
        refreshTable();
    });
    connect(entry->clips.get(), &MatrixController::failed, this, [this, number = entry->number](const kinora::Error& error) { failed(number, errorText(error)); });
    connect(entry->clips.get(), &MatrixController::busyChanged, this, &ComparePage::relabel);
    auto* chip = new QFrame(this);
    chip->setFrameShape(QFrame::StyledPanel);
    auto* row = new QHBoxLayout(chip);
    row->setContentsMargins(8, 1, 2, 1);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(0);
    entry->label = new QLabel(chip);
    entry->codes = new QLabel(chip);
    entry->codes->setForegroundRole(QPalette::PlaceholderText);
    texts->addWidget(entry->label);
    texts->addWidget(entry->codes);
    row->addLayout(texts);
    if (entry->isDataset) {
        entry->firstClip = new QSpinBox(chip);
        entry->firstClip->setRange(0, 0);
        entry->firstClip->setKeyboardTracking(false);
        entry->firstClip->setAccessibleName(tr("Clip of the first row"));
        entry->firstClip->setToolTip(tr("Number of the clip in the first row; the next clips follow below"));
        connect(entry->firstClip, &QSpinBox::valueChanged, this, [this, number = entry->number] {
            if (Entry* found = this->entry(number)) generate(*found);
            relabel();
        });
        row->addWidget(entry->firstClip);
    }
    auto* close = new QToolButton(chip);
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setAutoRaise(true);
    close->setMinimumSize(24, 24);
    close->setFocusPolicy(Qt::StrongFocus);
    close->setToolTip(tr("Remove from the comparison"));
    close->setAccessibleName(tr("Remove %1").arg(QFileInfo(path).fileName()));
    connect(close, &QToolButton::clicked, this, [this, number = entry->number] { remove(columnOf(number)); });
    row->addWidget(close);
    entry->chip = chip;
    m_chips->insertWidget(m_chips->count() - 1, chip);
    m_entries.push_back(std::move(made));
    relabel();
    if (entry->isDataset) {
        openDataset(entry->number);
        return;
    }
    if (!QFileInfo(path).isDir()) {
        open(entry->number, entry->path);
        return;
    }
    m_jobs.run([folder = toPath(entry->path)](std::stop_token) { return toQString(kinora::newestGoodCheckpoint(kinora::RunReader(folder)).path); },
               [this, number = entry->number](const kinora::Outcome<QString>& outcome) {
                   if (outcome)
                       open(number, outcome.value());
                   else
                       failed(number, errorText(outcome.error()));
               });
}

void ComparePage::open(int number, const QString& checkpoint)
{
    if (Entry* found = entry(number)) found->path = checkpoint;
    m_engine.open(checkpoint, this, [this, number](const kinora::Outcome<OpenedCheckpoint>& outcome) {
        Entry* found = entry(number);
        if (!found) {
            if (outcome) m_engine.close(outcome.value().handle);
            return;
        }
        if (!outcome) {
            failed(number, errorText(outcome.error()));
            return;
        }
        const bool first = std::ranges::none_of(m_entries, [](const auto& other) { return other->checkpoint.has_value(); });
        const Entry* before = reference();
        found->checkpoint = outcome.value();
        found->given.clear();
        readMetrics(*found);
        if (first) {
            m_clock.setFrameRateHz(found->checkpoint->frameRateHz);
            const QSignalBlocker blocker(m_frames);
            m_frames->setValue(found->checkpoint->system.length.trained);
        }
        if (first || reference() != before)  // a dataset follows the new length; other checkpoints the new reference's codes
            generateAll();
        else
            generate(*found);
        relabel();
        if (m_playWanted && isVisible()) m_clock.play();
        Q_EMIT opened(found->path);
    });
}

void ComparePage::openDataset(int number)
{
    Entry* found = entry(number);
    m_jobs.run([path = found->path](std::stop_token stop) { return readDataset(path, stop); },
               [this, number](const kinora::Outcome<std::shared_ptr<const DatasetContents>>& outcome) {
                   Entry* entry = this->entry(number);
                   if (!entry) return;
                   if (!outcome) {
                       failed(number, errorText(outcome.error()));
                       return;
                   }
                   entry->dataset = outcome.value()->source;
                   if (entry->dataset->size() == 0) {
                       failed(number, tr("This dataset holds no clip."));
                       return;
                   }
                   entry->firstClip->setMaximum(static_cast<int>(std::min<std::int64_t>(entry->dataset->size() - 1, 1'000'000'000)));
                   if (!reference()) {
                       if (const double rate = entry->dataset->info(0).frameRateHz; rate > 0) m_clock.setFrameRateHz(rate);
                   }
                   generate(*entry);
                   relabel();
                   if (m_playWanted && isVisible()) m_clock.play();
                   Q_EMIT opened(entry->path);
               });
}

void ComparePage::readMetrics(const Entry& entry)
{
    m_jobs.run([path = entry.path, step = entry.checkpoint->step](std::stop_token) { return measuredMetrics(path, step); },
               [this, number = entry.number](const kinora::Outcome<std::map<QString, CompareFacts::Measured>>& outcome) {
                   Entry* found = this->entry(number);
                   if (!found) return;
                   if (outcome)
                       found->metrics = outcome.value();
                   else
                       m_message->showMessage(QStringLiteral("%1 — %2").arg(nameOf(*found), errorText(outcome.error())));
                   refreshTable();
               });
}

void ComparePage::place(const Entry& entry, int firstRow, const std::vector<ClipPtr>& clips)
{
    const int column = columnOf(entry.number);
    for (std::size_t index = 0; index < clips.size(); ++index) m_grid->setClip(firstRow + static_cast<int>(index), column, clips[index]);
    int longest = 0;
    for (const ClipPtr& clip : m_grid->clips())
        if (clip) longest = std::max(longest, clip->count());
    m_player->setFrameCount(longest);
}

const ComparePage::Entry* ComparePage::reference() const
{
    const auto found = std::ranges::find_if(m_entries, [](const auto& entry) { return entry->checkpoint.has_value(); });
    return found == m_entries.end() ? nullptr : found->get();
}

int ComparePage::framesOf(const Entry& entry) const { return entry.checkpoint ? entry.checkpoint->system.length.nearest(m_frames->value()) : m_frames->value(); }

kinora::ControlValues ComparePage::codes(const Entry& entry, int row) const
{
    const auto drawn = [&](const Entry& one) {
        const auto appearance = static_cast<std::uint64_t>(m_appearance->value()) + static_cast<std::uint64_t>(row);
        const auto motion = static_cast<std::uint64_t>(m_motion->value()) + static_cast<std::uint64_t>(row);
        LatentModel model(one.checkpoint->system, framesOf(one), {{ControlRole::Appearance, appearance}, {ControlRole::Motion, motion}, {ControlRole::Both, appearance}});
        for (const auto& [id, pictures] : one.given) model.setGiven(id, pictures.clips, true);
        return model.values();
    };
    kinora::ControlValues values = drawn(entry);
    const Entry* first = reference();
    if (first == &entry) return values;
    const kinora::ControlValues theirs = drawn(*first);
    for (const auto& [ours, control] : sharedCodes(first->checkpoint->system, framesOf(*first), entry.checkpoint->system, framesOf(entry)).controls) values[ours] = theirs.at(control);
    return values;
}

QString ComparePage::codesText(int column) const { return column < 0 || column >= count() ? QString() : codesText(*m_entries[static_cast<std::size_t>(column)]); }

QString ComparePage::codesText(const Entry& entry) const
{
    if (entry.dataset) return tr("real clips, from number", "followed by a field with the number");
    const Entry* first = reference();
    if (!entry.checkpoint || !first) return {};
    if (first == &entry) return tr("gives the codes");
    const SharedCodes shared = sharedCodes(first->checkpoint->system, framesOf(*first), entry.checkpoint->system, framesOf(entry));
    if (shared.all) return tr("same codes");
    if (!shared.any()) return tr("same seeds; other controls");
    QStringList same, seeds;
    for (const kinora::Control& control : entry.checkpoint->system.controls)
        if (!kinora::givenControl(control.kind)) (shared.controls.contains(control.id) ? same : seeds) << catalogueText(control.name);
    return tr("same codes: %1; same seeds: %2").arg(same.join(QStringLiteral(", ")), seeds.join(QStringLiteral(", ")));
}

ClipBlend ComparePage::blend() const { return static_cast<ClipBlend>(m_blend->currentIndex()); }

void ComparePage::setBlend(ClipBlend blend)
{
    m_blend->setCurrentIndex(static_cast<int>(blend));
    blendChanged();
}

void ComparePage::blendChanged()
{
    const ClipBlend now = blend();
    m_grid->setBlend(now, std::max(0, m_against->currentIndex()));
    m_against->setVisible(now != ClipBlend::None);
    m_gain->setVisible(now == ClipBlend::Difference);
    m_wipe->setVisible(now == ClipBlend::Wipe);
    m_differenceAction->setChecked(now == ClipBlend::Difference);
    m_flickerAction->setChecked(now == ClipBlend::Flicker);
    m_wipeAction->setChecked(now == ClipBlend::Wipe);
}

void ComparePage::refreshTable()
{
    std::vector<CompareFacts> rows;
    for (const auto& entry : m_entries) {
        CompareFacts row;
        row.name = nameOf(*entry);
        row.clipsPerSecond = entry->clipsPerSecond;
        row.metrics = entry->metrics;
        if (entry->peakBytes > 0) row.peakBytes = entry->peakBytes;
        if (entry->isDataset) row.system = tr("real clips");
        if (const auto& checkpoint = entry->checkpoint) {
            row.system = QString::fromStdString(checkpoint->system.name);
            row.step = checkpoint->step;
            if (checkpoint->parameters > 0) row.parameters = checkpoint->parameters;
            if (checkpoint->weightBytes > 0) row.weightBytes = checkpoint->weightBytes;
        }
        rows.push_back(std::move(row));
    }
    m_table->setFacts(rows);
    // as high as its rows, but never more than half of what a small window has
    const int line = m_tableView->verticalHeader()->defaultSectionSize();
    m_tableView->setFixedHeight(m_tableView->horizontalHeader()->sizeHint().height() + line * std::clamp(count(), 1, 4) + 2 * m_tableView->frameWidth() + 2);
    m_tableView->setVisible(m_tableAction->isChecked() && count() > 0);
}

/// Ctrl+C copies the frame everywhere on the page but in the table, where it copies the cell's text as in every table.
bool ComparePage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_tableView && event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) event->accept();
    return Page::eventFilter(watched, event);
}

void ComparePage::copyTable(bool latex)
{
    QGuiApplication::clipboard()->setText(latex ? m_table->latex() : m_table->csv());
    Q_EMIT statusMessage(latex ? tr("The table was copied as LaTeX.") : tr("The table was copied as comma-separated values."));
}

void ComparePage::failed(int number, const QString& text)
{
    Entry* found = entry(number);
    if (!found) return;
    found->problem = text;
    m_message->showMessage(QStringLiteral("%1 — %2").arg(nameOf(*found), text));
    relabel();
}

void ComparePage::generate(Entry& entry)
{
    if (entry.dataset) {
        entry.problem.clear();
        const int first = entry.firstClip->value();
        m_jobs.run([source = entry.dataset, first, rows = m_rows->value(), frames = m_frames->value()](std::stop_token stop) { return readClips(*source, first, rows, frames, stop); },
                   [this, number = entry.number, turn = ++entry.turn, first, rows = m_rows->value()](const kinora::Outcome<std::vector<ClipPtr>>& outcome) {
                       Entry* found = this->entry(number);
                       if (!found || found->turn != turn) return;
                       found->placed = turn;
                       if (!outcome) {
                           failed(number, errorText(outcome.error()));
                           return;
                       }
                       found->placedFirst = first;
                       std::vector<ClipPtr> clips = outcome.value();
                       clips.resize(static_cast<std::size_t>(rows));  // a dataset may end before the rows do
                       place(*found, 0, clips);
                       relabel();
                   });
        return;
    }
    if (!entry.checkpoint) return;
    entry.problem.clear();
    const auto& system = entry.checkpoint->system;
    GenerateRequest request;
    request.checkpoint = entry.checkpoint->handle;
    request.frames = framesOf(entry);
    request.channel = "compare";
    request.measure = true;
    for (const kinora::Control& control : system.controls) {
        if (!kinora::givenControl(control.kind) || entry.given.contains(control.id)) continue;
        if (control.kind == kinora::ControlKind::MapSequence) return failed(entry.number, tr("This model needs maps (%1); open it on the Explore page.").arg(catalogueText(control.name)));
        return askGiven(entry.number, control.id);
    }
    for (int row = 0; row < m_rows->value(); ++row) request.clips.push_back(codes(entry, row));
    entry.clips->request(request, 1);
}

/// Pictures of what the model was trained on, the clip that the row's seed says.
void ComparePage::askGiven(int number, const std::string& control)
{
    constexpr int kClips = 16;
    Entry* asking = entry(number);
    asking->asking = true;
    m_engine.given(asking->checkpoint->handle, control, {}, kClips, this, [this, number, control, handle = asking->checkpoint->handle](const kinora::Outcome<GivenPictures>& outcome) {
        Entry* found = entry(number);
        if (found) found->asking = false;
        if (!found || !found->checkpoint || found->checkpoint->handle != handle) return;
        if (!outcome) return failed(number, tr("This model needs pictures, and what it was trained on cannot be opened: %1").arg(errorText(outcome.error())));
        found->given[control] = outcome.value();
        generate(*found);
        relabel();
    });
}

void ComparePage::generateAll()
{
    m_grid->setShape(count() > 0 ? m_rows->value() : 0, count());  // clips that were made before are placed at once
    for (const auto& entry : m_entries) generate(*entry);
    relabel();  // now that they are busy
}

bool ComparePage::busy() const
{
    return std::ranges::any_of(m_entries, [](const auto& entry) { return entry->busy(); });
}

void ComparePage::relabel()
{
    const int columns = count(), rows = m_rows->value();
    const bool busy = this->busy();
    for (const auto& entry : m_entries) {
        const QString name = nameOf(*entry);
        const QString state = !entry->problem.isEmpty() ? tr("failed") : !entry->opened() ? tr("opening") : QString();
        entry->label->setText(state.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, state));
        entry->codes->setText(codesText(*entry));
        entry->chip->setToolTip(entry->problem.isEmpty() ? entry->path : entry->path + QLatin1Char('\n') + entry->problem);
    }
    m_grid->setShape(columns > 0 ? rows : 0, columns);
    m_grid->setColumnHeaders(names());
    QStringList seeds;
    for (int row = 0; row < rows; ++row) seeds << tr("A %1 · M %2", "seeds").arg(m_appearance->value() + row).arg(m_motion->value() + row);
    m_grid->setRowHeaders(seeds);
    QStringList against;
    for (int index = 0; index < m_against->count(); ++index) against << m_against->itemText(index);
    if (const QStringList all = names(); all != against) {
        const int chosen = std::max(0, m_against->currentIndex());
        m_against->clear();
        m_against->addItems(all);
        m_against->setCurrentIndex(std::min(chosen, columns - 1));
        m_grid->setBlend(blend(), std::max(0, m_against->currentIndex()));
    }
    refreshTable();
    m_stack->setCurrentIndex(columns > 0 ? 1 : 0);
    m_player->setVisible(columns > 0);
    m_studyAction->setEnabled(columns > 1 && !m_study.busy());
    if (!m_study.busy()) m_progress->setRange(0, 0);
    m_progress->setVisible(busy || m_study.busy());
    m_saveAction->setEnabled(!busy && std::ranges::any_of(m_entries, [this](const auto& entry) { return savable(*entry); }));
    for (QAction* action : m_grid->actions()) action->setEnabled(!busy && columns > 0);
    for (QAction* action : {m_clearAction, m_shuffleAction, m_playAction, m_zoomInAction, m_zoomOutAction, m_zoomResetAction, m_copyCsvAction, m_copyLatexAction}) action->setEnabled(columns > 0);
    for (QAction* action : {m_differenceAction, m_flickerAction, m_wipeAction}) action->setEnabled(columns > 1);
    m_blend->setEnabled(columns > 1);
    if (columns < 2 && blend() != ClipBlend::None) setBlend(ClipBlend::None);
}

void ComparePage::remove(int column)
{
    if (column < 0 || column >= count()) return;
    const int rows = m_grid->rows(), columns = m_grid->columns();
    std::vector<ClipPtr> clips;
    for (int row = 0; row < rows; ++row)
        for (int other = 0; other < columns; ++other)
            if (other != column) clips.push_back(m_grid->clip(row, other));
    const Entry* before = reference();
    const auto gone = std::move(m_entries[static_cast<std::size_t>(column)]);
    m_entries.erase(m_entries.begin() + column);
    if (gone->checkpoint) m_engine.close(gone->checkpoint->handle);
    gone->chip->deleteLater();
    m_grid->setClips(rows, columns - 1, clips);
    if (reference() != before)
        generateAll();  // the codes come from another now
    else
        relabel();
}

void ComparePage::clear()
{
    while (count() > 0) remove(count() - 1);
    m_message->clear();
}

void ComparePage::shuffle()
{
    {
        const QSignalBlocker blocker(m_appearance);
        m_appearance->setValue(QRandomGenerator::global()->bounded(100000));
    }
    {
        const QSignalBlocker blocker(m_motion);
        m_motion->setValue(QRandomGenerator::global()->bounded(100000));
    }
    generateAll();
}

/// Shown as it was asked for, with a clip at least.
bool ComparePage::savable(const Entry& entry) const
{
    const int column = columnOf(entry.number);
    bool any = false;
    for (int row = 0; row < m_grid->rows(); ++row) any = any || m_grid->clip(row, column);
    return any && entry.opened() && entry.problem.isEmpty();
}

ComparedColumn ComparePage::saved(const Entry& entry) const
{
    ComparedColumn column;
    for (int row = 0; row < m_grid->rows(); ++row) column.clips.push_back(m_grid->clip(row, columnOf(entry.number)));
    kinora::ComparedSource& source = column.source;
    source.label = nameOf(entry).toStdString();
    source.frames = framesOf(entry);
    if (entry.dataset) {
        source.dataset = entry.path.toStdString();
        for (int row = 0; row < m_grid->rows() && column.clips[static_cast<std::size_t>(row)]; ++row) {
            const std::int64_t number = entry.placedFirst + row;
            source.clips.push_back({number, entry.dataset->info(number).name, {}});
        }
        return column;
    }
    source.checkpointHash = entry.checkpoint->hash.toStdString();
    source.checkpointFile = QFileInfo(entry.checkpoint->path).fileName().toStdString();
    source.system = entry.checkpoint->system.id;
    source.weights = entry.checkpoint->weights.toStdString();
    source.plan = entry.checkpoint->plan.toStdString();
    source.device = m_engine.info().device.startsWith(QLatin1String("cpu")) ? "cpu" : "cuda";
    source.step = entry.checkpoint->step;
    source.codes = entry.clips->cells();
    source.seeds.assign(source.codes.size(), 0);  // every clip is a request of its own
    for (auto& codes : source.codes) {
        if (entry.given.empty()) break;
        auto& references = source.given.emplace_back();
        auto& pictures = column.pictures.emplace_back();
        for (const auto& [id, from] : entry.given) {
            const auto found = std::ranges::find(from.clips, codes.at(id).frames);
            const auto index = static_cast<std::size_t>(found - from.clips.begin());
            references.push_back({id, from.dataset.toStdString(), {index < from.numbers.size() ? from.numbers[index] : -1, index < from.names.size() ? from.names[index] : std::string(), {}}});
            pictures.push_back(codes.at(id).frames);
            codes.erase(id);
        }
    }
    return column;
}

void ComparePage::save()
{
    if (busy()) return;  // names, seeds and numbers would be those of clips to come
    CompareExport::Shown shown;
    const int against = std::max(0, m_against->currentIndex());
    shown.view = m_grid->comparison();
    shown.view.against = 0;
    for (int column = 0; column < count(); ++column) {
        const Entry& entry = *m_entries[static_cast<std::size_t>(column)];
        if (!savable(entry)) continue;
        if (column == against) shown.view.against = static_cast<std::int64_t>(shown.columns.size());
        shown.columns.push_back(saved(entry));
    }
    if (shown.columns.empty()) return;
    shown.rows = m_grid->rowHeaders();
    shown.appearanceSeed = static_cast<std::uint64_t>(m_appearance->value());
    shown.motionSeed = static_cast<std::uint64_t>(m_motion->value());
    shown.frameRateHz = m_clock.frameRateHz();
    m_export.save(shown);
}

void ComparePage::shown()
{
    if (m_playWanted) m_clock.play();
}

void ComparePage::hidden()
{
    const bool wanted = m_playWanted;
    m_clock.pause();
    m_playWanted = wanted;
}

void ComparePage::saveState(QSettings& settings) const
{
    QStringList paths;
    for (const auto& entry : m_entries) paths << entry->path;
    settings.setValue(QStringLiteral("checkpoints"), paths);
    settings.setValue(QStringLiteral("appearance"), m_appearance->value());
    settings.setValue(QStringLiteral("motion"), m_motion->value());
    settings.setValue(QStringLiteral("rows"), m_rows->value());
    settings.setValue(QStringLiteral("frames"), m_frames->value());
    settings.setValue(QStringLiteral("pixelExact"), m_pixelAction->isChecked());
    settings.setValue(QStringLiteral("table"), m_tableAction->isChecked());
}

void ComparePage::restoreState(QSettings& settings)
{
    for (const auto& [box, key] : {std::pair(m_appearance, "appearance"), std::pair(m_motion, "motion"), std::pair(m_rows, "rows"), std::pair(m_frames, "frames")})
        if (const QVariant value = settings.value(QLatin1String(key)); value.isValid()) box->setValue(value.toInt());
    m_pixelAction->setChecked(settings.value(QStringLiteral("pixelExact"), false).toBool());
    m_grid->setScaling(m_pixelAction->isChecked() ? ClipScaling::PixelExact : ClipScaling::Smooth);
    m_tableAction->setChecked(settings.value(QStringLiteral("table"), true).toBool());
    const QStringList paths = settings.value(QStringLiteral("checkpoints")).toStringList();
    for (const QString& path : paths)
        if (QFileInfo::exists(path)) add(path);
}
