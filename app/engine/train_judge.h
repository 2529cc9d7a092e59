#pragma once
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace kinora::app {

struct JudgeRequest {
    std::string dataset;  ///< "builtin:faces", "builtin:puppets?size=64", or any dataset whose labels have roles.
    std::string run;      ///< A new or empty folder.
    std::vector<std::string> settings;
    std::int64_t steps = 0;  ///< 0: as the options say.
    std::int64_t seed = 0;
    int threads = 0;
};

/// `kinora train --judge`: trains a judge of the dataset's factors, writes <run>/judge.safetensors and judge.json and prints its held-out scores.
/// \throws Error (Usage, CannotWrite, Cancelled: nothing is left behind)
void trainJudgeCommand(const JudgeRequest& request, std::stop_token stop);

}  // namespace kinora::app
