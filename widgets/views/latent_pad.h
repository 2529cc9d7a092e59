#pragma once
#include <QElapsedTimer>
#include <QPointF>
#include <QSettings>
#include <QWidget>
#include <deque>
#include <optional>
#include <string>

#include "widgets/controllers/latent_state.h"

class QComboBox;
class QLabel;

/// A square in which a point is moved: x to the right, y upwards, both -range ... range. It knows nothing of codes.
///
/// Mouse: press or drag anywhere; double click: zero. Keys: arrows by 0.1, with Shift 0.5, with Ctrl 0.01; Delete or 0: zero. A locked axis does not move.
class PadArea final : public QWidget {
    Q_OBJECT
public:
    static constexpr double kRange = 3;

    explicit PadArea(QWidget* parent = nullptr);
    QPointF point() const { return m_point; }
    /// Says nothing. A point outside the range is shown at the edge, with its true numbers.
    void setPoint(const QPointF& point);
    void setLocked(bool x, bool y);
    void setNames(const QString& x, const QString& y);
    void clearTrail();
    const std::deque<QPointF>& trail() const { return m_trail; }  ///< Where the point has been, oldest first.
    QPointF positionOf(const QPointF& point) const;               ///< Of a point, in pixels of the widget.
    QSize sizeHint() const override { return {220, 220}; }
    QSize minimumSizeHint() const override { return {140, 140}; }

Q_SIGNALS:
    void moved(const QPointF& point, int dragId);  ///< The person moved it.

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;

private:
    void moveTo(QPointF point);
    void describe();
    QRectF square() const;

    QPointF m_point;
    bool m_lockedX = false, m_lockedY = false;
    QString m_nameX, m_nameY;
    std::deque<QPointF> m_trail;
    int m_dragId = 0;
    QElapsedTimer m_lastKey;
};

/// Moves a code along two directions at once: one of appearance and one of motion, or any two. The sliders show the same movements.
class LatentPad final : public QWidget {
    Q_OBJECT
public:
    explicit LatentPad(QWidget* parent = nullptr);
    /// \param model  is edited; it must live until the next call or the pad's end. nullptr: an empty pad
    void setModel(LatentModel* model);
    /// Shows the model's present state, and the directions that there are now, without saying that anything changed.
    void refresh();
    PadArea* area() const { return m_area; }
    QComboBox* axis(int which) const { return which == 0 ? m_x : m_y; }
    void saveState(QSettings& settings) const;
    void restoreState(QSettings& settings);

Q_SIGNALS:
    /// The person changed something, see ControlPanel::edited().
    void edited(const QString& text, int group);

private:
    struct Axis {
        std::string control;
        std::size_t direction = 0;
    };
    std::optional<Axis> axisOf(const QComboBox* box) const;
    void fill(QComboBox* box, kinora::ControlRole wanted, QString& key, int otherwise);

    LatentModel* m_model = nullptr;  // not owned
    QComboBox *m_x = nullptr, *m_y = nullptr;
    QLabel* m_numbers = nullptr;
    PadArea* m_area = nullptr;
    QString m_keyX, m_keyY;  // of the chosen directions; they outlive a checkpoint
};
