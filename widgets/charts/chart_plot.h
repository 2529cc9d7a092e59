#pragma once
#include <QImage>
#include <QWidget>
#include <optional>

#include "widgets/charts/chart_content.h"

class QLabel;
class QToolButton;

/// One chart: its name, its buttons, its curves. It draws what it is given; zooming, panning and the crosshair are asked for, because all charts share them.
class ChartPlot final : public QWidget {
    Q_OBJECT
public:
    explicit ChartPlot(const QString& tag, QWidget* parent = nullptr);

    QString tag() const { return m_content.tag; }
    const ChartContent& content() const { return m_content; }
    const ChartViewport& viewport() const { return m_view; }
    void setContent(const ChartContent& content);
    void setViewport(const ChartViewport& view);
    void setPinned(bool pinned);
    void setEnlarged(bool enlarged);
    /// Where the crosshair of all charts is; nothing: nowhere.
    void setCrosshair(std::optional<double> x);
    /// What the crosshair says at \p x.
    QString valuesAt(double x) const { return crosshairAt(m_content, m_view, x).text(); }

    QRect plotArea() const;         ///< Of the curves, in this widget's pixels.
    double xAt(double pixel) const;  ///< x at a pixel of this widget.
    double pixelOf(double x) const;
    AxisMap axis() const { return m_axis; }  ///< As painted last.
    QString remark() const;                  ///< What has no place in the chart, as its head says.
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    int paints() const { return m_paints; }    ///< Pictures that were made, for measurements.
    bool upToDate() const { return !m_dirty; }  ///< What was given last has been painted.

Q_SIGNALS:
    void zoomRequested(double factor, double centre);
    void panRequested(double fraction);  ///< Of the width.
    void rangeRequested(double from, double to);
    void allRequested();
    void crosshairMoved(std::optional<double> x);
    void stepChosen(qint64 step);
    void pinRequested(bool pinned);
    void enlargeRequested(bool enlarged);
    void logarithmicRequested(bool logarithmic);
    void exportRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;

private:
    enum class Drag { None, Pressed, Pan, Select };
    void dirty();
    void makePicture();
    void paintCurves();
    void paintAxes(QPainter& painter);
    void paintCrosshair(QPainter& painter);
    void moveCrosshair(int points);
    void showMenu(const QPoint& at);

    ChartContent m_content;
    ChartViewport m_view;
    QLabel* m_title = nullptr;
    QLabel* m_remark = nullptr;
    QToolButton* m_pin = nullptr;
    QToolButton* m_enlarge = nullptr;
    QToolButton* m_more = nullptr;
    QImage m_picture;  // of the plot area, in device pixels
    AxisMap m_axis;
    std::vector<Tick> m_xTicks, m_yTicks;
    bool m_dirty = true, m_pinned = false, m_enlarged = false;
    std::optional<double> m_crosshair;
    Drag m_drag = Drag::None;
    QPoint m_pressed, m_last;
    int m_paints = 0, m_left = 0;
};
