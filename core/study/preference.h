#pragma once
// Numbers of a pairwise preference study: shares with intervals, tests, strengths and agreement.
#include <optional>
#include <vector>

namespace kinora {

struct Interval {
    double low = 0, high = 1;
};
/// Wilson's score interval at 95 %. \param successes  may hold half wins (ties). No trials: the whole of [0, 1].
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
Interval wilson(double successes, double trials);

/// Two-sided exact binomial test of \p wins against \p losses being equally likely; 1 without any.
double binomialTest(int wins, int losses);

/// Strengths of \p systems that sum to 1, from wins[i][j] = how often i was preferred to j (ties as halves): the maximum-likelihood estimate by the MM iteration.
/// Empty where it does not exist: a group of systems that was never beaten by the rest.
/// Source: Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 2004, section 2.
std::vector<double> bradleyTerry(const std::vector<std::vector<double>>& wins);

/// What each unit (pair of clips) was called by its raters, as category numbers; units may have different numbers of raters.
using Ratings = std::vector<std::vector<int>>;
/// Fleiss' kappa over the units with at least two raters. Nothing if there are none, if they have different numbers of raters, or if all raters always said the same.
/// Source: Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 1971.
std::optional<double> fleissKappa(const Ratings& ratings, int categories);
/// Krippendorff's alpha for nominal categories; units with one rater do not count. Nothing if no unit has two, or if all ratings are one category.
/// Source: Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, section B.
std::optional<double> krippendorffAlpha(const Ratings& ratings, int categories);

}  // namespace kinora
