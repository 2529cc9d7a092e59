#include "core/serve/serve.h"

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/metrics/swap_consistency.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "datasets/synthetic/synthetic.h"
#endif

namespace kinora::app {

void addServeCommand(CLI::App& app)
{
    struct Options {
        bool stdio = false;
        std::string device = "auto", weights, plan = "auto";
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = cli::addCommand(app, "serve", "The engine behind the window: answers the protocol of docs/protocol.md",
                                        "  kinora serve --stdio\n  ssh gpu-host kinora serve --stdio        the cluster's GPU behind a laptop's window");
    command->add_flag("--stdio", options->stdio, "Talk over standard input and output")->required();
    command->add_option("--device", options->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->add_option("--weights", options->weights, "raw or averaged; averaged where the checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
    command->add_option("--plan", options->plan, "auto: the inference plan in the quickest numbers that stay within 1 %; fp32, bf16; off: the plain modules")->check(CLI::IsMember({"auto", "off", "fp32", "bf16"}))->capture_default_str();
    command->callback([options] {
        ::signal(SIGPIPE, SIG_IGN);  // a window that is gone is an error of write(), not our death
        // the protocol keeps the real standard output; whatever prints goes to standard error from here on
        const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) throw Error(ErrorCode::Internal, "standard output cannot be set aside");
        EngineServer::Setup setup;
        setup.catalogue = &catalogue();
#ifdef KINORA_WITH_IO
        setup.datasets = describeSynthetic();
#endif
        setup.judge = [](const std::string& dataset) -> std::shared_ptr<Judge> {
#ifdef KINORA_WITH_IO
            if (!isSynthetic(dataset)) throw Error(ErrorCode::Incompatible, dataset.empty() ? "the checkpoint does not say what it was trained on, and judges know only the built-in datasets" : "judges know only the built-in datasets, and this model was trained on '" + dataset + "'");
            const std::filesystem::path file = shippedJudge(*openDataset(dataset));
            if (file.empty()) throw Error(ErrorCode::NotFound, "no judge of the factors of '" + dataset + "' is installed");
            return std::make_shared<Judge>(file);
#else
            throw Error(ErrorCode::Incompatible, "this engine-only build has no built-in datasets, and judges know only those (the model was trained on '" + dataset + "')");
#endif
        };
        setup.trainingFields = describeOptions<TrainingOptions>("training");
        for (OptionField& field : setup.trainingFields) field.whileRunning = changesWhileRunning(field.key);
        setup.device = options->device;
        setup.weights = weightChoiceFromName(options->weights);
        setup.plan = planChoiceFromName(options->plan);
        setup.openDataset = openDataset;
        setup.output = output;
        EngineServer(std::move(setup)).run();
    });
}

}  // namespace kinora::app
