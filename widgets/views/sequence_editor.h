#pragma once
#include <QWidget>
#include <functional>
#include <string>
#include <vector>

#include "widgets/controllers/latent_state.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QToolButton;

/// Curves over steps whose points are dragged. It knows nothing of codes.
///
/// Mouse: a press chooses the curve that is near and moves its point; dragging on draws over the steps; double click: zero. Keys: left and right choose a step, up and
/// down move it by 0.1 (Shift 0.5, Ctrl 0.01), page keys choose a curve, Delete: zero.
class CurveArea final : public QWidget {
    Q_OBJECT
public:
    explicit CurveArea(QWidget* parent = nullptr);
    /// \param curves  one list of values per curve, all of one length. Says nothing
    void setCurves(const std::vector<std::vector<double>>& curves);
    const std::vector<std::vector<double>>& curves() const { return m_curves; }
    int active() const { return m_active; }
    void setActive(int curve);
    int step() const { return m_step; }
    QPointF positionOf(int step, double value) const;  ///< In pixels of the widget.
    static QColor colourOf(int curve, const QPalette& palette);
    QSize sizeHint() const override { return {420, 200}; }
    QSize minimumSizeHint() const override { return {180, 110}; }

Q_SIGNALS:
    void pointMoved(int curve, int step, double value, int dragId);  ///< The person moved it.
    void activeChanged(int curve);                                   ///< The person chose it.
    void stepChanged(int step);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    int steps() const { return m_curves.empty() ? 0 : static_cast<int>(m_curves.front().size()); }
    QRectF plot() const;
    int stepAt(double x) const;
    double valueAt(double y) const;
    void put(int step, double value);
    void choose(int step);

    std::vector<std::vector<double>> m_curves;
    double m_range = 3;  // what is seen: -range ... range; it does not change while something is dragged
    int m_active = 0, m_step = 0, m_dragId = 0;
    int m_lastStep = 0;
    double m_lastValue = 0;
    bool m_dragging = false;
    qint64 m_lastKey = 0;
};

/// Edits a Gaussian sequence over its steps: curves along its directions or of its single numbers, dragged by hand or changed as a whole.
class SequenceEditor final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kMostCurves = 8;

    explicit SequenceEditor(QWidget* parent = nullptr);
    /// \param model  is edited; it must live until the next call or the editor's end. nullptr: nothing to edit
    void setModel(LatentModel* model);
    void refresh();
    CurveArea* area() const { return m_area; }

Q_SIGNALS:
    /// The person changed something, see ControlPanel::edited().
    void edited(const QString& text, int group);

private:
    using Operation = std::function<std::vector<float>(const std::vector<float>&, int size)>;
    const kinora::Control* control() const;
    void apply(const QString& text, const Operation& operation);
    void setPoint(int curve, int step, double value);
    void tellStep();

    LatentModel* m_model = nullptr;  // not owned
    QComboBox *m_control = nullptr, *m_what = nullptr, *m_curve = nullptr;
    QCheckBox* m_whole = nullptr;
    QDoubleSpinBox* m_factor = nullptr;
    CurveArea* m_area = nullptr;
    QLabel* m_note = nullptr;
    std::vector<QToolButton*> m_operations;
    std::vector<int> m_places;  // of the curves that are shown: a direction, or a number of the code
    bool m_numbers = false;
};
