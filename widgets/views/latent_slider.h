#pragma once
#include <QWidget>

class QLabel;
class QSlider;

/// A number that is moved with a slider: name, slider, value. One drag is one movement (dragId), for undo.
///
/// Double click sets the neutral value, the context menu asks for a number, the wheel moves by a step while the slider has the focus (with Ctrl by a tenth of one).
class LatentSlider final : public QWidget {
    Q_OBJECT
public:
    LatentSlider(const QString& name, double minimum, double maximum, double neutral, QWidget* parent = nullptr);
    double value() const { return m_value; }
    QString name() const;
    QSlider* slider() const { return m_slider; }
    /// Changes with every drag and after every pause, so that changes with the same number belong together.
    int dragId() const { return m_dragId; }

public Q_SLOTS:
    void setValue(double value);  ///< Says nothing. A value outside the range is shown as it is.
    void setName(const QString& name, const QString& tip);
    void edit(double value);  ///< As if the person had moved it.
    void askValue();

Q_SIGNALS:
    void edited(double value);  ///< The person moved it.

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent*) override;

private:
    void show(double value);

    QLabel* m_label = nullptr;
    QSlider* m_slider = nullptr;
    QLabel* m_number = nullptr;
    double m_minimum, m_maximum, m_neutral;
    double m_value;
    int m_dragId = 0;
    qint64 m_lastEdit = 0;
};
