#pragma once
// Imitations of the published sets' folders, with every irregularity that they are known for. No real data.
#include <array>
#include <filesystem>
#include <string>

/// Each builds its tree below \p root (which it makes) in seconds and under 10 MB. Members are listed in the tests that use them; frame t of a member spells t (codedNumber).
void makeMugTree(const std::filesystem::path& root);
void makeUvaNemoTree(const std::filesystem::path& root, bool textFiles = true);
void makeWeizmannTree(const std::filesystem::path& root);
void makeUcf101Tree(const std::filesystem::path& root, bool lists = true);

/// Colour of a member's lower half: {r, g, b}; members of one tree differ. That of member 1 is (200, 60, 40), which shows the order of the channels.
std::array<int, 3> memberColour(int member);
/// Writes \p text as a file, making its folders.
void writeText(const std::filesystem::path& file, const std::string& text);
/// The lines of UCF101's classInd.txt: its first \p count classes, ended by \p end.
std::string ucf101ClassIndex(int count = 101, const std::string& end = "\r\n");
