#pragma once
// What the rows and columns of the appearance x motion matrix hold: draws from seeds, or codes that a person put there. Plain values.
#include <QString>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "core/util/random.h"
#include "widgets/controllers/latent_state.h"

enum class MatrixSide {
    Rows,     ///< Appearance, and what is both.
    Columns,  ///< Motion.
};

/// The code of one row or column.
struct MatrixCode {
    std::uint64_t seed = 0;
    std::optional<kinora::ControlValues> values;  ///< Instead of what the seed draws; only the side's own controls that have a prior.
    QString name;                                 ///< Of values.
    bool operator==(const MatrixCode&) const = default;
};

/// The codes of a whole matrix. Without values it is `kinora generate --grid`: row i draws with appearanceSeed + i, column j with motionSeed + j.
struct MatrixCodes {
    std::uint64_t appearanceSeed = 0, motionSeed = 0;
    std::vector<MatrixCode> rows, columns;

    MatrixCodes() = default;
    MatrixCodes(int rows, int columns, std::uint64_t appearanceSeed, std::uint64_t motionSeed);
    bool operator==(const MatrixCodes&) const = default;

    std::vector<MatrixCode>& of(MatrixSide side) { return side == MatrixSide::Rows ? rows : columns; }
    const std::vector<MatrixCode>& of(MatrixSide side) const { return side == MatrixSide::Rows ? rows : columns; }

    void setShape(int rows, int columns);                      ///< What fits stays; new rows and columns follow the seeds.
    void setSeed(MatrixSide side, std::uint64_t first);        ///< All codes of that side are drawn anew.
    void swap(MatrixSide side, int first, int second);
    void copy(MatrixSide side, int from, int to);
    /// Code \p into becomes a child of itself and \p other: every number (of a sequence: its whole course over time) and every category is that of one of the two, chosen by \p random.
    /// As each parent follows the prior, so does the child; a mean of the two would lie nearer to the prior's mean than any draw.
    void breed(MatrixSide side, int into, int other, const LatentModel& model, kinora::Random& random);
    /// The side's codes of \p model as it stands now.
    void take(MatrixSide side, int index, const LatentModel& model, const QString& name);
    void redraw(MatrixSide side, int index, std::uint64_t seed);

    /// What a header says; "A 3", or the name.
    QString label(MatrixSide side, int index) const;
    /// The side's values at the model's length.
    kinora::ControlValues values(MatrixSide side, int index, const LatentModel& model) const;
    /// \p model becomes the cell; locked groups and what has no prior stay. A system that does not split takes LatentModel::takeCell().
    void place(LatentModel& model, int row, int column) const;
    kinora::ControlValues cell(const LatentModel& model, int row, int column) const;
    bool onlySeeds() const;

    nlohmann::json toJson() const;
    /// \throws Error (Usage) for what is none
    static MatrixCodes fromJson(const nlohmann::json& json);
    /// Whether every value fits the model's controls.
    bool fits(const LatentModel& model) const;
};
