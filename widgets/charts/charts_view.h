#pragma once
// Curves of any number of runs: one chart for each tag, laid out in sections.
//
// For the owner (a page of the window):
//     ChartsView* charts = new ChartsView;
//     charts->setRuns({{folder, name, colour, hidden}, ...});   // reads and follows the folders itself; nothing else has to be fed
//     connect(charts, &ChartsView::stepSelected, ...);          // the person chose a training step: show its samples
//     charts->setMarker(step);                                  // the step whose samples are shown
//     settings.setValue("charts", charts->saveState());         // pins, sections, smoothing, axes; restoreState() brings them back
#include <QColor>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "widgets/charts/chart_data.h"
#include "widgets/charts/chart_export.h"
#include "widgets/charts/curve_store.h"
#include "widgets/controllers/job_runner.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QScrollArea;
class QSlider;
class QToolButton;
class ChartPlot;
class ChartSection;
class RunLegend;

/// A run to show.
struct ChartRun {
    QString folder;        ///< With events files: a run directory, or a folder of PyTorch's.
    QString name;          ///< Empty: the folder's name.
    QColor colour;         ///< Invalid: chosen by the folder's path, the same every time.
    bool hidden = false;   ///< Listed in the legend, but not drawn.
    bool operator==(const ChartRun&) const = default;
};

/// Charts of the scalars of runs, with what reading them needs: smoothing, logarithmic values, four kinds of x, one zoom for all charts, a crosshair with the
/// values of all runs. It reads and follows the folders itself, in the background. docs/curves.md is its manual.
///
/// Wheel: zoom around the pointer; drag: pan; Shift and drag: zoom into a range; double click: everything. A click chooses a step.
/// Keys of a chart: + - zoom, arrows move the crosshair, Shift and arrows pan, 0 everything, Space choose the step, Enter enlarge, P pin, L logarithmic, Escape back.
class ChartsView final : public QWidget {
    Q_OBJECT
public:
    explicit ChartsView(QWidget* parent = nullptr);
    ~ChartsView() override;

    /// Shows these runs and no others (but for folders that the person added); what is known of runs that stay is kept.
    void setRuns(const std::vector<ChartRun>& runs);
    std::vector<ChartRun> runs() const;
    /// Adds the folders with events files at or below one, besides those of setRuns(), until they are taken out of the legend.
    void addFolder(const QString& root);
    /// The tags in the order in which they should be listed; others follow by name. Also says which section comes first.
    void setOrder(const QStringList& tags);
    CurveStore& store() { return m_store; }

    double smoothing() const;
    XMode xMode() const { return m_mode; }
    bool logarithmic() const;
    std::pair<double, double> range() const { return {m_from, m_to}; }  ///< x at the left and right edge; with XMode::WallTime seconds since 1970.
    bool showsEverything() const { return m_all; }
    /// The tags of the charts that there are, in the order on screen; only those that pass the filter and lie in open sections.
    QStringList shownTags() const;
    QStringList pinned() const { return m_pinned; }
    QString enlarged() const { return m_enlarged; }
    ChartPlot* chart(const QString& tag) const;  ///< Null if there is none.
    bool isHidden(const QString& folder) const;
    /// Nothing is under way: all that was read is on screen.
    bool settled() const;

    /// View options as JSON; restoreState() takes unknown or damaged ones for absent.
    QByteArray saveState() const;
    void restoreState(const QByteArray& state);

    /// What export writes of a chart (empty tag: of all that are shown): snapshots, for background work.
    Figure figure(const QString& tag = {}) const;
    /// Writes .png, .svg, .pdf or .csv by the path's ending, in the background; saved() or saveFailed() follow. Empty tag: all charts that are shown.
    void save(const QString& path, const QString& tag = {}, const FigureOptions& options = {});

public Q_SLOTS:
    void setSmoothing(double smoothing);          ///< In [0, 0.999].
    void setXMode(XMode mode);
    void setLogarithmic(bool logarithmic);        ///< All charts.
    void setIgnoreOutliers(bool ignore);
    void setGrouped(bool grouped);                ///< Mean and spread of the runs that differ in their seed alone.
    void setFilter(const QString& filter);        ///< Part of a name, or with setFilterIsPattern() a regular expression.
    void setFilterIsPattern(bool pattern);
    void setPinned(const QString& tag, bool pinned);
    void setSectionOpen(const QString& section, bool open);
    void enlarge(const QString& tag);             ///< One chart alone; empty: all of them.
    void setHidden(const QString& folder, bool hidden);
    void setMarker(qint64 step);                  ///< A vertical line, where samples are looked at; negative: none.
    void showAll();
    void zoom(double factor, double centre);
    void pan(double fraction);
    void setRange(double from, double to);
    void exportDialog(const QString& tag = {});

Q_SIGNALS:
    void stepSelected(qint64 step);                       ///< The person chose a training step.
    void runHidden(const QString& folder, bool hidden);   ///< In the legend.
    void foldersAdded(const QStringList& folders);        ///< By addFolder(), or dropped.
    void saved(const QString& path);
    void saveFailed(const QString& problem);
    void viewChanged();                                   ///< Something that saveState() keeps.

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    struct Run {
        ChartRun given;
        QColor colour;
        int style = 0;
        bool added = false;  // by the person
    };
    struct Derived;
    void takeFolders();
    void rebuild();        // which charts there are and where
    void scheduleRebuild();
    void refreshData();    // what they are drawn from, in the background
    void give(const QString& tag);
    void giveAll();
    void giveView();
    void updateExtent();
    void clampRange();
    void say();            // why there is nothing to see
    ChartContent content(const QString& tag) const;
    ChartPlot* makeChart(const QString& tag);
    bool passes(const QString& tag) const;
    QString sectionOf(const QString& tag) const;
    bool logarithmic(const QString& tag) const { return m_logarithmic != m_otherScale.contains(tag); }
    const Run* find(const QString& folder) const;

    CurveStore m_store;
    std::vector<Run> m_runs;
    std::map<QString, ChartPlot*> m_charts;        // by tag; children
    std::map<QString, ChartSection*> m_sections;   // children
    std::map<std::pair<QString, std::string>, std::shared_ptr<Derived>> m_derived;
    QStringList m_order, m_pinned;
    std::set<QString> m_closed, m_otherScale;  // sections; tags that differ from the scale of all
    QString m_enlarged, m_filter;
    bool m_pattern = false, m_logarithmic = false, m_outliers = false, m_grouped = false;
    XMode m_mode = XMode::Step;
    double m_from = 0, m_to = 1, m_first = 0, m_last = 1;
    bool m_all = true;
    qint64 m_marker = -1;
    int m_underWay = 0;
    QTimer m_rebuild, m_refresh;

    QLineEdit* m_filterEdit = nullptr;
    QToolButton* m_patternButton = nullptr;
    QComboBox* m_modes = nullptr;
    QSlider* m_slider = nullptr;
    QDoubleSpinBox* m_smoothing = nullptr;
    QToolButton* m_logBox = nullptr;
    QToolButton* m_outlierBox = nullptr;
    QToolButton* m_groupBox = nullptr;
    QToolButton* m_allButton = nullptr;
    QToolButton* m_addButton = nullptr;
    QToolButton* m_exportButton = nullptr;
    RunLegend* m_legend = nullptr;
    QLabel* m_message = nullptr;
    QScrollArea* m_scroll = nullptr;
    QWidget* m_page = nullptr;    // in the scroll area
    QWidget* m_single = nullptr;  // holds an enlarged chart
    JobRunner m_jobs, m_writing;  // last: their threads end before the rest goes
};
