#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>

namespace kinora {

/// A small seeded generator whose numbers are the same on every machine, compiler and library (std distributions are not).
///
/// Source: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). Copies continue independently.
class Random {
public:
    /// Streams of one seed are independent: stream = clip number makes clip i the same whatever was drawn before.
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : m_state(mix(seed + 0x9e3779b97f4a7c15ULL) ^ mix(stream * 0xd1342543de82ef95ULL + 1)) {}
    std::uint64_t bits()
    {
        m_state += 0x9e3779b97f4a7c15ULL;
        return mix(m_state);
    }
    /// Uniform in [0, 1).
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Uniform integer in [0, count); 0 for count < 1.
    std::int64_t below(std::int64_t count) { return count < 1 ? 0 : static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(count)); }
    /// Standard normal (Box-Muller, one of the pair).
    double normal()
    {
        const double u = 1.0 - uniform();
        return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
    }
    std::uint64_t state() const { return m_state; }
    static Random fromState(std::uint64_t state)
    {
        Random random(0);
        random.m_state = state;
        return random;
    }

private:
    static std::uint64_t mix(std::uint64_t z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    std::uint64_t m_state;
};

}  // namespace kinora
