#include "tests/support/dataset_trees.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/util/error.h"
#include "tests/support/test_videos.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
Frames member(int number, int frames, int width, int height, int firstNumber = 0)
{
    const auto [red, green, blue] = memberColour(number);
    return codedClip(frames, width, height, red, green, blue, firstNumber);
}

std::string numbered(const char* pattern, int number)
{
    char text[96];
    std::snprintf(text, sizeof text, pattern, number);
    return text;
}

/// Pictures 0 ... frames - 1 named by \p pattern. One frame at a time: a take of 896 x 896 is large.
void writePictures(const fs::path& folder, int number, int frames, int width, int height, const char* pattern, int firstName = 0)
{
    fs::create_directories(folder);
    for (int t = 0; t < frames; ++t) writePicture(folder / numbered(pattern, firstName + t), member(number, 1, width, height, t), 0);
}

void video(const fs::path& file, int number, int frames, int width, int height, const VideoFormat& format)
{
    fs::create_directories(file.parent_path());
    writeVideo(file, member(number, frames, width, height), format);
}

/// Leaves the first \p bytes of a file.
void truncate(const fs::path& file, std::uintmax_t bytes) { fs::resize_file(file, bytes); }
}  // namespace

std::array<int, 3> memberColour(int member)
{
    if (member == 1) return {200, 60, 40};
    return {50 + member * 53 % 150, 50 + member * 29 % 150, 50 + member * 97 % 150};
}

void writeText(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush()) throw Error(ErrorCode::Internal, "the test could not write it", file.string());
}

void makeMugTree(const fs::path& root)
{
    const auto take = [&](int number, const std::string& path, int frames, const char* pattern = "img_%04d.jpg", int size = 96) { writePictures(root / path, number, frames, size, size, pattern); };
    take(1, "001/anger/take000", 20);
    take(2, "001/anger/take001nsg", 18);
    take(3, "001/happiness/take000end", 17);
    take(4, "001/neutral/take000", 16);
    take(5, "002/session0/anger/take000", 16);
    take(6, "002/session1/anger/take000", 24);
    take(7, "002/session1/surprise/take000", 10);
    take(8, "006/fear/take003", 16, "img_%04d.jpg", 896);
    take(9, "006/sadness/take000", 22);
    fs::remove(root / "006/sadness/take000/img_0007.jpg");
    take(10, "006/disgust/take002", 18, "img_%d.jpg");
    fs::create_directories(root / "017/surprise/take000");
    take(12, "017/happiness/take001", 16);
    truncate(root / "017/happiness/take001/img_0005.jpg", 0);
    take(13, "017/Disgust/TAKE000", 16, "img_%04d.JPG");
    take(14, "034/anger/take000", 16);
    writePicture(root / "034/anger/take000/img_0003.jpg", member(14, 1, 80, 80, 3), 0);
    take(15, "034/contempt/take000", 16);
    writeText(root / ".DS_Store", "junk");
    writeText(root / "001/anger/take000/Thumbs.db", "junk");
    writeText(root / "001/landmarks.txt", "1 2 3\n");
    writeText(root / "__MACOSX/001/anger/take000/._img_0000.jpg", "junk");
}

void makeUvaNemoTree(const fs::path& root, bool textFiles)
{
    const auto clip = [&](int number, const std::string& path, int frames, VideoFormat format = {.frameRateHz = 50}, int width = 192, int height = 108) {
        video(root / path, number, frames, width, height, format);
    };
    if (canEncode("libx264")) clip(1, "videos/001_deliberate_smile_2.mp4", 60, {.codec = "libx264", .frameRateHz = 50});
    clip(2, "videos/001_spontaneous_smile_22.mp4", 48);
    clip(3, "videos/002_spontaneous_smile_1.mp4", 50, {.frameRateHz = 50, .sound = true});
    clip(4, "videos/057_deliberate_smile_1.mp4", 16, {.frameRateHz = 50}, 1920, 1080);
    clip(5, "videos/deliberate/071_deliberate_smile_1.mp4", 20);
    clip(6, "videos/071_spontaneous_smile_3.mp4", 30, {.frameRateHz = 25});
    clip(7, "videos/069_posed_smile_1.mp4", 20);
    writePictures(root / "frames/073_spontaneous_smile_2.mp4", 8, 18, 96, 96, "073_spontaneous_smile_2.mp4_frame%d.jpg");
    writePictures(root / "frames/074_deliberate_smile_1_aligned", 9, 16, 96, 96, "%05d.bmp", 1);
    clip(10, "videos/notes.mp4", 20);
    clip(11, "videos/075_deliberate_smile_1.mp4", 20);
    truncate(root / "videos/075_deliberate_smile_1.mp4", 200);
    clip(12, "videos/115_spontaneous_smile_1.mp4", 10);
    writeText(root / "videos/.DS_Store", "junk");
    writeText(root / "readme.txt", "junk");
    if (!textFiles) return;
    const std::string header = "UvA-NEMO Smile Database\nfive lines\nof a header\nwhose wording is\nnot known\n", set = "UvA-NEMO_Smile_Database_";
    writeText(root / (set + "File_Details.txt"), header +
                                                     "001_deliberate_smile_2.mp4\t001\tmale\t21\tdeliberate\n"
                                                     "001_spontaneous_smile_22.mp4\t001\tmale\t21\tspontaneous\n"
                                                     "002_spontaneous_smile_1.mp4\t002\tfemale\t35\tdeliberate \n"
                                                     "057_deliberate_smile_1.mp4\t057\tfemale\t8\tdeliberate\n"
                                                     "999_deliberate_smile_1.mp4\t999\tmale\t50\tdeliberate\n\n");
    writeText(root / (set + "Kinship_Labels.txt"), header + "001-002\tsister,brother\n\n");
    writeText(root / (set + "Subject_Details.txt"), header + "001\tmale\t21\n002\tfemale\t35\n057\tfemale\t8\n\n");
}

void makeWeizmannTree(const fs::path& root)
{
    const VideoFormat xvid{.tag = codecTag("XVID")}, mjpeg{.codec = "mjpeg"};
    const auto clip = [&](int number, const std::string& path, const VideoFormat& format, int frames, int width = 180, int height = 144) { video(root / path, number, frames, width, height, format); };
    clip(1, "daria_bend.avi", {.codec = "rawvideo"}, 28);
    clip(2, "wave1/eli_wave1.avi", mjpeg, 30);
    clip(3, "wave2/eli_wave2.avi", mjpeg, 30);
    clip(4, "lena_run1.avi", xvid, 28);
    clip(5, "lena_run2.avi", xvid, 26);
    clip(6, "walk/lena_walk1.avi", xvid, 40);
    clip(7, "walk/lena_walk2.avi", xvid, 38);
    clip(8, "skip/lena_skip.avi", xvid, 30);
    clip(9, "jack/moshe_jack.AVI", mjpeg, 33);
    clip(10, "bend/background/bg1.avi", mjpeg, 20);
    clip(11, "walk/dog.avi", mjpeg, 20);
    clip(12, "pjump/ido_pjump.avi", {.frameRateHz = 50, .tag = codecTag("XVID")}, 20);
    clip(13, "side/ira_side.avi", xvid, 12);
    clip(14, "shahar_side.avi", xvid, 24, 160, 120);
    writeText(root / "classification_masks.mat", "sixteen bytes ..");
    writeText(root / "bend.zip", "");
}

std::string ucf101ClassIndex(int count, const std::string& end)
{
    std::istringstream names(
        "ApplyEyeMakeup ApplyLipstick Archery BabyCrawling BalanceBeam BandMarching BaseballPitch Basketball BasketballDunk BenchPress Biking Billiards BlowDryHair BlowingCandles BodyWeightSquats "
        "Bowling BoxingPunchingBag BoxingSpeedBag BreastStroke BrushingTeeth CleanAndJerk CliffDiving CricketBowling CricketShot CuttingInKitchen Diving Drumming Fencing FieldHockeyPenalty "
        "FloorGymnastics FrisbeeCatch FrontCrawl GolfSwing Haircut Hammering HammerThrow HandstandPushups HandstandWalking HeadMassage HighJump HorseRace HorseRiding HulaHoop IceDancing JavelinThrow "
        "JugglingBalls JumpingJack JumpRope Kayaking Knitting LongJump Lunges MilitaryParade Mixing MoppingFloor Nunchucks ParallelBars PizzaTossing PlayingCello PlayingDaf PlayingDhol PlayingFlute "
        "PlayingGuitar PlayingPiano PlayingSitar PlayingTabla PlayingViolin PoleVault PommelHorse PullUps Punch PushUps Rafting RockClimbingIndoor RopeClimbing Rowing SalsaSpin ShavingBeard Shotput "
        "SkateBoarding Skiing Skijet SkyDiving SoccerJuggling SoccerPenalty StillRings SumoWrestling Surfing Swing TableTennisShot TaiChi TennisSwing ThrowDiscus TrampolineJumping Typing UnevenBars "
        "VolleyballSpiking WalkingWithDog WallPushups WritingOnBoard YoYo");
    std::string text, name;
    for (int number = 1; number <= count && names >> name; ++number) text += std::to_string(number) + " " + name + end;
    return text;
}

void makeUcf101Tree(const fs::path& root, bool lists)
{
    const VideoFormat xvid{.tag = codecTag("XVID")};
    const auto clip = [&](int number, const std::string& path, int frames, const VideoFormat& format) { video(root / "UCF-101" / path, number, frames, 320, 240, format); };
    clip(1, "HandstandPushups/v_HandStandPushups_g01_c01.avi", 29, xvid);
    clip(2, "HandstandPushups/v_HandStandPushups_g08_c01.avi", 20, xvid);
    clip(3, "Hammering/v_Hammering_g01_c01.avi", 20, xvid);
    clip(4, "HammerThrow/v_HammerThrow_g08_c02.avi", 20, {.sound = true, .tag = codecTag("XVID")});
    clip(5, "JumpRope/v_JumpRope_g15_c01.avi", 20, {.frameRateHz = 29.97, .tag = codecTag("XVID")});
    clip(6, "YoYo/v_YoYo_g25_c05.avi", 20, xvid);
    clip(7, "YoYo/v_YoYo_g25_c06.avi", 10, xvid);
    clip(8, "YoYo/v_YoYo_g24_c01.avi", 16, xvid);
    clip(9, "Extra/v_Extra_g01_c01.avi", 16, xvid);
    clip(10, "YoYo/notes.avi", 16, xvid);
    writeText(root / "UCF-101/YoYo/notes.txt", "junk");
    writeText(root / "UCF101.rar", "");
    if (!lists) return;
    const std::vector<std::string> members = {"HandstandPushups/v_HandStandPushups_g01_c01.avi", "HandstandPushups/v_HandStandPushups_g08_c01.avi", "Hammering/v_Hammering_g01_c01.avi",
                                              "HammerThrow/v_HammerThrow_g08_c02.avi", "JumpRope/v_JumpRope_g15_c01.avi", "YoYo/v_YoYo_g25_c05.avi"};
    const std::vector<std::string> labels = {"37", "37", "35", "36", "48", "101"};
    const auto list = [&](const std::string& name, const std::vector<int>& numbers, const std::string& more = {}) {
        std::string text;
        for (const int number : numbers) text += members[static_cast<std::size_t>(number - 1)] + (name.starts_with("train") ? " " + labels[static_cast<std::size_t>(number - 1)] : "") + "\r\n";
        writeText(root / "ucfTrainTestlist" / name, text + more);
    };
    writeText(root / "ucfTrainTestlist/classInd.txt", ucf101ClassIndex());
    list("trainlist01.txt", {2, 4, 5, 6}, "YoYo/v_YoYo_g25_c06.avi 101\r\nApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1\r\n");
    list("testlist01.txt", {}, "HandstandPushups/v_HandstandPushups_g01_c01.avi\r\nHammering/v_Hammering_g01_c01.avi\r\n");
    list("trainlist02.txt", {1, 3, 5, 6});
    list("testlist02.txt", {2, 4});
    list("trainlist03.txt", {1, 2, 3, 4, 6});
    list("testlist03.txt", {5});
}
