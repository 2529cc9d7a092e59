#include "core/nn/buffer.h"

#include <cstdlib>
#include <new>

namespace kinora::nn {

void Buffer::Free::operator()(void* memory) const { std::free(memory); }

void* Buffer::bytes(int64_t size)
{
    constexpr std::size_t kAlignment = 64;
    if (size > m_size) {
        m_memory.reset();  // first, so that both do not exist at once
        m_size = 0;
        const std::size_t rounded = (static_cast<std::size_t>(size) + kAlignment - 1) / kAlignment * kAlignment;
        m_memory.reset(std::aligned_alloc(kAlignment, rounded));
        if (!m_memory) throw std::bad_alloc();
        m_size = static_cast<int64_t>(rounded);
    }
    return m_memory.get();
}

}  // namespace kinora::nn
