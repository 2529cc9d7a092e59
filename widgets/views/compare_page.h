#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/matrix_controller.h"
#include "widgets/page.h"

class ClipGrid;
class MessageBar;
class PlayerBar;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QSpinBox;
class QStackedWidget;

/// Checkpoints side by side on the same appearance and motion seeds, playing in step: one column each, one row for every pair of seeds.
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

    int count() const { return static_cast<int>(m_entries.size()); }
    QStringList names() const;

public Q_SLOTS:
    void chooseCheckpoints();
    void chooseRun();
    void remove(int column);
    void clear();
    void shuffle();
    void saveRow();

private:
    struct Entry {
        int number = 0;   // never used twice
        QString path;     // of the checkpoint; until it is known of the run
        std::optional<OpenedCheckpoint> checkpoint;
        QString problem;
        std::unique_ptr<MatrixController> clips;
        QWidget* chip = nullptr;
        QLabel* label = nullptr;
    };
    void add(const QString& path);
    void open(int number, const QString& checkpoint);
    void failed(int number, const QString& text);
    Entry* entry(int number);
    int columnOf(int number) const;
    QString nameOf(const Entry& entry) const;
    void relabel();
    void generate(Entry& entry);
    void generateAll();

    EngineClient& m_engine;
    ExportController m_export;
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
    QSpinBox *m_appearance = nullptr, *m_motion = nullptr, *m_rows = nullptr, *m_frames = nullptr;
    QAction *m_addAction = nullptr, *m_addRunAction = nullptr, *m_clearAction = nullptr, *m_shuffleAction = nullptr, *m_saveAction = nullptr, *m_playAction = nullptr, *m_pixelAction = nullptr;
};
