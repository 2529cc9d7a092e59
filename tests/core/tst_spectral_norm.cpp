#include <torch/torch.h>

#include <QtTest>

#include "core/nn/init.h"
#include "core/nn/spectral_norm.h"

using namespace kinora;
using Conv2dOptions = torch::nn::Conv2dOptions;
using Conv3dOptions = torch::nn::Conv3dOptions;
using ConvTranspose3dOptions = torch::nn::ConvTranspose3dOptions;

namespace {
torch::Tensor unit(const torch::Tensor& v) { return v / v.norm(); }
/// Largest singular value of the weight seen as (out, rest).
double exactSigma(const torch::Tensor& matrix) { return at::linalg_svdvals(matrix)[0].item<double>(); }
double difference(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }
}  // namespace

class TestSpectralNorm final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void init() { torch::manual_seed(0); }

    void oneIterationPerTrainingPass()
    {
        nn::SpectralConv3d layer(Conv3dOptions(3, 5, {1, 4, 4}));
        const torch::Tensor matrix = layer->weight_orig.detach().reshape({5, -1});
        torch::Tensor u = layer->weight_u.clone(), v;
        for (int pass = 0; pass < 3; ++pass) {
            v = unit(torch::mv(matrix.t(), u));
            u = unit(torch::mv(matrix, v));
            const torch::Tensor weight = layer->normalizedWeight();
            QVERIFY(difference(layer->weight_u, u) < 1e-6);
            QVERIFY(difference(layer->weight_v, v) < 1e-6);
            QVERIFY(difference(weight, layer->weight_orig / torch::dot(u, torch::mv(matrix, v))) < 1e-6);
        }
    }

    void transposedConvolutionsCountRowsByOutputChannel()
    {
        nn::SpectralConvTranspose3d layer(ConvTranspose3dOptions(4, 7, {3, 1, 1}));
        QCOMPARE(layer->weight_orig.sizes(), torch::IntArrayRef({4, 7, 3, 1, 1}));
        QCOMPARE(layer->weight_u.sizes(), torch::IntArrayRef({7}));
        QCOMPARE(layer->weight_v.sizes(), torch::IntArrayRef({12}));
        const torch::Tensor matrix = layer->weight_orig.detach().permute({1, 0, 2, 3, 4}).reshape({7, -1});
        for (int pass = 0; pass < 200; ++pass) layer->normalizedWeight();
        layer->eval();
        const double sigma = (layer->weight_orig / layer->normalizedWeight()).mean().item<double>();
        QVERIFY(std::abs(sigma - exactSigma(matrix)) < 1e-4);
    }

    void convergesToTheLargestSingularValue()
    {
        nn::SpectralConv2d convolution(Conv2dOptions(6, 4, 3));
        nn::SpectralLinear linear(torch::nn::LinearOptions(9, 5));
        for (int pass = 0; pass < 300; ++pass) {
            convolution->normalizedWeight();
            linear->normalizedWeight();
        }
        QVERIFY(std::abs(exactSigma(convolution->normalizedWeight().detach().reshape({4, -1})) - 1) < 1e-4);
        QVERIFY(std::abs(exactSigma(linear->normalizedWeight().detach()) - 1) < 1e-4);
    }

    void evaluationChangesNothing()
    {
        nn::SpectralConv2d layer(Conv2dOptions(3, 4, 3));
        layer->eval();
        const torch::Tensor u = layer->weight_u.clone(), v = layer->weight_v.clone(), x = torch::randn({2, 3, 5, 5});
        const torch::Tensor first = layer->forward(x);
        QVERIFY(torch::equal(first, layer->forward(x)));
        QVERIFY(torch::equal(u, layer->weight_u) && torch::equal(v, layer->weight_v));
        const torch::Tensor sigma = torch::dot(u, torch::mv(layer->weight_orig.reshape({4, -1}), v));
        QVERIFY(difference(first, torch::conv2d(x, layer->weight_orig / sigma, layer->bias)) < 1e-6);
    }

    // the second pass moves u and v; the backward pass of the first must not see that
    void severalPassesMayPrecedeOneBackward()
    {
        nn::SpectralConv2d layer(Conv2dOptions(3, 4, 3));
        const torch::Tensor a = torch::randn({2, 3, 5, 5}), b = torch::randn({2, 3, 5, 5});
        torch::Tensor expected = torch::zeros_like(layer->weight_orig);
        torch::Tensor u = layer->weight_u.clone(), v;
        for (const torch::Tensor& x : {a, b}) {
            const torch::Tensor weight = layer->weight_orig.detach().clone().set_requires_grad(true);
            {
                torch::NoGradGuard noGrad;
                v = unit(torch::mv(weight.reshape({4, -1}).t(), u));
                u = unit(torch::mv(weight.reshape({4, -1}), v));
            }
            torch::conv2d(x, weight / torch::dot(u.clone(), torch::mv(weight.reshape({4, -1}), v.clone())), layer->bias.detach()).square().sum().backward();
            expected += weight.grad();
        }
        const torch::Tensor first = layer->forward(a), second = layer->forward(b);
        (first.square().sum() + second.square().sum()).backward();
        QVERIFY(difference(layer->weight_orig.grad(), expected) < 1e-3 * expected.abs().max().item<double>());
        QVERIFY(!layer->weight_u.requires_grad() && !layer->weight_v.requires_grad());
    }

    void namesAndOrderAreThoseOfAStateDict()
    {
        torch::nn::Sequential net(nn::SpectralConv2d(Conv2dOptions(3, 4, 3)), torch::nn::BatchNorm2d(4));
        std::vector<std::string> names;
        for (const auto& [name, tensor] : nn::stateDict(*net)) names.push_back(name);
        const std::vector<std::string> expected = {"0.bias",   "0.weight_orig", "0.weight_u",     "0.weight_v",    "1.weight",
                                                   "1.bias",   "1.running_mean", "1.running_var", "1.num_batches_tracked"};
        QCOMPARE(names, expected);
    }

    void startsAsTheLibraryDoes()
    {
        nn::SpectralConvTranspose3d layer(ConvTranspose3dOptions(40, 20, {1, 4, 4}));
        const double bound = 1 / std::sqrt(20.0 * 16);
        const double largest = layer->weight_orig.abs().max().item<double>();
        QVERIFY(largest <= bound && largest > 0.98 * bound);
        QVERIFY(layer->bias.abs().max().item<double>() <= bound);
        QVERIFY(std::abs(layer->weight_u.norm().item<double>() - 1) < 1e-6);
        QVERIFY(std::abs(layer->weight_v.norm().item<double>() - 1) < 1e-6);
    }
};

QTEST_APPLESS_MAIN(TestSpectralNorm)
#include "tst_spectral_norm.moc"
