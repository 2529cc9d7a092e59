#pragma once
#include <QAbstractItemView>
#include <QElapsedTimer>
#include <QTimer>
#include <vector>

#include "widgets/controllers/clip_list_model.h"

/// A wall of clips that play: as many columns as fit, any number of rows. Only what is on screen is loaded and painted, so that 100,000 clips cost no more than
/// a hundred.
///
/// Arrow keys, Page Up and Down, Home and End move; Ctrl and Shift select several; Ctrl and the wheel change the size; comma, dot and < > are passed on to the player.
class ClipListView final : public QAbstractItemView {
    Q_OBJECT
public:
    enum class Play { All, Hovered, None };
    explicit ClipListView(QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model) override;  ///< A ClipListModel.
    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;

    int tileSide() const { return m_side; }
    Play play() const { return m_play; }
    void setPlay(Play play);
    void setPlaceholder(const QString& text);
    /// Which frame of a tile is shown now.
    int shownFrame(const LoadedClip& clip) const;

public Q_SLOTS:
    void setTileSide(int side);  ///< Kept within 48 ... 320.

Q_SIGNALS:
    void tileSideChanged(int side);
    void activatedClip(qint64 clip);
    void playerKey(QKeyEvent* event);  ///< A key of the player's was pressed here.

protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex&) const override { return false; }
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void updateGeometries() override;
    void scrollContentsBy(int dx, int dy) override;

private:
    struct Grid {
        int columns = 1, cellWidth = 0, cellHeight = 0, left = 0;
    };
    Grid grid() const;
    int count() const { return model() ? model()->rowCount(rootIndex()) : 0; }
    std::pair<int, int> visibleRows() const;  // first and one past the last item
    void schedule();
    void request();
    void tick();
    void paintTile(QPainter& painter, const QRect& cell, const QModelIndex& index) const;

    ClipListModel* m_clips = nullptr;
    int m_side = 112;
    Play m_play = Play::All;
    QString m_placeholder;
    QTimer m_ticks, m_requests;
    QElapsedTimer m_clock;
    QPersistentModelIndex m_hovered;
    double m_fastestHz = 10;
};
