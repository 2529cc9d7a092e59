#pragma once
#include <atomic>

/// A new number for a movement by hand: changes with the same number are one step of the undo history, whichever widget made them.
inline int nextDragId()
{
    static std::atomic<int> last{0};
    return ++last;
}
