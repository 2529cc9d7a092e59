#include <torch/torch.h>

#include <cstdlib>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"

int main(int argc, char** argv)
{
    // denormals in a collapsed network make a CPU step many times slower
    at::globalContext().setFlushDenormal(true);
    CLI::App app("Kinora's engine: training, generation and measurements. Call it as 'kinora SUBCOMMAND'.", "kinora");
    app.require_subcommand(1);
    using namespace kinora::app;
    addSystemsCommand(app);
    addTrainCommand(app);
    addGenerateCommand(app);
    addEvaluateCommand(app);
    addWeightsCommands(app);
    addParityCommand(app);
    addBenchCommand(app);
    addServeCommand(app);
    return kinora::cli::runProgram(app, argc, argv);
}
