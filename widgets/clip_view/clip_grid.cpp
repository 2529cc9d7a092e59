#include "widgets/clip_view/clip_grid.h"

#include <QAccessible>
#include <QApplication>
#include <QDrag>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

namespace {
constexpr int kGap = 3;
constexpr int kMargin = 3;
constexpr int kFlickerMs = 500;
constexpr double kMaxZoom = 32;
constexpr int kHeaderPicture = 24;
}  // namespace

ClipGrid::ClipGrid(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Grid of clips"));
    setMouseTracking(false);
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(200);
    connect(&m_staleTimer, &QTimer::timeout, this, qOverload<>(&ClipGrid::update));
    m_flicker.setInterval(kFlickerMs);
    connect(&m_flicker, &QTimer::timeout, this, [this] {
        m_flickerOther = !m_flickerOther;
        update();
    });
    setClock(nullptr);
}

void ClipGrid::setClock(ClipClock* clock)
{
    if (m_clock) disconnect(m_clock, nullptr, this, nullptr);
    if (!clock) {
        if (!m_ownClock) m_ownClock = new ClipClock(this);
        clock = m_ownClock;
    }
    m_clock = clock;
    connect(clock, &ClipClock::moved, this, qOverload<>(&ClipGrid::update));
    update();
}

ClipPtr ClipGrid::clip(int row, int column) const
{
    if (row < 0 || column < 0 || row >= m_rows || column >= m_columns) return nullptr;
    return m_clips[static_cast<std::size_t>(row) * m_columns + column];
}

QSize ClipGrid::sizeHint() const { return {420, 420}; }
QSize ClipGrid::minimumSizeHint() const { return {160, 120}; }

void ClipGrid::setShape(int rows, int columns)
{
    rows = std::max(0, rows);
    columns = std::max(0, columns);
    if (rows == m_rows && columns == m_columns) return;
    std::vector<ClipPtr> clips(static_cast<std::size_t>(rows) * columns);
    for (int row = 0; row < std::min(rows, m_rows); ++row)
        for (int column = 0; column < std::min(columns, m_columns); ++column)
            clips[static_cast<std::size_t>(row) * columns + column] = m_clips[static_cast<std::size_t>(row) * m_columns + column];
    m_clips = std::move(clips);
    m_rows = rows;
    m_columns = columns;
    if (m_currentRow >= rows || m_currentColumn >= columns) m_currentRow = m_currentColumn = -1;
    if (m_header >= headerCount(m_headerSide)) m_header = -1;
    endHeaderDrag();
    update();
}

void ClipGrid::setClip(int row, int column, const ClipPtr& clip)
{
    if (row < 0 || column < 0 || row >= m_rows || column >= m_columns) return;
    m_clips[static_cast<std::size_t>(row) * m_columns + column] = clip && !clip->empty() ? clip : nullptr;
    update();
}

void ClipGrid::setClips(int rows, int columns, const std::vector<ClipPtr>& clips)
{
    setShape(rows, columns);
    for (std::size_t index = 0; index < m_clips.size(); ++index)
        m_clips[index] = index < clips.size() && clips[index] && !clips[index]->empty() ? clips[index] : nullptr;
    update();
}

void ClipGrid::clear()
{
    setShape(0, 0);
    setRowHeaders({});
    setColumnHeaders({});
}

void ClipGrid::setRowHeaders(const QStringList& headers)
{
    m_rowHeaders = headers;
    update();
}

void ClipGrid::setColumnHeaders(const QStringList& headers)
{
    m_columnHeaders = headers;
    update();
}

void ClipGrid::setHeaderPictures(Qt::Orientation side, const std::vector<QImage>& pictures)
{
    (side == Qt::Vertical ? m_rowPictures : m_columnPictures) = pictures;
    update();
}

void ClipGrid::setHeadersMovable(bool movable)
{
    m_headersMovable = movable;
    setMouseTracking(movable);
    if (!movable) m_header = -1;
    endHeaderDrag();
    update();
}

void ClipGrid::setHeaderTip(Qt::Orientation side, const QString& tip) { (side == Qt::Vertical ? m_rowTip : m_columnTip) = tip; }

void ClipGrid::setCurrentHeader(Qt::Orientation side, int index)
{
    if (!m_headersMovable || index >= headerCount(side)) index = -1;
    m_headerSide = side;
    m_header = index;
    announce();
    update();
}

void ClipGrid::setDropFormat(const QString& format)
{
    m_dropFormat = format;
    setAcceptDrops(!format.isEmpty());
}

void ClipGrid::setCorner(const QString& text)
{
    m_corner = text;
    update();
}

void ClipGrid::setPlaceholder(const QString& text)
{
    m_placeholder = text;
    update();
}

void ClipGrid::setScaling(ClipScaling scaling)
{
    m_scaling = scaling;
    update();
}

void ClipGrid::setCurrent(int row, int column)
{
    if (row < 0 || column < 0 || row >= m_rows || column >= m_columns) row = column = -1;
    if (row == m_currentRow && column == m_currentColumn) return;
    m_currentRow = row;
    m_currentColumn = column;
    announce();
    update();
}

void ClipGrid::setStale(bool stale)
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

void ClipGrid::setDragName(const QString& name) { m_dragName = name; }

void ClipGrid::setBlend(ClipBlend blend, int reference)
{
    m_blend = blend;
    m_reference = reference;
    m_flickerOther = false;
    if (blend == ClipBlend::Flicker)
        m_flicker.start();
    else
        m_flicker.stop();
    update();
}

void ClipGrid::setDifferenceGain(double gain)
{
    m_gain = std::clamp(gain, 1.0, 64.0);
    update();
}

void ClipGrid::setWipe(double share)
{
    m_wipe = std::clamp(share, 0.0, 1.0);
    update();
}

void ClipGrid::setZoomable(bool zoomable) { m_zoomable = zoomable; }

void ClipGrid::setZoom(double zoom)
{
    m_zoom = std::clamp(zoom, 1.0, kMaxZoom);
    setCentre(m_centre);
}

void ClipGrid::setCentre(QPointF centre)
{
    const double half = 0.5 / m_zoom;
    m_centre = {std::clamp(centre.x(), half, 1 - half), std::clamp(centre.y(), half, 1 - half)};
    Q_EMIT viewChanged();
    update();
}

std::optional<std::pair<kinora::Frames, kinora::Frames>> ClipGrid::moment(int row, int column) const
{
    const ClipPtr own = clip(row, column), other = m_blend == ClipBlend::None || column == m_reference ? nullptr : clip(row, m_reference);
    if (!own || !other) return std::nullopt;
    const int height = std::max(own->height(), other->height()), width = std::max(own->width(), other->width());
    const auto frame = [&](const kinora::Frames& clip) {
        const std::uint8_t* from = clip.frame(m_clock ? m_clock->frameOf(clip.count()) : 0);
        return kinora::fitted(kinora::Frames(1, clip.height(), clip.width(), {from, from + clip.frameBytes()}), height, width);
    };
    return std::pair(frame(*own), frame(*other));
}

QImage ClipGrid::shownImage(int row, int column) const
{
    if (const auto both = moment(row, column)) {
        const auto& [own, other] = *both;
        // by the function that makes the clip for files, so that both agree in every pixel
        return frameImage(m_blend == ClipBlend::Flicker ? (m_flickerOther ? other : own) : kinora::blended(own, other, comparison()), 0).copy();
    }
    const ClipPtr own = clip(row, column);
    return own ? frameImage(*own, m_clock ? m_clock->frameOf(own->count()) : 0) : QImage();
}

/// A wipe's line stands in what is seen, so that it stays where it is while zooming; drawn here it is one pixel of the screen wide and hides little.
void ClipGrid::paintWipe(QPainter& painter, const QRect& cell, const kinora::Frames& own, const kinora::Frames& other) const
{
    const QRect place = paintPicture(painter, cell, frameImage(own, 0), m_scaling, m_zoom, m_centre);
    const int x = place.left() + static_cast<int>(m_wipe * place.width());
    painter.save();
    painter.setClipRect(QRect(QPoint(x, place.top()), place.bottomRight()), Qt::IntersectClip);
    paintPicture(painter, cell, frameImage(other, 0), m_scaling, m_zoom, m_centre);
    painter.restore();
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawLine(x, place.top(), x, place.bottom());
}

kinora::ComparisonView ClipGrid::comparison() const
{
    kinora::ComparisonView view;
    view.show = kinora::kComparisonShows[static_cast<std::size_t>(m_blend)];
    view.against = m_reference;
    view.gain = m_gain;
    view.wipe = std::clamp(m_centre.x() + (m_wipe - 0.5) / m_zoom, 0.0, 1.0);
    return view;
}

std::function<ClipPtr()> ClipGrid::shownClip(int row, int column) const
{
    const ClipPtr own = clip(row, column), other = column == m_reference ? nullptr : clip(row, m_reference);
    if (!own) return {};
    if (m_blend == ClipBlend::None || !other) return [own] { return own; };
    kinora::ComparisonView view = comparison();
    kinora::settle(view, std::max(own->count(), other->count()), m_clock ? m_clock->frameRateHz() : 10);
    return [own, other, view] { return std::make_shared<const kinora::Frames>(kinora::blended(*own, *other, view)); };
}

/// What the column shows now: never a name over another's picture.
QString ClipGrid::headerText(int column) const
{
    const QString own = m_columnHeaders.value(column), other = m_columnHeaders.value(m_reference);
    if (m_blend == ClipBlend::None || column == m_reference || m_reference >= m_columns) return own;
    if (m_blend == ClipBlend::Difference) return tr("|%1 − %2| × %3", "difference of two columns, amplified").arg(own, other, QLocale().toString(m_gain));
    if (m_blend == ClipBlend::Wipe) return tr("%1 | %2", "left and right of a line").arg(own, other);
    return m_flickerOther ? other : own;
}

QString ClipGrid::cellText(int row, int column) const
{
    QStringList parts;
    if (row >= 0 && row < m_rowHeaders.size()) parts << m_rowHeaders[row];
    if (column >= 0 && column < m_columnHeaders.size()) parts << m_columnHeaders[column];
    return parts.isEmpty() ? tr("Row %1, column %2").arg(row + 1).arg(column + 1) : parts.join(QStringLiteral(" × "));
}

void ClipGrid::announce()
{
    if (m_header >= 0)
        setAccessibleDescription(m_headerSide == Qt::Vertical ? tr("Header of row %1").arg(m_rowHeaders.value(m_header)) : tr("Header of column %1").arg(m_columnHeaders.value(m_header)));
    else
        setAccessibleDescription(m_currentRow < 0 ? QString() : cellText(m_currentRow, m_currentColumn));
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

ClipGrid::Layout ClipGrid::layoutNow() const
{
    Layout layout;
    if (m_rows <= 0 || m_columns <= 0) return layout;
    const QFontMetrics metrics = fontMetrics();
    for (const QString& header : m_rowHeaders) layout.headerWidth = std::max(layout.headerWidth, metrics.horizontalAdvance(header));
    if (!m_rowHeaders.isEmpty()) layout.headerWidth = std::min(std::max(layout.headerWidth, metrics.horizontalAdvance(m_corner)), std::max(40, width() / 5)) + 8;
    if (!m_columnHeaders.isEmpty()) layout.headerHeight = (m_columnPictures.empty() ? metrics.height() : std::max(metrics.height(), kHeaderPicture)) + 6;
    double aspect = 1.0;  // width over height
    for (const ClipPtr& clip : m_clips)
        if (clip) {
            aspect = static_cast<double>(clip->width()) / clip->height();
            break;
        }
    const int spaceX = width() - 2 * kMargin - layout.headerWidth - kGap * (m_columns - 1);
    const int spaceY = height() - 2 * kMargin - layout.headerHeight - kGap * (m_rows - 1);
    const double cellHeight = std::max(1.0, std::min(spaceX / (m_columns * aspect), static_cast<double>(spaceY) / m_rows));
    layout.cellHeight = static_cast<int>(cellHeight);
    layout.cellWidth = std::max(1, static_cast<int>(cellHeight * aspect));
    const int usedX = layout.headerWidth + layout.cellWidth * m_columns + kGap * (m_columns - 1);
    const int usedY = layout.headerHeight + layout.cellHeight * m_rows + kGap * (m_rows - 1);
    layout.left = (width() - usedX) / 2 + layout.headerWidth;
    layout.top = std::max(kMargin, (height() - usedY) / 2) + layout.headerHeight;
    return layout;
}

QRect ClipGrid::cellRect(int row, int column) const
{
    const Layout layout = layoutNow();
    return {layout.left + column * (layout.cellWidth + kGap), layout.top + row * (layout.cellHeight + kGap), layout.cellWidth, layout.cellHeight};
}

std::pair<int, int> ClipGrid::cellAt(const QPoint& position) const
{
    for (int row = 0; row < m_rows; ++row)
        for (int column = 0; column < m_columns; ++column)
            if (cellRect(row, column).contains(position)) return {row, column};
    return {-1, -1};
}

void ClipGrid::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    if (m_rows <= 0 || m_columns <= 0) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
        return;
    }
    const Layout layout = layoutNow();
    const QFontMetrics metrics = fontMetrics();
    const int headerTop = layout.top - layout.headerHeight;
    for (int column = 0; column < headerCount(Qt::Horizontal); ++column) paintHeader(painter, Qt::Horizontal, column);
    for (int row = 0; row < headerCount(Qt::Vertical); ++row) paintHeader(painter, Qt::Vertical, row);
    if (!m_corner.isEmpty() && !m_rowHeaders.isEmpty() && !m_columnHeaders.isEmpty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        const QRect place(layout.left - layout.headerWidth, headerTop, layout.headerWidth - 6, layout.headerHeight);
        painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(m_corner, Qt::ElideRight, place.width()));
    }
    for (int row = 0; row < m_rows; ++row)
        for (int column = 0; column < m_columns; ++column) {
            const QRect cell(layout.left + column * (layout.cellWidth + kGap), layout.top + row * (layout.cellHeight + kGap), layout.cellWidth, layout.cellHeight);
            if (!event->region().intersects(cell.adjusted(-kGap, -kGap, kGap, kGap))) continue;
            if (const auto both = m_blend == ClipBlend::Wipe ? moment(row, column) : std::nullopt)
                paintWipe(painter, cell, both->first, both->second);
            else if (const QImage shown = shownImage(row, column); shown.isNull())
                painter.fillRect(cell, palette().color(QPalette::AlternateBase));
            else
                paintPicture(painter, cell, shown, m_scaling, m_zoom, m_centre);
        }
    if (m_dropPlace) {
        const auto [row, column] = *m_dropPlace;
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 3, Qt::DashLine));
        painter.drawRect(row < 0 ? headerRect(Qt::Horizontal, column) : column < 0 ? headerRect(Qt::Vertical, row) : cellRect(row, column));
    }
    if (m_header < 0 && m_currentRow >= 0) {
        // two lines, dark and light, so that it shows on any picture
        const QRect cell = cellRect(m_currentRow, m_currentColumn);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), hasFocus() ? 3 : 2));
        painter.drawRect(cell.adjusted(-1, -1, 0, 0));
    } else if (m_header < 0 && hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
    if (m_stale && !m_staleTimer.isActive()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::Highlight));
        painter.drawEllipse(QPointF(width() - 10, 10), 5, 5);
    }
}

int ClipGrid::headerCount(Qt::Orientation side) const { return side == Qt::Vertical ? std::min<int>(m_rows, m_rowHeaders.size()) : std::min<int>(m_columns, m_columnHeaders.size()); }

QRect ClipGrid::headerRect(Qt::Orientation side, int index) const
{
    const Layout layout = layoutNow();
    if (index < 0 || index >= headerCount(side)) return {};
    if (side == Qt::Horizontal) return {layout.left + index * (layout.cellWidth + kGap), layout.top - layout.headerHeight, layout.cellWidth, layout.headerHeight};
    return {layout.left - layout.headerWidth, layout.top + index * (layout.cellHeight + kGap), layout.headerWidth - 6, layout.cellHeight};
}

std::pair<Qt::Orientation, int> ClipGrid::headerAt(const QPoint& position) const
{
    for (const Qt::Orientation side : {Qt::Vertical, Qt::Horizontal})
        for (int index = 0; index < headerCount(side); ++index)
            if (headerRect(side, index).contains(position)) return {side, index};
    return {Qt::Vertical, -1};
}

void ClipGrid::paintHeader(QPainter& painter, Qt::Orientation side, int index)
{
    const QRect place = headerRect(side, index);
    const bool vertical = side == Qt::Vertical;
    const QString text = vertical ? m_rowHeaders[index] : headerText(index);
    const std::vector<QImage>& pictures = vertical ? m_rowPictures : m_columnPictures;
    const QImage picture = static_cast<std::size_t>(index) < pictures.size() ? pictures[static_cast<std::size_t>(index)] : QImage();
    const QFontMetrics metrics = fontMetrics();
    painter.save();
    const bool mine = m_draggingHeader && m_pressedSide == side;
    if (mine && (index == m_pressedHeader || index == m_targetHeader)) {
        QColor back = palette().color(QPalette::Highlight);
        back.setAlpha(index == m_targetHeader && index != m_pressedHeader ? 150 : 60);
        painter.fillRect(place, back);
    }
    painter.setPen(palette().color(QPalette::WindowText));
    if (picture.isNull()) {
        painter.drawText(place, vertical ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignCenter, metrics.elidedText(text, Qt::ElideMiddle, place.width()));
    } else {
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        const int size = std::min({kHeaderPicture, place.width(), place.height()});
        if (vertical) {  // above the text, or alone where there is no room for both
            const bool both = place.height() >= size + metrics.height();
            const int top = place.top() + (place.height() - size - (both ? metrics.height() : 0)) / 2;
            painter.drawImage(QRect(place.right() - size + 1, top, size, size), picture);
            if (both) painter.drawText(QRect(place.left(), top + size, place.width(), metrics.height()), Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(text, Qt::ElideMiddle, place.width()));
        } else {
            const QString shown = metrics.elidedText(text, Qt::ElideMiddle, std::max(0, place.width() - size - 4));
            const int wide = size + (shown.isEmpty() ? 0 : 4 + metrics.horizontalAdvance(shown)), left = place.left() + std::max(0, (place.width() - wide) / 2);
            painter.drawImage(QRect(left, place.top() + (place.height() - size) / 2, size, size), picture);
            painter.drawText(QRect(left + size + 4, place.top(), place.right() - left - size - 3, place.height()), Qt::AlignLeft | Qt::AlignVCenter, shown);
        }
    }
    if (m_header == index && m_headerSide == side) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), hasFocus() ? 3 : 2));
        painter.drawRect(place.adjusted(1, 1, -2, -2));
    }
    painter.restore();
}

HeaderMove ClipGrid::moveFor(Qt::KeyboardModifiers modifiers) { return modifiers & Qt::ShiftModifier ? HeaderMove::Breed : modifiers & Qt::ControlModifier ? HeaderMove::Copy : HeaderMove::Swap; }

/// What releasing the button now would do.
QString ClipGrid::moveText(HeaderMove move) const
{
    const QStringList& names = m_pressedSide == Qt::Vertical ? m_rowHeaders : m_columnHeaders;
    const QString from = names.value(m_pressedHeader), to = names.value(m_targetHeader);
    if (m_targetHeader < 0 || m_targetHeader == m_pressedHeader) return m_pressedSide == Qt::Vertical ? tr("Drop on another row's header") : tr("Drop on another column's header");
    if (move == HeaderMove::Copy) return tr("Copy %1 over %2").arg(from, to);
    if (move == HeaderMove::Breed) return tr("Breed %2 with %1").arg(from, to);
    return tr("Swap %1 and %2").arg(from, to);
}

void ClipGrid::endHeaderDrag()
{
    if (m_draggingHeader) {
        QToolTip::hideText();
        unsetCursor();
        update();
    }
    m_draggingHeader = false;
    m_pressedHeader = m_targetHeader = -1;
}

bool ClipGrid::headerKey(const QKeyEvent& event)
{
    if (m_draggingHeader && event.key() == Qt::Key_Escape) return endHeaderDrag(), true;
    if (m_header < 0) return false;
    const int count = headerCount(m_headerSide);
    const bool vertical = m_headerSide == Qt::Vertical;
    const int back = vertical ? Qt::Key_Up : Qt::Key_Left, on = vertical ? Qt::Key_Down : Qt::Key_Right;
    if (event.modifiers() & (Qt::AltModifier | Qt::MetaModifier)) return false;
    if (event.key() == back || event.key() == on) {
        const int to = m_header + (event.key() == on ? 1 : -1);
        if (to >= 0 && to < count) {
            const int from = m_header;
            setCurrentHeader(m_headerSide, to);
            if (event.modifiers() & Qt::ControlModifier) Q_EMIT headerMoved(m_headerSide, from, to, HeaderMove::Swap);
        }
        return true;
    }
    if (event.modifiers() & Qt::ControlModifier) return false;
    switch (event.key()) {
    case Qt::Key_Home: setCurrentHeader(m_headerSide, 0); return true;
    case Qt::Key_End: setCurrentHeader(m_headerSide, count - 1); return true;
    case Qt::Key_Right:  // from a row's header into the row
    case Qt::Key_Down: {
        const int row = vertical ? m_header : 0, column = vertical ? 0 : m_header;
        m_header = -1;
        setCurrent(row, column);
        announce();
        update();
        Q_EMIT currentChanged(row, column);
        return true;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT headerMenuRequested(m_headerSide, m_header, mapToGlobal(headerRect(m_headerSide, m_header).center())); return true;
    case Qt::Key_Left:
    case Qt::Key_Up: return true;
    default: return false;
    }
}

void ClipGrid::dragEnterEvent(QDragEnterEvent* event)
{
    if (!m_dropFormat.isEmpty() && event->mimeData()->hasFormat(m_dropFormat)) event->acceptProposedAction();
}

void ClipGrid::dragMoveEvent(QDragMoveEvent* event)
{
    const QPoint position = event->position().toPoint();
    const auto [side, index] = headerAt(position);
    m_dropPlace.reset();
    if (m_headersMovable && index >= 0) m_dropPlace = side == Qt::Vertical ? std::pair(index, -1) : std::pair(-1, index);
    else if (const auto cell = cellAt(position); m_headersMovable && cell.first >= 0) m_dropPlace = cell;
    event->setAccepted(m_dropPlace.has_value() && event->mimeData()->hasFormat(m_dropFormat));
    update();
}

void ClipGrid::dragLeaveEvent(QDragLeaveEvent*)
{
    m_dropPlace.reset();
    update();
}

void ClipGrid::dropEvent(QDropEvent* event)
{
    const auto place = std::exchange(m_dropPlace, std::nullopt);
    update();
    if (!place || !event->mimeData()->hasFormat(m_dropFormat)) return;
    event->acceptProposedAction();
    Q_EMIT dataDropped(place->first, place->second, event->mimeData()->data(m_dropFormat));
}

void ClipGrid::focusOutEvent(QFocusEvent* event)
{
    endHeaderDrag();
    QWidget::focusOutEvent(event);
}

void ClipGrid::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position().toPoint();
    endHeaderDrag();
    if (const auto [side, index] = headerAt(m_pressed); m_headersMovable && index >= 0) {
        setCurrentHeader(side, index);
        if (event->button() == Qt::LeftButton) {
            m_pressedSide = side;
            m_pressedHeader = index;
        }
    } else if (m_header >= 0) {
        setCurrentHeader(m_headerSide, -1);
    }
    m_centrePressed = m_centre;
    m_panning = m_zoom > 1 && (event->button() == Qt::LeftButton || event->button() == Qt::MiddleButton) && cellAt(m_pressed).first >= 0;
    m_pressedCell = event->button() == Qt::LeftButton ? cellAt(m_pressed) : std::pair(-1, -1);
}

void ClipGrid::mouseMoveEvent(QMouseEvent* event)
{
    if (m_pressedHeader >= 0 && event->buttons() & Qt::LeftButton) {
        const QPoint position = event->position().toPoint();
        if (!m_draggingHeader && (position - m_pressed).manhattanLength() < QApplication::startDragDistance()) return;
        m_draggingHeader = true;
        setCursor(Qt::ClosedHandCursor);
        // anywhere beside the headers of its side counts for the nearest row or column
        m_targetHeader = -1;
        for (int index = 0; index < headerCount(m_pressedSide); ++index) {
            const QRect place = headerRect(m_pressedSide, index);
            if (m_pressedSide == Qt::Vertical ? position.y() >= place.top() && position.y() <= place.bottom() : position.x() >= place.left() && position.x() <= place.right()) m_targetHeader = index;
        }
        if (!rect().contains(position)) m_targetHeader = -1;
        QToolTip::showText(event->globalPosition().toPoint(), moveText(moveFor(event->modifiers())), this);
        update();
        return;
    }
    if (m_headersMovable && event->buttons() == Qt::NoButton) {
        if (headerAt(event->position().toPoint()).second >= 0) setCursor(Qt::OpenHandCursor);
        else unsetCursor();
    }
    if (m_panning) {
        const QPoint moved = event->position().toPoint() - m_pressed;
        const QRect cell = cellRect(0, 0);
        if (moved.manhattanLength() >= QApplication::startDragDistance()) m_pressedCell = {-1, -1};  // no click any more
        setCentre(m_centrePressed - QPointF(moved.x() / (m_zoom * cell.width()), moved.y() / (m_zoom * cell.height())));
        return;
    }
    const ClipPtr dragged = clip(m_pressedCell.first, m_pressedCell.second);
    if (!dragged || !(event->buttons() & Qt::LeftButton)) return;
    if ((event->position().toPoint() - m_pressed).manhattanLength() < QApplication::startDragDistance()) return;
    const auto [row, column] = m_pressedCell;
    m_pressedCell = {-1, -1};
    auto* drag = new QDrag(this);
    const QString name = QStringLiteral("%1_%2_%3").arg(m_dragName.isEmpty() ? QStringLiteral("clip") : m_dragName).arg(row + 1).arg(column + 1);
    drag->setMimeData(clipMimeData(shownClip(row, column), name, m_clock ? m_clock->frameRateHz() : 10));
    drag->setPixmap(QPixmap::fromImage(shownImage(row, column).scaled(96, 96, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    drag->exec(Qt::CopyAction);
}

void ClipGrid::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_pressedHeader >= 0 && event->button() == Qt::LeftButton) {
        const bool dropped = m_draggingHeader && m_targetHeader >= 0 && m_targetHeader != m_pressedHeader;
        const int from = m_pressedHeader, to = m_targetHeader;
        endHeaderDrag();
        if (!dropped) return;
        setCurrentHeader(m_pressedSide, to);
        Q_EMIT headerMoved(m_pressedSide, from, to, moveFor(event->modifiers()));
        return;
    }
    const auto cell = m_pressedCell;
    m_pressedCell = {-1, -1};
    m_panning = false;
    if (event->button() != Qt::LeftButton || cell.first < 0 || cell != cellAt(event->position().toPoint())) return;
    if (cell.first != m_currentRow || cell.second != m_currentColumn) {
        setCurrent(cell.first, cell.second);
        Q_EMIT currentChanged(cell.first, cell.second);
    }
    Q_EMIT cellClicked(cell.first, cell.second);
}

void ClipGrid::mouseDoubleClickEvent(QMouseEvent* event)
{
    const auto [row, column] = cellAt(event->position().toPoint());
    if (row >= 0) Q_EMIT cellActivated(row, column);
}

void ClipGrid::keyPressEvent(QKeyEvent* event)
{
    if (m_rows > 0 && m_columns > 0 && headerKey(*event)) return;
    if (m_rows <= 0 || m_columns <= 0 || event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) return QWidget::keyPressEvent(event);
    int row = std::max(0, m_currentRow), column = std::max(0, m_currentColumn);
    if (m_headersMovable && m_currentRow >= 0) {
        if (event->key() == Qt::Key_Left && column == 0 && headerCount(Qt::Vertical) > row) return setCurrentHeader(Qt::Vertical, row);
        if (event->key() == Qt::Key_Up && row == 0 && headerCount(Qt::Horizontal) > column) return setCurrentHeader(Qt::Horizontal, column);
    }
    switch (event->key()) {
    case Qt::Key_Left: --column; break;
    case Qt::Key_Right: ++column; break;
    case Qt::Key_Up: --row; break;
    case Qt::Key_Down: ++row; break;
    case Qt::Key_Home: row = column = 0; break;
    case Qt::Key_End:
        row = m_rows - 1;
        column = m_columns - 1;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_currentRow >= 0) Q_EMIT cellActivated(m_currentRow, m_currentColumn);
        return;
    default:
        if (!m_clock || !handlePlayerKey(*m_clock, *event)) QWidget::keyPressEvent(event);
        return;
    }
    row = std::clamp(row, 0, m_rows - 1);
    column = std::clamp(column, 0, m_columns - 1);
    if (row == m_currentRow && column == m_currentColumn) return;
    setCurrent(row, column);
    Q_EMIT currentChanged(row, column);
}

void ClipGrid::wheelEvent(QWheelEvent* event)
{
    const auto [row, column] = cellAt(event->position().toPoint());
    if (!m_zoomable || row < 0 || event->angleDelta().y() == 0) return QWidget::wheelEvent(event);
    // what lies under the pointer stays there
    const QRect cell = cellRect(row, column);
    const QPointF inside((event->position().x() - cell.x()) / cell.width() - 0.5, (event->position().y() - cell.y()) / cell.height() - 0.5);
    const QPointF under = m_centre + inside / m_zoom;
    m_zoom = std::clamp(m_zoom * std::pow(1.25, event->angleDelta().y() / 120.0), 1.0, kMaxZoom);
    setCentre(under - inside / m_zoom);
    event->accept();
}

bool ClipGrid::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const int code = key->key();
        if (!(key->modifiers() & ~Qt::ShiftModifier) &&
            (code == Qt::Key_Home || code == Qt::Key_End || code == Qt::Key_Left || code == Qt::Key_Right || code == Qt::Key_Up || code == Qt::Key_Down))
            event->accept();
        // Escape ends a drag here and is the page's otherwise
        if (m_draggingHeader && code == Qt::Key_Escape) event->accept();
        if (m_header >= 0 && key->modifiers() == Qt::ControlModifier && (code == Qt::Key_Left || code == Qt::Key_Right || code == Qt::Key_Up || code == Qt::Key_Down)) event->accept();
    }
    if (event->type() == QEvent::ContextMenu && m_headersMovable) {
        const auto* menu = static_cast<QContextMenuEvent*>(event);
        auto [side, index] = menu->reason() == QContextMenuEvent::Keyboard ? std::pair(m_headerSide, m_header) : headerAt(menu->pos());
        if (index >= 0) {
            endHeaderDrag();
            setCurrentHeader(side, index);
            Q_EMIT headerMenuRequested(side, index, menu->reason() == QContextMenuEvent::Keyboard ? mapToGlobal(headerRect(side, index).center()) : menu->globalPos());
            event->accept();
            return true;
        }
    }
    if (event->type() == QEvent::ToolTip && m_draggingHeader) return true;  // says what a drop would do
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto [row, column] = cellAt(help->pos());
        const auto [side, header] = headerAt(help->pos());
        if (header >= 0 && m_headersMovable) {
            const QString& tip = side == Qt::Vertical ? m_rowTip : m_columnTip;
            const QString name = (side == Qt::Vertical ? m_rowHeaders : m_columnHeaders)[header];
            QToolTip::showText(help->globalPos(), tip.isEmpty() ? name : name + QLatin1Char('\n') + tip, this, headerRect(side, header));
        } else if (row >= 0)
            QToolTip::showText(help->globalPos(), cellText(row, column), this, cellRect(row, column));
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}
