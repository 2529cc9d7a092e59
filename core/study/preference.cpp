#include "core/study/preference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace kinora {

Interval wilson(double successes, double trials)
{
    if (!(trials > 0)) return {};
    constexpr double z = 1.959964;  // 97.5 % point of the normal distribution
    const double p = successes / trials, zz = z * z;
    const double centre = (p + zz / (2 * trials)) / (1 + zz / trials);
    const double half = z * std::sqrt(p * (1 - p) / trials + zz / (4 * trials * trials)) / (1 + zz / trials);
    return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double binomialTest(int wins, int losses)
{
    const int n = wins + losses;
    if (n <= 0) return 1.0;
    // the distribution is symmetric: twice the smaller tail
    double tail = 0;
    for (int k = 0; k <= std::min(wins, losses); ++k) tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) - n * std::log(2.0));
    return std::min(1.0, 2 * tail);
}

std::vector<double> bradleyTerry(const std::vector<std::vector<double>>& wins)
{
    const std::size_t count = wins.size();
    if (count < 2) return {};
    // the estimate exists only if everybody can be reached from everybody along wins (Hunter, assumption 1)
    for (std::size_t start = 0; start < count; ++start) {
        std::vector<char> seen(count, 0);
        std::vector<std::size_t> open{start};
        seen[start] = 1;
        while (!open.empty()) {
            const std::size_t at = open.back();
            open.pop_back();
            for (std::size_t next = 0; next < count; ++next)
                if (!seen[next] && wins[at][next] > 0) {
                    seen[next] = 1;
                    open.push_back(next);
                }
        }
        if (std::ranges::find(seen, 0) != seen.end()) return {};
    }
    std::vector<double> strength(count, 1.0 / static_cast<double>(count));
    for (int round = 0; round < 10000; ++round) {
        std::vector<double> next(count, 0.0);
        for (std::size_t i = 0; i < count; ++i) {
            double won = 0, weight = 0;
            for (std::size_t j = 0; j < count; ++j) {
                if (i == j) continue;
                won += wins[i][j];
                if (const double met = wins[i][j] + wins[j][i]; met > 0) weight += met / (strength[i] + strength[j]);
            }
            next[i] = won / weight;
        }
        const double sum = std::accumulate(next.begin(), next.end(), 0.0);
        double moved = 0;
        for (std::size_t i = 0; i < count; ++i) {
            next[i] /= sum;
            moved = std::max(moved, std::fabs(next[i] - strength[i]));
        }
        strength = std::move(next);
        if (moved < 1e-12) break;
    }
    return strength;
}

std::optional<double> fleissKappa(const Ratings& ratings, int categories)
{
    std::size_t raters = 0, units = 0;
    double agreement = 0;
    std::vector<double> share(static_cast<std::size_t>(categories), 0.0);
    for (const std::vector<int>& unit : ratings) {
        if (unit.size() < 2) continue;
        if (raters == 0) raters = unit.size();
        if (unit.size() != raters) return std::nullopt;
        ++units;
        std::vector<double> counts(static_cast<std::size_t>(categories), 0.0);
        for (const int category : unit) counts[static_cast<std::size_t>(category)] += 1;
        const double n = static_cast<double>(raters);
        double squares = 0;
        for (std::size_t k = 0; k < counts.size(); ++k) {
            squares += counts[k] * counts[k];
            share[k] += counts[k];
        }
        agreement += (squares - n) / (n * (n - 1));
    }
    if (units == 0) return std::nullopt;
    agreement /= static_cast<double>(units);
    double chance = 0;
    for (const double count : share) {
        const double p = count / static_cast<double>(units * raters);
        chance += p * p;
    }
    if (chance >= 1.0) return std::nullopt;
    return (agreement - chance) / (1 - chance);
}

std::optional<double> krippendorffAlpha(const Ratings& ratings, int categories)
{
    const std::size_t size = static_cast<std::size_t>(categories);
    std::vector<double> marginal(size, 0.0);
    double observed = 0, total = 0;  // observed: pairs within units that differ, each unit's weighted by 1 / (its ratings - 1)
    for (const std::vector<int>& unit : ratings) {
        if (unit.size() < 2) continue;
        std::vector<double> counts(size, 0.0);
        for (const int category : unit) counts[static_cast<std::size_t>(category)] += 1;
        const double m = static_cast<double>(unit.size());
        for (std::size_t k = 0; k < size; ++k) {
            observed += counts[k] * (m - counts[k]) / (m - 1);
            marginal[k] += counts[k];
        }
        total += m;
    }
    if (total < 2) return std::nullopt;
    double expected = 0;
    for (const double count : marginal) expected += count * (total - count);
    expected /= total - 1;
    if (expected <= 0) return std::nullopt;
    return 1 - observed / expected;
}

}  // namespace kinora
