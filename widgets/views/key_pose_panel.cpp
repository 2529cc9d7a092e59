#include "widgets/views/key_pose_panel.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>

#include "widgets/text.h"

using kinora::ControlRole;
using kinora::ControlValues;
using kinora::KeyPoses;
using kinora::PoseFrames;
using kinora::PoseInterpolation;

namespace {
constexpr int kPictureSide = 56;
constexpr std::size_t kStepsPerRequest = 4;  // so that a slider's request waits for a few clips at most
constexpr int kMostFrames = 6000;

QString roleName(ControlRole role) { return role == ControlRole::Appearance ? KeyPosePanel::tr("Appearance") : role == ControlRole::Motion ? KeyPosePanel::tr("Motion") : KeyPosePanel::tr("Appearance and motion"); }
QChar roleLetter(ControlRole role) { return role == ControlRole::Appearance ? QLatin1Char('A') : role == ControlRole::Motion ? QLatin1Char('M') : QLatin1Char('Z'); }

QString framesHelp(PoseFrames frames)
{
    switch (frames) {
    case PoseFrames::OneForward: return KeyPosePanel::tr("Every step is a clip of its own, because a code holds for a whole clip; of step t frame t is shown, and after the last frame the first again.");
    case PoseFrames::OneBackAndForth: return KeyPosePanel::tr("Of step t frame t is shown; after the last frame the movement runs backwards, so that nothing jumps.");
    case PoseFrames::Whole: return KeyPosePanel::tr("The whole clip of every step, one after the other: nothing changes inside a clip.");
    }
    return {};
}
}  // namespace

KeyPosePanel::KeyPosePanel(EngineClient& engine, QWidget* parent) : QWidget(parent), m_engine(engine)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    m_tracksLayout = new QVBoxLayout;
    m_tracksLayout->setSpacing(2);
    layout->addLayout(m_tracksLayout, 1);
    m_empty = new QLabel(tr("Move the sliders, then keep the codes as a key pose (K). Two poses make a way."), this);
    m_empty->setWordWrap(true);
    m_empty->setEnabled(false);
    layout->addWidget(m_empty);

    auto* row = new QHBoxLayout;
    m_interpolation = new QComboBox(this);
    m_interpolation->setAccessibleName(tr("Way between poses"));
    m_interpolation->addItem(tr("On the sphere"), static_cast<int>(PoseInterpolation::Spherical));
    m_interpolation->addItem(tr("Straight"), static_cast<int>(PoseInterpolation::Linear));
    m_interpolation->setToolTip(tr("On the sphere: codes between two draws are about as long as draws are, as the model knows them. Straight: the middle of two draws is shorter, nearer to the average clip."));
    m_between = new QSpinBox(this);
    m_between->setRange(0, 600);
    m_between->setKeyboardTracking(false);
    m_between->setAccessibleName(tr("Steps between two poses"));
    m_between->setToolTip(tr("Steps between two poses of the longest track; the other track takes as long"));
    m_between->setSuffix(tr(" between"));
    m_frames = new QComboBox(this);
    m_frames->setAccessibleName(tr("Frames of each step"));
    m_frames->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_frames->setMinimumContentsLength(12);
    for (const auto& [which, text] : {std::pair{PoseFrames::OneForward, tr("One frame a step")}, std::pair{PoseFrames::OneBackAndForth, tr("One frame, back and forth")}, std::pair{PoseFrames::Whole, tr("Whole clips")}}) {
        m_frames->addItem(text, static_cast<int>(which));
        m_frames->setItemData(m_frames->count() - 1, framesHelp(which), Qt::ToolTipRole);
    }
    m_loop = new QCheckBox(tr("Loop"), this);
    m_loop->setToolTip(tr("From the last pose back to the first"));
    m_render = new QPushButton(themedIcon(QStringLiteral("play")), tr("Make the Clip"), this);
    row->addWidget(m_interpolation);
    row->addWidget(m_between);
    row->addWidget(m_frames, 1);
    row->addWidget(m_loop);
    row->addWidget(m_render);
    layout->addLayout(row);
    auto* below = new QHBoxLayout;
    m_summary = new QLabel(this);
    m_summary->setEnabled(false);
    m_progress = new QProgressBar(this);
    m_progress->setMaximumHeight(6);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the clip through the key poses"));
    auto keepSpace = m_progress->sizePolicy();
    keepSpace.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(keepSpace);
    m_progress->hide();
    below->addWidget(m_summary);
    below->addWidget(m_progress, 1);
    layout->addLayout(below);

    connect(m_render, &QPushButton::clicked, this, &KeyPosePanel::render);
    connect(m_interpolation, &QComboBox::activated, this, [this] {
        KeyPoses poses = m_model->state().poses;
        poses.interpolation = static_cast<PoseInterpolation>(m_interpolation->currentData().toInt());
        change(poses, tr("Way between poses"));
    });
    connect(m_frames, &QComboBox::activated, this, [this] {
        KeyPoses poses = m_model->state().poses;
        poses.frames = static_cast<PoseFrames>(m_frames->currentData().toInt());
        change(poses, tr("Frames of each step"));
    });
    connect(m_between, &QSpinBox::valueChanged, this, [this](int between) {
        KeyPoses poses = m_model->state().poses;
        poses.between = between;
        change(poses, tr("Steps between poses"));
    });
    connect(m_loop, &QCheckBox::toggled, this, [this](bool loop) {
        KeyPoses poses = m_model->state().poses;
        poses.loop = loop;
        change(poses, tr("Loop of key poses"));
    });
    setModel(nullptr, nullptr);
}

void KeyPosePanel::setModel(LatentModel* model, const OpenedCheckpoint* checkpoint)
{
    stop();
    ++m_turn;
    m_model = model;
    m_checkpoint = checkpoint ? checkpoint->handle : 0;
    m_pictures.clear();
    m_askingPicture = false;
    for (const Track& track : m_tracks) delete track.box;
    m_tracks.clear();
    if (m_model)
        for (const ControlRole role : m_model->roles()) buildTrack(role);
    setEnabled(m_model);
    refresh();
}

void KeyPosePanel::buildTrack(ControlRole role)
{
    Track track;
    track.role = role;
    track.box = new QWidget(this);
    auto* row = new QHBoxLayout(track.box);
    row->setContentsMargins(0, 0, 0, 0);
    auto* buttons = new QVBoxLayout;
    const QString name = roleName(role);
    auto* label = new QLabel(QString(roleLetter(role)), track.box);
    label->setToolTip(name);
    const auto button = [&](const QString& icon, const QString& what, auto slot) {
        auto* made = new QToolButton(track.box);
        made->setIcon(themedIcon(icon));
        made->setAccessibleName(what);
        made->setToolTip(what);
        made->setFocusPolicy(Qt::StrongFocus);
        made->setMinimumSize(24, 24);
        connect(made, &QToolButton::clicked, this, slot);
        return made;
    };
    track.list = new QListWidget(track.box);
    track.list->setFlow(QListView::LeftToRight);
    track.list->setWrapping(false);
    track.list->setIconSize({kPictureSide, kPictureSide});
    track.list->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    track.list->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    track.list->setDragDropMode(QAbstractItemView::InternalMove);
    track.list->setDefaultDropAction(Qt::MoveAction);
    track.list->setSelectionMode(QAbstractItemView::SingleSelection);
    track.list->setMinimumHeight(kPictureSide + 12);
    track.list->setAccessibleName(tr("Key poses: %1").arg(name));
    track.list->setToolTip(tr("Drag to reorder, also with Ctrl+Left and Ctrl+Right. Return or double click: back to these codes. Delete: remove"));
    QListWidget* list = track.list;
    connect(list, &QListWidget::itemActivated, this, [this, role, list](QListWidgetItem* item) { recall(role, list->row(item)); });
    connect(list->model(), &QAbstractItemModel::rowsMoved, this, [this, role](const QModelIndex&, int from, int, const QModelIndex&, int to) {
        // the list is in the middle of its drop: it is filled anew afterwards
        QMetaObject::invokeMethod(this, [this, role, from, to] { move(role, from, to > from ? to - 1 : to); }, Qt::QueuedConnection);
    });
    const auto key = [&](const QKeySequence& keys, auto slot) {
        auto* action = new QAction(list);
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WidgetShortcut);
        list->addAction(action);
        connect(action, &QAction::triggered, this, slot);
    };
    key(QKeySequence(Qt::Key_Delete), [this, role, list] { remove(role, list->currentRow()); });
    key(QKeySequence(Qt::CTRL | Qt::Key_Left), [this, role, list] { move(role, list->currentRow(), list->currentRow() - 1); });
    key(QKeySequence(Qt::CTRL | Qt::Key_Right), [this, role, list] { move(role, list->currentRow(), list->currentRow() + 1); });
    buttons->addWidget(button(QStringLiteral("add"), tr("Keep the present codes as a key pose: %1").arg(name), [this, role] { add(role); }));
    buttons->addWidget(button(QStringLiteral("remove"), tr("Remove the chosen key pose: %1").arg(name), [this, role, list] { remove(role, list->currentRow()); }));
    row->addWidget(label);
    row->addLayout(buttons);
    row->addWidget(list, 1);
    m_tracksLayout->addWidget(track.box, 1);
    m_tracks.push_back(track);
}

QListWidget* KeyPosePanel::track(ControlRole role) const
{
    const auto found = std::ranges::find(m_tracks, role, &Track::role);
    return found == m_tracks.end() ? nullptr : found->list;
}

void KeyPosePanel::change(const KeyPoses& poses, const QString& text, int group)
{
    m_model->setPoses(poses);
    refresh();
    Q_EMIT edited(text, group);
}

void KeyPosePanel::addAll()
{
    if (!m_model) return;
    KeyPoses poses = m_model->state().poses;
    for (const ControlRole role : m_model->roles()) poses.tracks[role].push_back(m_model->pose(role));
    change(poses, tr("Add key poses"));
}

void KeyPosePanel::add(ControlRole role)
{
    if (!m_model) return;
    KeyPoses poses = m_model->state().poses;
    poses.tracks[role].push_back(m_model->pose(role));
    change(poses, tr("Add a key pose: %1").arg(roleName(role)));
    if (QListWidget* list = track(role)) list->setCurrentRow(list->count() - 1);
}

void KeyPosePanel::remove(ControlRole role, int pose)
{
    if (!m_model) return;
    KeyPoses poses = m_model->state().poses;
    auto& list = poses.tracks[role];
    if (pose < 0 || pose >= static_cast<int>(list.size())) return;
    list.erase(list.begin() + pose);
    if (list.empty()) poses.tracks.erase(role);
    change(poses, tr("Remove a key pose: %1").arg(roleName(role)));
}

void KeyPosePanel::move(ControlRole role, int from, int to)
{
    if (!m_model) return;
    KeyPoses poses = m_model->state().poses;
    auto& list = poses.tracks[role];
    const int count = static_cast<int>(list.size());
    if (from < 0 || from >= count || to < 0 || to >= count || from == to) {
        refresh();  // a drop that changes nothing may have left the list in another order
        return;
    }
    ControlValues moved = std::move(list[static_cast<std::size_t>(from)]);
    list.erase(list.begin() + from);
    list.insert(list.begin() + to, std::move(moved));
    change(poses, tr("Move a key pose: %1").arg(roleName(role)));
    if (QListWidget* shown = track(role)) shown->setCurrentRow(to);
}

void KeyPosePanel::recall(ControlRole role, int pose)
{
    if (!m_model) return;
    const auto found = m_model->state().poses.tracks.find(role);
    if (found == m_model->state().poses.tracks.end() || pose < 0 || pose >= static_cast<int>(found->second.size())) return;
    const auto taken = kinora::attempt([&] {
        m_model->take(ControlValues(found->second[static_cast<std::size_t>(pose)]), m_model->state().frames);
        return true;
    });
    if (!taken) {
        Q_EMIT failed(errorText(taken.error()));
        return;
    }
    Q_EMIT edited(tr("Key pose %1%2").arg(roleLetter(role)).arg(pose + 1), 0);
}

void KeyPosePanel::refresh()
{
    const KeyPoses poses = m_model ? m_model->state().poses : KeyPoses();
    bool any = false;
    for (const Track& track : m_tracks) {
        const auto found = poses.tracks.find(track.role);
        const std::size_t count = found == poses.tracks.end() ? 0 : found->second.size();
        any = any || count > 0;
        const QSignalBlocker blocker(track.list);
        const int chosen = track.list->currentRow();
        while (track.list->count() > static_cast<int>(count)) delete track.list->takeItem(track.list->count() - 1);
        for (std::size_t pose = 0; pose < count; ++pose) {
            if (track.list->count() <= static_cast<int>(pose)) track.list->addItem(new QListWidgetItem);
            QListWidgetItem* item = track.list->item(static_cast<int>(pose));
            const QString name = QStringLiteral("%1%2").arg(roleLetter(track.role)).arg(pose + 1);
            if (item->text() != name) item->setText(name);
            item->setData(Qt::AccessibleTextRole, tr("Key pose %1 of %2").arg(pose + 1).arg(roleName(track.role)));
        }
        if (chosen >= 0 && count > 0) track.list->setCurrentRow(std::min(chosen, static_cast<int>(count) - 1));
    }
    m_empty->setVisible(!any);
    const QSignalBlocker first(m_interpolation), second(m_between), third(m_frames), fourth(m_loop);
    m_interpolation->setCurrentIndex(m_interpolation->findData(static_cast<int>(poses.interpolation)));
    m_between->setValue(poses.between);
    m_frames->setCurrentIndex(m_frames->findData(static_cast<int>(poses.frames)));
    m_frames->setToolTip(framesHelp(poses.frames));
    m_loop->setChecked(poses.loop);
    const int steps = kinora::poseStepCount(poses);
    const int frames = poses.frames == PoseFrames::Whole && m_model ? steps * m_model->state().frames : steps;
    m_render->setEnabled(steps > 0 && frames <= kMostFrames);
    m_render->setToolTip(frames > kMostFrames ? tr("The clip would have more than %1 frames: put fewer steps between two poses").arg(kMostFrames)
                         : steps > 0          ? tr("Makes the way through the key poses and plays it (Shift+K). It is one of the subjects of Save as GIF or Video")
                                              : tr("Keep two poses of appearance or of motion first"));
    m_summary->setText(steps > 0 ? tr("%n step(s)", nullptr, steps) + QStringLiteral(" · ") + tr("%n frame(s)", nullptr, frames) : QString());
    m_summary->setToolTip(tr("Gaussian codes and motion paths are interpolated step by step of the path; settings go straight; a category, a picture or a map is that of the nearer pose. A track with one pose stays there, one without stays at the present "
                             "codes."));
    showPictures();
}

const KeyPosePanel::Picture* KeyPosePanel::picture(ControlRole role, const ControlValues& pose) const
{
    const auto found = std::ranges::find_if(m_pictures, [&](const Picture& entry) { return entry.role == role && entry.pose == pose; });
    return found == m_pictures.end() ? nullptr : &*found;
}

void KeyPosePanel::showPictures()
{
    if (!m_model) return;
    for (const Track& track : m_tracks) {
        const auto found = m_model->state().poses.tracks.find(track.role);
        if (found == m_model->state().poses.tracks.end()) continue;
        for (int pose = 0; pose < std::min(track.list->count(), static_cast<int>(found->second.size())); ++pose) {
            const Picture* known = picture(track.role, found->second[static_cast<std::size_t>(pose)]);
            if (!known) m_pictures.push_back({track.role, found->second[static_cast<std::size_t>(pose)], {}});
            track.list->item(pose)->setIcon(known && !known->image.isNull() ? QIcon(QPixmap::fromImage(known->image)) : themedIcon(QStringLiteral("picture")));
        }
    }
    askPicture();
}

/// A middle frame of a pose, beside the codes that are present when it is first shown.
void KeyPosePanel::askPicture()
{
    if (m_askingPicture || !m_model || !m_model->missing().empty()) return;
    const auto wanted = std::ranges::find_if(m_pictures, [](const Picture& entry) { return entry.image.isNull(); });
    if (wanted == m_pictures.end()) return;
    GenerateRequest request;
    request.checkpoint = m_checkpoint;
    request.clips = {m_model->values()};
    for (const auto& [id, value] : wanted->pose) request.clips.front()[id] = value;
    request.frames = m_model->state().frames;
    request.channel = "pose_pictures";
    request.preview = m_engine.remote();
    m_askingPicture = true;
    m_engine.generate(request, this, [this, turn = m_turn, role = wanted->role, pose = wanted->pose](const kinora::Outcome<GeneratedClips>& outcome) {
        if (turn != m_turn) return;
        m_askingPicture = false;
        const auto found = std::ranges::find_if(m_pictures, [&](const Picture& entry) { return entry.role == role && entry.pose == pose; });
        if (found == m_pictures.end()) return;
        if (!outcome || outcome.value().clips.empty()) {
            m_pictures.erase(found);  // a pose of another length, say: it is asked for again when it is shown again
            return;
        }
        const kinora::Frames& clip = *outcome.value().clips.front();
        found->image = QImage(clip.frame(clip.count() / 2), clip.width(), clip.height(), clip.width() * 3, QImage::Format_RGB888).scaled(kPictureSide, kPictureSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
        showPictures();
    });
}

void KeyPosePanel::stop()
{
    if (m_pending) m_engine.cancel(*m_pending);
    ++m_wayTurn;
    m_pending.reset();
    m_way.reset();
    m_progress->hide();
}

void KeyPosePanel::render()
{
    if (!m_model || !m_render->isEnabled()) return;
    stop();
    Way way;
    way.poses = m_model->state().poses;
    way.present = m_model->values();
    way.frames = m_model->state().frames;
    const auto steps = kinora::attempt([&] { return kinora::poseSteps(m_model->system().controls, way.poses, way.present, way.frames); });
    if (!steps) {
        Q_EMIT failed(errorText(steps.error()));
        return;
    }
    way.steps = steps.value();
    m_progress->setRange(0, static_cast<int>(way.steps.size()));
    m_progress->setValue(0);
    m_progress->show();
    m_way = std::move(way);
    askStep();
}

void KeyPosePanel::askStep()
{
    GenerateRequest request;
    request.checkpoint = m_checkpoint;
    request.frames = m_way->frames;
    request.channel = "key_poses";
    const std::size_t done = m_way->parts.size(), end = std::min(done + kStepsPerRequest, m_way->steps.size());
    request.clips.assign(m_way->steps.begin() + static_cast<std::ptrdiff_t>(done), m_way->steps.begin() + static_cast<std::ptrdiff_t>(end));
    m_pending = m_engine.generate(request, this, [this, turn = m_wayTurn](const kinora::Outcome<GeneratedClips>& outcome) {
        if (turn != m_wayTurn || !m_way) return;
        if (!outcome) {
            stop();
            if (outcome.error().code() != kinora::ErrorCode::Cancelled) Q_EMIT failed(errorText(outcome.error()));
            return;
        }
        for (const auto& clip : outcome.value().clips) {
            const int step = static_cast<int>(m_way->parts.size());
            const int frame = kinora::frameOfStep(m_way->poses.frames, step, clip->count());
            if (frame < 0) {
                m_way->parts.push_back(*clip);
                continue;
            }
            kinora::Frames one(1, clip->height(), clip->width());
            std::copy_n(clip->frame(frame), clip->frameBytes(), one.frame(0));
            m_way->parts.push_back(std::move(one));
        }
        m_progress->setValue(static_cast<int>(m_way->parts.size()));
        if (m_way->parts.size() < m_way->steps.size()) {
            askStep();
            return;
        }
        const Way way = *std::exchange(m_way, std::nullopt);
        stop();
        std::vector<const kinora::Frames*> parts;
        for (const kinora::Frames& part : way.parts) parts.push_back(&part);
        const auto clip = kinora::attempt([&] { return std::make_shared<const kinora::Frames>(kinora::poseClip(parts, PoseFrames::Whole)); });
        if (clip)
            Q_EMIT rendered(clip.value(), way.poses, way.present, way.frames);
        else
            Q_EMIT failed(errorText(clip.error()));
    });
}
