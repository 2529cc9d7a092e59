#include "widgets/views/latent_tools.h"

#include <QAction>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QSplitter>
#include <algorithm>

#include "widgets/views/key_pose_panel.h"
#include "widgets/views/latent_pad.h"
#include "widgets/views/sequence_editor.h"

LatentTools::LatentTools(EngineClient& engine, QWidget* parent) : QWidget(parent), m_engine(engine)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_splitter = new QSplitter(Qt::Horizontal, this);
    m_splitter->setChildrenCollapsible(false);
    layout->addWidget(m_splitter);

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
    if (m_poses) refresh();
}

void LatentTools::setModel(LatentModel* model, const OpenedCheckpoint* checkpoint)
{
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
