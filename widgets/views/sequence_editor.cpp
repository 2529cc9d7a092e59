#include "widgets/views/sequence_editor.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDateTime>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "core/control/sequence_edit.h"
#include "widgets/text.h"
#include "widgets/views/direction_text.h"
#include "widgets/views/drag_id.h"

using kinora::Control;
using kinora::ControlKind;

namespace {
constexpr int kMargin = 10;
constexpr double kNearPixels = 12;
constexpr int kKeyPauseMs = 1000;
constexpr int kNumbers = -1;  // of the box "curves of": what is no DirectionKind

double hundredth(double value) { return std::round(value * 100) / 100; }
}  // namespace

CurveArea::CurveArea(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::CrossCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Curves over the steps"));
    setToolTip(tr("Drag a point, or draw over the steps. Double click: zero.\nKeys: left and right choose a step, up and down move it (Shift: more, Ctrl: less), page keys choose a curve"));
}

void CurveArea::setCurves(const std::vector<std::vector<double>>& curves)
{
    m_curves = curves;
    if (!m_dragging) {
        double most = 0;
        for (const auto& curve : m_curves)
            for (const double value : curve) most = std::max(most, std::abs(value));
        m_range = most <= 3 ? 3 : std::ceil(most * 1.1);
    }
    m_active = std::clamp(m_active, 0, std::max(0, static_cast<int>(m_curves.size()) - 1));
    m_step = std::clamp(m_step, 0, std::max(0, steps() - 1));
    update();
}

void CurveArea::setActive(int curve)
{
    m_active = std::clamp(curve, 0, std::max(0, static_cast<int>(m_curves.size()) - 1));
    update();
}

QColor CurveArea::colourOf(int curve, const QPalette& palette)
{
    const bool dark = palette.color(QPalette::Base).lightness() < 128;
    return QColor::fromHsv((210 + curve * 137) % 360, 190, dark ? 235 : 165);  // the golden angle: neighbours differ
}

QRectF CurveArea::plot() const { return QRectF(rect()).adjusted(kMargin, kMargin, -kMargin, -kMargin); }

QPointF CurveArea::positionOf(int step, double value) const
{
    const QRectF inside = plot();
    const double across = (step + 0.5) / std::max(1, steps()), up = (std::clamp(value, -m_range, m_range) + m_range) / (2 * m_range);
    return {inside.left() + across * inside.width(), inside.bottom() - up * inside.height()};
}

int CurveArea::stepAt(double x) const
{
    const QRectF inside = plot();
    return std::clamp(static_cast<int>(std::floor((x - inside.left()) / inside.width() * steps())), 0, std::max(0, steps() - 1));
}

double CurveArea::valueAt(double y) const
{
    const QRectF inside = plot();
    return hundredth(std::clamp((inside.bottom() - y) / inside.height() * 2 * m_range - m_range, -m_range, m_range));
}

void CurveArea::choose(int step)
{
    if (m_step == step) return;
    m_step = step;
    update();
    Q_EMIT stepChanged(step);
}

void CurveArea::put(int step, double value)
{
    if (m_active >= static_cast<int>(m_curves.size()) || step < 0 || step >= steps()) return;
    double& now = m_curves[static_cast<std::size_t>(m_active)][static_cast<std::size_t>(step)];
    if (now == value) return;
    now = value;
    update();
    Q_EMIT pointMoved(m_active, step, value, m_dragId);
}

void CurveArea::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || steps() == 0) return;
    const int step = stepAt(event->position().x());
    int nearest = m_active;
    double distance = kNearPixels;
    for (int curve = 0; curve < static_cast<int>(m_curves.size()); ++curve) {
        const double away = std::abs(positionOf(step, m_curves[static_cast<std::size_t>(curve)][static_cast<std::size_t>(step)]).y() - event->position().y());
        if (away < distance || (away == distance && curve == m_active)) distance = away, nearest = curve;
    }
    if (nearest != m_active) {
        m_active = nearest;
        Q_EMIT activeChanged(nearest);
    }
    m_dragId = nextDragId();
    m_dragging = true;
    m_lastStep = step;
    m_lastValue = valueAt(event->position().y());
    choose(step);
    put(step, m_lastValue);
}

void CurveArea::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragging) return;
    if (!(event->buttons() & Qt::LeftButton)) {
        m_dragging = false;
        return;
    }
    // a quick hand skips steps: those between are drawn too
    const int step = stepAt(event->position().x());
    const double value = valueAt(event->position().y());
    const int way = step > m_lastStep ? 1 : -1;
    for (int each = m_lastStep; each != step; each += way)
        if (each != m_lastStep) put(each, hundredth(m_lastValue + (value - m_lastValue) * std::abs(each - m_lastStep) / std::abs(step - m_lastStep)));
    choose(step);
    put(step, value);
    m_lastStep = step;
    m_lastValue = value;
}

void CurveArea::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || steps() == 0) return;
    m_dragging = false;
    put(stepAt(event->position().x()), 0);
}

void CurveArea::keyPressEvent(QKeyEvent* event)
{
    if (steps() == 0) return QWidget::keyPressEvent(event);
    const bool ctrl = event->modifiers() & Qt::ControlModifier, shift = event->modifiers() & Qt::ShiftModifier;
    const double by = ctrl ? 0.01 : shift ? 0.5 : 0.1, now = m_curves[static_cast<std::size_t>(m_active)][static_cast<std::size_t>(m_step)];
    m_dragging = false;
    const auto set = [&](double value) {
        const qint64 time = QDateTime::currentMSecsSinceEpoch();
        if (time - m_lastKey > kKeyPauseMs) m_dragId = nextDragId();
        m_lastKey = time;
        put(m_step, hundredth(value));
    };
    const auto curve = [&](int to) {
        if (to < 0 || to >= static_cast<int>(m_curves.size())) return;
        setActive(to);
        Q_EMIT activeChanged(to);
    };
    switch (event->key()) {
    case Qt::Key_Left: choose(std::max(0, m_step - 1)); break;
    case Qt::Key_Right: choose(std::min(steps() - 1, m_step + 1)); break;
    case Qt::Key_Up: set(now + by); break;
    case Qt::Key_Down: set(now - by); break;
    case Qt::Key_Delete:
    case Qt::Key_0: set(0); break;
    case Qt::Key_PageUp: curve(m_active - 1); break;
    case Qt::Key_PageDown: curve(m_active + 1); break;
    default: QWidget::keyPressEvent(event);
    }
}

bool CurveArea::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {  // these keys are the curves' while they have the focus
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Left:
        case Qt::Key_Right:
        case Qt::Key_Up:
        case Qt::Key_Down:
        case Qt::Key_PageUp:
        case Qt::Key_PageDown:
        case Qt::Key_Delete:
        case Qt::Key_0: event->accept(); return true;
        default: break;
        }
    }
    return QWidget::event(event);
}

void CurveArea::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), palette().base());
    const QRectF inside = plot();
    const auto faded = [](QColor colour, double alpha) {
        colour.setAlphaF(static_cast<float>(alpha));
        return colour;
    };
    const QColor text = palette().color(QPalette::Text);
    const double every = m_range > 6 ? std::ceil(m_range / 4) : 1;
    for (double value = 0; value <= m_range; value += every)
        for (const double line : {value, -value}) {
            painter.setPen(QPen(faded(text, value == 0 ? 0.6 : 0.13), value == 0 ? 1.5 : 1));
            painter.drawLine(QPointF(inside.left(), positionOf(0, line).y()), QPointF(inside.right(), positionOf(0, line).y()));
        }
    for (int step = 0; step < steps(); ++step) {
        painter.setPen(QPen(faded(text, 0.1), 1));
        painter.drawLine(positionOf(step, -m_range), positionOf(step, m_range));
    }
    painter.setPen(faded(text, 0.7));
    painter.drawText(QRectF(inside.left() + 2, inside.top(), 60, 16), Qt::AlignLeft | Qt::AlignTop, QStringLiteral("+%1").arg(QLocale().toString(m_range)));
    painter.drawText(QRectF(inside.left() + 2, inside.bottom() - 16, 60, 16), Qt::AlignLeft | Qt::AlignBottom, QLocale().toString(-m_range));
    // the active curve last, above the others
    std::vector<int> order;
    for (int curve = 0; curve < static_cast<int>(m_curves.size()); ++curve)
        if (curve != m_active) order.push_back(curve);
    if (!m_curves.empty()) order.push_back(m_active);
    for (const int curve : order) {
        const bool active = curve == m_active;
        const QColor colour = faded(colourOf(curve, palette()), active ? 1 : 0.45);
        QPainterPath path;
        for (int step = 0; step < steps(); ++step) {
            const QPointF at = positionOf(step, m_curves[static_cast<std::size_t>(curve)][static_cast<std::size_t>(step)]);
            if (step == 0) path.moveTo(at);
            else path.lineTo(at);
        }
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, active ? 2.5 : 1.5));
        painter.drawPath(path);
        painter.setBrush(colour);
        for (int step = 0; step < steps(); ++step) {
            const QPointF at = positionOf(step, m_curves[static_cast<std::size_t>(curve)][static_cast<std::size_t>(step)]);
            painter.setPen(active && step == m_step ? QPen(text, 2) : QPen(Qt::NoPen));
            painter.drawEllipse(at, active ? 4.5 : 2.5, active ? 4.5 : 2.5);
        }
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(hasFocus() ? QPen(palette().color(QPalette::Highlight), 2) : QPen(faded(text, 0.3), 1));
    painter.drawRect(QRectF(rect()).adjusted(1, 1, -1, -1));
}

SequenceEditor::SequenceEditor(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    auto* top = new QHBoxLayout;
    const auto box = [&](const QString& name, const QString& tip) {
        auto* made = new QComboBox(this);
        made->setAccessibleName(name);
        made->setToolTip(tip);
        made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        made->setMinimumContentsLength(10);
        top->addWidget(made, 1);
        return made;
    };
    m_control = box(tr("Sequence"), tr("Which code's steps are edited"));
    m_what = box(tr("Curves of"), tr("Directions, or the single numbers of the code"));
    m_curve = box(tr("Curve"), tr("The curve that is edited; page keys change it too"));
    layout->addLayout(top);
    m_area = new CurveArea(this);
    layout->addWidget(m_area, 1);
    m_note = new QLabel(this);
    m_note->setEnabled(false);
    m_note->setWordWrap(true);
    auto* row = new QHBoxLayout;
    m_whole = new QCheckBox(tr("All curves"), this);
    m_whole->setToolTip(tr("The buttons change the whole code, not the chosen curve alone"));
    m_whole->setChecked(true);
    m_factor = new QDoubleSpinBox(this);
    m_factor->setRange(-4, 4);
    m_factor->setSingleStep(0.25);
    m_factor->setValue(1.5);
    m_factor->setPrefix(QStringLiteral("× "));
    m_factor->setAccessibleName(tr("Factor"));
    m_factor->setToolTip(tr("How many times as large, or as fast"));
    const auto button = [&](const QString& text, const QString& tip, auto slot) {
        auto* made = new QToolButton(this);
        made->setText(text);
        made->setToolTip(tip);
        made->setFocusPolicy(Qt::StrongFocus);
        made->setMinimumHeight(24);
        connect(made, &QToolButton::clicked, this, slot);
        m_operations.push_back(made);
        row->addWidget(made);
    };
    using namespace kinora;
    row->addWidget(m_whole);
    button(tr("Smooth"), tr("Every step moves towards its neighbours: (before + 2 × itself + after) / 4"), [this] { apply(tr("Smooth"), sequence::smoothed); });
    button(tr("Reverse"), tr("The last step first"), [this] { apply(tr("Reverse"), sequence::reversed); });
    button(tr("Loop"), tr("Bends the curve so that its last step is its first"), [this] { apply(tr("Loop"), sequence::looped); });
    row->addWidget(m_factor);
    button(tr("Scale"), tr("Moves the steps that many times as far from their mean over time: 0 holds still, −1 turns the movement over"),
           [this] { apply(tr("Scale"), [factor = m_factor->value()](const std::vector<float>& numbers, int size) { return sequence::scaled(numbers, size, factor); }); });
    button(tr("Retime"), tr("Goes through the steps that many times as fast; at the end it turns back"),
           [this] { apply(tr("Retime"), [factor = m_factor->value()](const std::vector<float>& numbers, int size) { return sequence::retimed(numbers, size, factor); }); });
    row->addStretch(1);
    layout->addLayout(row);
    layout->addWidget(m_note);

    for (QComboBox* each : {m_control, m_what}) connect(each, &QComboBox::activated, this, &SequenceEditor::refresh);
    connect(m_curve, &QComboBox::activated, this, [this](int curve) {
        m_area->setActive(curve);
        tellStep();
    });
    connect(m_area, &CurveArea::activeChanged, m_curve, &QComboBox::setCurrentIndex);
    connect(m_area, &CurveArea::activeChanged, this, &SequenceEditor::tellStep);
    connect(m_area, &CurveArea::stepChanged, this, &SequenceEditor::tellStep);
    connect(m_area, &CurveArea::pointMoved, this, [this](int curve, int step, double value, int dragId) {
        const Control* known = control();
        if (!known || curve >= static_cast<int>(m_places.size())) return;
        setPoint(curve, step, value);
        refresh();
        Q_EMIT edited(tr("%1, step %2").arg(catalogueText(known->name)).arg(step + 1), dragId);
    });
    setModel(nullptr);
}

void SequenceEditor::setModel(LatentModel* model)
{
    m_model = model;
    const QSignalBlocker blocker(m_control);
    m_control->clear();
    if (m_model)
        for (const Control& each : m_model->system().controls)
            if (each.kind == ControlKind::GaussianSequence) m_control->addItem(catalogueText(each.name), QString::fromStdString(each.id));
    m_control->setVisible(m_control->count() > 1);
    refresh();
}

const Control* SequenceEditor::control() const { return m_model && m_control->currentIndex() >= 0 ? m_model->control(m_control->currentData().toString().toStdString()) : nullptr; }

void SequenceEditor::refresh()
{
    const Control* known = control();
    const QSignalBlocker first(m_what), second(m_curve);
    std::vector<std::vector<double>> curves;
    m_places.clear();
    QStringList names;
    if (known) {
        const DirectionSet& set = m_model->directions(known->id);
        // what there is to choose from
        QList<std::pair<QString, int>> kinds;
        for (const auto& [kind, text] : {std::pair{DirectionKind::Principal, tr("Principal directions")}, std::pair{DirectionKind::ClosedForm, tr("Closed-form directions")}, std::pair{DirectionKind::Saved, tr("Saved directions")}})
            for (std::size_t k = 0; k < set.size(); ++k)
                if (set.kind(k) == kind && !set.hidden.contains(k)) {
                    kinds.append({text, static_cast<int>(kind)});
                    break;
                }
        for (int from = 0; from < known->size; from += kMostCurves) kinds.append({tr("Numbers %1 to %2").arg(from + 1).arg(std::min(from + kMostCurves, known->size)), kNumbers - from});
        const QVariant chosen = m_what->currentData();
        bool same = m_what->count() == kinds.size();
        for (int entry = 0; same && entry < m_what->count(); ++entry) same = m_what->itemData(entry) == kinds[entry].second;
        if (!same) {
            const bool byHand = m_what->count() > 0 && chosen.toInt() >= 0;
            m_what->clear();
            for (const auto& [text, data] : kinds) m_what->addItem(text, data);
            const int kept = byHand ? m_what->findData(chosen) : -1;
            m_what->setCurrentIndex(std::max(0, kept));
        }
        const int what = m_what->currentData().toInt();
        m_numbers = what <= kNumbers;
        if (m_numbers) {
            for (int index = kNumbers - what; index < std::min(known->size, kNumbers - what + kMostCurves); ++index) {
                m_places.push_back(index);
                names << QString::number(index + 1);
            }
        } else {
            for (std::size_t k = 0; k < set.size() && m_places.size() < kMostCurves; ++k)
                if (set.kind(k) == static_cast<DirectionKind>(what) && !set.hidden.contains(k)) {
                    m_places.push_back(static_cast<int>(k));
                    names << directionName(set, k);
                }
        }
        const std::vector<float> numbers = m_model->value(known->id).numbers;
        const std::size_t size = static_cast<std::size_t>(known->size), steps = numbers.size() / std::max<std::size_t>(1, size);
        for (const int place : m_places) {
            std::vector<double> curve(steps, 0.0);
            for (std::size_t step = 0; step < steps; ++step) {
                if (m_numbers) {
                    curve[step] = numbers[step * size + static_cast<std::size_t>(place)];
                    continue;
                }
                const std::vector<float>& vector = set.vectors[static_cast<std::size_t>(place)];
                double along = 0, length = 0;
                for (std::size_t index = 0; index < size; ++index) {
                    along += vector[index] * (numbers[step * size + index] - known->mean);
                    length += static_cast<double>(vector[index]) * vector[index];
                }
                curve[step] = length > 0 ? along / length : 0;
            }
            curves.push_back(std::move(curve));
        }
    }
    QStringList present;
    for (int entry = 0; entry < m_curve->count(); ++entry) present << m_curve->itemText(entry);
    if (present != names) {
        m_curve->clear();
        for (const QString& name : names) {
            QPixmap swatch(12, 12);
            swatch.fill(CurveArea::colourOf(m_curve->count(), palette()));
            m_curve->addItem(QIcon(swatch), name);
        }
    }
    m_area->setCurves(curves);
    m_curve->setCurrentIndex(names.isEmpty() ? -1 : m_area->active());
    const bool free = known && !m_model->controlLocked(known->id);
    const bool several = free && m_model->stepsOf(*known) > 1;
    m_area->setEnabled(free);
    for (QToolButton* each : m_operations) each->setEnabled(several);
    tellStep();
}

void SequenceEditor::tellStep()
{
    const Control* known = control();
    if (!known) {
        m_note->setText(m_model ? tr("This system has no code with steps over time.") : QString());
        return;
    }
    const int steps = m_model->stepsOf(*known), step = m_area->step();
    QString text = tr("Step %1 of %2, about frame %3").arg(step + 1).arg(steps).arg(static_cast<int>((step + 0.5) * m_model->state().frames / steps) + 1);
    const auto& curves = m_area->curves();
    if (m_area->active() < static_cast<int>(curves.size()) && step < static_cast<int>(curves[static_cast<std::size_t>(m_area->active())].size()))
        text += QStringLiteral(": %1").arg(QLocale().toString(curves[static_cast<std::size_t>(m_area->active())][static_cast<std::size_t>(step)], 'f', 2));
    if (m_model->controlLocked(known->id)) text = tr("Locked. %1").arg(text);
    else if (steps == 1) text = tr("A clip of this length has one step. Choose a longer one for a path over time.");
    m_note->setText(text);
    m_area->setAccessibleDescription(text);
}

void SequenceEditor::setPoint(int curve, int step, double value)
{
    const Control* known = control();
    const int place = m_places[static_cast<std::size_t>(curve)];
    if (m_numbers)
        m_model->setNumber(known->id, place, static_cast<float>(value), step);
    else
        m_model->setCoordinate(known->id, static_cast<std::size_t>(place), static_cast<float>(value), step);
}

void SequenceEditor::apply(const QString& text, const Operation& operation)
{
    const Control* known = control();
    if (!known || m_model->controlLocked(known->id)) return;
    if (m_whole->isChecked()) {
        m_model->setSequence(known->id, operation(m_model->value(known->id).numbers, known->size));
    } else {
        const int curve = m_area->active();
        if (curve >= static_cast<int>(m_places.size())) return;
        const std::vector<double>& before = m_area->curves()[static_cast<std::size_t>(curve)];
        const std::vector<float> plain(before.begin(), before.end()), after = operation(plain, 1);
        for (std::size_t step = 0; step < after.size(); ++step)
            if (after[step] != plain[step]) setPoint(curve, static_cast<int>(step), after[step]);
    }
    refresh();
    Q_EMIT edited(QStringLiteral("%1: %2").arg(catalogueText(known->name), text), 0);
}
