#pragma once
#include <torch/torch.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/system/system.h"
#include "core/training/precision.h"

namespace kinora {

/// A point in the work of a device: on a CPU the present time, on a GPU an event in its queue, so that nothing waits.
class TimeMark {
public:
    explicit TimeMark(const torch::Device& device);
    /// Seconds from \p earlier to here. On a GPU both must have been reached: read something from the device first.
    double secondsSince(const TimeMark& earlier) const;
    /// Until the device has come here.
    void wait() const;

private:
    std::chrono::steady_clock::time_point m_time;
    std::optional<c10::Event> m_event;
};

/// Numbers on their way from a device: copied while it works on, read when they are needed.
class HostCopy {
public:
    HostCopy() = default;
    explicit HostCopy(const torch::Tensor& numbers);
    /// float32 on the CPU; waits until they are there.
    const torch::Tensor& read() const;

private:
    torch::Tensor m_host;
    std::optional<TimeMark> m_copied;
};

/// The trainer's way from a loss to new weights: gradients of the parts of a batch are added up, unscaled, measured and clipped before the optimizer takes them.
///
/// A step is beginStep(), for every part of its batch beginPart() and System::trainStep(), then endStep(). Every optimizer has gradient buffers of its own, one for each of
/// its updates within a step, and moves with the last part. With one part, no clipping and no loss scale the arithmetic is that of UpdatePolicy, bit for bit.
/// Deviates: with several parts an update that needs an earlier one of the same step (the generator's, of its discriminator's) sees that one's outcome in the last part alone;
/// batch norm sees the parts.
class TrainingUpdates final : public UpdatePolicy {
    struct Place {
        std::string network, parameter;
    };
    struct Record {
        std::vector<const Place*> places;
        torch::Tensor norms;   ///< One for each place.
        bool excused = false;  ///< What is not finite there is the loss scale's business.
    };

public:
    struct Settings {
        double clipNorm = 0;     ///< 0: off.
        bool scaleLoss = false;  ///< For float16.
    };
    explicit TrainingUpdates(System& system);
    void configure(const Settings& settings) { m_settings = settings; }

    /// \param measure  norms and times are wanted
    void beginStep(int64_t parts, bool measure);
    /// \param share  the part's share of the batch's clips
    void beginPart(int64_t part, double share);
    void endStep();
    void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss) override;
    const Settings& settings() const { return m_settings; }

    /// A gradient with a NaN or an infinity, as the norms say.
    struct BadGradient {
        std::string parameter;  ///< "D/last.weight"
        bool notANumber = false;
    };
    struct Measured {
        std::map<std::string, double> gradientNorms;  ///< By network; of its last update in the step, before clipping.
        std::optional<BadGradient> bad;               ///< The first in the order of the updates.
        double seconds = 0;
        std::optional<double> backwardSeconds;  ///< Of a replayed step only the whole is known.
    };

    /// What a measured step was like, possibly still on its way from the device.
    class Measurement {
    public:
        /// Waits for the device. The updates must still be there.
        Measured read() const;

    private:
        friend class TrainingUpdates;
        std::vector<Record> m_records;
        HostCopy m_norms;
        std::vector<std::pair<TimeMark, TimeMark>> m_backward;
        std::optional<TimeMark> m_begin, m_end;
    };
    /// After a measured step, once; nothing waits.
    Measurement measurement();

    /// The norms of a step that a device recorded: its replays write them anew, at the same place.
    class Recorded {
        friend class TrainingUpdates;
        std::vector<Record> m_records;
    };
    /// Around a step in one part that is recorded, within another one: it takes norms, and no times. What the other one measured is kept.
    void beginRecording();
    Recorded endRecording();
    /// The step that has begun was a replay.
    void replayed(const Recorded& recorded) { m_records = recorded.m_records; }

    LossScaler& scaler() { return m_scaler; }
    const LossScaler& scaler() const { return m_scaler; }

private:
    const Place& placeOf(const torch::Tensor& parameter) const;

    torch::Device m_device;
    std::unordered_map<const void*, Place> m_places;
    Settings m_settings;
    LossScaler m_scaler;

    int64_t m_parts = 1, m_part = 0;
    double m_share = 1;
    bool m_measure = false, m_recording = false;
    std::map<const torch::optim::Optimizer*, int> m_ordinals;  ///< Updates so far in this part.
    std::map<std::pair<const torch::optim::Optimizer*, int>, std::vector<torch::Tensor>> m_sums;
    std::vector<Record> m_records, m_kept;
    std::vector<std::pair<TimeMark, TimeMark>> m_backward;
    std::optional<TimeMark> m_begin, m_end;
};

/// 2-norm of each network's parameters, for networks that have some.
struct WeightNorms {
    std::vector<std::string> networks;
    HostCopy norms;
};
WeightNorms weightNorms(System& system);

}  // namespace kinora
