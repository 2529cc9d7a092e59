#pragma once
#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "core/metrics/judge.h"
#include "core/system/checkpoint.h"

namespace kinora {

/// The engine behind the window: answers docs/protocol.md over two file descriptors.
///
/// One thread reads requests, one computes them in order; a newer generate on the same checkpoint and channel makes an older one void.
class EngineServer {
public:
    struct Setup {
        const Catalogue* catalogue = nullptr;
        std::vector<DatasetDescription> datasets;
        std::vector<OptionField> trainingFields;
        std::string device = "auto";
        WeightChoice weights = WeightChoice::Best;  ///< Of the checkpoints that are opened.
        PlanChoice plan = PlanChoice::Auto;         ///< Auto: the quickest numbers whose clips stay within Generating::kLargestError.
        /// Opens what a dataset's name means, for pictures that controls are given; empty: this engine opens none.
        std::function<std::shared_ptr<const ClipSource>(const std::string&)> openDataset;
        /// The judge of a dataset's factors, by the name that a checkpoint has of it. Throws Error (Incompatible, NotFound) where there is none, saying why; empty: there are none.
        std::function<std::shared_ptr<Judge>(const std::string& dataset)> judge;
        int input = 0, output = 1;  ///< File descriptors.
    };
    explicit EngineServer(Setup setup);
    ~EngineServer();
    /// Serves until the input ends or a client asks for shutdown.
    /// \throws Error (Damaged) if the stream is no protocol; the client was told
    void run();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
