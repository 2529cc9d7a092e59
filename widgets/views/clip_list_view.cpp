#include "widgets/views/clip_list_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "widgets/clip_view/clip_view.h"

namespace {
constexpr int kPadding = 5;
constexpr int kMinSide = 48, kMaxSide = 320;
constexpr double kFallbackHz = 10;  // for clips that do not say
constexpr double kMaxHz = 30;
}  // namespace

ClipListView::ClipListView(QWidget* parent) : QAbstractItemView(parent)
{
    setSelectionMode(ExtendedSelection);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setEditTriggers(NoEditTriggers);
    setMouseTracking(true);
    setAccessibleName(tr("Clips"));
    m_clock.start();
    m_ticks.setInterval(100);
    connect(&m_ticks, &QTimer::timeout, this, &ClipListView::tick);
    m_requests.setSingleShot(true);
    m_requests.setInterval(40);
    connect(&m_requests, &QTimer::timeout, this, &ClipListView::request);
    connect(this, &QAbstractItemView::activated, this, [this](const QModelIndex& index) { Q_EMIT activatedClip(index.data(ClipListModel::ClipRole).toLongLong()); });
}

void ClipListView::setModel(QAbstractItemModel* model)
{
    if (m_clips) m_clips->disconnect(this);
    m_clips = qobject_cast<ClipListModel*>(model);
    QAbstractItemView::setModel(model);
    if (!m_clips) return;
    connect(m_clips, &QAbstractItemModel::modelReset, this, [this] {
        verticalScrollBar()->setValue(0);
        updateGeometries();
        schedule();
        viewport()->update();
    });
    connect(m_clips, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& first, const QModelIndex& last) {
        if (first != last) return viewport()->update();
        if (const LoadedClip clip = first.data(ClipListModel::LoadedRole).value<LoadedClip>(); clip.frameRateHz > m_fastestHz) {
            m_fastestHz = std::min(kMaxHz, clip.frameRateHz);
            m_ticks.setInterval(static_cast<int>(1000 / m_fastestHz));
        }
        viewport()->update(visualRect(first));
    });
}

ClipListView::Grid ClipListView::grid() const
{
    const int text = fontMetrics().height();
    Grid grid;
    grid.cellWidth = m_side + 2 * kPadding;
    grid.cellHeight = m_side + 2 * text + 3 * kPadding;
    const int width = viewport()->width();
    grid.columns = std::max(1, width / grid.cellWidth);
    grid.left = std::max(0, (width - grid.columns * grid.cellWidth) / 2);
    return grid;
}

int ClipListView::verticalOffset() const { return verticalScrollBar()->value(); }

QRect ClipListView::visualRect(const QModelIndex& index) const
{
    if (!index.isValid()) return {};
    const Grid g = grid();
    return {g.left + index.row() % g.columns * g.cellWidth, index.row() / g.columns * g.cellHeight - verticalOffset(), g.cellWidth, g.cellHeight};
}

QModelIndex ClipListView::indexAt(const QPoint& point) const
{
    const Grid g = grid();
    const int column = (point.x() - g.left) / g.cellWidth;
    if (point.x() < g.left || column >= g.columns || point.y() + verticalOffset() < 0) return {};
    const int row = (point.y() + verticalOffset()) / g.cellHeight * g.columns + column;
    return row < count() ? model()->index(row, 0, rootIndex()) : QModelIndex();
}

std::pair<int, int> ClipListView::visibleRows() const
{
    const Grid g = grid();
    const int first = verticalOffset() / g.cellHeight * g.columns;
    const int last = ((verticalOffset() + viewport()->height()) / g.cellHeight + 1) * g.columns;
    return {std::min(first, count()), std::min(last, count())};
}

void ClipListView::scrollTo(const QModelIndex& index, ScrollHint hint)
{
    const QRect rect = visualRect(index);
    if (!rect.isValid()) return;
    int value = verticalScrollBar()->value();
    if (hint == PositionAtTop || (hint == EnsureVisible && rect.top() < 0))
        value += rect.top();
    else if (hint == PositionAtBottom || (hint == EnsureVisible && rect.bottom() > viewport()->height()))
        value += rect.bottom() - viewport()->height() + 1;
    else if (hint == PositionAtCenter)
        value += rect.center().y() - viewport()->height() / 2;
    verticalScrollBar()->setValue(value);
}

QModelIndex ClipListView::moveCursor(CursorAction action, Qt::KeyboardModifiers)
{
    if (!count()) return {};
    const Grid g = grid();
    const int page = std::max(1, viewport()->height() / g.cellHeight) * g.columns;
    const int now = currentIndex().isValid() ? currentIndex().row() : -1;
    int next = now;
    if (now < 0)
        next = 0;
    else
        switch (action) {
        case MoveLeft:
        case MovePrevious: next = now - 1; break;
        case MoveRight:
        case MoveNext: next = now + 1; break;
        case MoveUp: next = now - g.columns < 0 ? now : now - g.columns; break;
        case MoveDown: next = now + g.columns >= count() ? now : now + g.columns; break;
        case MovePageUp: next = now - page < 0 ? now % g.columns : now - page; break;
        case MovePageDown: next = std::min(now + page, count() - 1); break;
        case MoveHome: next = 0; break;
        case MoveEnd: next = count() - 1; break;
        }
    return model()->index(std::clamp(next, 0, count() - 1), 0, rootIndex());
}

void ClipListView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command)
{
    if (!model() || !selectionModel()) return;
    const Grid g = grid();
    const QRect area = rect.normalized().translated(-g.left, verticalOffset());
    // a click is a rectangle of a pixel, and between two clicks with Shift it spans the cells: a range of the order in which they are read
    const QModelIndex from = indexAt(rect.normalized().topLeft()), to = indexAt(rect.normalized().bottomRight());
    QItemSelection selection;
    if (state() != DragSelectingState && from.isValid() && to.isValid() && area.width() > 1) {
        const QModelIndex anchor = indexAt(rect.topLeft()), end = indexAt(rect.bottomRight());
        const int a = anchor.isValid() ? anchor.row() : from.row(), b = end.isValid() ? end.row() : to.row();
        selection.select(model()->index(std::min(a, b), 0, rootIndex()), model()->index(std::max(a, b), 0, rootIndex()));
    } else {
        const int firstColumn = std::max(0, area.left() / g.cellWidth), lastColumn = std::min(g.columns - 1, area.right() / g.cellWidth);
        const int firstLine = std::max(0, area.top() / g.cellHeight), lastLine = std::max(0, area.bottom()) / g.cellHeight;
        for (int line = firstLine; line <= lastLine && line * g.columns < count(); ++line) {
            const int first = line * g.columns + firstColumn, last = std::min(line * g.columns + lastColumn, count() - 1);
            if (area.right() >= 0 && first <= last) selection.select(model()->index(first, 0, rootIndex()), model()->index(last, 0, rootIndex()));
        }
    }
    selectionModel()->select(selection, command);
}

QRegion ClipListView::visualRegionForSelection(const QItemSelection& selection) const
{
    QRegion region;
    const auto [first, last] = visibleRows();
    for (const QItemSelectionRange& range : selection)
        for (int row = std::max(first, range.top()); row <= std::min(last - 1, range.bottom()); ++row) region += visualRect(model()->index(row, 0, rootIndex()));
    return region;
}

void ClipListView::updateGeometries()
{
    QAbstractItemView::updateGeometries();
    const Grid g = grid();
    const int lines = (count() + g.columns - 1) / g.columns;
    verticalScrollBar()->setSingleStep(std::max(10, g.cellHeight / 4));
    verticalScrollBar()->setPageStep(std::max(1, viewport()->height()));
    verticalScrollBar()->setRange(0, std::max(0, lines * g.cellHeight - viewport()->height()));
    schedule();
}

void ClipListView::scrollContentsBy(int dx, int dy)
{
    QAbstractItemView::scrollContentsBy(dx, dy);
    viewport()->update();
    schedule();
}

void ClipListView::schedule()
{
    if (!m_requests.isActive()) m_requests.start();
}

void ClipListView::request()
{
    if (!m_clips || !isVisible()) return;
    const auto [first, last] = visibleRows();
    std::vector<int> rows;
    for (int row = first; row < last; ++row) rows.push_back(row);
    // then a screen further, so that slow scrolling meets loaded clips
    for (int row = last; row < std::min(count(), last + (last - first)); ++row) rows.push_back(row);
    m_clips->want(rows);
}

int ClipListView::shownFrame(const LoadedClip& clip) const
{
    if (!clip.frames || clip.frames->empty()) return 0;
    const double rate = clip.frameRateHz > 0 ? clip.frameRateHz : kFallbackHz / std::max(1, clip.step);
    return static_cast<int>(static_cast<qint64>(static_cast<double>(m_clock.elapsed()) * rate / 1000) % clip.frames->count());
}

void ClipListView::tick()
{
    if (!m_clips || !isVisible()) return;
    if (m_play == Play::Hovered) {
        if (m_hovered.isValid()) viewport()->update(visualRect(m_hovered));
        return;
    }
    const auto [first, last] = visibleRows();
    if (last > first) viewport()->update();
}

void ClipListView::setPlay(Play play)
{
    m_play = play;
    if (play == Play::None || !isVisible())
        m_ticks.stop();
    else
        m_ticks.start();
    viewport()->update();
}

void ClipListView::setPlaceholder(const QString& text)
{
    m_placeholder = text;
    viewport()->update();
}

void ClipListView::setTileSide(int side)
{
    side = std::clamp(side, kMinSide, kMaxSide);
    if (side == m_side) return;
    const QModelIndex middle = indexAt(viewport()->rect().center());
    m_side = side;
    updateGeometries();
    if (middle.isValid()) scrollTo(middle, PositionAtCenter);
    viewport()->update();
    Q_EMIT tileSideChanged(side);
}

void ClipListView::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    if (!count()) {
        painter.setPen(palette().color(QPalette::Disabled, QPalette::Text));
        painter.drawText(viewport()->rect().adjusted(20, 20, -20, -20), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
        return;
    }
    const auto [first, last] = visibleRows();
    for (int row = first; row < last; ++row) {
        const QModelIndex index = model()->index(row, 0, rootIndex());
        const QRect cell = visualRect(index);
        if (event->rect().intersects(cell)) paintTile(painter, cell, index);
    }
}

void ClipListView::paintTile(QPainter& painter, const QRect& cell, const QModelIndex& index) const
{
    const bool selected = selectionModel() && selectionModel()->isSelected(index);
    const bool current = currentIndex() == index && hasFocus();
    const QPalette::ColorGroup group = hasFocus() ? QPalette::Active : QPalette::Inactive;
    if (selected) painter.fillRect(cell.adjusted(1, 1, -1, -1), palette().brush(group, QPalette::Highlight));
    const QRect picture(cell.left() + kPadding, cell.top() + kPadding, m_side, m_side);
    const LoadedClip* loaded = m_clips->loadedAt(index.row());
    static const LoadedClip nothing;
    const LoadedClip& clip = loaded ? *loaded : nothing;
    const bool excluded = m_clips->excludedAt(index.row());
    const QColor text = palette().color(group, selected ? QPalette::HighlightedText : QPalette::Text);
    if (clip.frames && !clip.frames->empty()) {
        const bool plays = m_play == Play::All || (m_play == Play::Hovered && m_hovered == index);
        if (excluded) painter.setOpacity(0.3);
        const QRect painted = paintFrame(painter, picture, *clip.frames, plays ? shownFrame(clip) : clip.frames->count() / 2, ClipScaling::Smooth);
        painter.setOpacity(1);
        if (excluded) {
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(text, 2));
            painter.drawLine(painted.topLeft(), painted.bottomRight());
            painter.drawLine(painted.topRight(), painted.bottomLeft());
            painter.setRenderHint(QPainter::Antialiasing, false);
        }
    } else {
        painter.fillRect(picture, palette().brush(QPalette::AlternateBase));
        painter.setPen(palette().color(QPalette::Disabled, QPalette::Text));
        painter.drawText(picture.adjusted(4, 4, -4, -4), Qt::AlignCenter | Qt::TextWordWrap, clip.problem.isEmpty() ? QStringLiteral("…") : QStringLiteral("⚠\n") + clip.problem);
    }
    painter.setPen(text);
    if (excluded) {
        QFont struck = font();
        struck.setStrikeOut(true);
        painter.setFont(struck);
    }
    const int line = fontMetrics().height();
    const QString labels = index.data(ClipListModel::LabelsRole).toString();
    QRect below(picture.left(), picture.bottom() + 1 + kPadding / 2, m_side, line);
    const QString name = index.data(Qt::DisplayRole).toString();
    painter.drawText(below, Qt::AlignHCenter | Qt::AlignVCenter, fontMetrics().elidedText(labels.isEmpty() ? name : labels, Qt::ElideRight, m_side));
    if (!labels.isEmpty()) {
        below.translate(0, line);
        QColor faint = text;
        faint.setAlphaF(0.65F);
        painter.setPen(faint);
        painter.drawText(below, Qt::AlignHCenter | Qt::AlignVCenter, fontMetrics().elidedText(name, Qt::ElideMiddle, m_side));
    }
    if (excluded) painter.setFont(font());
    if (current) {
        QStyleOptionFocusRect option;
        option.initFrom(this);
        option.rect = cell.adjusted(2, 2, -2, -2);
        option.state |= QStyle::State_KeyboardFocusChange;
        option.backgroundColor = palette().color(selected ? QPalette::Highlight : QPalette::Base);
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &option, &painter, this);
    }
}

void ClipListView::resizeEvent(QResizeEvent* event)
{
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
}

void ClipListView::wheelEvent(QWheelEvent* event)
{
    if (event->modifiers() & Qt::ControlModifier) {
        setTileSide(m_side + (event->angleDelta().y() > 0 ? 16 : -16));
        event->accept();
        return;
    }
    QAbstractItemView::wheelEvent(event);
}

void ClipListView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Comma:
    case Qt::Key_Period:
    case Qt::Key_Less:
    case Qt::Key_Greater: Q_EMIT playerKey(event); return;
    default: QAbstractItemView::keyPressEvent(event);
    }
}

void ClipListView::showEvent(QShowEvent* event)
{
    QAbstractItemView::showEvent(event);
    setPlay(m_play);
    schedule();
}

void ClipListView::hideEvent(QHideEvent* event)
{
    QAbstractItemView::hideEvent(event);
    m_ticks.stop();
}

void ClipListView::mouseMoveEvent(QMouseEvent* event)
{
    QAbstractItemView::mouseMoveEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    if (m_hovered == index) return;
    const QModelIndex before = m_hovered;
    m_hovered = index;
    if (m_play == Play::Hovered) {
        viewport()->update(visualRect(before));
        viewport()->update(visualRect(index));
    }
}

void ClipListView::leaveEvent(QEvent* event)
{
    QAbstractItemView::leaveEvent(event);
    m_hovered = QPersistentModelIndex();
    if (m_play == Play::Hovered) viewport()->update();
}

void ClipListView::changeEvent(QEvent* event)
{
    QAbstractItemView::changeEvent(event);
    if (event->type() == QEvent::FontChange) updateGeometries();
}
