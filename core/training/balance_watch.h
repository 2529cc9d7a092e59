#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kinora {

/// Notices that generator and discriminators have lost their balance: a discriminator that is always right, samples that have become alike.
class BalanceWatch {
public:
    /// A condition that begins or ends.
    struct News {
        bool begins = false;
        std::string message;  ///< One line, of a beginning.
    };
    /// Looks at the scalars "accuracy/<D>/real" and "accuracy/<D>/fake" of a step. A discriminator is saturated when the mean of both, over about the last \p points points
    /// (all of them at first, then with a decay of 1 - 1 / points), is \p limit or more, and recovers 0.02 below. \param limit  1 or more: never
    std::optional<News> accuracies(const std::vector<std::pair<std::string, double>>& scalars, double limit, int64_t points);
    /// Looks at the diversity of a sample matrix. The samples have collapsed when it is below \p ratio of the data's, from step \p start on:
    /// before, a generator may have learnt nothing yet.
    std::optional<News> diversity(int64_t step, double samples, double data, double ratio, int64_t start);

    nlohmann::json state() const;
    /// \throws Error (Damaged)
    void setState(const nlohmann::json& state);

private:
    struct Course {
        double mean = 0;
        int64_t points = 0;
        bool saturated = false;
    };
    std::map<std::string, Course> m_courses;  ///< By discriminator.
    bool m_collapsed = false;
};

}  // namespace kinora
