// What a fast training step is made of, against LibTorch's plain layers: values, gradients, running statistics; and the GPU's kernels against their twins.
#include <dlfcn.h>
#include <torch/torch.h>

#include <QtTest>
#include <filesystem>

#include "core/nn/device_kernels.h"
#include "core/nn/fast_layers.h"
#include "core/nn/fused_adam.h"
#include "core/nn/halving_convolution.h"
#include "core/nn/spectral_pair.h"
#include "core/nn/strip_product.h"
#include "core/system/generation.h"
#include "core/training/precision.h"
#include "core/util/error.h"

using namespace kinora;
using torch::Tensor;

namespace {
/// Largest difference, to the largest entry of \p b.
double relative(const Tensor& a, const Tensor& b)
{
    if (a.sizes() != b.sizes()) return 1e9;
    return (a.to(torch::kFloat32) - b.to(torch::kFloat32)).abs().max().item<double>() / std::max(1e-20, b.abs().max().item<double>());
}

Tensor leaf(torch::IntArrayRef size) { return torch::randn(size).set_requires_grad(true); }

/// Gradients of a weighted sum of \p y for \p inputs; the weights are the same for every call of this shape.
std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& inputs)
{
    torch::manual_seed(99);
    return torch::autograd::grad({(y.to(torch::kFloat32) * torch::randn(y.sizes())).sum()}, inputs);
}

/// Whether a function of this name has a part in \p y.
bool madeBy(const Tensor& y, const std::string& name)
{
    std::vector<std::shared_ptr<torch::autograd::Node>> open{y.grad_fn()};
    while (!open.empty()) {
        const auto node = open.back();
        open.pop_back();
        if (!node) continue;
        if (node->name().find(name) != std::string::npos) return true;
        for (const auto& edge : node->next_edges()) open.push_back(edge.function);
    }
    return false;
}

#define COMPARE_ALL(actual, expected, tolerance)                                                                                          \
    do {                                                                                                                                   \
        const auto a = (actual), b = (expected);                                                                                           \
        QCOMPARE(a.size(), b.size());                                                                                                      \
        for (std::size_t i = 0; i < a.size(); ++i) QVERIFY2(relative(a[i], b[i]) < (tolerance), qPrintable(QString("%1: %2").arg(i).arg(relative(a[i], b[i])))); \
    } while (false)

Tensor repeated(const Tensor& still, int64_t frames) { return still.expand({-1, frames, -1, -1, -1}); }
}  // namespace

class TestFastLayers final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        at::set_num_threads(2);
        torch::manual_seed(0);
    }

    void transposedInTime_data()
    {
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("padding");
        QTest::addColumn<int>("still");
        for (const int still : {0, 3}) {
            const char* with = still > 0 ? ", with a still half" : "";
            QTest::addRow("from one to four%s", with) << 4 << 1 << 0 << still;
            QTest::addRow("doubling%s", with) << 4 << 2 << 1 << still;
            QTest::addRow("frame by frame%s", with) << 1 << 1 << 0 << still;
            QTest::addRow("odd%s", with) << 3 << 2 << 0 << still;
            QTest::addRow("gaps%s", with) << 2 << 3 << 0 << still;
        }
    }
    void transposedInTime()
    {
        QFETCH(int, kernel);
        QFETCH(int, stride);
        QFETCH(int, padding);
        QFETCH(int, still);
        const Tensor moving = leaf({2, 5, 3, 2, 4}), weight = leaf({still + 4, 6, kernel}), constant = still > 0 ? leaf({2, 1, 3, 2, still}) : Tensor();
        const Tensor fast = nn::transposedInTime(constant, moving, weight, stride, padding);
        const Tensor whole = still > 0 ? torch::cat({repeated(constant, 5), moving}, -1) : moving;
        const Tensor plain = nn::channelsLast(torch::conv_transpose3d(nn::channelsSecond(whole), weight.view({still + 4, 6, kernel, 1, 1}), {}, {stride, 1, 1}, {padding, 0, 0}));
        QVERIFY(fast.is_contiguous());
        QVERIFY2(relative(fast, plain) < 1e-6, qPrintable(QString::number(relative(fast, plain))));
        std::vector<Tensor> inputs{moving, weight};
        if (still > 0) inputs.push_back(constant);
        COMPARE_ALL(gradients(fast, inputs), gradients(plain, inputs), 1e-5);
    }

    /// The processor's loops have no float64: it takes the way of a device without the plug-in.
    void shiftedSumByTensors()
    {
        struct Case {
            int64_t kernel, stride, padding, frames;
        };
        for (const auto& [kernel, stride, padding, frames] : {Case{4, 2, 1, 5}, {4, 2, 1, 1}, {4, 1, 0, 1}, {4, 1, 0, 3}, {3, 1, 1, 4}, {1, 1, 0, 2}, {2, 3, 0, 3}, {5, 2, 3, 2}})
            for (const bool constant : {false, true}) {
                const Tensor taps = torch::randn({2, frames, 3, 2, kernel, 5}), still = constant ? torch::randn({2, 1, 3, 2, kernel, 5}) : Tensor();
                const Tensor loops = nn::shiftedSum(taps, still, stride, padding), tensors = nn::shiftedSum(taps.to(torch::kFloat64), constant ? still.to(torch::kFloat64) : Tensor(), stride, padding);
                QCOMPARE(tensors.scalar_type(), torch::kFloat64);
                QCOMPARE(tensors.size(1), (frames - 1) * stride - 2 * padding + kernel);
                // a sum over the taps is a transposed convolution whose weight picks each of them out
                const Tensor all = (constant ? taps + still : taps).to(torch::kFloat64);
                const Tensor picks = torch::eye(kernel, torch::kFloat64).view({kernel, 1, kernel});
                const Tensor rows = all.permute({0, 2, 3, 5, 4, 1}).reshape({-1, kernel, frames});
                const Tensor wanted = at::conv_transpose1d(rows, picks, {}, stride, padding).view({2, 3, 2, 5, tensors.size(1)}).permute({0, 4, 1, 2, 3});
                QVERIFY2(relative(tensors, wanted.contiguous()) < 1e-6, qPrintable(QString("kernel %1, stride %2, padding %3, %4 frames").arg(kernel).arg(stride).arg(padding).arg(frames)));
                QVERIFY(relative(loops, wanted.contiguous()) < 1e-5);
            }
    }

    void transposedInSpace_data()
    {
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("padding");
        QTest::newRow("from a point") << 1 << 1 << 1 << 0;
        QTest::newRow("doubling") << 4 << 4 << 2 << 1;
        QTest::newRow("odd") << 3 << 5 << 2 << 1;
        QTest::newRow("a row of points") << 1 << 3 << 2 << 1;
    }
    void transposedInSpace()
    {
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(int, stride);
        QFETCH(int, padding);
        const Tensor x = leaf({2, 3, height, width, 4}), weight = leaf({4, 6, 4, 4});
        const Tensor fast = nn::transposedInSpace(x, weight, stride, padding);
        const Tensor plain = nn::channelsLast(torch::conv_transpose3d(nn::channelsSecond(x), weight.unsqueeze(2), {}, {1, stride, stride}, {0, padding, padding}));
        QVERIFY(relative(fast, plain) < 1e-6);
        COMPARE_ALL(gradients(fast, {x, weight}), gradients(plain, {x, weight}), 1e-5);
    }

    /// Of kernel 4, stride 2, padding 1, where channels are multiples of 16 and there are pixels enough: other sums, the same numbers.
    void halving_data()
    {
        QTest::addColumn<int>("images");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("small");
        QTest::addColumn<int>("large");
        QTest::addColumn<bool>("bfloat16");
        for (const bool bfloat16 : {false, true}) {
            const char* type = bfloat16 ? ", bfloat16" : "";
            QTest::addRow("even%s", type) << 3 << 6 << 4 << 16 << 32 << bfloat16;
            QTest::addRow("odd%s", type) << 5 << 5 << 3 << 32 << 16 << bfloat16;
            QTest::addRow("a row%s", type) << 33 << 1 << 1 << 16 << 48 << bfloat16;
            QTest::addRow("blocks of 64%s", type) << 2 << 7 << 8 << 80 << 128 << bfloat16;
            QTest::addRow("groups of tiles%s", type) << 40 << 16 << 16 << 16 << 64 << bfloat16;
        }
    }
    void halving()
    {
        QFETCH(int, images);
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(int, small);
        QFETCH(int, large);
        QFETCH(bool, bfloat16);
        QVERIFY(nn::halving::pays({images, height, width, small, large}, false));
        if (bfloat16 && !nn::bfloat16ProductsWork()) QSKIP("this processor has no products of bfloat16");
        if (bfloat16 && !nn::halving::pays({images, height, width, small, large}, true)) QSKIP("left to AMX here");
        const auto precise = [](const Tensor& x) { return x.detach().to(torch::kFloat64).set_requires_grad(true); };
        const auto leafOf = [&](torch::IntArrayRef size) { return torch::randn(size).to(bfloat16 ? torch::kBFloat16 : torch::kFloat32).set_requires_grad(true); };
        const double tolerance = bfloat16 ? 2e-2 : 2e-6;
        {  // forth to the large images
            const Tensor x = leafOf({1, images, height, width, small}), weight = leafOf({small, large, 4, 4}), xp = precise(x), wp = precise(weight);
            const Tensor fast = nn::transposedInSpace(x, weight, 2, 1), plain = torch::conv_transpose2d(xp.squeeze(0).permute({0, 3, 1, 2}), wp, {}, 2, 1).permute({0, 2, 3, 1}).unsqueeze(0);
            QVERIFY(madeBy(fast, "Halving") && fast.scalar_type() == x.scalar_type());
            QVERIFY2(relative(fast, plain) < tolerance, qPrintable(QString::number(relative(fast, plain))));
            COMPARE_ALL(gradients(fast, {x, weight}), gradients(plain, {xp, wp}), tolerance);
        }
        {  // and to the small ones
            const Tensor x = leafOf({images, 2 * height, 2 * width, large}), weight = leafOf({small, large, 4, 4}), xp = precise(x), wp = precise(weight);
            const Tensor fast = nn::convolution2d(x.permute({0, 3, 1, 2}), weight, {}, {2, 2}, {1, 1}), plain = torch::conv2d(xp.permute({0, 3, 1, 2}), wp, {}, 2, 1);
            QVERIFY(madeBy(fast, "Halving"));
            QVERIFY2(relative(fast, plain) < tolerance, qPrintable(QString::number(relative(fast, plain))));
            COMPARE_ALL(gradients(fast, {x, weight}), gradients(plain, {xp, wp}), tolerance);
        }
    }
    void halvingDoesNotDependOnThreads_data()
    {
        QTest::addColumn<int>("images");
        QTest::addColumn<int>("size");  // of the small images
        QTest::addColumn<int>("small");
        QTest::addColumn<bool>("doubles");
        QTest::addColumn<bool>("bfloat16");
        for (const bool bfloat16 : {false, true})
            for (const bool doubles : {false, true}) {
                QTest::addRow("groups of tiles, %s%s", doubles ? "doubled" : "halved", bfloat16 ? ", bfloat16" : "") << 40 << 16 << 16 << doubles << bfloat16;
                QTest::addRow("one group, %s%s", doubles ? "doubled" : "halved", bfloat16 ? ", bfloat16" : "") << 3 << 5 << 48 << doubles << bfloat16;
            }
    }
    void halvingDoesNotDependOnThreads()
    {
        QFETCH(int, images);
        QFETCH(int, size);
        QFETCH(int, small);
        QFETCH(bool, doubles);
        QFETCH(bool, bfloat16);
        if (bfloat16 && (!nn::bfloat16ProductsWork() || !nn::halving::pays({images, size, size, small, 64}, true))) QSKIP("left to the library here");
        const auto type = bfloat16 ? torch::kBFloat16 : torch::kFloat32;
        const int64_t large = 2 * size;
        const Tensor x = (doubles ? torch::randn({1, images, size, size, small}) : torch::randn({images, large, large, 64})).to(type).set_requires_grad(true);
        const Tensor weight = torch::randn({small, 64, 4, 4}).to(type).set_requires_grad(true);
        const auto computed = [&] {
            const Tensor y = doubles ? nn::transposedInSpace(x, weight, 2, 1) : nn::convolution2d(x.permute({0, 3, 1, 2}), weight, {}, {2, 2}, {1, 1});
            std::vector<Tensor> all = gradients(y, {x, weight});
            all.push_back(y);
            return all;
        };
        const std::vector<Tensor> two = computed();
        at::set_num_threads(1);
        const std::vector<Tensor> one = computed();
        for (std::size_t i = 0; i < one.size(); ++i) QVERIFY2(torch::equal(one[i], two[i]), qPrintable(QString::number(i)));
    }

    /// Of a gradient through loops over memory there is no gradient: that is said, instead of giving constants.
    void gradientsOfGradientsAreRefused()
    {
        const Tensor x = leaf({3, 12, 8, 32}), weight = leaf({16, 32, 4, 4});
        const Tensor y = nn::convolution2d(x.permute({0, 3, 1, 2}), weight, {}, {2, 2}, {1, 1});
        QVERIFY(madeBy(y, "Halving"));
        try {
            torch::autograd::grad({y.sum()}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true);
            QFAIL("no error");
        } catch (const std::exception& error) {
            QVERIFY2(QByteArray(error.what()).contains("twice"), error.what());
        }
    }

    void toPicture_data()
    {
        QTest::addColumn<bool>("bfloat16");
        QTest::newRow("float") << false;
        QTest::newRow("bfloat16") << true;
    }
    void toPicture()
    {
        QFETCH(bool, bfloat16);
        if (bfloat16 && !nn::bfloat16ProductsWork()) QSKIP("this processor has no products of bfloat16");
        const auto type = bfloat16 ? torch::kBFloat16 : torch::kFloat32;
        const double tolerance = bfloat16 ? 2e-2 : 2e-6;
        const Tensor moving = torch::randn({2, 3, 18, 24, 16}).to(type).set_requires_grad(true), still = torch::randn({2, 1, 18, 24, 5}).to(type).set_requires_grad(true);
        const Tensor weight = torch::randn({3, 21, 3, 3}).to(type).set_requires_grad(true), bias = torch::randn({3}).to(type).set_requires_grad(true);
        const auto precise = [](const Tensor& x) { return x.detach().to(torch::kFloat64).set_requires_grad(true); };
        const Tensor mp = precise(moving), sp = precise(still), wp = precise(weight), bp = precise(bias);
        const Tensor fast = nn::convolutionInSpace(still, moving, weight, bias, 1);
        QVERIFY(madeBy(fast, "ToPicture"));
        const Tensor plain = nn::channelsLast(torch::conv3d(nn::channelsSecond(torch::cat({repeated(sp, 3), mp}, -1)), wp.unsqueeze(2), bp, 1, {0, 1, 1}));
        QVERIFY2(relative(fast, plain) < tolerance, qPrintable(QString::number(relative(fast, plain))));
        COMPARE_ALL(gradients(fast, {moving, weight, still, bias}), gradients(plain, {mp, wp, sp, bp}), tolerance);
    }

    void normReluAdd_data()
    {
        QTest::addColumn<bool>("added");
        QTest::addColumn<int>("size");
        QTest::newRow("alone") << false << 5;
        QTest::newRow("with h_t") << true << 5;
        QTest::newRow("with h_t, points") << true << 1;
        QTest::newRow("large") << true << 40;
    }
    void normReluAdd()
    {
        QFETCH(bool, added);
        QFETCH(int, size);
        const Tensor x = (torch::randn({2, 3, size, size, 7}) * 3 + 50).set_requires_grad(true);  // far from zero: the variance must not drown
        const Tensor bias = leaf({7}), more = added ? leaf({2, 3, 1, 1, 7}) : Tensor();
        torch::nn::BatchNorm3d fastNorm(7), plainNorm(7);
        {
            const torch::NoGradGuard noGradient;
            fastNorm->weight.normal_(1, 0.3);
            fastNorm->bias.normal_(0, 0.3);
            plainNorm->weight.copy_(fastNorm->weight);
            plainNorm->bias.copy_(fastNorm->bias);
        }
        const Tensor fast = nn::normReluAdd(x, bias, *fastNorm, more);
        Tensor plain = nn::channelsLast(torch::relu(plainNorm->forward(nn::channelsSecond(x + bias))));
        if (added) plain = plain + more;
        QVERIFY2(relative(fast, plain) < 2e-5, qPrintable(QString::number(relative(fast, plain))));
        QVERIFY(relative(fastNorm->running_mean, plainNorm->running_mean) < 2e-5);  // of the sums in float32 of the plain one
        QVERIFY(relative(fastNorm->running_var, plainNorm->running_var) < 1e-5);
        QCOMPARE(fastNorm->num_batches_tracked.item<int64_t>(), int64_t(1));
        std::vector<Tensor> fastInputs{x, fastNorm->weight, fastNorm->bias}, plainInputs{x, plainNorm->weight, plainNorm->bias};
        if (added) {
            fastInputs.push_back(more);
            plainInputs.push_back(more);
        }
        COMPARE_ALL(gradients(fast, fastInputs), gradients(plain, plainInputs), 2e-4);
        const Tensor again = nn::normReluAdd(x, bias, *fastNorm, more);
        QCOMPARE(gradients(again, {bias})[0].abs().max().item<float>(), 0.0F);  // the mean takes it away
    }

    void notANumberStaysOne()
    {
        Tensor x = torch::randn({1, 2, 2, 2, 3});
        x[0][1][0][0][1] = NAN;
        torch::nn::BatchNorm3d norm(3);
        const Tensor y = nn::normReluAdd(x, torch::zeros({3}), *norm);
        QVERIFY(y.select(-1, 1).isnan().all().item<bool>());
        QVERIFY(!y.select(-1, 0).isnan().any().item<bool>());
    }

    void oneValueIsNoBatch()
    {
        torch::nn::BatchNorm3d norm(3);
        QVERIFY_EXCEPTION_THROWN(nn::normReluAdd(torch::randn({1, 1, 1, 1, 3}), torch::zeros({3}), *norm), Error);
    }

    void convolution_data()
    {
        QTest::addColumn<QList<int>>("kernel");
        QTest::addColumn<QList<int>>("stride");
        QTest::addColumn<QList<int>>("padding");
        QTest::newRow("in space") << QList<int>{1, 4, 4} << QList<int>{1, 2, 2} << QList<int>{0, 1, 1};
        QTest::newRow("in time") << QList<int>{4, 1, 1} << QList<int>{1, 1, 1} << QList<int>{0, 0, 0};
        QTest::newRow("both") << QList<int>{4, 4, 4} << QList<int>{2, 2, 2} << QList<int>{1, 1, 1};
        QTest::newRow("whole frames") << QList<int>{1, 6, 8} << QList<int>{1, 1, 1} << QList<int>{0, 0, 0};
        QTest::newRow("whole clips") << QList<int>{5, 1, 1} << QList<int>{1, 1, 1} << QList<int>{0, 0, 0};
    }
    void convolution()
    {
        QFETCH(QList<int>, kernel);
        QFETCH(QList<int>, stride);
        QFETCH(QList<int>, padding);
        const std::vector<int64_t> strides(stride.begin(), stride.end()), paddings(padding.begin(), padding.end());
        const Tensor x = leaf({2, 5, 6, 8, 3}), weight = leaf({4, 3, kernel[0], kernel[1], kernel[2]}), bias = leaf({4});
        const Tensor fast = nn::convolution(x, weight, bias, strides, paddings, 0.2);
        const Tensor plain = nn::channelsLast(torch::leaky_relu(torch::conv3d(nn::channelsSecond(x), weight, bias, strides, paddings), 0.2));
        QVERIFY(relative(fast, plain) < 1e-6);
        COMPARE_ALL(gradients(fast, {x, weight, bias}), gradients(plain, {x, weight, bias}), 1e-5);
    }

    void spectralNorm()
    {
        nn::SpectralConv2d images(torch::nn::Conv2dOptions(3, 5, 4));
        nn::SpectralConv3d clips(torch::nn::Conv3dOptions(3, 20, {4, 1, 1}));
        nn::SpectralConvTranspose3d wide(torch::nn::ConvTranspose3dOptions(4, 7, {1, 4, 4})), tall(torch::nn::ConvTranspose3dOptions(40, 7, {4, 1, 1})), point(torch::nn::ConvTranspose3dOptions(9, 7, 1)),
            odd(torch::nn::ConvTranspose3dOptions(3, 4, 3));
        for (nn::SpectralNormModule* layer : {static_cast<nn::SpectralNormModule*>(images.get()), static_cast<nn::SpectralNormModule*>(clips.get()), static_cast<nn::SpectralNormModule*>(wide.get()),
                                              static_cast<nn::SpectralNormModule*>(tall.get()), static_cast<nn::SpectralNormModule*>(point.get()), static_cast<nn::SpectralNormModule*>(odd.get())})
            for (const bool training : {true, false}) {
                layer->train(training);
                const Tensor u = layer->weight_u.clone(), v = layer->weight_v.clone();
                const Tensor plain = layer->normalizedWeight(), plainU = layer->weight_u.clone(), plainV = layer->weight_v.clone();
                layer->weight_u.copy_(u);
                layer->weight_v.copy_(v);
                const Tensor fast = layer->normalizedWeightFast();
                QVERIFY(relative(fast, plain) < 1e-5);
                QVERIFY(relative(layer->weight_u, plainU) < 1e-5);
                QVERIFY(relative(layer->weight_v, plainV) < 1e-5);
                QCOMPARE(training, !torch::equal(layer->weight_u, u));
                COMPARE_ALL(gradients(fast, {layer->weight_orig}), gradients(plain, {layer->weight_orig}), 1e-5);
            }
    }

    /// Two calls at once: the second weight is the first one times a factor, and the gradient goes through both sigmas.
    void twoCallsTogether_data()
    {
        QTest::addColumn<double>("slope");
        QTest::addColumn<int>("channels");
        QTest::newRow("with a leaky ReLU") << 0.2 << 5;
        QTest::newRow("without") << 1.0 << 5;
        QTest::newRow("many channels") << 0.2 << 37;
        QTest::newRow("one channel") << 1.0 << 1;
    }
    void twoCallsTogether()
    {
        QFETCH(double, slope);
        QFETCH(int, channels);
        nn::SpectralConv2d layer(torch::nn::Conv2dOptions(3, channels, 4).stride(2).padding(1));
        const Tensor u = layer->weight_u.clone(), v = layer->weight_v.clone(), one = leaf({3, 3, 8, 6}), two = leaf({3, 3, 8, 6});
        const auto call = [&](const Tensor& x) { return torch::leaky_relu(torch::conv2d(x, layer->normalizedWeight(), layer->bias, 2, 1), slope).permute({0, 2, 3, 1}); };
        const Tensor first = call(one), plain = torch::cat({first, call(two)});
        const Tensor plainU = layer->weight_u.clone(), plainV = layer->weight_v.clone();
        layer->weight_u.copy_(u);
        layer->weight_v.copy_(v);
        const auto pair = nn::normalizedPair(*layer);
        QVERIFY(pair.has_value());
        QVERIFY(relative(layer->weight_u, plainU) < 1e-5);
        QVERIFY(relative(layer->weight_v, plainV) < 1e-5);
        const Tensor x = torch::cat({one, two}).contiguous(torch::MemoryFormat::ChannelsLast);
        const Tensor fast = nn::biasLeaky(nn::convolution2d(x, pair->weight, {}, {2, 2}, {1, 1}).permute({0, 2, 3, 1}), layer->bias, pair->ratio, slope);
        QVERIFY2(relative(fast, plain) < 1e-5, qPrintable(QString::number(relative(fast, plain))));
        if (channels > 1) QVERIFY(std::abs(pair->ratio.item<double>() - 1) > 1e-3);  // or the factor would not be tried; of one row the first iteration finds sigma
        COMPARE_ALL(gradients(fast, {one, two, layer->weight_orig, layer->bias}), gradients(plain, {one, two, layer->weight_orig, layer->bias}), 1e-4);
        layer->eval();
        QVERIFY(!nn::normalizedPair(*layer));
        nn::SpectralConvTranspose3d transposed(torch::nn::ConvTranspose3dOptions(4, 7, {1, 4, 4}));
        QVERIFY_EXCEPTION_THROWN(nn::normalizedPair(*transposed), Error);
    }

    void weightsInTheTypeOfAutocast()
    {
        nn::SpectralConv2d layer(torch::nn::Conv2dOptions(16, 8, 4));
        layer->eval();
        const Tensor exact = layer->normalizedWeightFast(), x = torch::randn({2, 16, 7, 7});
        const auto used = [&] {
            const AutocastScope autocast("bf16", torch::kCPU);
            return layer->normalizedWeightFast();
        };
        const Tensor rounded = used();
        QCOMPARE(rounded.scalar_type(), torch::kBFloat16);
        QVERIFY(torch::equal(rounded.detach(), exact.detach().to(torch::kBFloat16)));
        const Tensor g = torch::autograd::grad({(rounded.to(torch::kFloat32) * exact.detach()).sum()}, {layer->weight_orig})[0];
        QCOMPARE(g.scalar_type(), torch::kFloat32);
        QVERIFY(relative(g, torch::autograd::grad({(exact * exact.detach()).sum()}, {layer->weight_orig})[0]) < 2e-2);
    }

    void bfloat16IsClose()
    {
        const Tensor moving = torch::randn({2, 4, 3, 3, 16}), still = torch::randn({2, 1, 3, 3, 8}), weight = torch::randn({24, 12, 4}), bias = torch::zeros({12});
        const Tensor exact = nn::transposedInTime(still, moving, weight, 2, 1), rounded = nn::transposedInTime(still.to(torch::kBFloat16), moving.to(torch::kBFloat16), weight, 2, 1);
        QCOMPARE(rounded.scalar_type(), torch::kBFloat16);
        QVERIFY(relative(rounded, exact) < 2e-2);
        torch::nn::BatchNorm3d one(12), other(12);
        QVERIFY(relative(nn::normReluAdd(exact.to(torch::kBFloat16), bias, *one), nn::normReluAdd(exact, bias, *other)) < 2e-2);
        QVERIFY(relative(one->running_var, other->running_var) < 1e-2);
    }

    /// Sums are taken in an order of their own.
    void threadsChangeNothing()
    {
        const Tensor x = torch::randn({3, 5, 7, 7, 24}), added = torch::randn({3, 5, 1, 1, 24}), bias = torch::zeros({24});
        std::vector<Tensor> ys, gs;
        for (const int threads : {1, 2}) {
            at::set_num_threads(threads);
            torch::nn::BatchNorm3d norm(24);
            const Tensor input = x.clone().set_requires_grad(true);
            ys.push_back(nn::normReluAdd(input, bias, *norm, added));
            gs.push_back(gradients(ys.back(), {input})[0]);
        }
        QVERIFY(torch::equal(ys[0], ys[1]));
        QVERIFY(torch::equal(gs[0], gs[1]));
    }

    void adamInOnePass()
    {
        const auto run = [](Formulation formulation, int switchAt) {
            torch::manual_seed(5);
            std::vector<Tensor> parameters{leaf({6, 4}), leaf({9}), leaf({3})};
            nn::FusedAdam adam(parameters, torch::optim::AdamOptions(1e-2).betas({0.5, 0.999}));
            for (int step = 0; step < 5; ++step) {
                adam.setFormulation(step < switchAt ? Formulation::Plain : formulation);
                adam.zero_grad();
                (parameters[0].square().sum() + (parameters[1] - 2).square().sum()).backward();  // the third has no gradient
                adam.step();
            }
            return parameters;
        };
        const auto plain = run(Formulation::Plain, 0), fast = run(Formulation::Fast, 0), mixed = run(Formulation::Fast, 3);
        COMPARE_ALL(fast, plain, 1e-6);
        COMPARE_ALL(mixed, plain, 1e-6);  // they continue each other's states
        torch::manual_seed(5);
        leaf({6, 4}), leaf({9});
        QVERIFY(torch::equal(fast[2], leaf({3})));
    }

    void pixels()
    {
        Tensor clips = torch::randn({2, 3, 4, 6, 5}) * 1.2;
        const Tensor reference = clips.add(1).mul(127.5).round().clamp(0, 255).to(torch::kUInt8).permute({0, 2, 3, 4, 1});
        QVERIFY(torch::equal(nn::pixels(clips), reference));
        QVERIFY(torch::equal(nn::pixels(nn::channelsSecond(nn::channelsLast(clips))), reference));
        const Tensor rgba = nn::pixels(clips, -1, 2, false, 4);
        QVERIFY(torch::equal(rgba.slice(-1, 0, 3), reference));
        QVERIFY((rgba.select(-1, 3) == 255).all().item<bool>());
        const float low = clips.min().item<float>(), range = clips.max().item<float>() - low;
        QVERIFY(torch::equal(nn::pixels(clips, low, range, true), clips.sub(low).div(range).mul(255).clamp(0, 255).to(torch::kUInt8).permute({0, 2, 3, 4, 1})));
        clips.view({-1})[7] = NAN;
        QCOMPARE(nn::pixels(clips)[0][0][1][2][0].item<int>(), 0);
    }

    /// Where nvcc was found the plug-in is there and has this version; loading it needs no GPU.
    void thePlugInFits()
    {
        const std::filesystem::path file = std::filesystem::path(KINORA_BIN_DIR) / "libkinora_cuda.so";
        if (!std::filesystem::exists(file)) QSKIP("libkinora_cuda.so was not built: no nvcc");
        void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        QVERIFY2(library, dlerror());
        const auto table = reinterpret_cast<const nn::DeviceKernels* (*)()>(dlsym(library, "kinora_cuda_kernels"));
        QVERIFY(table);
        QCOMPARE(table()->version, nn::DeviceKernels::kVersion);
        QVERIFY(table()->shiftAdd && table()->shiftGather && table()->pixels && table()->message);
        // work of no size is refused before anything is started
        const nn::DeviceKernels::Time nothing{};
        QVERIFY(table()->shiftAdd(nullptr, nullptr, &nothing, nullptr, nn::DeviceNumber::Float32, nullptr) != 0);
    }

    void onTheGpu_data()
    {
        QTest::addColumn<int>("type");
        QTest::newRow("float32") << static_cast<int>(torch::kFloat32);
        QTest::newRow("bfloat16") << static_cast<int>(torch::kBFloat16);
    }
    void onTheGpu()
    {
        QFETCH(int, type);
        if (!cudaStatus().available) QSKIP(qPrintable("no GPU: " + QString::fromStdString(cudaStatus().reason)));
        const auto scalar = static_cast<torch::ScalarType>(type);
        const double tolerance = scalar == torch::kFloat32 ? 1e-5 : 2e-2;
        const Tensor moving = torch::randn({2, 5, 3, 2, 8}), still = torch::randn({2, 1, 3, 2, 4}), weight = torch::randn({12, 6, 4});
        std::vector<std::vector<Tensor>> results;
        for (const torch::Device device : {torch::Device(torch::kCPU), torch::Device(torch::kCUDA, 0)}) {
            const auto on = [&](const Tensor& x) { return x.to(device, scalar).set_requires_grad(true); };
            const Tensor m = on(moving), s = on(still), w = weight.to(device).set_requires_grad(true);
            const Tensor y = nn::transposedInTime(s, m, w, 2, 1);
            torch::manual_seed(3);
            const Tensor factors = torch::randn(y.sizes()).to(device);
            std::vector<Tensor> values = torch::autograd::grad({(y.to(torch::kFloat32) * factors).sum()}, {m, s, w});
            values.push_back(y.detach());
            for (Tensor& value : values) value = value.to(torch::kCPU, torch::kFloat32);
            results.push_back(values);
        }
        COMPARE_ALL(results[1], results[0], tolerance);
        const Tensor clips = (torch::randn({2, 3, 4, 6, 5})).to(scalar);
        QVERIFY(torch::equal(nn::pixels(clips.to(torch::kCUDA)), nn::pixels(clips)));
    }
};

QTEST_APPLESS_MAIN(TestFastLayers)
#include "tst_fast_layers.moc"
