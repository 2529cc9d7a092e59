#pragma once
// What a curve editor does with the steps of a sequence: (steps, size) numbers, step by step; a single curve has size 1. Every function returns as many numbers as it was given.
#include <vector>

namespace kinora::sequence {

/// Every step becomes (its neighbour before + 2 x itself + its neighbour after) / 4; the ends have themselves for the missing neighbour. It keeps a straight line's middle and flattens zigzag.
std::vector<float> smoothed(const std::vector<float>& numbers, int size);
/// Each number of the code moves \p factor times as far from its mean over time: 0 holds it still, -1 turns it over.
std::vector<float> scaled(const std::vector<float>& numbers, int size, double factor);
/// The last step first, bit for bit.
std::vector<float> reversed(const std::vector<float>& numbers, int size);
/// The last step becomes the first, exactly, and what lies between is bent towards it evenly: x_s - s / (n - 1) (x_(n-1) - x_0).
std::vector<float> looped(const std::vector<float>& numbers, int size);
/// \p speed times as fast: step s takes what stood at s x speed, linearly between two steps, and turns back at the end. 1: the same bits.
std::vector<float> retimed(const std::vector<float>& numbers, int size, double speed);

}  // namespace kinora::sequence
