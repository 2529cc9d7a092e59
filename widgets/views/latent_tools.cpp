#include "widgets/views/latent_tools.h"

#include <QAction>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <algorithm>
#include <cmath>

#include "widgets/controllers/saved_directions.h"
#include "widgets/text.h"
#include "widgets/views/key_pose_panel.h"
#include "widgets/views/latent_pad.h"
#include "widgets/views/saved_directions_dialog.h"
#include "widgets/views/sequence_editor.h"

LatentTools::LatentTools(EngineClient& engine, QWidget* parent) : QWidget(parent), m_engine(engine)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_splitter = new QSplitter(Qt::Horizontal, this);
    m_splitter->setChildrenCollapsible(false);
    m_scroll = new QScrollArea(this);  // a small window scrolls through the tools rather than growing
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(m_splitter);
    layout->addWidget(m_scroll);

    const auto make = [this](const QString& text, const QString& tip, const QKeySequence& key, const QString& name) {
        auto* action = new QAction(text, this);
        action->setObjectName(name);
        action->setStatusTip(tip);
        action->setToolTip(tip);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);  // a key of one letter is the page's alone
        action->setCheckable(true);
        connect(action, &QAction::toggled, this, &LatentTools::showWanted);
        m_viewActions << action;
        return action;
    };
    const auto add = [this](QWidget* tool, const QString& title) {
        auto* box = new QGroupBox(title, m_splitter);
        auto* inside = new QVBoxLayout(box);
        inside->setContentsMargins(6, 2, 6, 6);
        inside->addWidget(tool);
        m_splitter->addWidget(box);
        m_boxes << box;
    };
    make(tr("2D &Pad"), tr("Moves an appearance direction and a motion direction at once"), QKeySequence(Qt::Key_P), QStringLiteral("pad"));
    m_pad = new LatentPad;
    add(m_pad, tr("Pad"));
    connect(m_pad, &LatentPad::edited, this, &LatentTools::edited);
    make(tr("&Curves over Time"), tr("Draws how a motion code changes from step to step"), QKeySequence(Qt::Key_C), QStringLiteral("curves"));
    m_curves = new SequenceEditor;
    add(m_curves, tr("Curves over time"));
    connect(m_curves, &SequenceEditor::edited, this, &LatentTools::edited);
    QAction* posesAction = make(tr("&Key Poses"), tr("Codes that were kept, and the way through them as one clip"), QKeySequence(Qt::SHIFT | Qt::Key_K), QStringLiteral("poses"));
    m_poses = new KeyPosePanel(m_engine);
    add(m_poses, tr("Key poses"));
    connect(m_poses, &KeyPosePanel::edited, this, &LatentTools::edited);
    connect(m_poses, &KeyPosePanel::failed, this, &LatentTools::failed);
    connect(m_poses, &KeyPosePanel::rendered, this, &LatentTools::wayRendered);
    const auto command = [this](const QString& text, const QString& tip, const QKeySequence& key, auto slot) {
        auto* action = new QAction(text, this);
        action->setStatusTip(tip);
        action->setToolTip(tip);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, slot);
        m_latentActions << action;
    };
    command(tr("&Keep as Key Pose"), tr("Keeps the present codes as a key pose of appearance and of motion"), QKeySequence(Qt::Key_K), [this, posesAction] {
        posesAction->setChecked(true);
        m_poses->addAll();
    });
    command(tr("Clip through the Key &Poses"), tr("Makes the way through the key poses and plays it"), QKeySequence(Qt::SHIFT | Qt::Key_P), [this, posesAction] {
        posesAction->setChecked(true);
        m_poses->render();
    });
    command(tr("Saved &Directions…"), tr("Renames, deletes, imports and exports the directions that you saved"), QKeySequence(Qt::SHIFT | Qt::Key_D), [this] { manageDirections(); });
    showWanted();
}

void LatentTools::showWanted()
{
    bool any = false;
    for (qsizetype place = 0; place < std::min(m_boxes.size(), m_viewActions.size()); ++place) {
        const bool wanted = m_viewActions[place]->isChecked();
        m_boxes[place]->setVisible(wanted);
        any = any || wanted;
    }
    setVisible(any);
    m_scroll->setMinimumHeight(m_splitter->minimumSizeHint().height() + m_scroll->horizontalScrollBar()->sizeHint().height());
    if (m_poses) refresh();
}

void LatentTools::setModel(LatentModel* model, const OpenedCheckpoint* checkpoint)
{
    m_model = model;
    m_hash = checkpoint ? checkpoint->hash.toStdString() : std::string();
    m_pad->setModel(model);
    m_curves->setModel(model);
    m_poses->setModel(model, checkpoint);
    for (QAction* action : m_latentActions) action->setEnabled(model);
}

/// What is hidden costs nothing: it is refreshed when it is shown.
void LatentTools::refresh()
{
    if (m_viewActions.value(0)->isChecked()) m_pad->refresh();
    if (m_viewActions.value(1)->isChecked()) m_curves->refresh();
    if (m_viewActions.value(2)->isChecked()) m_poses->refresh();
}

void LatentTools::saveDirection(const std::string& control)
{
    if (!m_model) return;
    auto* ask = new QInputDialog(this);
    ask->setAttribute(Qt::WA_DeleteOnClose);
    ask->setWindowTitle(tr("Save Direction"));
    ask->setLabelText(tr("The way from what the seed gave to the present code becomes a direction of the list. Name:"));
    connect(ask, &QInputDialog::textValueSelected, this, [this, control](const QString& name) { keepMovement(control, name); });
    ask->open();
}

void LatentTools::keepMovement(const std::string& id, const QString& name)
{
    const kinora::Control* control = m_model ? m_model->control(id) : nullptr;
    if (!control || name.trimmed().isEmpty()) return;
    SavedDirection direction{name.trimmed().toStdString(), m_model->system().id, id, m_hash, control->kind, m_model->movement(id), {}};
    double length = 0;
    for (const float number : direction.vector) length += static_cast<double>(number) * number;
    length = std::sqrt(length);
    if (!(length > 1e-6)) return Q_EMIT failed(tr("This code stands where its seed put it: move it along sliders first, then save that movement."));
    for (float& number : direction.vector) number = static_cast<float>(number / length * control->deviation);  // as the other directions: +1 is a standard deviation
    m_jobs.run([direction](std::stop_token) { return keepDirection(savedDirectionsFolder(), direction); },
               [this, name](const kinora::Outcome<std::filesystem::path>& outcome) {
                   if (!outcome) return Q_EMIT failed(errorText(outcome.error()));
                   Q_EMIT said(tr("Saved the direction \"%1\".").arg(name.trimmed()));
                   Q_EMIT savedDirectionsChanged();
               });
}

void LatentTools::manageDirections()
{
    auto* dialog = new SavedDirectionsDialog(m_model ? m_model->system().id : std::string(), m_model ? m_model->system().controls : std::vector<kinora::Control>(), m_hash, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    const auto rename = [this](const QString& control, const QString& from, const QString& to) {
        if (!m_model) return;
        m_model->renameDirection(control.toStdString(), from.toStdString(), to.toStdString());
        refresh();
        Q_EMIT directionsRenamed(control.toStdString());
    };
    connect(dialog, &SavedDirectionsDialog::renamed, this, rename);
    connect(dialog, &SavedDirectionsDialog::removed, this, [rename](const QString& control, const QString& name) { rename(control, name, QString()); });
    connect(dialog, &SavedDirectionsDialog::imported, this, &LatentTools::savedDirectionsChanged);
    dialog->open();
}

void LatentTools::saveState(QSettings& settings) const
{
    for (const QAction* action : m_viewActions) settings.setValue(QStringLiteral("tools/") + action->objectName(), action->isChecked());
    settings.setValue(QStringLiteral("tools/splitter"), m_splitter->saveState());
    m_pad->saveState(settings);
}

void LatentTools::restoreState(QSettings& settings)
{
    m_splitter->restoreState(settings.value(QStringLiteral("tools/splitter")).toByteArray());
    m_pad->restoreState(settings);
    for (QAction* action : m_viewActions) action->setChecked(settings.value(QStringLiteral("tools/") + action->objectName(), false).toBool());
    showWanted();
}
