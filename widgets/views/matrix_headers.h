#pragma once
#include <QObject>
#include <QUndoStack>
#include <optional>

#include "widgets/clip_view/clip_grid.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/latent_state.h"
#include "widgets/controllers/matrix_codes.h"

class QAction;
class QMenu;

/// The rows and columns of the appearance x motion matrix: what each holds, and what a person does with their headers. It asks for no clip; it says when the codes are others.
///
/// Headers are swapped, copied onto each other and bred (MatrixCodes::breed) by dragging, by keys and from their menu; each takes the code of the clip beside the matrix, from its menu or dropped
/// there. Everything can be undone.
class MatrixHeaders final : public QObject {
    Q_OBJECT
public:
    /// MIME type of a state (JSON) that can be dropped on the matrix.
    static QString stateFormat() { return QStringLiteral("application/x-kinora-state+json"); }

    MatrixHeaders(ClipGrid& grid, const LatentModel& model, QUndoStack& undo, QWidget* parent);

    const MatrixCodes& codes() const { return m_codes; }
    void setCodes(const MatrixCodes& codes);  ///< From a session; nothing to undo.
    /// Another model: codes that a person put there go with the old one. \param keep  its controls are the same
    void adopt(bool keep);
    /// One undoable change. \param group  changes of one group that follow each other are one; 0: none
    void change(const QString& text, const MatrixCodes& codes, int group = 0);
    void refresh();  ///< Writes the headers; after a change of locks, shape or model.
    void clipArrived(int row, int column, const ClipPtr& clip);  ///< For the pictures in the headers.
    QList<QAction*> actions() const { return {m_takeAction, m_redrawAction, m_orderAction}; }
    void setEnabled(bool enabled);  ///< Of the actions.

Q_SIGNALS:
    void changed();                      ///< codes() are others.
    void refused(const QString& reason);

private:
    friend class MatrixCommand;
    void apply(const MatrixCodes& codes);
    void move(MatrixSide side, int from, int to, HeaderMove move);
    void openMenu(MatrixSide side, int index, const QPoint& position);
    void takeClip(MatrixSide side, int index);
    void takeData(int row, int column, const QByteArray& json);
    void redraw(MatrixSide side, int index);
    bool mayChange(MatrixSide side);
    std::optional<std::pair<MatrixSide, int>> current() const;  // header that the keyboard is at

    ClipGrid& m_grid;
    const LatentModel& m_model;
    QUndoStack& m_undo;
    QWidget* m_parent;
    MatrixCodes m_codes;
    std::vector<QImage> m_rowPictures, m_columnPictures;
    quint64 m_pictureTurn = 0;
    QAction *m_takeAction = nullptr, *m_redrawAction = nullptr, *m_orderAction = nullptr;
    JobRunner m_jobs;  // last: its thread ends before the rest goes
};
