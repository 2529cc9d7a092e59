#include "widgets/views/compare_page.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QRandomGenerator>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/clip/transform.h"
#include "core/run/run_directory.h"
#include "core/util/file.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/controllers/latent_state.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"
#include "widgets/views/export_dialog.h"

using kinora::ControlRole;

ComparePage::ComparePage(EngineClient& engine, QWidget* parent) : Page(parent), m_engine(engine)
{
    const auto make = [this](const QString& icon, const QString& text, const QString& tip, auto slot, const QKeySequence& key = {}) {
        auto* action = new QAction(icon.isEmpty() ? QIcon() : themedIcon(icon), text, this);
        action->setStatusTip(tip);
        action->setToolTip(tip);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_addAction = make(QStringLiteral("add"), tr("&Add Checkpoints…"), tr("Adds one column for each checkpoint"), &ComparePage::chooseCheckpoints);
    m_addRunAction = make(QStringLiteral("add"), tr("Add Newest of a &Run…"), tr("Adds the newest checkpoint of a run directory"), &ComparePage::chooseRun);
    m_clearAction = make(QStringLiteral("remove"), tr("&Remove All"), tr("Empties the comparison"), &ComparePage::clear);
    m_shuffleAction = make(QStringLiteral("dice"), tr("&New Codes"), tr("Draws other seeds for all columns"), &ComparePage::shuffle, QKeySequence(Qt::Key_R));
    m_playAction = make(QStringLiteral("play"), tr("&Play or Pause"), tr("Starts or stops all clips of the page"), [this] { m_clock.toggle(); }, QKeySequence(Qt::Key_Space));
    for (QAction* action : {m_shuffleAction, m_playAction}) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
    }
    m_saveAction = make(QStringLiteral("export"), tr("Save as &GIF or Video…"), tr("Saves the comparison as one picture in motion"), &ComparePage::saveRow, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    m_pixelAction = make(QStringLiteral("pixels"), tr("Pixel-&Exact Pictures"), tr("Enlarges pictures by whole numbers without smoothing"),
                         [this] { m_grid->setScaling(m_pixelAction->isChecked() ? ClipScaling::PixelExact : ClipScaling::Smooth); });
    m_pixelAction->setCheckable(true);

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
    chipArea->setFixedHeight(44);
    layout->addWidget(chipArea);

    m_stack = new QStackedWidget(this);
    auto* empty = new QLabel(tr("Add two or more checkpoints to see them side by side on the same codes.\nCheckpoints and run directories can be dropped here."), this);
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    m_stack->addWidget(empty);
    m_grid = new ClipGrid(this);
    m_grid->setClock(&m_clock);
    m_grid->setAccessibleName(tr("Comparison: one column for each checkpoint, one row for each pair of seeds"));
    m_stack->addWidget(m_grid);
    layout->addWidget(m_stack, 1);
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

    connect(&m_export, &ExportController::started, this, [this](const QString& target) { Q_EMIT statusMessage(tr("Saving %1 …").arg(target), 0); });
    connect(&m_export, &ExportController::written, this, [this](const QString& target, qint64 bytes) {
        Q_EMIT statusMessage(tr("Saved %1 (%2)").arg(QDir::toNativeSeparators(target), QLocale().formattedDataSize(bytes)), 10000);
    });
    connect(&m_export, &ExportController::failed, this, [this](const QString&, const kinora::Error& error) { m_message->showMessage(errorText(error)); });
    connect(&m_clock, &ClipClock::playingChanged, this, [this](bool playing) {
        if (isVisible()) m_playWanted = playing;
    });
    relabel();
}

ComparePage::~ComparePage() = default;

QList<QAction*> ComparePage::menuActions(PageMenu menu) const
{
    switch (menu) {
    case PageMenu::File: return {m_saveAction};
    case PageMenu::View: return {m_pixelAction};
    case PageMenu::Compare: return {m_addAction, m_addRunAction, m_clearAction, m_shuffleAction, m_playAction};
    default: return {};
    }
}

bool ComparePage::accepts(const QString& path) const
{
    const QFileInfo info(path);
    return info.isDir() ? kinora::RunReader::isRun(toPath(path)) : info.suffix().toLower() == QLatin1String("safetensors");
}

void ComparePage::openPath(const QString& path) { add(path); }

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
    auto made = std::make_unique<Entry>();
    Entry* entry = made.get();
    entry->number = ++m_lastNumber;
    entry->path = QFileInfo(path).absoluteFilePath();
    entry->clips = std::make_unique<MatrixController>(m_engine);
    connect(entry->clips.get(), &MatrixController::clipsReady, this, [this, number = entry->number](int first, const std::vector<ClipPtr>& clips) {
        const int column = columnOf(number);
        for (std::size_t index = 0; index < clips.size(); ++index) m_grid->setClip(first + static_cast<int>(index), column, clips[index]);
        m_player->setFrameCount(clips.empty() ? 0 : clips.front()->count());
        relabel();
    });
    connect(entry->clips.get(), &MatrixController::failed, this, [this, number = entry->number](const kinora::Error& error) { failed(number, errorText(error)); });
    connect(entry->clips.get(), &MatrixController::busyChanged, this, &ComparePage::relabel);
    auto* chip = new QFrame(this);
    chip->setFrameShape(QFrame::StyledPanel);
    auto* row = new QHBoxLayout(chip);
    row->setContentsMargins(8, 1, 2, 1);
    entry->label = new QLabel(chip);
    auto* close = new QToolButton(chip);
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setAutoRaise(true);
    close->setMinimumSize(24, 24);
    close->setFocusPolicy(Qt::StrongFocus);
    close->setToolTip(tr("Remove from the comparison"));
    close->setAccessibleName(tr("Remove %1").arg(QFileInfo(path).fileName()));
    connect(close, &QToolButton::clicked, this, [this, number = entry->number] { remove(columnOf(number)); });
    row->addWidget(entry->label);
    row->addWidget(close);
    entry->chip = chip;
    m_chips->insertWidget(m_chips->count() - 1, chip);
    m_entries.push_back(std::move(made));
    relabel();
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
        found->checkpoint = outcome.value();
        if (first) {
            m_clock.setFrameRateHz(found->checkpoint->frameRateHz);
            const QSignalBlocker blocker(m_frames);
            m_frames->setValue(found->checkpoint->system.length.trained);
        }
        generate(*found);
        relabel();
        if (m_playWanted && isVisible()) m_clock.play();
        Q_EMIT opened(found->path);
    });
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
    if (!entry.checkpoint) return;
    entry.problem.clear();
    const auto& system = entry.checkpoint->system;
    GenerateRequest request;
    request.checkpoint = entry.checkpoint->handle;
    request.frames = system.length.nearest(m_frames->value());
    request.channel = "compare";
    for (int row = 0; row < m_rows->value(); ++row) {
        const auto appearance = static_cast<std::uint64_t>(m_appearance->value()) + static_cast<std::uint64_t>(row);
        const auto motion = static_cast<std::uint64_t>(m_motion->value()) + static_cast<std::uint64_t>(row);
        const LatentModel model(system, request.frames, {{ControlRole::Appearance, appearance}, {ControlRole::Motion, motion}, {ControlRole::Both, appearance}});
        if (const auto missing = model.missing(); !missing.empty()) {
            failed(entry.number, tr("This model needs pictures (%1); open it on the Explore page.").arg(catalogueText(missing.front())));
            return;
        }
        request.clips.push_back(model.values());
    }
    entry.clips->request(request, 1);
}

void ComparePage::generateAll()
{
    relabel();
    for (const auto& entry : m_entries) generate(*entry);
}

void ComparePage::relabel()
{
    const int columns = count(), rows = m_rows->value();
    bool busy = false;
    for (const auto& entry : m_entries) {
        const QString name = nameOf(*entry);
        const QString state = !entry->problem.isEmpty() ? tr("failed") : !entry->checkpoint ? tr("opening") : QString();
        entry->label->setText(state.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, state));
        entry->chip->setToolTip(entry->problem.isEmpty() ? entry->path : entry->path + QLatin1Char('\n') + entry->problem);
        busy = busy || (!entry->checkpoint && entry->problem.isEmpty()) || entry->clips->busy();
    }
    m_grid->setShape(columns > 0 ? rows : 0, columns);
    m_grid->setColumnHeaders(names());
    QStringList seeds;
    for (int row = 0; row < rows; ++row) seeds << tr("A %1 · M %2", "seeds").arg(m_appearance->value() + row).arg(m_motion->value() + row);
    m_grid->setRowHeaders(seeds);
    m_stack->setCurrentIndex(columns > 0 ? 1 : 0);
    m_player->setVisible(columns > 0);
    m_progress->setVisible(busy);
    const bool complete = columns > 0 && std::ranges::any_of(m_grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; });
    m_saveAction->setEnabled(complete);
    for (QAction* action : {m_clearAction, m_shuffleAction, m_playAction}) action->setEnabled(columns > 0);
}

void ComparePage::remove(int column)
{
    if (column < 0 || column >= count()) return;
    const int rows = m_grid->rows(), columns = m_grid->columns();
    std::vector<ClipPtr> clips;
    for (int row = 0; row < rows; ++row)
        for (int other = 0; other < columns; ++other)
            if (other != column) clips.push_back(m_grid->clip(row, other));
    const auto gone = std::move(m_entries[static_cast<std::size_t>(column)]);
    m_entries.erase(m_entries.begin() + column);
    if (gone->checkpoint) m_engine.close(gone->checkpoint->handle);
    gone->chip->deleteLater();
    m_grid->setClips(rows, columns - 1, clips);
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

void ComparePage::saveRow()
{
    if (count() == 0) return;
    int side = 1;
    for (const ClipPtr& clip : m_grid->clips())
        if (clip) side = std::max({side, clip->width(), clip->height()});
    const QString name = QStringLiteral("comparison_za%1_zm%2").arg(m_appearance->value()).arg(m_motion->value());
    auto* dialog = new ExportDialog({tr("The comparison, %1 × %2 clips").arg(m_grid->rows()).arg(m_grid->columns())}, {name}, m_clock.frameRateHz(), std::clamp(256 / side, 1, 8), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        kinora::ExportOptions options = dialog->options();
        nlohmann::json recipe{{"appearance_seed", m_appearance->value()}, {"motion_seed", m_motion->value()}, {"rows", m_grid->rows()}, {"checkpoints", nlohmann::json::array()}};
        for (const auto& entry : m_entries)
            recipe["checkpoints"].push_back({{"path", entry->path.toStdString()}, {"sha256", entry->checkpoint ? entry->checkpoint->hash.toStdString() : std::string()}});
        options.comment = recipe.dump();
        m_export.write(
            [clips = m_grid->clips(), rows = m_grid->rows(), columns = m_grid->columns(), pingPong = dialog->pingPong()] {
                int height = 1, width = 1, frames = 1;
                for (const ClipPtr& clip : clips)
                    if (clip) {
                        height = std::max(height, clip->height());
                        width = std::max(width, clip->width());
                        frames = std::max(frames, clip->count());
                    }
                std::vector<kinora::Frames> cells;
                for (const ClipPtr& clip : clips) {
                    if (!clip) {
                        cells.emplace_back(frames, height, width);
                        continue;
                    }
                    kinora::Frames cell = clip->height() == height && clip->width() == width ? *clip : kinora::resized(*clip, height, width);
                    cells.push_back(pingPong ? thereAndBack(cell) : std::move(cell));
                }
                return kinora::tile(cells, rows, columns);
            },
            dialog->target(), options);
    });
    dialog->open();
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
}

void ComparePage::restoreState(QSettings& settings)
{
    for (const auto& [box, key] : {std::pair(m_appearance, "appearance"), std::pair(m_motion, "motion"), std::pair(m_rows, "rows"), std::pair(m_frames, "frames")})
        if (const QVariant value = settings.value(QLatin1String(key)); value.isValid()) box->setValue(value.toInt());
    m_pixelAction->setChecked(settings.value(QStringLiteral("pixelExact"), false).toBool());
    m_grid->setScaling(m_pixelAction->isChecked() ? ClipScaling::PixelExact : ClipScaling::Smooth);
    const QStringList paths = settings.value(QStringLiteral("checkpoints")).toStringList();
    for (const QString& path : paths)
        if (QFileInfo::exists(path)) add(path);
}
