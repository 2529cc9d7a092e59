#include "widgets/views/clip_inspector.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/clipfile/clip_file.h"
#include "core/util/outcome.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_copy.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/controllers/clip_analysis.h"
#include "widgets/text.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/motion_strip.h"

using namespace kinora;

namespace {
constexpr double kFallbackHz = 10;
constexpr std::size_t kFullSizeCache = std::size_t(96) << 20;
constexpr const char* kBoxes = "crop_box";  // the stream in which an importer keeps a crop that moves: x, y, width, height of every frame

/// \throws Error
std::vector<Box> cropBoxes(const ClipSource& source, std::int64_t clip, const LoadedClip& loaded)
{
    const ClipInfo info = source.info(clip);
    std::vector<Box> boxes;
    for (const StreamColumn& column : source.streamColumns()) {
        if (column.name != kBoxes || column.type != "float32" || column.pixels || column.channels != 4) continue;
        const std::vector<std::uint8_t> bytes = source.stream(clip, kBoxes, {0, loaded.frames->count(), loaded.step});
        for (std::size_t at = 0; at + 16 <= bytes.size(); at += 16) {
            float values[4];
            std::memcpy(values, bytes.data() + at, sizeof values);
            boxes.push_back({values[0], values[1], values[2], values[3]});
        }
    }
    if (boxes.empty() && !info.origin.crop.empty()) boxes.assign(static_cast<std::size_t>(loaded.frames->count()), info.origin.crop);
    return boxes;
}

QString boxText(const Box& box)
{
    const QLocale locale;
    const auto number = [&](float value) { return locale.toString(static_cast<double>(value), 'f', value == std::floor(value) ? 0 : 1); };
    return ClipInspector::tr("%1 × %2 at %3, %4", "size and place of a crop").arg(number(box.width), number(box.height), number(box.x), number(box.y));
}
}  // namespace

ClipInspector::ClipInspector(const QString& program, QWidget* parent) : QWidget(parent), m_program(program), m_loader({.cacheBytes = kFullSizeCache})
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 6, 6, 6);
    m_clock = new ClipClock(this);
    m_player = new ClipView;
    m_player->setClock(m_clock);
    m_player->setPlaceholder(tr("Choose a clip to see it large."));
    m_player->setMinimumHeight(120);
    m_bar = new PlayerBar(*m_clock);
    m_strip = new MotionStrip(*m_clock);
    m_show = new QComboBox;
    m_show->setAccessibleName(tr("Shown picture"));
    m_show->setToolTip(tr("What the player shows of the clip"));
    m_show->addItem(tr("Clip"), static_cast<int>(Show::Frames));
    m_show->addItem(tr("Optical flow over the clip"), static_cast<int>(Show::Flow));
    m_show->addItem(tr("Mean over time"), static_cast<int>(Show::Mean));
    m_show->addItem(tr("Deviation over time"), static_cast<int>(Show::Deviation));
    m_show->addItem(tr("In the source picture"), static_cast<int>(Show::Source));
    m_show->setItemData(1, tr("The direction of movement as a hue, its speed as saturation"), Qt::ToolTipRole);
    m_show->setItemData(3, tr("Bright where the clip changes"), Qt::ToolTipRole);
    m_show->setItemData(4, tr("The frames put back where they were cut out"), Qt::ToolTipRole);
    m_note = new QLabel;
    m_note->setWordWrap(true);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_note->hide();
    m_facts = new QTreeWidget;
    m_facts->setColumnCount(2);
    m_facts->setHeaderLabels({tr("Property"), tr("Value")});
    m_facts->setRootIsDecorated(false);
    m_facts->setUniformRowHeights(true);
    m_facts->setAccessibleName(tr("Properties of the clip"));
    m_facts->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_facts->header()->setStretchLastSection(true);
    m_facts->setTextElideMode(Qt::ElideMiddle);
    m_facts->setContextMenuPolicy(Qt::ActionsContextMenu);
    auto* copy = new QAction(tr("&Copy Value"), m_facts);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, [this] {
        if (const QTreeWidgetItem* item = m_facts->currentItem()) QApplication::clipboard()->setText(item->text(1));
    });
    m_facts->addAction(copy);

    const auto act = [this](const QString& text, const QString& tip, const QKeySequence& key, auto slot) {
        auto* action = new QAction(text, this);
        action->setToolTip(tip);
        action->setShortcut(key);
        if (key == QKeySequence(QKeySequence::Copy)) action->setShortcutContext(Qt::WidgetShortcut);  // it copies other things elsewhere
        connect(action, &QAction::triggered, this, slot);
        m_actions << action;
        m_player->addAction(action);
    };
    act(tr("&Save Shown Clip as GIF or Video…"), tr("Saves what the player shows as a GIF, a video, frames or a sheet"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), &ClipInspector::saveShown);
    act(tr("Copy &Frame"), tr("Puts the frame that is shown on the clipboard, as a picture"), QKeySequence(QKeySequence::Copy), [this] {
        copyFrame(m_player->clip(), m_player->shownFrame());
        Q_EMIT said(tr("The frame is on the clipboard."));
    });
    act(tr("Copy C&lip as GIF"), tr("Puts what the player shows on the clipboard, as a GIF file that plays"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), [this] {
        copyClip(m_player->clip(), m_clock->frameRateHz());
        Q_EMIT said(tr("The clip is on the clipboard."));
    });
    m_player->setContextMenuPolicy(Qt::ActionsContextMenu);
    showExportProgress(m_export, this);
    connect(&m_export, &ExportController::started, this, [this](const QString& target) { Q_EMIT said(tr("Saving %1 …").arg(target)); });
    connect(&m_export, &ExportController::written, this, [this](const QString& target, qint64 bytes) { Q_EMIT said(tr("%1 written, %2.").arg(target, QLocale().formattedDataSize(bytes))); });
    connect(&m_export, &ExportController::failed, this, [this](const QString&, const Error& error) { Q_EMIT said(errorText(error)); });

    m_splitter = new QSplitter(Qt::Vertical);
    auto* upper = new QWidget;
    auto* upperLayout = new QVBoxLayout(upper);
    upperLayout->setContentsMargins(0, 0, 0, 0);
    upperLayout->addWidget(m_show);
    upperLayout->addWidget(m_player, 1);
    upperLayout->addWidget(m_note);
    upperLayout->addWidget(m_strip);
    upperLayout->addWidget(m_bar);
    m_splitter->addWidget(upper);
    m_splitter->addWidget(m_facts);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({400, 300});
    m_splitter->setChildrenCollapsible(false);
    layout->addWidget(m_splitter, 1);

    m_settled.setSingleShot(true);
    m_settled.setInterval(120);
    connect(&m_settled, &QTimer::timeout, this, [this] {
        analyse();
        wantFlow();
    });
    connect(m_show, &QComboBox::currentIndexChanged, this, [this] {
        wantFlow();
        showPicture();
    });
    connect(&m_loader, &ClipLoader::loaded, this, [this](qint64 clip) {
        if (clip == m_clip) deliver();
    });
    connect(&m_flowJob, &JobProcess::succeeded, this, [this] {
        const std::int64_t clip = m_flowWanted;
        if (clip != m_clip || !m_frames) return wantFlow();
        m_blending.run(
            [file = m_folder->filePath(QStringLiteral("flow.h5")).toStdString(), frames = m_frames](std::stop_token) {
                const auto source = openClipFile(file);
                return std::make_shared<const Frames>(flowOverlay(*frames, source->frames(0)));
            },
            [this, clip](const Outcome<std::shared_ptr<const Frames>>& overlay) {
                if (clip != m_clip) return wantFlow();
                if (!overlay) return say(errorText(overlay.error()));
                m_flow = overlay.value();
                m_flowClip = clip;
                showPicture();
            });
    });
    connect(&m_flowJob, &JobProcess::failed, this, [this](const QString& problem) {
        if (m_flowWanted == m_clip)
            say(problem);
        else
            wantFlow();
    });
    connect(&m_flowJob, &JobProcess::canceled, this, &ClipInspector::wantFlow);
    setContents(nullptr);
}

ClipInspector::~ClipInspector() = default;

ClipInspector::Show ClipInspector::shows() const { return static_cast<Show>(m_show->currentData().toInt()); }
void ClipInspector::setShow(Show show) { m_show->setCurrentIndex(m_show->findData(static_cast<int>(show))); }
QByteArray ClipInspector::saveState() const { return m_splitter->saveState(); }
void ClipInspector::restoreState(const QByteArray& state) { m_splitter->restoreState(state); }

bool ClipInspector::handleKey(const QKeyEvent& event) { return handlePlayerKey(*m_clock, event); }

bool ClipInspector::hasBoxes() const
{
    if (!m_contents || m_clip < 0) return false;
    if (!m_contents->clips[static_cast<std::size_t>(m_clip)].origin.crop.empty()) return true;
    for (const StreamColumn& column : m_contents->source->streamColumns())
        if (column.name == kBoxes) return true;
    return false;
}

void ClipInspector::setContents(const std::shared_ptr<const DatasetContents>& contents)
{
    m_contents = contents;
    m_excluded.reset();
    m_loader.setSource(contents ? contents->source : nullptr);
    m_clip = m_flowClip = -1;
    m_flow.reset();
    showClip(-1);
}

void ClipInspector::setExcluded(const ExcludedFlags& excluded)
{
    m_excluded = excluded;
    if (m_clip >= 0) showFacts();
}

void ClipInspector::showClip(qint64 clip)
{
    if (clip == m_clip && clip >= 0) return;
    m_clip = m_contents ? clip : -1;
    m_analysed = false;
    m_analysing.cancel();
    showFacts();
    auto* items = qobject_cast<QStandardItemModel*>(m_show->model());
    items->item(m_show->findData(static_cast<int>(Show::Source)))->setEnabled(hasBoxes());
    if (shows() == Show::Source && !hasBoxes()) setShow(Show::Frames);
    if (m_clip < 0) {
        m_frames.reset();
        m_player->setPlaceholder(tr("Choose a clip to see it large."));
        m_player->setClip(nullptr);
        m_bar->setFrameCount(0);
        m_strip->setEnergy({});
        say({});
        offerActions();
        return;
    }
    m_loader.want({m_clip});
    if (m_loader.find(m_clip)) deliver();  // otherwise the old picture stays until the new one is there
}

void ClipInspector::deliver()
{
    const LoadedClip* loaded = m_loader.find(m_clip);
    if (!loaded) return;
    m_frames = loaded->frames;
    m_analysis = {};
    m_analysed = false;
    m_strip->setEnergy({});
    if (!loaded->frames) {
        m_player->setPlaceholder(QStringLiteral("⚠ ") + loaded->problem);
        m_player->setClip(nullptr);
        m_bar->setFrameCount(0);
        say({});
        offerActions();
        return;
    }
    m_clock->setFrameRateHz(loaded->frameRateHz > 0 ? loaded->frameRateHz : kFallbackHz);
    m_player->setDragName(QString::fromStdString(m_contents->clips[static_cast<std::size_t>(m_clip)].name));
    m_clock->rewind();
    m_clock->play();
    showPicture();
    m_settled.start();
}

void ClipInspector::analyse()
{
    const LoadedClip* loaded = m_clip >= 0 ? m_loader.find(m_clip) : nullptr;
    if (!loaded || !loaded->frames || m_analysed) return;
    m_analysing.cancel();
    m_analysing.run(
        [source = m_contents->source, clip = m_clip, loaded = *loaded, boxed = hasBoxes()](std::stop_token) {
            Analysis analysis;
            analysis.energy = motionEnergy(*loaded.frames);
            analysis.mean = std::make_shared<const Frames>(meanPicture(*loaded.frames));
            analysis.deviation = std::make_shared<const Frames>(deviationPicture(*loaded.frames, &analysis.largestDeviation));
            if (boxed) {
                const auto placed = attempt([&] { return std::make_shared<const Frames>(uncropped(*loaded.frames, cropBoxes(*source, clip, loaded))); });
                if (placed)
                    analysis.source = placed.value();
                else
                    analysis.sourceProblem = QString::fromUtf8(placed.error().what());
            }
            return analysis;
        },
        [this](const Outcome<Analysis>& analysis) {
            if (!analysis) return say(errorText(analysis.error()));
            m_analysis = analysis.value();
            m_analysed = true;
            m_strip->setEnergy(m_analysis.energy);
            if (shows() != Show::Frames && shows() != Show::Flow) showPicture();
        });
}

void ClipInspector::wantFlow()
{
    if (shows() != Show::Flow || m_clip < 0 || m_clip == m_flowClip || !m_frames || m_settled.isActive()) return;
    if (m_flowJob.running()) {
        if (m_flowWanted != m_clip) m_flowJob.cancel();  // canceled() comes back here
        return;
    }
    if (!m_folder) m_folder = std::make_unique<QTemporaryDir>();
    if (!m_folder->isValid()) return say(tr("The optical flow needs a temporary folder, and none can be made: %1").arg(m_folder->errorString()));
    const QString file = m_folder->filePath(QStringLiteral("flow.h5"));
    QFile::remove(file);
    m_flowWanted = m_clip;
    say(tr("Computing the optical flow…"));
    m_flowJob.start(m_program, {QStringLiteral("datasets"), QStringLiteral("flow"), m_contents->path, QStringLiteral("--clip"), QString::number(m_clip), QStringLiteral("-o"), file});
}

void ClipInspector::showPicture()
{
    if (!m_frames) return;
    ClipPtr picture = m_frames;
    QString note;
    switch (shows()) {
    case Show::Frames: break;
    case Show::Flow:
        if (m_flowClip == m_clip && m_flow) picture = m_flow;
        else note = tr("Computing the optical flow…");
        break;
    case Show::Mean:
        if (m_analysis.mean) picture = m_analysis.mean;
        break;
    case Show::Deviation:
        if (m_analysis.deviation) {
            picture = m_analysis.deviation;
            note = tr("White is a standard deviation of %1 grey levels.").arg(QLocale().toString(m_analysis.largestDeviation, 'f', 1));
        }
        break;
    case Show::Source:
        if (m_analysis.source) picture = m_analysis.source;
        else if (!m_analysis.sourceProblem.isEmpty()) note = QStringLiteral("⚠ ") + m_analysis.sourceProblem;
        break;
    }
    m_player->setClip(picture);
    m_bar->setFrameCount(m_frames->count());
    say(note);
    offerActions();
}

void ClipInspector::offerActions()
{
    for (QAction* action : std::as_const(m_actions)) action->setEnabled(m_player->clip() != nullptr);
}

void ClipInspector::saveShown()
{
    const ClipPtr clip = m_player->clip();
    if (!clip || !m_contents || m_clip < 0) return;
    const ClipInfo& info = m_contents->clips[static_cast<std::size_t>(m_clip)];
    static const char* const kSuffixes[] = {"", "_flow", "_mean", "_deviation", "_source"};
    auto* dialog = new ExportDialog({m_show->currentText()}, {QString::fromStdString(info.name).section(QLatin1Char('/'), -1) + QLatin1String(kSuffixes[static_cast<int>(shows())])}, m_clock->frameRateHz(),
                                    naturalScale(*clip), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setClips({[clip] { return FigureClips{{*clip}, 1, 1, {}, {}}; }});
    dialog->setComment([comment = nlohmann::json{{"dataset", QFileInfo(m_contents->path).fileName().toStdString()}, {"clip", m_clip}, {"name", info.name}}](ExportJob& job, int) {
        job.encoder.comment = comment.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    });
    connect(dialog, &QDialog::accepted, this, [this, dialog] { m_export.write(dialog->job()); });
    dialog->open();
}

void ClipInspector::say(const QString& text)
{
    m_note->setText(text);
    m_note->setVisible(!text.isEmpty());
}

void ClipInspector::showFacts()
{
    const QString chosen = m_facts->currentItem() ? m_facts->currentItem()->text(0) : QString();
    m_facts->clear();
    if (!m_contents || m_clip < 0) return;
    const ClipInfo& info = m_contents->clips[static_cast<std::size_t>(m_clip)];
    const QLocale locale;
    const auto add = [&](const QString& name, const QString& value) {
        if (value.isEmpty()) return;
        auto* item = new QTreeWidgetItem(m_facts, {name, value});
        item->setToolTip(1, value);
        if (name == chosen) m_facts->setCurrentItem(item);
    };
    add(tr("Name"), QString::fromStdString(info.name));
    if (m_excluded && (*m_excluded)[static_cast<std::size_t>(m_clip)]) add(tr("Excluded"), tr("yes: left out of training, evaluation and export"));
    add(tr("Number"), tr("%1 of %2").arg(locale.toString(static_cast<qint64>(m_clip) + 1), locale.toString(static_cast<qint64>(m_contents->clips.size()))));
    add(tr("Size"), tr("%1 × %2").arg(info.width).arg(info.height));
    add(tr("Frames"), locale.toString(info.frames));
    if (info.frameRateHz > 0) add(tr("Frames per second"), locale.toString(info.frameRateHz, 'g', 4));
    add(tr("Split"), catalogueText(info.split));
    add(tr("Subject"), QString::fromStdString(info.group));
    for (std::size_t column = 0; column < m_contents->labels.size(); ++column) {
        const QString text = labelText(*m_contents, m_clip, column);
        add(keyText(m_contents->labels[column].name), m_contents->labels[column].categorical() ? catalogueText(text) : text);
    }
    add(tr("Source"), QString::fromStdString(info.source));
    const ClipOrigin& origin = info.origin;
    if (!origin.sha256.empty()) {
        const int last = origin.firstFrame + std::max(0, info.frames - 1) * origin.frameStep;
        add(tr("Frames of the source"), origin.frameStep == 1 ? tr("%1 to %2").arg(locale.toString(origin.firstFrame), locale.toString(last))
                                                              : tr("%1 to %2, every %3.").arg(locale.toString(origin.firstFrame), locale.toString(last), locale.toString(origin.frameStep)));
    }
    if (!origin.crop.empty()) add(tr("Crop box"), boxText(origin.crop));
    add(tr("Flags"), QString::fromStdString(origin.flags));
    add(tr("SHA-256 of the source"), QString::fromStdString(origin.sha256));
}
