#pragma once
#include <QSettings>
#include <QTimer>
#include <QWidget>

#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/controllers/run_monitor.h"
#include "widgets/controllers/sample_reader.h"

class ClipClock;
class ClipGrid;
class PlayerBar;
class QAction;
class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

/// The fixed-code samples of a run: the appearance x motion matrix of one training step, playing, and a scrubber over all the steps there are.
///
/// Another step can be pinned beside it; the difference is that to the pinned step or, without one, to the sample before. Files are read elsewhere: the
/// old matrix stays until the new one is there.
class SampleView final : public QWidget {
    Q_OBJECT
public:
    explicit SampleView(QWidget* parent = nullptr);
    ~SampleView() override;

    ClipGrid* grid() const { return m_grid; }
    ClipGrid* pinnedGrid() const { return m_pinnedGrid; }
    QSlider* slider() const { return m_slider; }
    qint64 shownStep() const { return m_shown; }    ///< Of the matrix on screen; -1: none.
    qint64 pinnedStep() const { return m_pinned; }  ///< -1: none.
    bool filming() const { return m_film.isActive(); }
    const SampleReader& reader() const { return m_reader; }
    /// Everything that can be done here, for menus.
    QList<QAction*> menuActions() const { return m_actions; }
    void saveState(QSettings& settings) const;
    void restoreState(QSettings& settings);

public Q_SLOTS:
    /// Shows another run, or what has come to the same one.
    void setRun(const RunSnapshot& run);
    void goTo(qint64 step);   ///< The sample nearest to this step.
    void goBy(int samples);   ///< Forwards or back by so many samples.
    void setFollowing(bool follow);
    void setFilming(bool on);  ///< Plays through training time, every step, from the first if the last is shown.
    void setDifference(SampleDifference mode);
    void setPinned(bool pinned);  ///< The shown step stays on the left while the scrubber moves on.
    void saveCell();

Q_SIGNALS:
    void stepChanged(qint64 step);  ///< The scrubber is at this step; its matrix may still be read.
    void stepShown(qint64 step);
    void statusMessage(const QString& text, int milliseconds = 5000);

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    QAction* make(const QString& icon, const QString& text, const QString& tip, const QList<QKeySequence>& keys);
    void choose(int index);
    void want();
    void present();
    void showLine();
    ClipPtr currentCell() const;            // nullptr: nothing there
    int indexOf(qint64 step) const;         // -1: none
    qint64 referenceOf(qint64 step) const;  // what it is set against; -1: nothing

    QString m_folder;
    kinora::RunConfig m_config;
    std::vector<kinora::SampleFile> m_files;
    int m_index = -1;  // the scrubber's
    qint64 m_wanted = -1, m_shown = -1, m_pinned = -1, m_pinnedShown = -1, m_complained = -1;
    SampleDifference m_mode = SampleDifference::None, m_shownMode = SampleDifference::None;
    SamplesPtr m_samples;  // what m_grid shows comes from
    qint64 m_shownReference = -1;
    bool m_follow = true;
    QTimer m_film;

    QList<QAction*> m_actions;
    QAction* m_filmAction = nullptr;
    QAction* m_followAction = nullptr;
    QAction* m_pinAction = nullptr;
    QAction* m_saveAction = nullptr;
    QList<QAction*> m_modeActions;
    ClipClock* m_clock = nullptr;
    QLabel* m_pinnedTitle = nullptr;
    QLabel* m_title = nullptr;
    QWidget* m_pinnedSide = nullptr;
    ClipGrid* m_pinnedGrid = nullptr;
    ClipGrid* m_grid = nullptr;
    PlayerBar* m_bar = nullptr;
    QToolButton* m_filmButton = nullptr;
    QSlider* m_slider = nullptr;
    QSpinBox* m_step = nullptr;
    QLabel* m_count = nullptr;
    QComboBox* m_show = nullptr;
    QComboBox* m_rate = nullptr;
    QCheckBox* m_followBox = nullptr;
    SampleReader m_reader;
    ExportController m_export;
    JobRunner m_differing;  // last: its thread ends before the rest goes
};
