#pragma once
#include <QPointer>
#include <QUndoStack>
#include <filesystem>
#include <optional>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/direction_finder.h"
#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/judge_controller.h"
#include "widgets/controllers/latent_state.h"
#include "widgets/controllers/matrix_controller.h"
#include "widgets/controllers/preview_controller.h"
#include "widgets/page.h"

class BookmarksPanel;
class ClipGrid;
class ControlPanel;
class EvidencePanel;
class InversionDialog;
class LatentTools;
class MatrixHeaders;
class MessageBar;
class PlayerBar;
class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QSplitter;
class QStackedWidget;
class QToolButton;
namespace kinora {
struct FigureRecipe;
}

/// Moves the codes of an opened checkpoint and shows what becomes of them: sliders, one clip that follows them, and an appearance x motion matrix.
class ExplorePage final : public Page {
    Q_OBJECT
public:
    /// \param demo  the ready model, opened at the first start; empty if there is none
    ExplorePage(EngineClient& engine, const QString& demo, QWidget* parent = nullptr);

    QString id() const override { return QStringLiteral("explore"); }
    QString title() const override { return tr("Explore"); }
    QString iconName() const override { return QStringLiteral("explore"); }
    QList<QAction*> menuActions(PageMenu menu) const override;
    QUndoStack* undoStack() override { return &m_undo; }
    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    bool accepts(const QString& path) const override;
    void openPath(const QString& path) override;
    void shown() override;
    void hidden() override;

    /// Where the datasets lie whose clips can be inverted, as the Datasets page has them.
    void setDatasets(const QString& folder, const QString& recent);
    /// The dialog that looks for the codes of a real clip, while it is open.
    InversionDialog* inversion() const;
    EvidencePanel* evidence() const { return m_evidence; }
    MatrixHeaders& matrixHeaders() const { return *m_headers; }
    LatentTools* tools() const { return m_tools; }
    BookmarksPanel& bookmarks() const { return *m_bookmarks; }
    const LatentModel& model() const { return m_model; }
    bool hasCheckpoint() const { return m_checkpoint.has_value(); }
    /// Pictures of a dataset for a control that has no prior; empty: of what the checkpoint was trained on, without a word where that is not there.
    void askGiven(const std::string& control, const QString& dataset);

public Q_SLOTS:
    void chooseCheckpoint();
    void newAppearance();
    void newMotion();
    void newBoth();
    void resetLatents();
    void setFrames(int frames);
    void loadCell(int row, int column);
    void saveClip();
    void setReference();  ///< The clip that is shown becomes what the evidence compares with.
    void findCodes();  ///< Of a real clip.
    void findCodesOf(const QString& dataset, qint64 clip);  ///< Of this clip: once a checkpoint is open.
    void copyState();
    void pasteState();

private:
    friend class StateCommand;
    void buildActions();
    QWidget* buildEmpty();
    QWidget* buildWorkspace();
    void openCheckpoint(const QString& file);
    void adopt(const OpenedCheckpoint& checkpoint);
    void askDirections();
    void chooseGiven(const std::string& control);
    void takeDirections(const std::string& control, const DirectionSet& directions);
    void commit(const QString& text, int group);
    void applyState(const LatentState& state);
    void requestClip();
    void requestMatrix();
    void matrixEdited(QSpinBox* box);
    void showMatrixCodes();
    void openBookmark(const QString& name, const nlohmann::json& state);
    void compareCodes();
    std::string view() const;  ///< The further output that is shown; empty: the clip.
    void retitle();
    enum class Subject { Clip, Matrix, Way };
    kinora::FigureRecipe recipeOf(Subject subject) const;
    void restorePending();
    bool takeJson(const QString& text);
    nlohmann::json stateJson() const;
    QString suggestedName() const;
    void engineChanged();

    EngineClient& m_engine;
    QString m_demo, m_datasets, m_recentDatasets;
    QPointer<InversionDialog> m_inversion;
    PreviewController m_preview;
    MatrixController m_matrix;
    JudgeController m_judge;
    DirectionFinder m_finder;
    ExportController m_export;
    JobRunner m_jobs;
    ClipClock m_clock;
    QUndoStack m_undo;
    LatentModel m_model;
    LatentState m_committed;
    /// The clip through the key poses that was made last, and what of.
    struct Way {
        ClipPtr clip;
        kinora::KeyPoses poses;
        kinora::ControlValues present;
        int frames = 0;
    };
    std::optional<Way> m_way;
    ClipPtr m_single;  // of the present codes, as it came last
    bool m_saveWanted = false;  // as soon as the clip of the present codes is there
    std::optional<kinora::ControlValues> m_referenceValues;  // of the evidence's reference
    std::optional<OpenedCheckpoint> m_checkpoint;
    QString m_opening;                       // path that is being opened
    quint64 m_openTurn = 0;
    std::optional<nlohmann::json> m_pendingState;  // of the last session, applied once its checkpoint is open
    bool m_playWanted = true;
    bool m_directionsAsked = false;

    QStackedWidget* m_stack = nullptr;
    QLabel* m_emptyText = nullptr;
    QPushButton* m_demoButton = nullptr;
    MessageBar* m_message = nullptr;
    QLabel* m_heading = nullptr;
    QSplitter *m_splitter = nullptr, *m_toolSplitter = nullptr;
    LatentTools* m_tools = nullptr;
    ControlPanel* m_panel = nullptr;
    ClipView* m_view = nullptr;
    PlayerBar* m_player = nullptr;
    EvidencePanel* m_evidence = nullptr;
    QComboBox* m_output = nullptr;
    QSpinBox* m_frames = nullptr;
    QLabel* m_framesNote = nullptr;
    QWidget* m_matrixSide = nullptr;
    ClipGrid* m_grid = nullptr;
    MatrixHeaders* m_headers = nullptr;
    BookmarksPanel* m_bookmarks = nullptr;
    QAction* m_bookmarksAction = nullptr;
    QString m_bookmarkCheckpoint;  // that the message bar offers to open
    nlohmann::json m_bookmarkState;
    std::optional<nlohmann::json> m_pendingMatrix;  // codes of the last session
    QSpinBox *m_rows = nullptr, *m_columns = nullptr, *m_appearanceSeed = nullptr, *m_motionSeed = nullptr;
    QLabel* m_motionSeedLabel = nullptr;
    QProgressBar* m_matrixProgress = nullptr;
    QTimer m_matrixDelay;

    QAction *m_openAction = nullptr, *m_saveClipAction = nullptr, *m_saveStateAction = nullptr, *m_openStateAction = nullptr;
    QAction *m_copyAction = nullptr, *m_pasteAction = nullptr, *m_commandAction = nullptr;
    QAction *m_pixelAction = nullptr, *m_matrixAction = nullptr;
    QAction *m_demoAction = nullptr, *m_aboutModelAction = nullptr, *m_aboutSystemAction = nullptr, *m_compareAction = nullptr;
    QAction *m_appearanceAction = nullptr, *m_motionAction = nullptr, *m_bothAction = nullptr, *m_resetAction = nullptr, *m_newMatrixAction = nullptr, *m_inversionAction = nullptr, *m_evidenceAction = nullptr, *m_referenceAction = nullptr, *m_playAction = nullptr;
};
