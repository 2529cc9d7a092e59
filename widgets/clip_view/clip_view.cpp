#include "widgets/clip_view/clip_view.h"

#include <QApplication>
#include <QDateTime>
#include <QDir>
#include <QDrag>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyleOptionFocusRect>
#include <QThreadPool>
#include <QTimer>
#include <QUrl>
#include <chrono>
#include <cmath>
#include <future>

#include "core/export/encoder.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "widgets/text.h"

QImage frameImage(const kinora::Frames& clip, int frame)
{
    if (clip.empty() || frame < 0 || frame >= clip.count()) return {};
    return QImage(clip.frame(frame), clip.width(), clip.height(), clip.width() * 3, QImage::Format_RGB888);
}

QRect paintFrame(QPainter& painter, const QRect& target, const kinora::Frames& clip, int frame, ClipScaling scaling)
{
    return paintPicture(painter, target, frameImage(clip, frame), scaling);
}

QRect paintPicture(QPainter& painter, const QRect& target, const QImage& image, ClipScaling scaling, double zoom, QPointF centre)
{
    if (image.isNull() || target.isEmpty()) return {};
    const qreal ratio = painter.device() ? painter.device()->devicePixelRatioF() : 1.0;
    double scale = std::min(target.width() * ratio / image.width(), target.height() * ratio / image.height());
    bool smooth = true;
    if (scaling == ClipScaling::PixelExact && scale >= 1.0) {
        scale = std::floor(scale);
        smooth = false;
    }
    const QSizeF size(image.width() * scale / ratio, image.height() * scale / ratio);
    // the corner lies on a pixel of the screen
    const auto onPixel = [ratio](double value) { return std::round(value * ratio) / ratio; };
    const QRectF place(QPointF(onPixel(target.x() + (target.width() - size.width()) / 2), onPixel(target.y() + (target.height() - size.height()) / 2)), size);
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform, smooth);
    if (zoom <= 1) {
        painter.drawImage(place, image);
    } else {
        const double half = 0.5 / zoom;
        const QPointF middle(std::clamp(centre.x(), half, 1 - half), std::clamp(centre.y(), half, 1 - half));
        painter.drawImage(place, image, QRectF((middle.x() - half) * image.width(), (middle.y() - half) * image.height(), image.width() / zoom, image.height() / zoom));
    }
    painter.restore();
    return place.toAlignedRect();
}

int naturalScale(const kinora::Frames& clip)
{
    const int side = std::max(clip.width(), clip.height());
    return side <= 0 ? 1 : std::clamp(256 / side, 1, 8);
}

namespace {

/// Hands out the address of a GIF file that another thread writes.
class ClipMimeData final : public QMimeData {
public:
    explicit ClipMimeData(std::shared_future<QString> file) : m_file(std::move(file)) {}
    QStringList formats() const override { return QMimeData::formats() << QStringLiteral("text/uri-list"); }
    bool hasFormat(const QString& type) const override { return formats().contains(type); }

protected:
    QVariant retrieveData(const QString& type, QMetaType) const override
    {
        if (type != QLatin1String("text/uri-list")) return QMimeData::retrieveData(type, {});
        if (m_file.wait_for(std::chrono::seconds(10)) != std::future_status::ready || m_file.get().isEmpty()) return {};
        return QVariant::fromValue(QList<QVariant>{QUrl::fromLocalFile(m_file.get())});
    }

private:
    std::shared_future<QString> m_file;
};

/// A fresh folder for one dragged file; folders of earlier days are removed.
QString dragFolder()
{
    QDir root(toQString(kinora::Places::cache() / "dragged"));
    root.mkpath(QStringLiteral("."));
    for (const QFileInfo& old : root.entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (old.lastModified().daysTo(QDateTime::currentDateTime()) > 1) QDir(old.filePath()).removeRecursively();
    static int number = 0;
    const QString name = QStringLiteral("%1-%2-%3").arg(QCoreApplication::applicationPid()).arg(QDateTime::currentMSecsSinceEpoch()).arg(++number);
    root.mkpath(name);
    return root.filePath(name);
}

}  // namespace

QMimeData* clipMimeData(const ClipPtr& clip, const QString& name, double frameRateHz)
{
    return clipMimeData([clip] { return clip; }, name, frameRateHz);
}

QMimeData* clipMimeData(std::function<ClipPtr()> make, const QString& name, double frameRateHz)
{
    auto promise = std::make_shared<std::promise<QString>>();
    auto* data = new ClipMimeData(promise->get_future().share());
    QString fileName = name.isEmpty() ? QStringLiteral("clip") : QString(name).replace(QLatin1Char('/'), QLatin1Char('_'));
    if (!fileName.endsWith(QLatin1String(".gif"), Qt::CaseInsensitive)) fileName += QStringLiteral(".gif");
    QThreadPool::globalInstance()->start([promise, make = std::move(make), fileName, frameRateHz] {
        const auto written = kinora::attempt([&] {
            const QString file = dragFolder() + QLatin1Char('/') + fileName;
            kinora::ExportOptions options;
            options.frameRateHz = frameRateHz;
            const ClipPtr clip = make();
            options.scale = naturalScale(*clip);
            kinora::exportClip(*clip, toPath(file), options);
            return file;
        });
        promise->set_value(written ? written.value() : QString());
    });
    return data;
}

bool handlePlayerKey(ClipClock& clock, const QKeyEvent& event)
{
    if (event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) return false;
    const int stride = event.modifiers() & Qt::ShiftModifier ? 10 : 1;
    switch (event.key()) {
    case Qt::Key_Space: clock.toggle(); return true;
    case Qt::Key_Left: clock.step(-stride); return true;
    case Qt::Key_Right: clock.step(stride); return true;
    case Qt::Key_Comma: clock.step(-1); return true;
    case Qt::Key_Period: clock.step(1); return true;
    case Qt::Key_Home: clock.rewind(); return true;
    case Qt::Key_Less: clock.setSpeed(clock.speed() / 2); return true;
    case Qt::Key_Greater: clock.setSpeed(clock.speed() * 2); return true;
    default: return false;
    }
}

ClipView::ClipView(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Clip"));
    setAccessibleDescription(tr("Plays a clip. Space plays and pauses, the arrow keys step."));
    setToolTip(tr("Space: play or pause · ←/→: step · drag: a GIF file"));
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(200);
    connect(&m_staleTimer, &QTimer::timeout, this, qOverload<>(&ClipView::update));
    setClock(nullptr);
}

void ClipView::setClock(ClipClock* clock)
{
    if (m_clock) disconnect(m_clock, nullptr, this, nullptr);
    if (!clock) {
        if (!m_ownClock) m_ownClock = new ClipClock(this);
        clock = m_ownClock;
    }
    m_clock = clock;
    connect(clock, &ClipClock::moved, this, qOverload<>(&ClipView::update));
    update();
}

int ClipView::shownFrame() const { return m_clip && m_clock ? m_clock->frameOf(m_clip->count()) : 0; }
QSize ClipView::sizeHint() const { return {320, 320}; }
QSize ClipView::minimumSizeHint() const { return {96, 96}; }

void ClipView::setClip(const ClipPtr& clip)
{
    m_clip = clip && !clip->empty() ? clip : nullptr;
    update();
}

void ClipView::setPlaceholder(const QString& text)
{
    m_placeholder = text;
    update();
}

void ClipView::setCaption(const QString& text)
{
    if (m_caption == text) return;
    m_caption = text;
    update();
}

void ClipView::setScaling(ClipScaling scaling)
{
    m_scaling = scaling;
    update();
}

void ClipView::setStale(bool stale)
{
    if (m_stale == stale) return;
    m_stale = stale;
    if (stale) {
        m_staleTimer.start();
    } else {
        m_staleTimer.stop();
        update();
    }
}

void ClipView::setDragName(const QString& name) { m_dragName = name; }

void ClipView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QRect area = rect().adjusted(2, 2, -2, -2);
    if (!m_caption.isEmpty()) {
        const int height = fontMetrics().height() + 4;
        const QRect line(area.left(), area.bottom() - height + 1, area.width(), height);
        area.setBottom(line.top() - 1);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(line, Qt::AlignCenter, fontMetrics().elidedText(m_caption, Qt::ElideMiddle, line.width()));
    }
    m_pictureRect = {};
    if (m_clip) {
        m_pictureRect = paintFrame(painter, area, *m_clip, shownFrame(), m_scaling);
    } else {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(area.adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
    }
    if (m_stale && m_clip && !m_staleTimer.isActive()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::Highlight));
        painter.drawEllipse(QPointF(m_pictureRect.right() - 10, m_pictureRect.top() + 10), 5, 5);
    }
    if (hasFocus()) {
        QPen pen(palette().color(QPalette::Highlight), 2);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect((m_pictureRect.isValid() ? m_pictureRect.adjusted(-1, -1, 0, 0) : rect().adjusted(1, 1, -2, -2)));
    }
}

void ClipView::setDragData(const QString& format, std::function<QByteArray()> data)
{
    m_dragFormat = format;
    m_dragData = std::move(data);
}

void ClipView::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position().toPoint();
    m_pressedInside = event->button() == Qt::LeftButton;
}

void ClipView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_pressedInside || !m_clip || !(event->buttons() & Qt::LeftButton)) return;
    if ((event->position().toPoint() - m_pressed).manhattanLength() < QApplication::startDragDistance()) return;
    m_pressedInside = false;
    auto* drag = new QDrag(this);
    QMimeData* data = clipMimeData(m_clip, m_dragName, m_clock ? m_clock->frameRateHz() : 10);
    if (const QByteArray more = m_dragData ? m_dragData() : QByteArray(); !more.isEmpty()) data->setData(m_dragFormat, more);
    drag->setMimeData(data);
    drag->setPixmap(QPixmap::fromImage(frameImage(*m_clip, shownFrame()).scaled(96, 96, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    drag->exec(Qt::CopyAction);
}

void ClipView::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_pressedInside && event->button() == Qt::LeftButton && rect().contains(event->position().toPoint())) Q_EMIT clicked();
    m_pressedInside = false;
}

void ClipView::mouseDoubleClickEvent(QMouseEvent*) { Q_EMIT doubleClicked(); }

bool ClipView::event(QEvent* event)
{
    // while the view has the focus its own keys come before the page's shortcuts
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (!(key->modifiers() & ~Qt::ShiftModifier) && (key->key() == Qt::Key_Home || key->key() == Qt::Key_Left || key->key() == Qt::Key_Right)) event->accept();
    }
    return QWidget::event(event);
}

void ClipView::keyPressEvent(QKeyEvent* event)
{
    if (!m_clock || !handlePlayerKey(*m_clock, *event)) QWidget::keyPressEvent(event);
}
