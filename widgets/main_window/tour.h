#pragma once
#include <QPointer>
#include <QWidget>
#include <functional>
#include <vector>

class QFrame;
class QLabel;
class QPushButton;

/// One stop of the tour.
struct TourStep {
    QString title, text;
    std::function<QWidget*()> show;  ///< Brings what is meant on screen and returns it.
};

/// Goes through the window once: dims everything but what is meant, and says in two sentences what it is for. Next, Back and Skip also with the keys Right, Left and Escape.
/// It lies over its parent and deletes itself at the end.
class Tour final : public QWidget {
    Q_OBJECT
public:
    Tour(std::vector<TourStep> steps, QWidget* parent);
    int step() const { return m_step; }
    int count() const { return static_cast<int>(m_steps.size()); }
    QPushButton* nextButton() const { return m_next; }
    QPushButton* backButton() const { return m_back; }
    QPushButton* skipButton() const { return m_skip; }
    QString text() const;

public Q_SLOTS:
    void next();  ///< After the last step: the end.
    void back();
    void end();

Q_SIGNALS:
    void ended();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override { Q_UNUSED(event); }  // what lies below is not pressed by accident
    bool eventFilter(QObject* watched, QEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    void show(int step);
    void place();

    std::vector<TourStep> m_steps;
    int m_step = -1;
    QPointer<QWidget> m_target, m_focusBefore;
    QFrame* m_bubble = nullptr;
    QLabel *m_title = nullptr, *m_text = nullptr, *m_count = nullptr;
    QPushButton *m_skip = nullptr, *m_back = nullptr, *m_next = nullptr;
};
