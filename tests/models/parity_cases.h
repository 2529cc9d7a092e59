#pragma once
// Recorded cases: those in tests/data, and the complete ones in the folder that KINORA_PARITY_DIR names, where there is one.
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/util/safetensors.h"
#include "models/catalogue.h"

namespace kinora::test {

/// Replays a case; fails on a line outside its tolerance or a recorded output without a line.
inline void replayCase(const std::string& system, const std::filesystem::path& path)
{
    const safetensors::File file(path);
    const std::vector<ParityLine> lines = findSystem(catalogue(), system).parity(file, -1);
    std::set<std::string> named;
    for (const ParityLine& line : lines) {
        QVERIFY2(line.passed, (path.filename().string() + " " + line.name + ": " + std::to_string(line.maxAbsolute) + " " + std::to_string(line.maxRelative) + " " + line.note).c_str());
        named.insert(line.name);
    }
    for (const auto& [key, view] : file.tensors())
        if (!key.starts_with("param/") && key.find("in/") == std::string::npos) QVERIFY2(named.contains(key), key.c_str());
    QVERIFY(!named.empty());
}

inline std::filesystem::path storedCase(const std::string& name) { return std::filesystem::path(KINORA_TEST_DATA) / (name + ".safetensors"); }

/// The complete case, or an empty path.
inline std::filesystem::path completeCase(const std::string& name)
{
    const char* folder = std::getenv("KINORA_PARITY_DIR");
    const std::filesystem::path path = std::filesystem::path(folder ? folder : "") / (name + ".safetensors");
    return folder && std::filesystem::exists(path) ? path : std::filesystem::path();
}

/// A case with one number of one output changed must not pass.
inline void refusesAnotherNumber(const std::string& system, const std::string& name, const std::string& key)
{
    const safetensors::File file(storedCase(name));
    std::map<std::string, safetensors::TensorSource> sources;
    for (const auto& [other, view] : file.tensors()) sources[other] = {view.type, view.shape, view.bytes};
    QVERIFY(sources.contains(key));
    std::vector<std::byte> bytes(sources[key].bytes.begin(), sources[key].bytes.end());
    float number = 0;
    std::memcpy(&number, bytes.data(), 4);
    number += 0.01f + 0.01f * std::abs(number);
    std::memcpy(bytes.data(), &number, 4);
    sources[key].bytes = bytes;
    const std::string altered = safetensors::serialize(sources, file.metadata());
    const auto lines = findSystem(catalogue(), system).parity(safetensors::File(std::as_bytes(std::span(altered)), "altered"), -1);
    QVERIFY(std::ranges::any_of(lines, [&](const ParityLine& line) { return line.name == key && !line.passed; }));
}

}  // namespace kinora::test
