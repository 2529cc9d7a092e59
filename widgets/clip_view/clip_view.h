#pragma once
#include <QImage>
#include <QMimeData>
#include <QPointer>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <memory>

#include "core/clip/frames.h"
#include "widgets/clip_view/clip_clock.h"

using ClipPtr = std::shared_ptr<const kinora::Frames>;

/// How frames are enlarged.
enum class ClipScaling {
    Smooth,      ///< Bilinear, fills the view.
    PixelExact,  ///< Whole multiples of a pixel of the screen, nearest neighbour.
};

/// One frame as an image that shares the clip's bytes: the clip must outlive it.
QImage frameImage(const kinora::Frames& clip, int frame);
/// Draws a frame into \p target, keeping its aspect, in the sharpest way that the screen's scale allows. \returns the rectangle it covered
QRect paintFrame(QPainter& painter, const QRect& target, const kinora::Frames& clip, int frame, ClipScaling scaling);
/// Draws any picture as paintFrame() does. \param zoom  1: the whole picture; 4: a quarter of its width and height, around \p centre, in the same place on screen
/// \param centre  of what is seen, in parts of the picture's width and height; moved so that nothing beside the picture is seen
QRect paintPicture(QPainter& painter, const QRect& target, const QImage& image, ClipScaling scaling, double zoom = 1, QPointF centre = {0.5, 0.5});
/// A whole enlargement that makes a small clip about 256 pixels wide: for pictures that leave the window.
int naturalScale(const kinora::Frames& clip);
/// A GIF file for dragging a clip out of the window. It is encoded on another thread while the drag goes on, and waited for when it is dropped.
/// \param name  of the file, without folder; ".gif" is added when missing
QMimeData* clipMimeData(const ClipPtr& clip, const QString& name, double frameRateHz);
/// The same of a clip that has to be made first. \param clip  called on that thread, once; holds values and shared immutable objects only
QMimeData* clipMimeData(std::function<ClipPtr()> clip, const QString& name, double frameRateHz);

/// Plays one clip. It holds the old picture until the new clip is set, so that nothing flickers.
///
/// With the keyboard focus: Space plays and pauses, Left and Right (with Shift: ten) step, Home rewinds, < and > change the speed. Dragging gives a GIF file.
class ClipView final : public QWidget {
    Q_OBJECT
public:
    explicit ClipView(QWidget* parent = nullptr);

    /// Plays by \p clock together with others; nullptr: by one of its own, which is the default. The clock is not owned.
    void setClock(ClipClock* clock);
    ClipClock* clock() const { return m_clock; }
    ClipPtr clip() const { return m_clip; }
    ClipScaling scaling() const { return m_scaling; }
    int shownFrame() const;
    QRect pictureRect() const { return m_pictureRect; }  ///< Where the frame was painted last.

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setClip(const ClipPtr& clip);         ///< nullptr: the placeholder is shown.
    void setPlaceholder(const QString& text);  ///< What an empty view says.
    void setCaption(const QString& text);      ///< Small, under the picture.
    void setScaling(ClipScaling scaling);
    /// What a drag carries besides the GIF file, under a MIME type. \param data  called when a drag begins; empty: nothing
    void setDragData(const QString& format, std::function<QByteArray()> data);
    void setStale(bool stale);                 ///< After a moment a mark in the corner says that the picture is not yet that of the wanted values.
    void setDragName(const QString& name);     ///< File name of a dragged GIF.

Q_SIGNALS:
    void clicked();
    void doubleClicked();

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    bool event(QEvent*) override;

private:
    QPointer<ClipClock> m_clock;
    ClipClock* m_ownClock = nullptr;  // child
    QTimer m_staleTimer;
    ClipPtr m_clip;
    QString m_placeholder, m_caption, m_dragName, m_dragFormat;
    std::function<QByteArray()> m_dragData;
    ClipScaling m_scaling = ClipScaling::Smooth;
    QRect m_pictureRect;
    QPoint m_pressed;
    bool m_pressedInside = false;
    bool m_stale = false;
};

/// Keys of a player that views share: Space, Left, Right, Home, comma, dot, <, >. \returns true if the key was one
bool handlePlayerKey(ClipClock& clock, const QKeyEvent& event);
