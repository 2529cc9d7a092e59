#pragma once
// How a curve of a million points becomes a thousand pixel columns: the lowest and highest value of every 16 points, of every 256, and so on.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "widgets/charts/column.h"

/// What a stretch of a curve covers. NaN and infinities are counted and left out of the limits.
struct Extent {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    double lowPositive = std::numeric_limits<double>::infinity();  ///< The lowest value above zero: what a logarithmic axis shows.
    std::uint32_t notFinite = 0;
    std::uint32_t notPositive = 0;  ///< Finite values that are not above zero.

    bool any() const { return low <= high; }
    bool anyPositive() const { return lowPositive <= high; }
    void add(double value)
    {
        if (!std::isfinite(value)) {
            ++notFinite;
            return;
        }
        if (value < low) low = value;
        if (value > high) high = value;
        if (!(value > 0))
            ++notPositive;
        else if (value < lowPositive)
            lowPositive = value;
    }
    void add(const Extent& other)
    {
        low = other.low < low ? other.low : low;
        high = other.high > high ? other.high : high;
        lowPositive = other.lowPositive < lowPositive ? other.lowPositive : lowPositive;
        notFinite += other.notFinite;
        notPositive += other.notPositive;
    }
    bool operator==(const Extent&) const = default;
};

/// The points of one column of a picture, [first, last), and what they cover.
struct ColumnExtent {
    std::size_t first = 0, last = 0;
    Extent extent;
};

/// The values of a curve with the extents of every 16, 256, 4096 ... of them. Two bytes a point beside the values.
///
/// A copy is a snapshot, as of a Column: only whole groups are kept, so nothing that a snapshot sees changes when points are appended.
/// Thread: one thread appends; snapshots may be read in any thread.
class MinMaxPyramid {
public:
    static constexpr std::size_t kFan = 16;

    MinMaxPyramid() = default;
    /// Takes the values over without copying; O(n).
    explicit MinMaxPyramid(Column<double> values);

    const Column<double>& values() const { return m_values; }
    std::size_t size() const { return m_values.size(); }
    /// Amortised O(\p count).
    void append(const double* values, std::size_t count);
    /// Keeps the first \p count values; O(log n).
    void cut(std::size_t count);

    /// Of the values [first, last); O(log n).
    Extent extent(std::size_t first, std::size_t last) const;

    /// Cuts [\p from, \p to] into \p count columns of equal width and says what each covers: those with from + c * w <= x < from + (c + 1) * w, and x = to in the
    /// last. O(count * log n), whatever the spacing of \p x.
    /// \param x  not falling, one for each value
    /// \param to above \p from
    std::vector<ColumnExtent> columns(const Column<double>& x, double from, double to, int count) const;

    /// The same between given borders: column c is [borders[c], borders[c + 1]).
    std::vector<ColumnExtent> columns(const std::vector<std::size_t>& borders) const;

private:
    void grow();

    Column<double> m_values;
    std::vector<Column<Extent>> m_levels;  // [k] has one for every 16^(k + 1) values
};

/// Where x lies, for finding the borders of pixel columns without touching all of memory: every 16th and every 256th x.
/// A copy is a snapshot. Thread: one thread appends.
class CoarseColumn {
public:
    /// Brings it up to date with a column that was only appended to since the last call.
    void update(const Column<double>& x);
    /// Borders of \p count columns of [\p from, \p to], one more than columns: the first index whose x is not below the column's left edge, and at last the first above
    /// \p to. Where 64 points and more share a column, borders inside lie on multiples of 16 (from 1024 points on, of 256): a sixteenth to an eighth of a column away from where
    /// they belong at most, which nobody sees, and each point is in one column.
    std::vector<std::size_t> borders(const Column<double>& x, double from, double to, int count) const;

private:
    Column<double> m_sixteenth, m_coarsest;
};

/// The first index in [\p from, x.size()) whose x is not below \p value; \p guess is where it may be. O(log of how wrong the guess is).
std::size_t lowerBoundNear(const Column<double>& x, double value, std::size_t from, std::size_t guess);
