#pragma once
#include <new>
#include <utility>
#include <variant>

#include "core/util/error.h"

namespace kinora {

/// A value or the error that took its place, where no exception may pass: across threads, slots and process edges.
template <class T>
class Outcome {
public:
    Outcome(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Outcome(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}
    explicit operator bool() const { return m_state.index() == 0; }
    T& value() { return std::get<0>(m_state); }
    const T& value() const { return std::get<0>(m_state); }
    const Error& error() const { return std::get<1>(m_state); }

private:
    std::variant<T, Error> m_state;
};

/// Turns the exception being handled into an Error. Call it inside a catch block.
Error currentError();

/// Runs \p work and turns whatever it throws into an error value.
template <class Work>
auto attempt(Work&& work) -> Outcome<decltype(work())>
{
    try {
        return work();
    } catch (...) {
        return currentError();
    }
}

}  // namespace kinora
