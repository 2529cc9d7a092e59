#include <malloc.h>
#include <torch/torch.h>

#ifdef KINORA_WITH_IO
#include "app/engine/command_compare.h"
#endif
#include "app/engine/commands.h"
#include "app/shared/command_line.h"

int main(int argc, char** argv)
{
    // a training step allocates and frees hundreds of large tensors: kept by the process they cost nothing, given back to the system
    // every one is mapped and zeroed anew (a third of the step, measured)
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 2000 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
    // denormals in a collapsed network make a CPU step many times slower
    at::globalContext().setFlushDenormal(true);
    CLI::App app("Kinora's engine: training, generation and measurements. Call it as 'kinora SUBCOMMAND'.", "kinora");
    app.require_subcommand(1);
    using namespace kinora::app;
    addSystemsCommand(app);
    addTrainCommand(app);
    addGenerateCommand(app);
    addInvertCommand(app);
    addEvaluateCommand(app);
#ifdef KINORA_WITH_IO
    addCompareCommand(app);
#endif
    addWeightsCommands(app);
    addParityCommand(app);
    addBenchCommand(app);
    addServeCommand(app);
    return kinora::cli::runProgram(app, argc, argv);
}
