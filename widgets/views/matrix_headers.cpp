#include "widgets/views/matrix_headers.h"

#include <QAction>
#include <QMenu>
#include <QRandomGenerator>
#include <QUndoCommand>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "widgets/controllers/clip_analysis.h"
#include "widgets/text.h"

using kinora::ControlRole;

/// One change of the matrix's codes.
class MatrixCommand final : public QUndoCommand {
public:
    MatrixCommand(MatrixHeaders& headers, MatrixCodes before, MatrixCodes after, const QString& text, int group)
        : QUndoCommand(text), m_headers(headers), m_before(std::move(before)), m_after(std::move(after)), m_group(group)
    {
    }
    int id() const override { return 2; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const MatrixCommand*>(other);
        if (m_group <= 0 || next->m_group != m_group) return false;
        m_after = next->m_after;
        return true;
    }
    void undo() override { m_headers.apply(m_before); }
    void redo() override { m_headers.apply(m_after); }

private:
    MatrixHeaders& m_headers;
    MatrixCodes m_before, m_after;
    int m_group;
};

namespace {
MatrixSide sideOf(Qt::Orientation orientation) { return orientation == Qt::Vertical ? MatrixSide::Rows : MatrixSide::Columns; }
}  // namespace

MatrixHeaders::MatrixHeaders(ClipGrid& grid, const LatentModel& model, QUndoStack& undo, QWidget* parent) : QObject(parent), m_grid(grid), m_model(model), m_undo(undo), m_parent(parent)
{
    const auto make = [this](const QString& text, const QString& tip, auto slot) {
        auto* action = new QAction(text, this);
        action->setStatusTip(tip);
        action->setToolTip(tip);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_takeAction = make(tr("Put the Clip into the Matri&x"), tr("The row or column whose header is current takes the appearance or motion of the clip; of a current cell both do"), [this] {
        if (const auto header = current()) return takeClip(header->first, header->second);
        if (m_grid.currentRow() < 0) return Q_EMIT refused(tr("Choose a cell or a header of the matrix first."));
        if (!mayChange(MatrixSide::Rows) || !mayChange(MatrixSide::Columns)) return;
        MatrixCodes codes = m_codes;
        codes.take(MatrixSide::Rows, m_grid.currentRow(), m_model, tr("clip", "code of the clip beside the matrix"));
        codes.take(MatrixSide::Columns, m_grid.currentColumn(), m_model, tr("clip", "code of the clip beside the matrix"));
        change(tr("Clip into the matrix"), codes);
    });
    m_redrawAction = make(tr("Draw the Row or Column A&new"), tr("The row or column whose header is current gets another appearance or motion"), [this] {
        if (const auto header = current()) return redraw(header->first, header->second);
        Q_EMIT refused(tr("Choose a header of the matrix first."));
    });
    m_orderAction = make(tr("Rows and Columns in &Order"), tr("Every row and column draws from its seed again, in their order"), [this] {
        change(tr("Rows and columns in order"), MatrixCodes(static_cast<int>(m_codes.rows.size()), static_cast<int>(m_codes.columns.size()), m_codes.appearanceSeed, m_codes.motionSeed));
    });
    const QString how = tr("Dragged onto another: they are swapped. With Ctrl its code is copied there; with Shift the other becomes a child of both, each number (over all time) taken from one of the two\n"
                           "at random, which keeps it on the prior's scale. Ctrl and an arrow key swap with the neighbour; Enter or the right button opens the menu.");
    grid.setHeaderTip(Qt::Vertical, how);
    grid.setHeaderTip(Qt::Horizontal, how);
    grid.setDropFormat(stateFormat());
    connect(&grid, &ClipGrid::headerMoved, this, [this](Qt::Orientation side, int from, int to, HeaderMove how) { move(sideOf(side), from, to, how); });
    connect(&grid, &ClipGrid::headerMenuRequested, this, [this](Qt::Orientation side, int index, const QPoint& position) { openMenu(sideOf(side), index, position); });
    connect(&grid, &ClipGrid::dataDropped, this, &MatrixHeaders::takeData);
}

void MatrixHeaders::setEnabled(bool enabled)
{
    for (QAction* action : actions()) action->setEnabled(enabled && m_model.splits());
}

void MatrixHeaders::setCodes(const MatrixCodes& codes) { apply(codes); }

void MatrixHeaders::adopt(bool keep)
{
    if (!keep || !m_codes.fits(m_model)) m_codes = MatrixCodes(static_cast<int>(m_codes.rows.size()), static_cast<int>(m_codes.columns.size()), m_codes.appearanceSeed, m_codes.motionSeed);
    m_rowPictures.clear();
    m_columnPictures.clear();
    ++m_pictureTurn;
}

void MatrixHeaders::apply(const MatrixCodes& codes)
{
    m_codes = codes;
    Q_EMIT changed();
}

void MatrixHeaders::change(const QString& text, const MatrixCodes& codes, int group)
{
    if (codes == m_codes) return;
    m_undo.push(new MatrixCommand(*this, m_codes, codes, text, group));
}

void MatrixHeaders::refresh()
{
    QStringList rows, columns;
    const int rowCount = static_cast<int>(m_codes.rows.size()), columnCount = static_cast<int>(m_codes.columns.size());
    if (m_model.splits()) {
        const bool rowsKept = m_model.locked(ControlRole::Appearance), columnsKept = m_model.locked(ControlRole::Motion);
        for (int row = 0; row < rowCount; ++row) rows << (rowsKept ? tr("kept") : m_codes.label(MatrixSide::Rows, row));
        for (int column = 0; column < columnCount; ++column) columns << (columnsKept ? tr("kept") : m_codes.label(MatrixSide::Columns, column));
    } else {
        for (int row = 0; row < rowCount; ++row) rows << QString::number(m_codes.appearanceSeed + static_cast<std::uint64_t>(row) * columnCount);
        for (int column = 0; column < columnCount; ++column) columns << QStringLiteral("+%1").arg(column);
    }
    m_grid.setShape(rowCount, columnCount);
    m_grid.setRowHeaders(rows);
    m_grid.setColumnHeaders(columns);
    m_grid.setCorner(m_model.splits() ? QString() : tr("Seed"));
    m_grid.setHeadersMovable(m_model.splits());
    // pictures are of the codes before until the new clips come: those of a swap are in the first answer already
    m_rowPictures.resize(m_model.splits() ? m_codes.rows.size() : 0);
    m_columnPictures.resize(m_model.splits() ? m_codes.columns.size() : 0);
    m_grid.setHeaderPictures(Qt::Vertical, m_rowPictures);
    m_grid.setHeaderPictures(Qt::Horizontal, m_columnPictures);
}

void MatrixHeaders::clipArrived(int row, int column, const ClipPtr& clip)
{
    if (!m_model.splits() || (row > 0 && column > 0)) return;
    // a row is known by how it looks, a column by where it moves
    struct Pictures {
        QImage still, moving;
    };
    m_jobs.run([clip, row, column](std::stop_token) {
        return Pictures{column == 0 ? frameImage(meanPicture(*clip), 0).copy() : QImage(), row == 0 ? frameImage(deviationPicture(*clip), 0).copy() : QImage()};
    }, [this, row, column, turn = m_pictureTurn](const kinora::Outcome<Pictures>& outcome) {
        if (turn != m_pictureTurn || !outcome) return;
        if (column == 0 && static_cast<std::size_t>(row) < m_rowPictures.size()) {
            m_rowPictures[static_cast<std::size_t>(row)] = outcome.value().still;
            m_grid.setHeaderPictures(Qt::Vertical, m_rowPictures);
        }
        if (row == 0 && static_cast<std::size_t>(column) < m_columnPictures.size()) {
            m_columnPictures[static_cast<std::size_t>(column)] = outcome.value().moving;
            m_grid.setHeaderPictures(Qt::Horizontal, m_columnPictures);
        }
    });
}

std::optional<std::pair<MatrixSide, int>> MatrixHeaders::current() const
{
    for (const Qt::Orientation side : {Qt::Vertical, Qt::Horizontal})
        if (const int index = m_grid.currentHeader(side); index >= 0) return std::pair(sideOf(side), index);
    return std::nullopt;
}

bool MatrixHeaders::mayChange(MatrixSide side)
{
    if (side == MatrixSide::Rows && m_model.locked(ControlRole::Appearance)) {
        Q_EMIT refused(tr("The appearance is locked, so all rows show the same. Unlock it to change rows."));
        return false;
    }
    if (side == MatrixSide::Columns && m_model.locked(ControlRole::Motion)) {
        Q_EMIT refused(tr("The motion is locked, so all columns show the same. Unlock it to change columns."));
        return false;
    }
    return true;
}

void MatrixHeaders::move(MatrixSide side, int from, int to, HeaderMove how)
{
    const int count = static_cast<int>(m_codes.of(side).size());
    if (from < 0 || to < 0 || from >= count || to >= count || from == to || !mayChange(side)) return;
    MatrixCodes codes = m_codes;
    const bool rows = side == MatrixSide::Rows;
    switch (how) {
    case HeaderMove::Swap:
        codes.swap(side, from, to);
        return change(rows ? tr("Swap rows") : tr("Swap columns"), codes);
    case HeaderMove::Copy:
        codes.copy(side, from, to);
        return change(rows ? tr("Copy a row's appearance") : tr("Copy a column's motion"), codes);
    case HeaderMove::Breed: {
        kinora::Random random(QRandomGenerator::global()->generate64());
        codes.breed(side, to, from, m_model, random);
        return change(rows ? tr("Breed appearances") : tr("Breed motions"), codes);
    }
    }
}

void MatrixHeaders::redraw(MatrixSide side, int index)
{
    if (!mayChange(side)) return;
    MatrixCodes codes = m_codes;
    codes.redraw(side, index, QRandomGenerator::global()->bounded(100000));
    change(side == MatrixSide::Rows ? tr("New appearance of a row") : tr("New motion of a column"), codes);
}

void MatrixHeaders::takeClip(MatrixSide side, int index)
{
    if (!mayChange(side)) return;
    MatrixCodes codes = m_codes;
    codes.take(side, index, m_model, tr("clip", "code of the clip beside the matrix"));
    change(side == MatrixSide::Rows ? tr("The clip's appearance into a row") : tr("The clip's motion into a column"), codes);
}

void MatrixHeaders::takeData(int row, int column, const QByteArray& data)
{
    if ((row >= 0 && !mayChange(MatrixSide::Rows)) || (column >= 0 && !mayChange(MatrixSide::Columns))) return;
    const auto taken = kinora::attempt([&] {
        const nlohmann::json json = nlohmann::json::parse(data.toStdString(), nullptr, false);
        LatentModel model = m_model;
        model.fromJson(json);
        MatrixCodes codes = m_codes;
        model.setFrames(m_model.state().frames);
        if (row >= 0) codes.take(MatrixSide::Rows, row, model, tr("clip", "code of the clip beside the matrix"));
        if (column >= 0) codes.take(MatrixSide::Columns, column, model, tr("clip", "code of the clip beside the matrix"));
        return codes;
    });
    if (!taken) return Q_EMIT refused(errorText(taken.error()));
    change(column < 0 ? tr("The clip's appearance into a row") : row < 0 ? tr("The clip's motion into a column") : tr("Clip into the matrix"), taken.value());
}

void MatrixHeaders::openMenu(MatrixSide side, int index, const QPoint& position)
{
    const bool rows = side == MatrixSide::Rows;
    auto* menu = new QMenu(m_parent);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    const auto others = [&](const QString& title, const QString& tip, HeaderMove how, bool outwards) {
        QMenu* sub = menu->addMenu(title);
        sub->menuAction()->setToolTip(tip);
        for (int other = 0; other < static_cast<int>(m_codes.of(side).size()); ++other) {
            if (other == index) continue;
            const QString name = (rows ? tr("Row %1: %2") : tr("Column %1: %2")).arg(other + 1).arg(m_codes.label(side, other));
            connect(sub->addAction(name), &QAction::triggered, this, [=, this] { outwards ? move(side, index, other, how) : move(side, other, index, how); });
        }
        sub->setEnabled(!sub->isEmpty());
    };
    others(tr("&Swap With"), tr("The two change places"), HeaderMove::Swap, true);
    others(tr("&Copy Over"), tr("This code is put there as well"), HeaderMove::Copy, true);
    others(tr("&Breed With"), tr("This one becomes a child of both: each number, over all time, is that of one of the two, at random"), HeaderMove::Breed, false);
    menu->addSeparator();
    connect(menu->addAction(rows ? tr("Take the Clip's &Appearance") : tr("Take the Clip's &Motion")), &QAction::triggered, this, [=, this] { takeClip(side, index); });
    connect(menu->addAction(rows ? tr("&New Appearance") : tr("&New Motion")), &QAction::triggered, this, [=, this] { redraw(side, index); });
    menu->addSeparator();
    menu->addAction(m_orderAction);
    menu->popup(position);
}
