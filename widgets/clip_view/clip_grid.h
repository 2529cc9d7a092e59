#pragma once
#include <QPointer>
#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/export/comparison.h"
#include "widgets/clip_view/clip_view.h"

/// How the columns of a grid are shown against one of them, the reference.
enum class ClipBlend {  // in the order of kinora::kComparisonShows
    None,        ///< Every clip as it is.
    Difference,  ///< What differs from the reference, amplified.
    Flicker,     ///< The clip and the reference in turn, in the same place.
    Wipe,        ///< The clip left of a line, the reference right of it.
};

/// What dropping one header on another of its kind does.
enum class HeaderMove {
    Swap,   ///< Dragged plainly.
    Copy,   ///< With Ctrl: the dragged one's content is put there as well.
    Breed,  ///< With Shift: what is there becomes a child of both.
};

/// A table of clips that all play in step: an appearance x motion matrix, samples of a run, several systems in a row. One widget paints all cells.
///
/// Arrow keys move the current cell, Enter activates it, Space plays and pauses, dragging a cell gives a GIF file. Where zooming is allowed the wheel zooms into
/// all cells alike, and while they are enlarged dragging moves what is seen. Where headers can be moved they are dragged onto each other; Left from the first column and Up from the
/// first row lead to them, Ctrl with an arrow swaps a header with its neighbour, and Enter opens its menu.
class ClipGrid final : public QWidget {
    Q_OBJECT
public:
    explicit ClipGrid(QWidget* parent = nullptr);

    void setClock(ClipClock* clock);  ///< nullptr: one of its own, which is the default. Not owned.
    ClipClock* clock() const { return m_clock; }
    int rows() const { return m_rows; }
    int columns() const { return m_columns; }
    /// nullptr for an empty cell. Indices outside give nullptr.
    ClipPtr clip(int row, int column) const;
    const std::vector<ClipPtr>& clips() const { return m_clips; }  ///< Row-major.
    int currentRow() const { return m_currentRow; }                ///< -1: none.
    int currentColumn() const { return m_currentColumn; }
    QRect cellRect(int row, int column) const;  ///< In the widget's coordinates.
    ClipBlend blend() const { return m_blend; }
    int reference() const { return m_reference; }
    double zoom() const { return m_zoom; }
    QPointF centre() const { return m_centre; }
    QRect headerRect(Qt::Orientation side, int index) const;  ///< Qt::Vertical: the header of a row; Qt::Horizontal: of a column.
    int currentHeader(Qt::Orientation side) const { return m_headerSide == side ? m_header : -1; }  ///< The header that the keyboard is at; -1: none.
    /// The picture that a cell shows now: its clip's frame, blended with the reference as asked for, in the larger of both sizes. Of the whole clip, enlarged or not.
    QImage shownImage(int row, int column) const;
    /// The same as an export has it: a wipe's line where it stands in the picture, enlarged or not.
    kinora::ComparisonView comparison() const;
    /// Makes the whole clip that a cell shows, on any thread; empty for an empty cell.
    std::function<ClipPtr()> shownClip(int row, int column) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setShape(int rows, int columns);  ///< Keeps what fits; new cells are empty.
    void setClip(int row, int column, const ClipPtr& clip);
    void setClips(int rows, int columns, const std::vector<ClipPtr>& clips);  ///< Row-major; fewer than cells leaves the rest empty.
    void clear();
    void setRowHeaders(const QStringList& headers);  ///< Empty: no headers.
    void setColumnHeaders(const QStringList& headers);
    const QStringList& rowHeaders() const { return m_rowHeaders; }
    const QStringList& columnHeaders() const { return m_columnHeaders; }
    /// Small pictures in the headers, as many as there are headers; empty: none.
    void setHeaderPictures(Qt::Orientation side, const std::vector<QImage>& pictures);
    void setHeadersMovable(bool movable);  ///< Off at first.
    void setHeaderTip(Qt::Orientation side, const QString& tip);  ///< Below the header's text in its tooltip.
    void setCurrentHeader(Qt::Orientation side, int index);       ///< -1: back to the cells.
    void setDropFormat(const QString& format);  ///< Data of this MIME type can be dropped on headers and cells; empty: nothing can.
    void setCorner(const QString& text);       ///< Where row and column headers meet.
    void setPlaceholder(const QString& text);  ///< What a grid without clips says.
    void setScaling(ClipScaling scaling);
    void setCurrent(int row, int column);
    void setStale(bool stale);
    void setDragName(const QString& name);
    void setBlend(ClipBlend blend, int reference);  ///< The reference column itself is shown as it is.
    void setDifferenceGain(double gain);
    void setWipe(double share);       ///< Where the line of Wipe stands, 0 ... 1 of the width.
    void setZoomable(bool zoomable);  ///< Off at first.
    void setZoom(double zoom);        ///< Kept within 1 ... 32.
    void setCentre(QPointF centre);   ///< Of what is seen, in parts of a clip's width and height.

Q_SIGNALS:
    void viewChanged();  ///< Zoom or centre.
    void currentChanged(int row, int column);  ///< The person chose another cell.
    void cellClicked(int row, int column);
    void cellActivated(int row, int column);  ///< Double click or Enter.
    void headerMoved(Qt::Orientation side, int from, int to, HeaderMove move);      ///< Dropped there, or moved by keys.
    void headerMenuRequested(Qt::Orientation side, int index, const QPoint& globalPosition);
    void dataDropped(int row, int column, const QByteArray& data);  ///< -1 for the row: on a column's header; for the column: on a row's.

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dragMoveEvent(QDragMoveEvent*) override;
    void dragLeaveEvent(QDragLeaveEvent*) override;
    void dropEvent(QDropEvent*) override;
    void focusOutEvent(QFocusEvent*) override;
    bool event(QEvent*) override;

private:
    struct Layout {
        int left = 0, top = 0;    // of the first cell
        int cellWidth = 0, cellHeight = 0;
        int headerWidth = 0, headerHeight = 0;
    };
    Layout layoutNow() const;
    /// The frames of a cell's clip and of the reference that are due, in one size; nothing where the cell is shown as it is, or is empty.
    std::optional<std::pair<kinora::Frames, kinora::Frames>> moment(int row, int column) const;
    void paintWipe(QPainter& painter, const QRect& cell, const kinora::Frames& own, const kinora::Frames& other) const;
    std::pair<int, int> cellAt(const QPoint& position) const;  // (-1, -1): none
    QString cellText(int row, int column) const;
    QString headerText(int column) const;
    void announce();
    int headerCount(Qt::Orientation side) const;
    std::pair<Qt::Orientation, int> headerAt(const QPoint& position) const;  // second -1: none
    void paintHeader(QPainter& painter, Qt::Orientation side, int index);
    bool headerKey(const QKeyEvent& event);
    void endHeaderDrag();
    static HeaderMove moveFor(Qt::KeyboardModifiers modifiers);
    QString moveText(HeaderMove move) const;

    QPointer<ClipClock> m_clock;
    ClipClock* m_ownClock = nullptr;  // child
    QTimer m_staleTimer;
    int m_rows = 0, m_columns = 0;
    std::vector<ClipPtr> m_clips;
    QStringList m_rowHeaders, m_columnHeaders;
    QString m_corner, m_placeholder, m_dragName;
    ClipScaling m_scaling = ClipScaling::Smooth;
    int m_currentRow = -1, m_currentColumn = -1;
    QPoint m_pressed;
    std::pair<int, int> m_pressedCell{-1, -1};
    bool m_headersMovable = false;
    std::vector<QImage> m_rowPictures, m_columnPictures;
    QString m_rowTip, m_columnTip, m_dropFormat;
    Qt::Orientation m_headerSide = Qt::Vertical;
    int m_header = -1;                                   // that the keyboard is at
    int m_pressedHeader = -1, m_targetHeader = -1;       // while one is dragged; both of m_pressedSide
    Qt::Orientation m_pressedSide = Qt::Vertical;
    bool m_draggingHeader = false;
    std::optional<std::pair<int, int>> m_dropPlace;      // as of dataDropped()
    bool m_stale = false;
    ClipBlend m_blend = ClipBlend::None;
    int m_reference = 0;
    double m_gain = 4, m_wipe = 0.5;
    QTimer m_flicker;
    bool m_flickerOther = false;  // the reference is on
    bool m_zoomable = false, m_panning = false;
    double m_zoom = 1;
    QPointF m_centre{0.5, 0.5}, m_centrePressed;
};
