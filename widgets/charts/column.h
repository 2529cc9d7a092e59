#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

/// Numbers that grow at their end. A copy is a snapshot: it shares the memory, costs nothing, and does not change when the original grows.
///
/// Thread: one thread appends; snapshots may be read in any thread, at the same time.
template <class T>
class Column {
public:
    Column() = default;
    Column(std::vector<T>&& values) : m_buffer(std::make_shared<std::vector<T>>(std::move(values))), m_data(m_buffer->data()), m_size(m_buffer->size()) {}

    std::size_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }
    const T* data() const { return m_data; }
    const T* begin() const { return m_data; }
    const T* end() const { return m_data + m_size; }
    const T& operator[](std::size_t i) const { return m_data[i]; }
    const T& front() const { return m_data[0]; }
    const T& back() const { return m_data[m_size - 1]; }
    bool sharesWith(const Column& other) const { return m_buffer && m_buffer == other.m_buffer; }

    /// Amortised O(\p count). What snapshots see is never written to: memory that another copy has grown into, or that was cut, is left to it.
    void append(const T* values, std::size_t count)
    {
        if (count == 0) return;
        if (!m_buffer || m_buffer->size() != m_size || m_buffer->capacity() < m_size + count) {
            auto larger = std::make_shared<std::vector<T>>();
            larger->reserve(std::max(m_size + count, m_size + m_size / 2 + 16));
            larger->assign(m_data, m_data + m_size);
            m_buffer = std::move(larger);
        }
        m_buffer->insert(m_buffer->end(), values, values + count);
        m_data = m_buffer->data();
        m_size += count;
    }
    void push_back(const T& value) { append(&value, 1); }
    /// Keeps the first \p count; O(1).
    void cut(std::size_t count) { m_size = std::min(m_size, count); }

private:
    std::shared_ptr<std::vector<T>> m_buffer;
    const T* m_data = nullptr;
    std::size_t m_size = 0;
};
