#pragma once
#include <QString>
#include <QStringList>
#include <QWidget>
#include <vector>

class QChart;
class QChartView;

/// Horizontal bars with their numbers, stacked by series. The only place that draws bars with Qt Charts.
class BarChart final : public QWidget {
    Q_OBJECT
public:
    struct Bar {
        QString label;
        std::vector<double> values;  ///< One per series.
    };
    static constexpr int kMaxBars = 40;  ///< More are drawn as one bar "n more".
    explicit BarChart(QWidget* parent = nullptr);

    /// \param series  names; empty for bars of one colour without a legend
    void setBars(const QString& title, const QStringList& series, const std::vector<Bar>& bars);
    int barsShown() const { return m_shown; }
    QString title() const { return m_title; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// The chart as a picture, \p scale times as sharp as the screen.
    QImage picture(qreal scale) const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void dress();

    QChartView* m_view = nullptr;
    QString m_title;
    QStringList m_series;
    std::vector<Bar> m_bars;
    int m_shown = 0;
};
