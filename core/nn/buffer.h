#pragma once
#include <cstdint>
#include <memory>

namespace kinora::nn {

/// Memory that grows to the largest size asked for and keeps it; aligned to 64 bytes.
class Buffer {
public:
    /// \throws std::bad_alloc
    template <class T>
    T* get(int64_t count)
    {
        return static_cast<T*>(bytes(count * static_cast<int64_t>(sizeof(T))));
    }
    int64_t size() const { return m_size; }

private:
    void* bytes(int64_t size);
    struct Free {
        void operator()(void* memory) const;
    };
    std::unique_ptr<void, Free> m_memory;
    int64_t m_size = 0;
};

}  // namespace kinora::nn
