#pragma once
#include <torch/torch.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/system/system.h"
#include "core/util/safetensors.h"

namespace kinora {

/// Running average of the weights of the networks that generate, beside the ones that train.
///
/// After update number t, counted from 1: average = d average + (1 - d) weights with d = min(decay, (1 + t) / (10 + t)), so that the first, random weights are soon forgotten.
/// Buffers (running statistics of batch norm, vectors of spectral norm) are the network's present ones.
/// Source: Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", ICLR 2019, eq. 6; the growing decay as tf.train.ExponentialMovingAverage.
/// Thread: the one that owns the system.
class AveragedWeights {
public:
    /// The average begins with the present weights. The system must be on its device.
    AveragedWeights(System& system, double decay);
    /// Takes the present weights in.
    void update();
    int64_t updates() const { return m_updates; }
    double decay() const { return m_decay; }

    /// "G/first.weight" and its average, and the buffers.
    std::vector<std::pair<std::string, torch::Tensor>> tensors() const;
    /// Reads ema/ tensors. \throws Error (Incompatible)
    void load(const safetensors::File& file, int64_t updates);

    /// The system generates with the averaged weights while it lives. Nothing for a null pointer.
    class InUse {
    public:
        explicit InUse(AveragedWeights* average) : m_average(average) { exchange(); }
        ~InUse() { exchange(); }
        InUse(const InUse&) = delete;
        InUse& operator=(const InUse&) = delete;

    private:
        void exchange();
        AveragedWeights* m_average;
    };

private:
    struct Item {
        std::string name;
        torch::Tensor weight, average;
        bool buffer = false;
    };
    double m_decay;
    int64_t m_updates = 0;
    std::vector<Item> m_items;
};

}  // namespace kinora
