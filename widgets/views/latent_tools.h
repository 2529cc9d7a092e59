#pragma once
#include <QList>
#include <QSettings>
#include <QWidget>

#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/latent_state.h"

class KeyPosePanel;
class LatentPad;
class QAction;
class QScrollArea;
class QSplitter;
class SequenceEditor;

/// Below the workspace: further ways to move the codes that the sliders move. Each is shown and hidden by its own action; without any the strip is gone.
///
/// Like the ControlPanel it edits a LatentModel that the page owns, and says what it changed.
class LatentTools final : public QWidget {
    Q_OBJECT
public:
    explicit LatentTools(EngineClient& engine, QWidget* parent = nullptr);
    /// \param model  is edited; it must live until the next call or the end. \param checkpoint  nullptr with the model, else what generates
    void setModel(LatentModel* model, const OpenedCheckpoint* checkpoint);
    /// Shows the model's present state and directions without saying that anything changed.
    void refresh();
    LatentPad* pad() const { return m_pad; }
    SequenceEditor* curves() const { return m_curves; }
    KeyPosePanel* poses() const { return m_poses; }
    /// For the View menu; checkable, with keys that work on \p page.
    QList<QAction*> viewActions() const { return m_viewActions; }
    /// For the Latents menu.
    QList<QAction*> latentActions() const { return m_latentActions; }
    void saveState(QSettings& settings) const;
    void restoreState(QSettings& settings);

public Q_SLOTS:
    /// Asks for a name and keeps the movement of a code as a direction.
    void saveDirection(const std::string& control);
    void keepMovement(const std::string& control, const QString& name);  ///< Without asking.
    void manageDirections();

Q_SIGNALS:
    /// The person changed something, see ControlPanel::edited().
    void edited(const QString& text, int group);
    void failed(const QString& text);
    void said(const QString& text);             ///< For the status bar.
    void savedDirectionsChanged();              ///< There may be more than before.
    void directionsRenamed(const std::string& control);  ///< Of the model; or they have become fewer.
    /// The way through the key poses, see KeyPosePanel::rendered().
    void wayRendered(const std::shared_ptr<const kinora::Frames>& clip, const kinora::KeyPoses& poses, const kinora::ControlValues& present, int frames);

private:
    void showWanted();

    EngineClient& m_engine;
    LatentModel* m_model = nullptr;  // not owned
    std::string m_hash;              // of the open checkpoint
    JobRunner m_jobs;
    QScrollArea* m_scroll = nullptr;
    QSplitter* m_splitter = nullptr;
    LatentPad* m_pad = nullptr;
    SequenceEditor* m_curves = nullptr;
    KeyPosePanel* m_poses = nullptr;
    QList<QAction*> m_viewActions, m_latentActions;
    QList<QWidget*> m_boxes;  // one per action
};
