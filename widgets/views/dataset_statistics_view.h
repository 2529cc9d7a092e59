#pragma once
#include <QWidget>

#include "widgets/controllers/dataset_statistics.h"
#include "widgets/controllers/job_runner.h"

class BarChart;
class QComboBox;
class QLabel;
class QGridLayout;
class QScrollArea;
class QToolButton;

/// Charts of a dataset, of all its clips or of those that pass the filter: classes, splits, lengths, frame rates, sizes, subjects. Copied and saved as CSV, saved as PNG.
class DatasetStatisticsView final : public QWidget {
    Q_OBJECT
public:
    explicit DatasetStatisticsView(QWidget* parent = nullptr);

    /// What is counted. It is counted in the background, when the view is on screen.
    void setClips(const std::shared_ptr<const DatasetContents>& contents, const std::vector<std::int64_t>& filtered, const ExcludedFlags& excluded);
    const DatasetStatistics& statistics() const { return m_statistics; }
    /// Comma-separated, of what is shown.
    QByteArray csv() const;
    /// All charts that are shown, one under the other as on screen.
    QImage picture(qreal scale = 2) const;
    /// Writes .csv or .png, by the file's name; what went wrong is said by said().
    void saveAs(const QString& file);

Q_SIGNALS:
    void said(const QString& text);  ///< For the status bar.
    void counted();                  ///< statistics() are those of the newest setClips().

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void count();
    void showCharts();
    void arrange();
    void askToSave(const QString& suffix);

    std::shared_ptr<const DatasetContents> m_contents;
    std::vector<std::int64_t> m_filtered;
    ExcludedFlags m_excluded;
    DatasetStatistics m_statistics;
    bool m_stale = false;
    int m_columns = 0;
    QString m_lastFolder;
    QComboBox* m_scope = nullptr;
    QComboBox* m_what = nullptr;
    QLabel* m_summary = nullptr;
    QWidget* m_board = nullptr;
    QGridLayout* m_grid = nullptr;
    std::vector<BarChart*> m_charts;
    JobRunner m_counting, m_saving;  // last: their threads end before the rest goes
};
