#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "core/dataset/clip_source.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/controllers/compare_table_model.h"
#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/matrix_controller.h"
#include "widgets/controllers/shared_codes.h"
#include "widgets/controllers/study_maker.h"
#include "widgets/page.h"
#include "widgets/views/compare_export.h"

class MessageBar;
class PlayerBar;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QSlider;
class QSpinBox;
class QStackedWidget;
class QTableView;

/// Two to eight checkpoints, of any systems, and datasets side by side, playing in step: one column each, one row for every pair of seeds.
///
/// The first checkpoint is the reference of the codes: where a control of another agrees with one of its controls (sharedCodes) it gets the same code, else the same
/// seed; every column says which. Columns can be shown against one of them: as a difference, in turn, or with a line to wipe.
class ComparePage final : public Page {
    Q_OBJECT
public:
    explicit ComparePage(EngineClient& engine, QWidget* parent = nullptr);
    ~ComparePage() override;

    QString id() const override { return QStringLiteral("compare"); }
    QString title() const override { return tr("Compare"); }
    QString iconName() const override { return QStringLiteral("compare"); }
    QList<QAction*> menuActions(PageMenu menu) const override;
    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    bool accepts(const QString& path) const override;
    void openPath(const QString& path) override;
    void shown() override;
    void hidden() override;

    static constexpr int kMost = 8;  ///< Columns.
    int count() const { return static_cast<int>(m_entries.size()); }
    bool busy() const;  ///< Clips are being read or made: what is shown is not yet what the fields say, and nothing is saved or copied.
    QStringList names() const;
    /// What a column's clips were made from, as its label says: "same codes", "same seeds".
    QString codesText(int column) const;
    ClipBlend blend() const;

public Q_SLOTS:
    void chooseCheckpoints();
    void chooseRun();
    void chooseDataset();
    void setBlend(ClipBlend blend);
    void newStudy();
    void chooseStudy();
    void openStudy(const QString& path);
    void remove(int column);
    void clear();
    void shuffle();
    void save();  ///< What is shown, as a file; nothing while busy().

private:
    struct Entry {
        int number = 0;   // never used twice
        QString path;     // of the checkpoint or dataset; until it is known of the run
        std::optional<OpenedCheckpoint> checkpoint;
        std::shared_ptr<const kinora::ClipSource> dataset;
        bool isDataset = false;
        quint64 turn = 0, placed = 0;  // of the dataset's clips that are wanted, and that are shown
        int placedFirst = 0;           // number of the dataset's clip in the first row, as it is shown
        bool asking = false;           // for pictures
        std::optional<double> clipsPerSecond;
        qint64 peakBytes = 0;
        std::map<QString, CompareFacts::Measured> metrics;
        QString problem;
        std::map<std::string, GivenPictures> given;  // pictures for controls without a prior, of what it was trained on
        std::unique_ptr<MatrixController> clips;
        QWidget* chip = nullptr;
        QLabel *label = nullptr, *codes = nullptr;
        QSpinBox* firstClip = nullptr;  // of a dataset
        bool opened() const { return checkpoint || dataset; }
        /// Its column is not what the page asks for, but will be.
        bool busy() const { return problem.isEmpty() && (!opened() || asking || turn != placed || clips->busy()); }
    };
    void add(const QString& path);
    void open(int number, const QString& checkpoint);
    void openDataset(int number);
    void readMetrics(const Entry& entry);
    void place(const Entry& entry, int firstRow, const std::vector<ClipPtr>& clips);
    const Entry* reference() const;  // of the codes
    int framesOf(const Entry& entry) const;
    void askGiven(int number, const std::string& control);
    kinora::ControlValues codes(const Entry& entry, int row) const;
    QString codesText(const Entry& entry) const;
    ComparedColumn saved(const Entry& entry) const;
    bool savable(const Entry& entry) const;
    void blendChanged();
    static bool isStudy(const QString& path);
    void makeStudy(const QString& file, kinora::StudyDesign design);
    void refreshTable();
    bool eventFilter(QObject* watched, QEvent* event) override;
    void copyTable(bool latex);
    void failed(int number, const QString& text);
    Entry* entry(int number);
    int columnOf(int number) const;
    QString nameOf(const Entry& entry) const;
    void relabel();
    void generate(Entry& entry);
    void generateAll();

    EngineClient& m_engine;
    CompareExport m_export;
    StudyMaker m_study;
    JobRunner m_jobs;
    ClipClock m_clock;
    std::vector<std::unique_ptr<Entry>> m_entries;
    int m_lastNumber = 0;
    bool m_playWanted = true;

    MessageBar* m_message = nullptr;
    QStackedWidget* m_stack = nullptr;
    QHBoxLayout* m_chips = nullptr;
    ClipGrid* m_grid = nullptr;
    PlayerBar* m_player = nullptr;
    QProgressBar* m_progress = nullptr;
    QComboBox *m_blend = nullptr, *m_against = nullptr;
    QSpinBox* m_gain = nullptr;
    QSlider* m_wipe = nullptr;
    CompareTableModel* m_table = nullptr;
    QTableView* m_tableView = nullptr;
    QSpinBox *m_appearance = nullptr, *m_motion = nullptr, *m_rows = nullptr, *m_frames = nullptr;
    QAction *m_addAction = nullptr, *m_addRunAction = nullptr, *m_clearAction = nullptr, *m_shuffleAction = nullptr, *m_saveAction = nullptr, *m_playAction = nullptr, *m_pixelAction = nullptr;
    QAction *m_addDatasetAction = nullptr, *m_differenceAction = nullptr, *m_flickerAction = nullptr, *m_wipeAction = nullptr, *m_zoomInAction = nullptr, *m_zoomOutAction = nullptr, *m_zoomResetAction = nullptr;
    QAction *m_tableAction = nullptr, *m_copyCsvAction = nullptr, *m_copyLatexAction = nullptr, *m_studyAction = nullptr, *m_openStudyAction = nullptr;
};
