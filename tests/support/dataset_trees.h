#pragma once
// Imitations of the published sets' folders, with every irregularity that they are known for. No real data.
#include <filesystem>

/// Each builds its tree below \p root (which it makes) in seconds and under 10 MB. Members are listed in the tests that use them.
void makeMugTree(const std::filesystem::path& root);
void makeUvaNemoTree(const std::filesystem::path& root, bool textFiles = true);
void makeWeizmannTree(const std::filesystem::path& root);
void makeUcf101Tree(const std::filesystem::path& root, bool lists = true);
