#include <torch/torch.h>

#include <QtTest>
#include <cstring>

#include "core/nn/loops.h"
#include "core/nn/strip_product.h"
#include "core/plan/fold.h"
#include "core/plan/pieces.h"
#include "core/system/generation_plan.h"
#include "core/util/error.h"

using namespace kinora;
using namespace kinora::plan;

namespace {
double difference(const torch::Tensor& got, const torch::Tensor& wanted) { return ((got - wanted).abs().max() / wanted.abs().max()).item<double>(); }

/// (N, C, T, H, W) to rows of padded channels.
torch::Tensor rowsOf(const torch::Tensor& x)
{
    torch::Tensor rows = torch::zeros({x.size(0), x.size(2), x.size(3), x.size(4), padded(x.size(1))});
    rows.narrow(4, 0, x.size(1)).copy_(x.permute({0, 2, 3, 4, 1}));
    return rows;
}
torch::Tensor fromRows(const torch::Tensor& rows, int64_t channels) { return rows.narrow(4, 0, channels).permute({0, 4, 1, 2, 3}); }

Extent extentOf(const torch::Tensor& x) { return {x.size(0), x.size(2), x.size(3), x.size(4)}; }

/// What a layer makes of \p x, as (N, C, T, H, W) float32; x goes in as the precision's numbers.
torch::Tensor through(const Layer& layer, PlanPrecision precision, const torch::Tensor& x, Finish finish, int64_t out)
{
    const torch::Tensor rows = rowsOf(x);
    std::vector<char> in(static_cast<std::size_t>(rows.numel() * sizeOf(precision)));
    store(precision, rows.const_data_ptr<float>(), rows.numel(), in.data());
    const Extent after = layer.extentAfter(extentOf(x));
    torch::Tensor result = torch::full({after.clips, after.frames, after.height, after.width, layer.out()}, NAN);
    finish.asFloat = true;
    Buffer products;
    layer.run(extentOf(x), in.data(), finish, result.mutable_data_ptr<float>(), products);
    return fromRows(result, out);
}
}  // namespace

class TestPlan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { torch::manual_seed(1); }

    void layersEqualTransposedConvolutions_data()
    {
        QTest::addColumn<QList<int>>("kernel");
        QTest::addColumn<QList<int>>("stride");
        QTest::addColumn<QList<int>>("padding");
        QTest::addColumn<QList<int>>("size");  // clips, in, out, frames, height, width
        using L = QList<int>;
        QTest::newRow("pointwise") << L{1, 1, 1} << L{1, 1, 1} << L{0, 0, 0} << L{2, 5, 7, 3, 4, 5};
        QTest::newRow("doubling") << L{1, 4, 4} << L{1, 2, 2} << L{0, 1, 1} << L{2, 16, 64, 3, 8, 8};
        QTest::newRow("doubling, two chunks") << L{1, 4, 4} << L{1, 2, 2} << L{0, 1, 1} << L{1, 20, 128, 1, 4, 6};
        QTest::newRow("doubling, odd") << L{1, 4, 4} << L{1, 2, 2} << L{0, 1, 1} << L{1, 3, 5, 2, 7, 5};
        QTest::newRow("doubling, one pixel") << L{1, 4, 4} << L{1, 2, 2} << L{0, 1, 1} << L{1, 3, 5, 1, 1, 1};
        QTest::newRow("doubling, many tiles") << L{1, 4, 4} << L{1, 2, 2} << L{0, 1, 1} << L{3, 2, 3, 5, 9, 11};
        QTest::newRow("time doubled") << L{4, 1, 1} << L{2, 1, 1} << L{1, 0, 0} << L{2, 6, 9, 5, 2, 3};
        QTest::newRow("time longer") << L{4, 1, 1} << L{1, 1, 1} << L{0, 0, 0} << L{2, 6, 9, 1, 1, 1};
        QTest::newRow("from a point") << L{1, 4, 4} << L{1, 1, 1} << L{0, 0, 0} << L{3, 6, 9, 2, 1, 1};
        QTest::newRow("full") << L{4, 4, 4} << L{2, 2, 2} << L{1, 1, 1} << L{1, 3, 4, 3, 3, 5};
        QTest::newRow("full, many channels") << L{4, 4, 4} << L{2, 2, 2} << L{1, 1, 1} << L{2, 300, 230, 2, 4, 3};
        QTest::newRow("full, one frame") << L{4, 4, 4} << L{2, 2, 2} << L{1, 1, 1} << L{2, 5, 20, 1, 2, 9};
        QTest::newRow("full, five frames") << L{4, 4, 4} << L{2, 2, 2} << L{1, 1, 1} << L{1, 17, 64, 5, 8, 8};
        QTest::newRow("time doubled, many pixels") << L{4, 1, 1} << L{2, 1, 1} << L{1, 0, 0} << L{2, 20, 300, 3, 9, 8};
        QTest::newRow("uneven") << L{3, 5, 2} << L{2, 3, 1} << L{1, 2, 0} << L{2, 3, 4, 3, 3, 4};
    }
    void layersEqualTransposedConvolutions()
    {
        QFETCH(QList<int>, kernel);
        QFETCH(QList<int>, stride);
        QFETCH(QList<int>, padding);
        QFETCH(QList<int>, size);
        const auto three = [](const QList<int>& list) { return std::array<int64_t, 3>{list[0], list[1], list[2]}; };
        const torch::Tensor weight = torch::randn({size[1], size[2], kernel[0], kernel[1], kernel[2]}), bias = torch::randn({size[2]});
        const torch::Tensor x = torch::randn({size[0], size[1], size[3], size[4], size[5]});
        const torch::Tensor plain = torch::conv_transpose3d(x, weight, bias, three(stride), three(padding));
        std::vector<float> biasRow(static_cast<std::size_t>(padded(size[2])), 0.0F);
        std::copy_n(bias.const_data_ptr<float>(), size[2], biasRow.begin());
        for (const PlanPrecision precision : {PlanPrecision::Float32, PlanPrecision::BFloat16}) {
            if (precision == PlanPrecision::BFloat16 && !bfloat16IsQuick(torch::kCPU)) continue;
            const double tolerance = precision == PlanPrecision::Float32 ? 2e-6 : 2e-2;
            for (const bool manyPixels : {false, true}) {
                const Layer layer(weight, three(stride), three(padding), precision, manyPixels);
                const torch::Tensor linear = through(layer, precision, x, {.bias = biasRow.data(), .slope = 1}, size[2]);
                QCOMPARE(linear.sizes(), plain.sizes());
                QVERIFY2(difference(linear, plain) < tolerance, std::to_string(difference(linear, plain)).c_str());
                const torch::Tensor positive = through(layer, precision, x, {.bias = biasRow.data()}, size[2]);
                QVERIFY(difference(positive, plain.relu()) < tolerance);
                const torch::Tensor bent = through(layer, precision, x, {.bias = biasRow.data(), .slope = 0.2F}, size[2]);
                QVERIFY(difference(bent, torch::leaky_relu(plain, 0.2)) < tolerance);
            }
            // what is constant in time, once per set of taps
            const StillShare share(weight, bias, three(stride), three(padding), precision);
            const torch::Tensor still = x.narrow(2, 0, 1), rows = rowsOf(still);
            const torch::Tensor wanted = torch::conv_transpose3d(still.expand({-1, -1, size[3], -1, -1}), weight, bias, three(stride), three(padding));
            std::vector<char> in(static_cast<std::size_t>(rows.numel() * sizeOf(precision)));
            store(precision, rows.const_data_ptr<float>(), rows.numel(), in.data());
            const Extent after = share.extentAfter(extentOf(still));
            torch::Tensor slices = torch::empty({after.clips, after.height, after.width, share.slices(), share.out()});
            Buffer products;
            share.run(extentOf(still), in.data(), slices.mutable_data_ptr<float>(), products);
            const std::vector<int> sliceOf = share.sliceOf(size[3]);
            QCOMPARE(static_cast<int64_t>(sliceOf.size()), wanted.size(2));
            for (int64_t t = 0; t < wanted.size(2); ++t) {
                const torch::Tensor got = slices.select(3, sliceOf[static_cast<std::size_t>(t)]).narrow(3, 0, size[2]).permute({0, 3, 1, 2});
                QVERIFY((got - wanted.select(2, t)).abs().max().item<double>() / wanted.abs().max().item<double>() < tolerance);
            }
        }
    }

    void whatFollowsIsAdded()
    {
        // per clip a share that is constant in time, and per frame a row that is the same for all pixels
        const torch::Tensor weight = torch::randn({6, 16, 1, 4, 4}), x = torch::randn({2, 6, 3, 4, 4}), still = torch::randn({2, 8, 8, 2, 16}), add = torch::randn({2, 3, 16});
        const std::vector<const float*> stillOf = {still[1].const_data_ptr<float>(), still[0].const_data_ptr<float>()};
        const std::vector<int> sliceOf = {1, 0, 1};
        torch::Tensor wanted = torch::conv_transpose3d(x, weight, {}, {1, 2, 2}, {0, 1, 1});
        for (int64_t n = 0; n < 2; ++n)
            for (int64_t t = 0; t < 3; ++t)
                wanted[n].select(1, t).copy_((wanted[n].select(1, t) + still[1 - n].select(2, sliceOf[static_cast<std::size_t>(t)]).permute({2, 0, 1})).relu() + add[n][t].view({16, 1, 1}));
        Finish finish;
        finish.still = &stillOf;
        finish.slices = 2;
        finish.sliceOf = &sliceOf;
        finish.add = add.const_data_ptr<float>();
        for (const bool manyPixels : {false, true}) {
            const Layer layer(weight, {1, 2, 2}, {0, 1, 1}, PlanPrecision::Float32, manyPixels);
            QVERIFY(difference(through(layer, PlanPrecision::Float32, x, finish, 16), wanted) < 2e-6);
        }
    }

    void aRowIsAddedToEveryPixelOfAFrame()
    {
        const torch::Tensor x = torch::randn({2, 6, 3, 9, 8}), bias = torch::zeros({16});
        for (const auto& [kernel, stride, padding] : {std::tuple{1, 1, 0}, {4, 2, 1}}) {
            const torch::Tensor weight = torch::randn({6, 16, kernel, 1, 1}), plain = torch::conv_transpose3d(x, weight, {}, {stride, 1, 1}, {padding, 0, 0}), row = torch::randn({2, plain.size(2), 16});
            Finish finish{.bias = bias.const_data_ptr<float>(), .row = row.const_data_ptr<float>()};
            const torch::Tensor wanted = (plain + row.transpose(1, 2).unsqueeze(3).unsqueeze(4)).relu();
            for (const bool manyPixels : {false, true})
                QVERIFY(difference(through(Layer(weight, {stride, 1, 1}, {padding, 0, 0}, PlanPrecision::Float32, manyPixels), PlanPrecision::Float32, x, finish, 16), wanted) < 2e-6);
        }
        Finish finish{.row = bias.const_data_ptr<float>()};
        const torch::Tensor weight = torch::randn({6, 16, 1, 4, 4});
        QVERIFY_EXCEPTION_THROWN(through(Layer(weight, {1, 2, 2}, {0, 1, 1}, PlanPrecision::Float32, true), PlanPrecision::Float32, x, finish, 16), Error);
    }

    void convolutionsEqualTheLibrarys_data()
    {
        QTest::addColumn<QList<int>>("size");  // frames, in, out, height, width
        QTest::addColumn<QList<int>>("kernel");  // size, stride, padding
        using L = QList<int>;
        QTest::newRow("3 x 3") << L{2, 20, 18, 9, 7} << L{3, 1, 1};
        QTest::newRow("halving, one strip, two panels") << L{1, 32, 300, 8, 8} << L{4, 2, 1};
        QTest::newRow("to a point") << L{3, 17, 260, 4, 4} << L{4, 1, 0};
        QTest::newRow("many strips") << L{3, 3, 33, 20, 22} << L{4, 2, 1};
    }
    void convolutionsEqualTheLibrarys()
    {
        QFETCH(QList<int>, size);
        QFETCH(QList<int>, kernel);
        const torch::Tensor weight = torch::randn({size[2], size[1], kernel[0], kernel[0]}), bias = torch::randn({size[2]}), x = torch::randn({size[0], size[1], 1, size[3], size[4]});
        const torch::Tensor plain = torch::leaky_relu(torch::conv2d(x.squeeze(2), weight, bias, kernel[1], kernel[2]), 0.2), rows = rowsOf(x);
        std::vector<float> biasRow(static_cast<std::size_t>(padded(size[2])), 0.0F);
        std::copy_n(bias.const_data_ptr<float>(), size[2], biasRow.begin());
        const int before = at::get_num_threads();
        for (const int threads : {1, 3})
            for (const PlanPrecision precision : {PlanPrecision::Float32, PlanPrecision::BFloat16}) {
                if (precision == PlanPrecision::BFloat16 && !bfloat16IsQuick(torch::kCPU)) continue;
                at::set_num_threads(threads);
                const Convolution layer(weight, kernel[1], kernel[2], precision);
                std::vector<char> in(static_cast<std::size_t>(rows.numel() * sizeOf(precision)));
                store(precision, rows.const_data_ptr<float>(), rows.numel(), in.data());
                const Extent extent{size[0], 1, size[3], size[4]}, after = layer.extentAfter(extent);
                torch::Tensor result = torch::full({after.clips, 1, after.height, after.width, layer.out()}, NAN);
                layer.run(extent, in.data(), {.bias = biasRow.data(), .slope = 0.2F, .asFloat = true}, result.mutable_data_ptr<float>());
                const double found = difference(fromRows(result, size[2]).squeeze(2), plain);
                QVERIFY2(found < (precision == PlanPrecision::Float32 ? 2e-6 : 2e-2), qPrintable(QString::number(found)));
            }
        at::set_num_threads(before);
    }

    void theLargestOfFourPixels()
    {
        const torch::Tensor x = torch::randn({3, 20, 2, 6, 8}), rows = rowsOf(x);
        torch::Tensor halved = torch::empty({3, 2, 3, 4, 32});
        halveByLargest(PlanPrecision::Float32, extentOf(x), 32, rows.const_data_ptr<float>(), halved.mutable_data_ptr<float>());
        QVERIFY(torch::equal(fromRows(halved, 20), torch::max_pool3d(x, {1, 2, 2}, {1, 2, 2})));
    }

    void layersAreSharedAmongThreads()
    {
        const int before = at::get_num_threads();
        at::set_num_threads(3);
        for (const int64_t clips : {0, 1, 5}) {
            const torch::Tensor x = torch::randn({clips, 70, 3, 4, 4}), weight = torch::randn({70, 256, 4, 4, 4}), spatial = weight.narrow(2, 0, 1).contiguous(), wide = torch::randn({260, 256, 1, 4, 4});
            const auto holds = [&](const torch::Tensor& w, const torch::Tensor& in, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding) {
                const torch::Tensor made = through(Layer(w, stride, padding, PlanPrecision::Float32, true), PlanPrecision::Float32, in, {.slope = 1}, w.size(1));
                return in.size(0) == 0 ? made.numel() == 0 : difference(made, torch::conv_transpose3d(in, w, {}, stride, padding)) < 3e-6;
            };
            QVERIFY(holds(weight, x, {2, 2, 2}, {1, 1, 1}));
            QVERIFY(holds(spatial, x, {1, 2, 2}, {0, 1, 1}));
            QVERIFY(holds(wide, torch::randn({clips, 260, 1, 4, 4}), {1, 2, 2}, {0, 1, 1}));
        }
        at::set_num_threads(before);
    }

    void picturesEqualTransposedConvolutions_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<QList<int>>("kernel");
        QTest::addColumn<QList<int>>("stride");
        QTest::addColumn<QList<int>>("padding");
        using L = QList<int>;
        QTest::newRow("3 x 3") << 3 << L{1, 3, 3} << L{1, 1, 1} << L{0, 1, 1};
        QTest::newRow("doubled") << 3 << L{1, 4, 4} << L{1, 2, 2} << L{0, 1, 1};
        QTest::newRow("doubled in time too, four channels") << 4 << L{4, 4, 4} << L{2, 2, 2} << L{1, 1, 1};
        QTest::newRow("one channel, uneven") << 1 << L{3, 2, 5} << L{1, 3, 2} << L{1, 0, 1};
    }
    void picturesEqualTransposedConvolutions()
    {
        QFETCH(int, channels);
        QFETCH(QList<int>, kernel);
        QFETCH(QList<int>, stride);
        QFETCH(QList<int>, padding);
        const auto three = [](const QList<int>& list) { return std::array<int64_t, 3>{list[0], list[1], list[2]}; };
        const torch::Tensor weight = torch::randn({5, channels, kernel[0], kernel[1], kernel[2]}) * 0.2, bias = torch::randn({channels}), x = torch::randn({2, 5, 3, 17, 19}), rows = rowsOf(x);
        const torch::Tensor plain = torch::conv_transpose3d(x, weight, bias, three(stride), three(padding)), base = torch::randn({2, channels, plain.size(3), plain.size(4)});
        const ToPicture layer(weight, bias, three(stride), three(padding), PlanPrecision::Float32);
        torch::Tensor sums = torch::empty_like(plain.transpose(1, 2).contiguous()), pictures = torch::empty_like(plain);
        layer.sums(extentOf(x), rows.const_data_ptr<float>(), sums.mutable_data_ptr<float>());
        QVERIFY(difference(sums.transpose(1, 2), plain) < 1e-6);
        for (int64_t n = 0; n < 2; ++n)
            layer.run({1, 3, 17, 19}, rows[n].const_data_ptr<float>(), base[n].const_data_ptr<float>(), pictures[n].mutable_data_ptr<float>(), pictures.stride(1));
        QVERIFY((pictures - torch::tanh(plain + base.unsqueeze(2))).abs().max().item<double>() < 2e-6);
    }

    void curvesEqualTheirDefinition()
    {
        const torch::Tensor x = torch::cat({torch::randn({1000}) * 5, torch::randn({1000}) * 1e-3, torch::tensor({-1e9F, -90.0F, 0.0F, 90.0F, 1e9F})});
        torch::Tensor y = torch::empty_like(x);
        nn::loops::tanhRow(x.const_data_ptr<float>(), x.numel(), y.mutable_data_ptr<float>());
        QVERIFY(((y - torch::tanh(x)).abs() / torch::tanh(x).abs().clamp_min(1e-20)).max().item<double>() < 1e-6);
        nn::loops::sigmoidRow(x.const_data_ptr<float>(), x.numel(), y.mutable_data_ptr<float>());
        QVERIFY((y - torch::sigmoid(x)).abs().max().item<double>() < 1e-6);
        // a clip of weights that have run away must not look like a picture
        const torch::Tensor none = torch::full({20}, NAN);
        for (const auto curve : {nn::loops::tanhRow, nn::loops::sigmoidRow}) {
            curve(none.const_data_ptr<float>(), 20, y.mutable_data_ptr<float>());
            QVERIFY(y.slice(0, 0, 20).isnan().all().item<bool>());
        }
        const torch::Tensor ends = torch::tensor({-INFINITY, INFINITY, NAN, -1.0F}).repeat(4);
        const float* part = ends.const_data_ptr<float>();
        nn::loops::finishRow(nn::loops::RowWork<float>{16, &part, 1, nullptr, 0, nullptr}, y.mutable_data_ptr<float>());
        QVERIFY(torch::equal(y.slice(0, 0, 2), torch::relu(ends.slice(0, 0, 2))) && std::isnan(y[2].item<float>()) && y[3].item<float>() == 0);
    }

    void attentionEqualsItsDefinition_data()
    {
        QTest::addColumn<int>("positions");
        QTest::addColumn<int>("values");
        QTest::newRow("few") << 4 << 3;
        QTest::newRow("odd") << 37 << 20;
        QTest::newRow("several strips") << 150 << 16;
    }
    void attentionEqualsItsDefinition()
    {
        QFETCH(int, positions);
        QFETCH(int, values);
        const int64_t width = 16 + 16 + padded(values);
        torch::Tensor all = torch::randn({3, positions, width});
        all.narrow(2, 0, 16).mul_(2);
        const torch::Tensor q = all.narrow(2, 0, 16), k = all.narrow(2, 16, 16), v = all.narrow(2, 32, values);
        const torch::Tensor wanted = torch::softmax(torch::bmm(q, k.transpose(1, 2)), -1).bmm(v);
        torch::Tensor got = torch::empty({3, positions, values});
        const float* from = all.const_data_ptr<float>();
        attend({3, positions, positions * width, width, 16, values}, PlanPrecision::Float32, from, from + 16, from + 32, got.mutable_data_ptr<float>());
        QVERIFY2(difference(got, wanted) < 2e-6, std::to_string(difference(got, wanted)).c_str());
    }

    void foldingEqualsEvalMode()
    {
        nn::SpectralConvTranspose3d layer(torch::nn::ConvTranspose3dOptions(3, 4, {2, 3, 3}));
        torch::nn::BatchNorm3d norm(4);
        const torch::Tensor x = torch::randn({2, 3, 2, 4, 4});
        torch::NoGradGuard noGrad;
        for (int i = 0; i < 3; ++i) norm->forward(layer->forward(x));
        norm->weight.normal_();
        norm->bias.normal_();
        const torch::Tensor u = layer->weight_u.clone();
        const Folded folded = fold(*layer, 1, norm.get());
        QVERIFY(layer->is_training());
        QVERIFY(torch::equal(u, layer->weight_u));
        layer->eval();
        norm->eval();
        QVERIFY(difference(torch::conv_transpose3d(x, folded.weight, folded.bias), norm->forward(layer->forward(x))) < 2e-6);
        const uint64_t stamp = weightStamp(*norm);
        QCOMPARE(weightStamp(*norm), stamp);
        norm->running_var.add_(1);
        QVERIFY(weightStamp(*norm) != stamp);
    }

    void numbersAreRoundedToNearest()
    {
        const torch::Tensor x = torch::randn({1000}) * 100;
        std::vector<uint16_t> bits(1000);
        store(PlanPrecision::BFloat16, x.const_data_ptr<float>(), 1000, bits.data());
        const torch::Tensor wanted = x.to(torch::kBFloat16);
        QVERIFY(std::memcmp(bits.data(), wanted.const_data_ptr(), 2000) == 0);
        if (bfloat16IsQuick(torch::kCPU)) QVERIFY(nn::bfloat16ProductsWork());
    }
};
QTEST_APPLESS_MAIN(TestPlan)
#include "tst_plan.moc"
