#include "widgets/main_window/tour.h"

#include <QApplication>
#include <QFrame>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

namespace {
constexpr int kMargin = 4, kGap = 16, kWidth = 380;
}

Tour::Tour(std::vector<TourStep> steps, QWidget* parent) : QWidget(parent), m_steps(std::move(steps)), m_focusBefore(QApplication::focusWidget())
{
    setObjectName(QStringLiteral("tour"));
    setFocusPolicy(Qt::StrongFocus);
    m_bubble = new QFrame(this);
    m_bubble->setAutoFillBackground(true);
    m_bubble->setFrameShape(QFrame::StyledPanel);
    auto* layout = new QVBoxLayout(m_bubble);
    layout->setContentsMargins(18, 14, 18, 14);
    m_title = new QLabel;
    QFont large = m_title->font();
    large.setBold(true);
    large.setPointSizeF(large.pointSizeF() * 1.25);
    m_title->setFont(large);
    m_text = new QLabel;
    m_text->setWordWrap(true);
    m_text->setMinimumWidth(kWidth - 40);
    m_count = new QLabel;
    m_skip = new QPushButton(tr("&Skip"));
    m_skip->setToolTip(tr("End the tour (Esc); the Help menu starts it again"));
    m_back = new QPushButton(tr("&Back"));
    m_back->setToolTip(tr("The step before (Left)"));
    m_next = new QPushButton;
    m_next->setToolTip(tr("The next step (Right)"));
    for (QPushButton* button : {m_skip, m_back, m_next}) button->setAutoDefault(true);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    layout->addSpacing(8);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_count);
    buttons->addStretch();
    buttons->addWidget(m_skip);
    buttons->addWidget(m_back);
    buttons->addWidget(m_next);
    layout->addLayout(buttons);
    connect(m_skip, &QPushButton::clicked, this, &Tour::end);
    connect(m_back, &QPushButton::clicked, this, &Tour::back);
    connect(m_next, &QPushButton::clicked, this, &Tour::next);
    for (QPushButton* button : {m_skip, m_back, m_next}) button->installEventFilter(this);
    parent->installEventFilter(this);
    setGeometry(parent->rect());
    show(0);
    QWidget::show();
    raise();
    m_next->setFocus();
}

QString Tour::text() const { return m_text->text(); }

void Tour::show(int step)
{
    m_step = step;
    const TourStep& current = m_steps[static_cast<std::size_t>(step)];
    m_target = current.show();
    m_title->setText(current.title);
    m_text->setText(current.text);
    m_count->setText(tr("%1 of %2").arg(step + 1).arg(count()));
    m_back->setEnabled(step > 0);
    m_next->setText(step + 1 == count() ? tr("&Done") : tr("&Next"));
    m_bubble->setAccessibleName(current.title);
    m_bubble->setAccessibleDescription(current.text);
    place();
    raise();
    if (!m_bubble->isAncestorOf(QApplication::focusWidget()) || QApplication::focusWidget() == m_back) m_next->setFocus();
}

/// Beside what is meant, where there is room.
void Tour::place()
{
    m_text->setFixedWidth(std::max(160, std::min(kWidth, width() - 80) - 40));
    m_bubble->adjustSize();
    QPoint corner = rect().center() - m_bubble->rect().center();
    if (m_target) {
        const QRect target(m_target->mapTo(parentWidget(), QPoint(0, 0)), m_target->size());
        corner = QPoint(target.right() + kGap, target.top());
    }
    corner.setX(std::clamp(corner.x(), 8, std::max(8, width() - m_bubble->width() - 8)));
    corner.setY(std::clamp(corner.y(), 8, std::max(8, height() - m_bubble->height() - 8)));
    m_bubble->move(corner);
    update();
}

void Tour::next() { m_step + 1 < count() ? show(m_step + 1) : end(); }

void Tour::back()
{
    if (m_step > 0) show(m_step - 1);
}

void Tour::end()
{
    if (isHidden()) return;
    hide();
    if (m_focusBefore) m_focusBefore->setFocus();
    Q_EMIT ended();
    deleteLater();
}

void Tour::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath shade;
    shade.addRect(rect());
    QRectF hole;
    if (m_target) {
        hole = QRectF(QPointF(m_target->mapTo(parentWidget(), QPoint(0, 0))), QSizeF(m_target->size())).adjusted(-kMargin, -kMargin, kMargin, kMargin);
        QPainterPath light;
        light.addRoundedRect(hole, 6, 6);
        shade -= light;
    }
    painter.fillPath(shade, QColor(0, 0, 0, 110));
    if (!hole.isEmpty()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2.5));
        painter.drawRoundedRect(hole, 6, 6);
    }
}

void Tour::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_PageDown: next(); break;
    case Qt::Key_Left:
    case Qt::Key_PageUp: back(); break;
    case Qt::Key_Escape: end(); break;
    default: break;
    }
    event->accept();  // no key of the page below
}

bool Tour::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parent() && event->type() == QEvent::Resize) {
        setGeometry(parentWidget()->rect());
        place();
    }
    if (event->type() == QEvent::KeyPress && watched != parent()) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Right || key == Qt::Key_Left || key == Qt::Key_Escape || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
            keyPressEvent(static_cast<QKeyEvent*>(event));
            return true;
        }
    }
    // no shortcut of the window below
    if (event->type() == QEvent::ShortcutOverride && watched != parent() && !(static_cast<QKeyEvent*>(event)->modifiers() & Qt::AltModifier)) {
        event->accept();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

/// The keyboard stays in the bubble.
bool Tour::focusNextPrevChild(bool next)
{
    const std::array<QPushButton*, 3> buttons{m_skip, m_back, m_next};
    const auto current = std::ranges::find(buttons, QApplication::focusWidget());
    int index = current == buttons.end() ? 2 : static_cast<int>(current - buttons.begin());
    do index = (index + (next ? 1 : 2)) % 3;
    while (!buttons[static_cast<std::size_t>(index)]->isEnabled());
    buttons[static_cast<std::size_t>(index)]->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return true;
}
