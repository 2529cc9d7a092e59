#include "widgets/views/latent_pad.h"

#include <QComboBox>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/views/direction_text.h"
#include "widgets/views/drag_id.h"

using kinora::Control;
using kinora::ControlRole;

namespace {
constexpr std::size_t kTrail = 200;
constexpr int kMargin = 8;
constexpr int kKeyPauseMs = 1000;  // between two keys of one movement

double shown(double amount) { return std::round(amount * 1e4) / 1e4; }  // a float's tail is not what the person set
QString twoDigits(double number) { return QLocale().toString(number, 'f', 2); }
}  // namespace

PadArea::PadArea(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::CrossCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Pad of two directions"));
    setToolTip(tr("Drag anywhere: right and up are +. Double click: back to zero.\nArrow keys: 0.1 · Shift: 0.5 · Ctrl: 0.01 · Delete: zero"));
    describe();
}

void PadArea::setPoint(const QPointF& point)
{
    if (point == m_point) return;
    m_trail.push_back(m_point);
    if (m_trail.size() > kTrail) m_trail.pop_front();
    m_point = point;
    describe();
    update();
}

void PadArea::setLocked(bool x, bool y)
{
    m_lockedX = x;
    m_lockedY = y;
    describe();
    update();
}

void PadArea::setNames(const QString& x, const QString& y)
{
    m_nameX = x;
    m_nameY = y;
    describe();
}

void PadArea::clearTrail()
{
    m_trail.clear();
    update();
}

void PadArea::describe()
{
    const auto part = [this](const QString& name, double number, bool locked) { return locked ? tr("%1: %2 (locked)").arg(name, twoDigits(number)) : QStringLiteral("%1: %2").arg(name, twoDigits(number)); };
    setAccessibleDescription(part(m_nameX, m_point.x(), m_lockedX) + QStringLiteral("; ") + part(m_nameY, m_point.y(), m_lockedY));
}

/// In the middle of what room there is: a step to the right is as long as one upwards.
QRectF PadArea::square() const
{
    const double side = std::max(1.0, std::min(width(), height()) - 2.0 * kMargin);
    return {(width() - side) / 2, (height() - side) / 2, side, side};
}

QPointF PadArea::positionOf(const QPointF& point) const
{
    const QRectF inside = square();
    const auto part = [](double number) { return (std::clamp(number, -kRange, kRange) + kRange) / (2 * kRange); };
    return {inside.left() + part(point.x()) * inside.width(), inside.bottom() - part(point.y()) * inside.height()};
}

void PadArea::moveTo(QPointF point)
{
    if (m_lockedX) point.setX(m_point.x());
    if (m_lockedY) point.setY(m_point.y());
    if (point == m_point) return;
    setPoint(point);
    Q_EMIT moved(m_point, m_dragId);
}

void PadArea::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) return;
    m_dragId = nextDragId();
    mouseMoveEvent(event);
}

void PadArea::mouseMoveEvent(QMouseEvent* event)
{
    if (!(event->buttons() & Qt::LeftButton)) return;
    const QRectF inside = square();
    const auto number = [](double part) { return std::round(std::clamp(part * 2 * kRange - kRange, -kRange, kRange) * 100) / 100; };  // as fine as a slider
    moveTo({number((event->position().x() - inside.left()) / inside.width()), number((inside.bottom() - event->position().y()) / inside.height())});
}

void PadArea::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) return;
    moveTo({0, 0});  // with the press before it one step of the history
}

void PadArea::keyPressEvent(QKeyEvent* event)
{
    const bool ctrl = event->modifiers() & Qt::ControlModifier, shift = event->modifiers() & Qt::ShiftModifier;
    const double by = ctrl ? 0.01 : shift ? 0.5 : 0.1;
    QPointF to = m_point;
    switch (event->key()) {
    case Qt::Key_Left: to.rx() -= by; break;
    case Qt::Key_Right: to.rx() += by; break;
    case Qt::Key_Down: to.ry() -= by; break;
    case Qt::Key_Up: to.ry() += by; break;
    case Qt::Key_Delete:
    case Qt::Key_0: to = {0, 0}; break;
    default: QWidget::keyPressEvent(event); return;
    }
    const auto kept = [](double now, double wanted) {  // a number beyond the range may come back, and go no farther
        const double low = std::min(now, -kRange), high = std::max(now, kRange);
        return std::round(std::clamp(wanted, low, high) * 100) / 100;
    };
    if (!m_lastKey.isValid() || m_lastKey.elapsed() > kKeyPauseMs) m_dragId = nextDragId();
    m_lastKey.start();
    if (to.x() != m_point.x()) to.setX(kept(m_point.x(), to.x()));
    if (to.y() != m_point.y()) to.setY(kept(m_point.y(), to.y()));
    moveTo(to);
}

void PadArea::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Back to &Zero"), this, [this] {
        m_dragId = nextDragId();
        moveTo({0, 0});
    });
    menu->addAction(tr("&Forget the Trail"), this, &PadArea::clearTrail);
    menu->popup(event->globalPos());
}

bool PadArea::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {  // these keys are the pad's while it has the focus
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Delete || key->key() == Qt::Key_0 || key->key() == Qt::Key_Left || key->key() == Qt::Key_Right || key->key() == Qt::Key_Up || key->key() == Qt::Key_Down) {
            event->accept();
            return true;
        }
    }
    return QWidget::event(event);
}

void PadArea::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QPalette& colours = palette();
    const QRectF inside = square(), frame = inside.adjusted(-kMargin, -kMargin, kMargin, kMargin);
    painter.fillRect(frame, colours.base());
    const auto faded = [](QColor colour, double alpha) {
        colour.setAlphaF(static_cast<float>(alpha));
        return colour;
    };
    const QColor text = colours.color(QPalette::Text), point = colours.color(QPalette::Highlight);
    for (int line = -static_cast<int>(kRange); line <= static_cast<int>(kRange); ++line) {
        painter.setPen(QPen(faded(text, line == 0 ? 0.7 : 0.15), line == 0 ? 1.5 : 1));
        painter.drawLine(positionOf({static_cast<double>(line), -kRange}), positionOf({static_cast<double>(line), kRange}));
        painter.drawLine(positionOf({-kRange, static_cast<double>(line)}), positionOf({kRange, static_cast<double>(line)}));
    }
    painter.setPen(faded(text, 0.7));
    const QString low = QLocale().toString(-static_cast<int>(kRange)), high = QStringLiteral("+%1").arg(QLocale().toString(static_cast<int>(kRange)));
    const QPointF zero = positionOf({0, 0});
    painter.drawText(QRectF(inside.left() + 2, zero.y(), 30, 18), Qt::AlignLeft | Qt::AlignTop, low);
    painter.drawText(QRectF(inside.right() - 32, zero.y(), 30, 18), Qt::AlignRight | Qt::AlignTop, high);
    painter.drawText(QRectF(zero.x() + 3, inside.top(), 30, 18), Qt::AlignLeft | Qt::AlignTop, high);
    painter.drawText(QRectF(zero.x() + 3, inside.bottom() - 18, 30, 18), Qt::AlignLeft | Qt::AlignBottom, low);
    for (std::size_t place = 0; place < m_trail.size(); ++place) {  // newer is stronger
        painter.setPen(QPen(faded(point, 0.1 + 0.6 * static_cast<double>(place + 1) / static_cast<double>(m_trail.size())), 1.5));
        painter.drawLine(positionOf(m_trail[place]), positionOf(place + 1 < m_trail.size() ? m_trail[place + 1] : m_point));
    }
    const QPointF at = positionOf(m_point);
    painter.setPen(QPen(faded(point, 0.6), 1, Qt::DashLine));
    if (!m_lockedY) painter.drawLine(QPointF(at.x(), inside.top()), QPointF(at.x(), inside.bottom()));
    if (!m_lockedX) painter.drawLine(QPointF(inside.left(), at.y()), QPointF(inside.right(), at.y()));
    painter.setPen(QPen(text, 1.5));
    painter.setBrush(m_lockedX && m_lockedY ? colours.brush(QPalette::Mid) : QBrush(point));
    painter.drawEllipse(at, 6, 6);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(hasFocus() ? QPen(point, 2) : QPen(faded(text, 0.3), 1));
    painter.drawRect(frame.adjusted(1, 1, -1, -1));
}

LatentPad::LatentPad(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    const auto box = [&](const QString& arrow, const QString& name, const QString& tip) {
        auto* row = new QHBoxLayout;
        auto* label = new QLabel(arrow, this);
        auto* made = new QComboBox(this);
        made->setAccessibleName(name);
        made->setToolTip(tip);
        made->setMinimumContentsLength(10);
        made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        label->setBuddy(made);
        row->addWidget(label);
        row->addWidget(made, 1);
        layout->addLayout(row);
        return made;
    };
    m_x = box(QStringLiteral("→"), tr("Direction to the right"), tr("What moving to the right changes"));
    m_y = box(QStringLiteral("↑"), tr("Direction upwards"), tr("What moving up changes"));
    m_area = new PadArea(this);
    layout->addWidget(m_area, 1);
    m_numbers = new QLabel(this);
    m_numbers->setEnabled(false);
    layout->addWidget(m_numbers);
    for (QComboBox* each : {m_x, m_y})
        connect(each, &QComboBox::activated, this, [this, each] {
            (each == m_x ? m_keyX : m_keyY) = each->currentData().toString();
            m_area->clearTrail();
            refresh();
            m_area->clearTrail();  // the point has jumped: that was no movement
        });
    connect(m_area, &PadArea::moved, this, [this](const QPointF& point, int dragId) {
        const auto x = axisOf(m_x), y = axisOf(m_y);
        if (!m_model) return;
        const auto set = [this](const std::optional<Axis>& axis, double number) {
            // what was not moved keeps its bits
            if (axis && !m_model->controlLocked(axis->control) && number != shown(m_model->amount(axis->control, axis->direction))) m_model->setAmount(axis->control, axis->direction, static_cast<float>(number));
        };
        set(x, point.x());
        set(y, point.y());
        refresh();
        Q_EMIT edited(tr("Pad"), dragId);
    });
    setModel(nullptr);
}

void LatentPad::setModel(LatentModel* model)
{
    m_model = model;
    refresh();
    m_area->clearTrail();
}

std::optional<LatentPad::Axis> LatentPad::axisOf(const QComboBox* box) const
{
    if (!m_model || box->currentIndex() < 0) return std::nullopt;
    return Axis{box->currentData(Qt::UserRole + 1).toString().toStdString(), static_cast<std::size_t>(box->currentData(Qt::UserRole + 2).toULongLong())};
}

/// Lists all directions and keeps the choice; without one, the first of the wanted role, or the one with number \p otherwise.
void LatentPad::fill(QComboBox* box, ControlRole wanted, QString& key, int otherwise)
{
    const QSignalBlocker blocker(box);
    QStringList keys;
    int first = -1, entry = 0;
    if (m_model)
        for (const Control& control : m_model->system().controls) {
            const DirectionSet& set = m_model->directions(control.id);
            for (std::size_t k = 0; k < set.size(); ++k) {
                if (set.hidden.contains(k)) continue;
                keys << directionKey(control, set, k);
                if (first < 0 && control.role == wanted) first = entry;
                if (box->count() <= entry) box->addItem(QString());
                if (box->itemData(entry) != keys.back() || box->itemData(entry, Qt::UserRole + 2).toULongLong() != k) {
                    box->setItemText(entry, directionText(control, set, k));
                    box->setItemData(entry, keys.back());
                    box->setItemData(entry, QString::fromStdString(control.id), Qt::UserRole + 1);
                    box->setItemData(entry, static_cast<qulonglong>(k), Qt::UserRole + 2);
                }
                ++entry;
            }
        }
    while (box->count() > entry) box->removeItem(box->count() - 1);
    const int kept = static_cast<int>(keys.indexOf(key));
    box->setCurrentIndex(kept >= 0 ? kept : entry == 0 ? -1 : first >= 0 ? first : std::min(otherwise, entry - 1));
    box->setEnabled(entry > 0);
}

void LatentPad::refresh()
{
    fill(m_x, ControlRole::Appearance, m_keyX, 0);
    fill(m_y, ControlRole::Motion, m_keyY, 1);
    const auto x = axisOf(m_x), y = axisOf(m_y);
    const auto amount = [this](const std::optional<Axis>& axis) { return axis ? static_cast<double>(m_model->amount(axis->control, axis->direction)) : 0.0; };
    m_area->setEnabled(x && y);
    m_area->setNames(m_x->currentText(), m_y->currentText());
    m_area->setLocked(!x || m_model->controlLocked(x->control), !y || m_model->controlLocked(y->control));
    m_area->setPoint({shown(amount(x)), shown(amount(y))});
    m_numbers->setText(!m_model ? QString() : x && y ? QStringLiteral("→ %1   ↑ %2").arg(twoDigits(amount(x)), twoDigits(amount(y))) : tr("No directions yet."));
}

void LatentPad::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("padX"), m_keyX);
    settings.setValue(QStringLiteral("padY"), m_keyY);
}

void LatentPad::restoreState(QSettings& settings)
{
    m_keyX = settings.value(QStringLiteral("padX")).toString();
    m_keyY = settings.value(QStringLiteral("padY")).toString();
    refresh();
}
