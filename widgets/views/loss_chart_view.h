#pragma once
#include <QList>
#include <QPointF>
#include <QString>
#include <QTimer>
#include <QWidget>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "widgets/charts/chart_data.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/run_monitor.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

/// At most four points for each of \p columns equal parts of [from, to]: the first, the lowest, the highest and the last, in order; and the last point before
/// and the first after, so that lines run on to the edges. NaN and infinities are left out.
QList<QPointF> decimated(const std::vector<double>& steps, const std::vector<double>& values, double from, double to, int columns);

/// Curves of a run's scalars over the training step. It shows what it is given and reads no file.
///
/// Wheel: zoom around the pointer; drag: pan; Shift and drag: zoom into a range; double click: everything. Keys: + - zoom, arrows pan, 0 everything.
class LossChartView final : public QWidget {
    Q_OBJECT
public:
    explicit LossChartView(QWidget* parent = nullptr);
    ~LossChartView() override;

    const std::map<std::string, ScalarSeries>& series() const { return m_series; }
    const std::vector<double>& smoothedValues(const std::string& tag) const;
    /// The points of a curve that are on screen now.
    QList<QPointF> shownPoints(const std::string& tag) const;
    bool isShown(const std::string& tag) const;
    double smoothing() const;
    bool logarithmic() const;
    std::pair<double, double> range() const;  ///< Steps from the left to the right edge.
    /// Tags and values at the step nearest to \p step, as the crosshair shows them.
    QString valuesAt(double step) const;
    /// Comma-separated: step, then one column per shown curve; empty where a curve has no value.
    static QByteArray csv(const std::map<std::string, ScalarSeries>& series);
    /// Writes what is shown: .png or .csv. In the background; saved() or saveFailed() follow.
    void save(const QString& path);

public Q_SLOTS:
    void append(const ScalarBatch& batch);
    void clear();
    /// The tags in the order in which they should be listed; others follow by name.
    void setOrder(const QStringList& tags);
    void setSmoothing(double smoothing);
    void setLogarithmic(bool logarithmic);
    void setShown(const QString& tag, bool shown);
    void setGroup(const QString& group);  ///< The part of a tag before the slash; empty: all.
    void setMarker(qint64 step);          ///< A vertical line, where samples are looked at; negative: none.
    void showAll();
    void zoom(double factor, double centre);
    void pan(double fraction);

Q_SIGNALS:
    void stepSelected(qint64 step);  ///< The person clicked at a training step.
    void saved(const QString& path);
    void saveFailed(const QString& problem);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    class DenseCurves;
    class Plot;
    struct Curve;
    void rebuild();   // which curves there are
    void refresh();   // what of them is on screen
    void restyle();
    void scheduleRefresh() { if (!m_refresh.isActive()) m_refresh.start(); }
    QString groupOf(const std::string& tag) const;
    std::vector<std::string> ordered() const;
    std::pair<double, double> extent() const;
    void askAndSave();

    std::map<std::string, ScalarSeries> m_series;
    std::map<std::string, std::vector<double>> m_smoothed;
    std::map<std::string, std::unique_ptr<Curve>> m_curves;
    std::map<std::string, bool> m_hidden;
    QStringList m_order;
    QString m_group;
    bool m_groupChosen = false;
    Plot* m_plot = nullptr;  // child
    QComboBox* m_groups = nullptr;
    QToolButton* m_tags = nullptr;
    QSlider* m_slider = nullptr;
    QLabel* m_sliderValue = nullptr;
    QCheckBox* m_log = nullptr;
    QToolButton* m_all = nullptr;
    QToolButton* m_save = nullptr;
    QTimer m_refresh;
    double m_from = 0, m_to = 1;
    bool m_auto = true;  // everything is shown, and follows
    JobRunner m_jobs;    // last: its thread ends before the rest goes
};
