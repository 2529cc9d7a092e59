// builtin:faces: a head that looks at the camera, with the muscle movements by which the six basic expressions are told apart.
//
// Source: which parts move in which expression follows the action units of Ekman, Friesen and Hager, "Facial Action Coding System", 2002,
// drawn larger than life so that they can be seen at 64 pixels.
#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/synthetic/canvas.h"
#include "datasets/synthetic/scene.h"

namespace kinora::synthetic {
namespace {

enum HairStyle { Short, Parted, Long, Curly, Bun, Bald };
enum Beard { NoBeard, Moustache, FullBeard };

/// The appearance and motion factors, in the order of faceFactors().
struct FaceFactors {
    double faceWidth, jaw, skinTone;
    int hairStyle, hairColour, eyeColour;
    double eyeDistance, eyeSize, noseSize, lipFullness, browThickness;
    int beard, glasses;
    double age;
    int clothesColour;
    double backgroundHue, backgroundBrightness, lightSide;
    int expression;
    double intensity, onset, apexDuration, headTurn, headTilt;
    int blink;

    explicit FaceFactors(std::span<const float> v)
    {
        std::size_t i = 0;
        const auto real = [&] { return static_cast<double>(v[i++]); };
        const auto index = [&] { return static_cast<int>(v[i++]); };
        faceWidth = real(), jaw = real(), skinTone = real();
        hairStyle = index(), hairColour = index(), eyeColour = index();
        eyeDistance = real(), eyeSize = real(), noseSize = real(), lipFullness = real(), browThickness = real();
        beard = index(), glasses = index();
        age = real();
        clothesColour = index();
        backgroundHue = real(), backgroundBrightness = real(), lightSide = real();
        expression = index();
        intensity = real(), onset = real(), apexDuration = real(), headTurn = real(), headTilt = real();
        blink = index();
    }
};

/// How far each part has moved; all 0 is the neutral face.
struct Pose {
    double browInner = 0, browOuter = 0;  // up
    double browTogether = 0;
    double eyeWide = 0;    // upper lid up
    double eyeNarrow = 0;  // both lids towards each other
    double lidSlant = 0;   // outer ends of the upper lid down
    double cheekRaise = 0;
    double noseWrinkle = 0;
    double mouthWide = 0;
    double corners = 0;    // up
    double openUpper = 0;  // inner edge of the upper lip up
    double openLower = 0;  // inner edge of the lower lip down
    double square = 0;     // the opening: 0 lens-shaped, 1 box-shaped
    double press = 0;      // lips thin
    double pout = 0;       // lower lip forward and up
    double jawDrop = 0;
    double gazeDown = 0;
    double flush = 0;  // red in the skin
    double teeth = 0;
    double lipShift = 0;  // whole mouth up

    Pose scaled(double k) const
    {
        Pose out = *this;
        for (double* p : out.all()) *p *= k;
        return out;
    }
    std::array<double*, 20> all()
    {
        return {&browInner, &browOuter, &browTogether, &eyeWide, &eyeNarrow, &lidSlant, &cheekRaise, &noseWrinkle, &mouthWide, &corners,
                &openUpper, &openLower, &square,       &press,   &pout,      &jawDrop,  &gazeDown,   &flush,       &teeth,     &lipShift};
    }
};

enum Expression { Anger, Disgust, Fear, Happiness, Sadness, Surprise };

/// The full expression; the numbers name the action units.
Pose apexOf(int expression)
{
    switch (expression) {
        case Anger:  // action units 4, 5, 7, 23, 24
            return {.browInner = -1,
                    .browOuter = 0.35,
                    .browTogether = 1,
                    .eyeNarrow = 0.28,
                    .mouthWide = -0.28,
                    .corners = -0.25,
                    .press = 1,
                    .flush = 0.55,
                    .lipShift = 0.2};
        case Disgust:  // 9, 10, 4, 15, 17
            return {.browInner = -0.65,
                    .browOuter = -0.5,
                    .browTogether = 0.5,
                    .eyeNarrow = 0.62,
                    .cheekRaise = 0.55,
                    .noseWrinkle = 1,
                    .mouthWide = 0.05,
                    .corners = -0.9,
                    .openUpper = 0.62,
                    .square = 0.35,
                    .pout = 0.4,
                    .teeth = 1,
                    .lipShift = 0.35};
        case Fear:  // 1, 2, 4, 5, 20, 26
            return {.browInner = 1,
                    .browOuter = 0.2,
                    .browTogether = 0.75,
                    .eyeWide = 1,
                    .mouthWide = 0.45,
                    .corners = -0.3,
                    .openUpper = 0.3,
                    .openLower = 0.62,
                    .square = 0.9,
                    .jawDrop = 0.3,
                    .flush = -0.35,
                    .teeth = 1};
        case Happiness:  // 6, 12, 25
            return {.browInner = 0.1,
                    .browOuter = 0.15,
                    .eyeNarrow = 0.45,
                    .cheekRaise = 1,
                    .mouthWide = 0.45,
                    .corners = 1.15,
                    .openUpper = -0.1,
                    .openLower = 0.75,
                    .flush = 0.15,
                    .teeth = 1};
        case Sadness:  // 1, 4, 15, 17
            return {.browInner = 0.85,
                    .browOuter = -0.55,
                    .browTogether = 0.45,
                    .eyeNarrow = 0.22,
                    .lidSlant = 1,
                    .mouthWide = -0.12,
                    .corners = -1.05,
                    .pout = 1,
                    .gazeDown = 1};
        default:  // surprise: 1, 2, 5, 26
            return {.browInner = 1.05,
                    .browOuter = 1.05,
                    .eyeWide = 1,
                    .mouthWide = -0.38,
                    .openUpper = 0.35,
                    .openLower = 1.15,
                    .square = 0.55,
                    .jawDrop = 1};
    }
}

const std::vector<Colour> kSkin = {{255, 226, 204}, {240, 195, 160}, {205, 148, 108}, {152, 98, 66}, {98, 62, 44}};
const std::array<Colour, 5> kHair = {Colour{34, 28, 30}, {88, 54, 34}, {158, 66, 30}, {222, 184, 112}, {168, 166, 168}};
const std::array<Colour, 4> kIris = {Colour{92, 58, 34}, {70, 120, 66}, {62, 112, 178}, {122, 132, 140}};
const std::array<Colour, 5> kClothes = {Colour{236, 236, 232}, {186, 48, 50}, {46, 128, 82}, {44, 74, 148}, {44, 44, 50}};
const std::vector<Colour> kBackdrop = {{70, 96, 160}, {66, 140, 150}, {122, 156, 96}, {204, 176, 112}, {196, 116, 108}};

class FaceScene final : public Scene {
public:
    FaceScene(std::span<const float> factors, int size, int frames) : f(factors), m_frames(frames), m_canvas(size), m_apex(apexOf(f.expression))
    {
        m_skin = along(kSkin, f.skinTone);
        m_hair = kHair[static_cast<std::size_t>(f.hairColour)];
        m_halfWidth = 0.28 * (1 + 0.13 * f.faceWidth);
        m_eyeX = 0.122 + 0.02 * f.eyeDistance;
        m_eyeWidth = 0.066 * (1 + 0.16 * f.eyeSize);
        m_eyeHeight = 0.034 * (1 + 0.24 * f.eyeSize);
        m_light = f.lightSide;
        const Colour backdrop = shade(along(kBackdrop, f.backgroundHue), 0.55 + 0.6 * f.backgroundBrightness);
        m_canvas.clear(mix(backdrop, {255, 255, 255}, 0.16), shade(backdrop, 0.78));
        m_canvas.glow({0.5 + 0.42 * m_light, 0.3}, 0.75, 0.75, mix(backdrop, {255, 255, 255}, 0.5), 0.6);
        m_canvas.keep();
    }

    void paint(int frame, std::uint8_t* rgb) override;

private:
    /// A point of the face, relative to its middle, after turn and tilt. Features lie on an upright cylinder that turns; the silhouette
    /// only follows a little. \param depth  how far the point stands out of the cylinder
    Point at(double x, double y, double depth = 0) const
    {
        constexpr double kRadius = 0.42;
        const double angle = std::asin(std::clamp(x / kRadius, -1.0, 1.0)) + m_turn;
        return tilted(kRadius * std::sin(angle) + depth * std::sin(m_turn) + 0.012 * m_turn, y);
    }
    Point rim(double x, double y) const { return tilted(x + 0.09 * m_turn, y); }
    Point tilted(double x, double y) const
    {
        const double fromNeck = y - 0.42, c = std::cos(m_tilt), s = std::sin(m_tilt);
        return {0.5 + x * c - fromNeck * s, 0.5 + 0.42 + x * s + fromNeck * c};
    }
    Outline skull(double grow) const;
    Outline placed(const Outline& points, double depth = 0) const
    {
        Outline out;
        for (const Point& p : points) out.push_back(at(p.x, p.y, depth));
        return out;
    }
    Outline rimmed(const Outline& points) const
    {
        Outline out;
        for (const Point& p : points) out.push_back(rim(p.x, p.y));
        return out;
    }
    void stroke(const Outline& points, const std::vector<double>& radii, const Colour& colour, double alpha, double softness = 0.003)
    {
        m_canvas.fill(sweep(smooth(placed(points), false), radii), {colour, alpha, softness});
    }
    Paint lit(const Colour& colour, double amount = 0.55, double alpha = 1) const
    {
        return {colour, alpha, 0, {0.5, 0.5}, {m_light >= 0 ? 1.0 : -1.0, -0.15}, amount * std::abs(m_light)};
    }

    void hairBehind();
    void hairBefore();
    void neckAndClothes();
    void head(const Pose& pose);
    void eye(int side, const Pose& pose, double closed);
    void brow(int side, const Pose& pose);
    void nose(const Pose& pose);
    void mouth(const Pose& pose);
    void beardBelow(const Pose& pose);
    void spectacles();

    FaceFactors f;
    int m_frames;
    Canvas m_canvas;
    Pose m_apex;
    Colour m_skin, m_hair;
    double m_halfWidth = 0, m_eyeX = 0, m_eyeWidth = 0, m_eyeHeight = 0, m_light = 0;
    double m_turn = 0, m_tilt = 0, m_jawDrop = 0;
};

Outline FaceScene::skull(double grow) const
{
    // upper half an ellipse, lower half a super-ellipse whose exponents make the jaw pointed or square
    const double exponent = 0.86 - 0.26 * f.jaw, width = m_halfWidth + grow;
    const double below = 0.375 + 0.05 * m_jawDrop + grow;
    Outline out;
    for (int i = 0; i < 64; ++i) {
        const double angle = 2 * kPi * i / 64, c = std::cos(angle), s = std::sin(angle);
        const double narrow = 1 - 0.035 * m_jawDrop * std::max(0.0, s);
        if (s <= 0)
            out.push_back(rim(width * c, 0.03 + (0.4 + grow) * s));
        else
            out.push_back(rim(width * narrow * std::copysign(std::pow(std::abs(c), exponent), c), 0.03 + below * std::pow(s, 0.92)));
    }
    return out;
}

void FaceScene::neckAndClothes()
{
    const Colour neck = shade(m_skin, 0.86);
    const double top = 0.2;
    m_canvas.fill({{0.5 - 0.135, 0.5 + top}, {0.5 + 0.135, 0.5 + top}, {0.5 + 0.15, 0.93}, {0.5 + 0.2, 1.05}, {0.5 - 0.2, 1.05}, {0.5 - 0.15, 0.93}},
                  lit(neck, 0.8));
    // shadow of the chin
    m_canvas.fill(ellipse({0.5 + 0.09 * m_turn, 0.855}, 0.17, 0.06), {shade(m_skin, 0.5), 0.5, 0.018});
    const Colour cloth = kClothes[static_cast<std::size_t>(f.clothesColour)];
    const Outline shoulders = smooth({{-0.1, 1.1},
                                      {-0.02, 0.985},
                                      {0.17, 0.925},
                                      {0.32, 0.885},
                                      {0.4, 0.935},
                                      {0.5, 0.965},
                                      {0.6, 0.935},
                                      {0.68, 0.885},
                                      {0.83, 0.925},
                                      {1.02, 0.985},
                                      {1.1, 1.1}},
                                     true);
    m_canvas.fill(shoulders, lit(cloth, 0.5));
    m_canvas.fill(sweep(smooth({{0.315, 0.888}, {0.4, 0.94}, {0.5, 0.97}, {0.6, 0.94}, {0.685, 0.888}}, false), {0.004, 0.012, 0.014, 0.012, 0.004}),
                  {shade(cloth, 0.72), 1, 0.002});
}

void FaceScene::hairBehind()
{
    const double w = m_halfWidth;
    if (f.hairStyle == Long) {
        const Outline back = smooth(rimmed({{0, -0.455},
                                            {0.62 * w, -0.425},
                                            {1.08 * w, -0.27},
                                            {1.24 * w, 0},
                                            {1.3 * w, 0.26},
                                            {1.36 * w, 0.46},
                                            {0.9 * w, 0.55},
                                            {0, 0.5},
                                            {-0.9 * w, 0.55},
                                            {-1.36 * w, 0.46},
                                            {-1.3 * w, 0.26},
                                            {-1.24 * w, 0},
                                            {-1.08 * w, -0.27},
                                            {-0.62 * w, -0.425}}),
                                    true);
        m_canvas.fill(back, lit(shade(m_hair, 0.78), 0.7));
    }
    if (f.hairStyle == Curly)
        for (int i = 0; i <= 10; ++i) {
            const double angle = kPi * (1.13 - 1.26 * i / 10.0);
            m_canvas.fill(ellipse(rim(1.08 * w * std::cos(angle), -0.1 - 0.285 * std::sin(angle)), 0.102, 0.1),
                          lit(shade(m_hair, i % 2 == 0 ? 0.84 : 0.95), 0.6));
        }
    if (f.hairStyle == Bun) m_canvas.fill(ellipse(rim(0.02, -0.43), 0.105, 0.075), lit(shade(m_hair, 0.9), 0.9));
}

void FaceScene::hairBefore()
{
    const double w = m_halfWidth;
    Outline shape;
    switch (f.hairStyle) {
        case Short:
            shape = {{-1.02 * w, 0.0},  {-1.08 * w, -0.17}, {-0.86 * w, -0.35}, {-0.42 * w, -0.435}, {0.1 * w, -0.45}, {0.6 * w, -0.42},
                     {0.95 * w, -0.31}, {1.09 * w, -0.14},  {1.02 * w, 0.0},    {0.9 * w, -0.06},    {0.8 * w, -0.2},  {0.45 * w, -0.25},
                     {0, -0.262},       {-0.45 * w, -0.25}, {-0.8 * w, -0.2},   {-0.9 * w, -0.06}};
            break;
        case Parted:
            shape = {{-1.03 * w, 0.01}, {-1.1 * w, -0.17},  {-0.92 * w, -0.36},  {-0.5 * w, -0.45}, {0.1 * w, -0.475}, {0.66 * w, -0.44},
                     {1.02 * w, -0.32}, {1.14 * w, -0.13},  {1.04 * w, 0.03},    {0.9 * w, -0.05},  {0.78 * w, -0.16}, {0.4 * w, -0.225},
                     {-0.1 * w, -0.27}, {-0.5 * w, -0.295}, {-0.74 * w, -0.215}, {-0.88 * w, -0.08}};
            break;
        case Long:
            shape = {{-1.22 * w, 0.24},  {-1.2 * w, -0.06},   {-1.02 * w, -0.31}, {-0.5 * w, -0.44},  {0, -0.465},       {0.5 * w, -0.44},
                     {1.02 * w, -0.31},  {1.2 * w, -0.06},    {1.22 * w, 0.24},   {1.02 * w, 0.16},   {0.93 * w, -0.06}, {0.6 * w, -0.22},
                     {0.06 * w, -0.345}, {-0.06 * w, -0.345}, {-0.6 * w, -0.22},  {-0.93 * w, -0.06}, {-1.02 * w, 0.16}};
            break;
        case Curly:
            for (int i = 0; i <= 6; ++i) {
                const double x = (-0.84 + 0.28 * i) * w;
                m_canvas.fill(ellipse(rim(x, -0.31 + 0.1 * std::pow(x / w, 2)), 0.076, 0.07), lit(shade(m_hair, i % 2 == 0 ? 1.0 : 0.92), 0.7));
            }
            return;
        case Bun:
            shape = {{-1.0 * w, -0.02}, {-1.05 * w, -0.17},  {-0.85 * w, -0.33}, {-0.42 * w, -0.405}, {0, -0.415},       {0.42 * w, -0.405},
                     {0.85 * w, -0.33}, {1.05 * w, -0.17},   {0.99 * w, -0.02},  {0.88 * w, -0.12},   {0.74 * w, -0.25}, {0.36 * w, -0.305},
                     {0, -0.315},       {-0.36 * w, -0.305}, {-0.74 * w, -0.25}, {-0.88 * w, -0.12}};
            break;
        default:
            m_canvas.glow(rim(0.1 * m_light, -0.28), 0.12, 0.07, {255, 255, 255}, 0.28);
            return;
    }
    const Outline hair = smooth(rimmed(shape), true);
    m_canvas.fill(hair, lit(m_hair, 0.8));
    // a band of shine
    m_canvas.clip(hair);
    m_canvas.fill(sweep(smooth(rimmed({{-0.8 * w, -0.27}, {-0.4 * w, -0.36}, {0.05 * w, -0.385}, {0.5 * w, -0.355}, {0.85 * w, -0.25}}), false),
                        {0.006, 0.022, 0.026, 0.022, 0.006}),
                  {mix(m_hair, {255, 255, 255}, 0.45), 0.35, 0.012});
    m_canvas.unclip();
}

void FaceScene::head(const Pose& pose)
{
    const double w = m_halfWidth;
    const Colour skin = pose.flush >= 0 ? mix(m_skin, {m_skin[0], m_skin[1] * 0.62F, m_skin[2] * 0.56F}, 0.5 * pose.flush)
                                        : mix(m_skin, {235, 225, 215}, -0.3 * pose.flush);
    // ears
    for (const int side : {-1, 1}) {
        m_canvas.fill(ellipse(rim(side * 1.02 * w, 0.02), 0.036, 0.075), lit(shade(skin, 0.92), 0.6));
        m_canvas.fill(ellipse(rim(side * 1.03 * w, 0.02), 0.016, 0.045), {shade(skin, 0.7), 0.6, 0.006});
    }
    const Outline outline = skull(0);
    m_canvas.fill(outline, lit(skin, 0.7));
    m_canvas.clip(outline);
    // the head is round: darker towards the side away from the light and below, lighter where the light falls
    const double away = m_light >= 0 ? -1 : 1;
    const double strength = std::abs(m_light);
    m_canvas.fill(sweep(smooth(rimmed({{away * 0.8 * w, -0.34}, {away * 1.05 * w, -0.1}, {away * 1.02 * w, 0.16}, {away * 0.6 * w, 0.4}}), false),
                        {0.03, 0.06, 0.07, 0.06}),
                  {shade(skin, 0.55), 0.25 + 0.35 * strength, 0.03});
    m_canvas.fill(
        sweep(smooth(
                  rimmed(
                      {{-away * 1.0 * w, -0.1}, {-away * 1.03 * w, 0.16}, {-away * 0.55 * w, 0.41 + 0.05 * m_jawDrop}, {0, 0.43 + 0.05 * m_jawDrop}}),
                  false),
              {0.01, 0.025, 0.03, 0.03}),
        {shade(skin, 0.6), 0.3, 0.02});
    m_canvas.glow(at(-away * 0.08 * (0.4 + strength), -0.24, 0), 0.2, 0.13, mix(skin, {255, 255, 250}, 0.6), 0.32);
    // cheeks rise in a smile and catch the light
    for (const int side : {-1, 1}) {
        const double rise = pose.cheekRaise;
        const Point cheek = at(side * (0.155 + 0.015 * rise), 0.115 - 0.035 * rise);
        m_canvas.glow(cheek, 0.085 + 0.015 * rise, 0.07 + 0.01 * rise, mix(skin, {232, 96, 84}, 0.4), 0.3 + 0.3 * rise);
        m_canvas.glow({cheek.x, cheek.y - 0.012}, 0.055, 0.035, mix(skin, {255, 250, 240}, 0.7), 0.18 + 0.3 * rise);
    }
    // sockets
    for (const int side : {-1, 1}) m_canvas.glow(at(side * m_eyeX, -0.055), 0.105, 0.075, shade(skin, 0.66), 0.36);
    // a crease in the forehead when the brows go up
    const double raised = std::max(0.0, 0.6 * pose.browInner + 0.4 * pose.browOuter);
    for (int i = 0; i < 2; ++i) {
        const double y = -0.245 - 0.045 * i - 0.015 * raised, bow = 0.018 * (pose.browOuter - pose.browInner);
        stroke({{-0.13, y - bow}, {-0.05, y}, {0.05, y}, {0.13, y - bow}}, {0.001, 0.006, 0.006, 0.001}, shade(skin, 0.62),
               std::min(0.8, 0.55 * raised + 0.5 * f.age), 0.004);
    }
    // frown lines
    const double frown = std::max(0.0, pose.browTogether);
    for (const int side : {-1, 1})
        stroke({{side * 0.018, -0.165}, {side * 0.022, -0.125}, {side * 0.017, -0.085}}, {0.002, 0.006, 0.002}, shade(skin, 0.5), 0.75 * frown,
               0.003);
    // folds from the nose to the corners of the mouth
    const double fold = std::min(1.0, 0.65 * pose.cheekRaise + 0.7 * pose.noseWrinkle + 0.5 * f.age);
    for (const int side : {-1, 1}) {
        const double out = 0.02 * std::max(0.0, pose.mouthWide) + 0.02 * pose.cheekRaise;
        stroke(
            {{side * 0.06, 0.105 - 0.02 * pose.noseWrinkle}, {side * (0.105 + out), 0.145 - 0.015 * pose.cheekRaise}, {side * (0.14 + out), 0.215}},
            {0.002, 0.008, 0.002}, shade(skin, 0.56), 0.7 * fold, 0.004);
    }
    // bags and crow's feet
    for (const int side : {-1, 1}) {
        stroke({{side * (m_eyeX - 0.05), 0.0}, {side * m_eyeX, 0.018}, {side * (m_eyeX + 0.05), 0.0}}, {0.001, 0.006, 0.001}, shade(skin, 0.6),
               0.6 * f.age + 0.3 * pose.cheekRaise, 0.004);
        stroke({{side * (m_eyeX + 0.085), -0.045}, {side * (m_eyeX + 0.115), -0.03}}, {0.004, 0.001}, shade(skin, 0.6),
               0.5 * f.age + 0.4 * pose.cheekRaise, 0.003);
    }
    // chin
    m_canvas.glow(at(0, 0.335 + 0.05 * m_jawDrop), 0.075, 0.05, mix(skin, {255, 250, 240}, 0.5), 0.25);
    m_canvas.fill(sweep(smooth(placed({{-0.06, 0.296 + 0.05 * m_jawDrop}, {0, 0.288 + 0.05 * m_jawDrop}, {0.06, 0.296 + 0.05 * m_jawDrop}}), false),
                        {0.002, 0.008, 0.002}),
                  {shade(skin, 0.6), 0.3 + 0.4 * pose.pout, 0.008});
    m_canvas.unclip();
}

void FaceScene::eye(int side, const Pose& pose, double closed)
{
    const double narrow = std::clamp(pose.eyeNarrow, 0.0, 1.0), open = 1 - closed;
    const double upper = m_eyeHeight * (1 + 0.95 * pose.eyeWide - 0.75 * narrow) * open - 0.9 * m_eyeHeight * closed * 0.55;
    const double lower = m_eyeHeight * (0.72 + 0.42 * pose.eyeWide - 0.5 * narrow - 0.25 * std::max(0.0, pose.cheekRaise)) * (1 - 0.45 * closed);
    const double y0 = -0.045;
    Outline top, bottom;
    for (int i = 0; i <= 10; ++i) {
        const double u = -1 + 0.2 * i, outer = u * side;  // outer: 1 at the temple
        const double arch = std::pow(1 - u * u, 0.72);
        const double slant = 0.35 * m_eyeHeight * pose.lidSlant * outer - 0.008 * outer;
        const double x = side * m_eyeX + u * m_eyeWidth;
        top.push_back(
            at(x, y0 - upper * arch + slant + 0.45 * m_eyeHeight * std::max(0.0, -pose.browInner) * (outer < 0 ? -outer : 0) * arch * 1.4, 0));
        bottom.push_back(at(x, y0 + std::max(lower, -upper + 0.001) * arch + slant, 0));
    }
    Outline opening = top;
    opening.insert(opening.end(), bottom.rbegin(), bottom.rend());
    m_canvas.fill(opening, {{246, 243, 238}});
    m_canvas.clip(opening);
    const Point pupil = at(side * m_eyeX, y0 + 0.014 * pose.gazeDown, 0);
    const double radius = 0.0325 * (1 + 0.1 * f.eyeSize);
    const Colour iris = kIris[static_cast<std::size_t>(f.eyeColour)];
    m_canvas.fill(ellipse(pupil, radius, radius), {shade(iris, 0.62)});
    m_canvas.fill(ellipse({pupil.x, pupil.y + 0.004}, 0.8 * radius, 0.8 * radius), {shade(iris, 1.15), 1, 0.004});
    m_canvas.fill(ellipse(pupil, 0.45 * radius, 0.45 * radius), {{18, 14, 16}});
    // shadow of the upper lid
    m_canvas.fill(sweep(top, {0.012}), {{60, 44, 44}, 0.35, 0.006});
    m_canvas.fill(ellipse({pupil.x + 0.011, pupil.y - 0.011}, 0.0075, 0.0075, 12), {{255, 255, 255}, 0.95});
    m_canvas.unclip();
    m_canvas.fill(sweep(top, {0.003, 0.0085, 0.0095, 0.0085, 0.005}), {mix({38, 26, 26}, m_skin, 0.1), 0.95, 0.0015});
    m_canvas.fill(sweep(bottom, {0.001, 0.004, 0.002}), {shade(m_skin, 0.52), 0.6, 0.002});
    // the fold above
    Outline lid;
    for (std::size_t i = 1; i + 1 < top.size(); ++i) lid.emplace_back(top[i].x, top[i].y - 0.017 - 0.004 * pose.eyeWide);
    m_canvas.fill(sweep(lid, {0.001, 0.0045, 0.001}), {shade(m_skin, 0.58), 0.6 * (1 - 0.4 * pose.eyeWide), 0.003});
}

void FaceScene::brow(int side, const Pose& pose)
{
    const double up = 0.062, y0 = -0.14;
    const double together = 0.026 * pose.browTogether;
    const double middle = 0.5 * (pose.browInner + pose.browOuter);
    const Outline line = {{side * (0.046 - together), y0 - 0.004 - up * pose.browInner},
                          {side * (m_eyeX - 0.03 - 0.6 * together), y0 - 0.014 - up * (0.7 * pose.browInner + 0.3 * middle)},
                          {side * (m_eyeX + 0.03), y0 - 0.02 - up * (0.25 * pose.browInner + 0.75 * pose.browOuter)},
                          {side * (m_eyeX + 0.088), y0 + 0.01 - up * pose.browOuter}};
    const double r = 0.0145 * (1 + 0.42 * f.browThickness);
    const Colour colour = f.hairColour == 3 ? shade(m_hair, 0.62) : f.hairColour == 4 ? shade(m_hair, 0.68) : shade(m_hair, 0.8);
    stroke(line, {0.75 * r, r, 0.95 * r, 0.25 * r}, mix(colour, m_skin, 0.1), 0.95, 0.003);
}

void FaceScene::nose(const Pose& pose)
{
    const double size = 1 + 0.24 * f.noseSize, lift = -0.022 * pose.noseWrinkle, wide = 0.046 * size * (1 + 0.22 * pose.noseWrinkle);
    const double tip = 0.098 + 0.018 * f.noseSize + lift;
    const double away = m_light >= 0 ? -1 : 1;
    // shaded flank, light ridge
    m_canvas.fill(sweep(smooth({at(away * 0.03, -0.09, 0.02), at(away * 0.022, -0.02, 0.03), at(away * 0.6 * wide, tip - 0.02, 0.05),
                                at(away * 0.9 * wide, tip + 0.01, 0.04)},
                               false),
                        {0.008, 0.01, 0.016, 0.01}),
                  {shade(m_skin, 0.56), 0.3 + 0.3 * std::abs(m_light), 0.01});
    m_canvas.fill(sweep(smooth({at(0, -0.08, 0.02), at(0, 0, 0.04), at(0, tip - 0.02, 0.06)}, false), {0.006, 0.009, 0.014}),
                  {mix(m_skin, {255, 252, 246}, 0.6), 0.4, 0.01});
    m_canvas.glow(at(0, tip - 0.014, 0.07), 0.03, 0.026, {255, 252, 246}, 0.35);
    // underside, wings and nostrils
    m_canvas.fill(
        smooth({at(-wide, tip + 0.004, 0.04), at(-0.5 * wide, tip + 0.026, 0.05), at(0, tip + 0.032, 0.07), at(0.5 * wide, tip + 0.026, 0.05),
                at(wide, tip + 0.004, 0.04), at(0.4 * wide, tip + 0.012, 0.06), at(-0.4 * wide, tip + 0.012, 0.06)},
               true),
        {shade(m_skin, 0.55), 0.7, 0.004});
    for (const int side : {-1, 1}) {
        m_canvas.fill(ellipse(at(side * 0.5 * wide, tip + 0.019, 0.055), 0.3 * wide, 0.0085), {shade(m_skin, 0.25), 0.85, 0.002});
        stroke({{side * 0.92 * wide, tip - 0.026}, {side * 1.12 * wide, tip - 0.002}, {side * 0.95 * wide, tip + 0.016}}, {0.002, 0.006, 0.002},
               shade(m_skin, 0.5), 0.75, 0.003);
    }
    for (int i = 0; i < 3; ++i) {
        const double y = -0.07 + 0.032 * i;
        stroke({{-0.034, y + 0.008}, {0, y - 0.006}, {0.034, y + 0.008}}, {0.001, 0.0065, 0.001}, shade(m_skin, 0.48),
               0.85 * std::max(0.0, pose.noseWrinkle), 0.003);
    }
}

void FaceScene::beardBelow(const Pose& pose)
{
    if (f.beard != FullBeard) return;
    const double w = m_halfWidth, drop = 0.05 * m_jawDrop, lift = 0.014 * std::max(0.0, pose.lipShift);
    const Colour hair = shade(m_hair, 0.86);
    Outline shape = {{-1.03 * w, 0.02},        {-0.9 * w, 0.13},  {-0.66 * w, 0.19},        {-0.28 * w, 0.162 - lift}, {0, 0.158 - lift},
                     {0.28 * w, 0.162 - lift}, {0.66 * w, 0.19},  {0.9 * w, 0.13},          {1.03 * w, 0.02},          {1.03 * w, 0.24},
                     {0.68 * w, 0.41 + drop},  {0, 0.455 + drop}, {-0.68 * w, 0.41 + drop}, {-1.03 * w, 0.24}};
    m_canvas.clip(skull(0.012));
    Paint paint = lit(hair, 0.7, 0.96);
    paint.softness = 0.008;
    m_canvas.fill(smooth(rimmed(shape), true), paint);
    m_canvas.unclip();
}

void FaceScene::mouth(const Pose& pose)
{
    const double halfWidth = 0.112 * (1 + pose.mouthWide);
    const double y0 = 0.218 - 0.045 * pose.lipShift * 0.5 + 0.012 * m_jawDrop;
    const double cornerY = -0.006 - 0.058 * pose.corners;
    const double upOpen = 0.056 * pose.openUpper, downOpen = 0.08 * std::max(0.0, pose.openLower);
    const double fullness = 1 + 0.32 * f.lipFullness, thin = 1 - 0.72 * pose.press;
    const double upperLip = 0.024 * fullness * thin, lowerLip = 0.031 * fullness * thin * (1 + 0.25 * pose.pout);
    const double power = 1 - 0.62 * pose.square;
    Outline inner, outer, top, seam;
    const int n = 16;
    for (int i = 0; i <= n; ++i) {
        const double u = -1 + 2.0 * i / n, arch = std::pow(1 - u * u, power), lip = std::pow(1 - u * u, 0.55);
        const double bow = 1 - 0.3 * std::exp(-std::pow(u / 0.16, 2)), bent = cornerY * u * u;
        const double x = halfWidth * u, upperEdge = y0 + bent - upOpen * arch;
        inner.push_back(at(x, upperEdge, 0.02));
        outer.push_back(at(x * 1.03, upperEdge - upperLip * lip * bow, 0.02));
        top.emplace_back(x, upperEdge);
    }
    seam = inner;
    Outline lowerInner, lowerOuter, lowerCurve;
    for (int i = n; i >= 0; --i) {
        const double u = -1 + 2.0 * i / n, arch = std::pow(1 - u * u, power), lip = std::pow(1 - u * u, 0.6), bent = cornerY * u * u;
        const double x = halfWidth * u, edge = std::max(y0 + bent + downOpen * arch, y0 + bent - upOpen * arch + 0.0005);
        lowerInner.push_back(at(x, edge, 0.02));
        lowerOuter.push_back(at(x * 1.03, edge + lowerLip * lip, 0.02));
    }
    outer.insert(outer.end(), lowerOuter.begin(), lowerOuter.end());
    const Colour lips = mix(m_skin, {178, 52, 62}, 0.56 - 0.1 * f.skinTone);
    if (f.beard != NoBeard) {
        Outline moustache;
        const double w = halfWidth * 1.12;
        for (int i = 0; i <= n; ++i) {
            const double u = -1 + 2.0 * i / n;
            moustache.push_back(at(w * u,
                                   y0 + cornerY * u * u * 0.9 - upOpen * std::pow(std::max(0.0, 1 - u * u), power) - upperLip -
                                       0.026 * std::pow(1 - u * u, 0.5) + 0.02 * u * u,
                                   0.02));
        }
        for (int i = n; i >= 0; --i) {
            const double u = -1 + 2.0 * i / n;
            moustache.push_back(
                at(w * u, y0 + cornerY * u * u * 0.9 - upOpen * std::pow(std::max(0.0, 1 - u * u), power) - 0.4 * upperLip + 0.034 * u * u, 0.02));
        }
        m_canvas.fill(moustache, {shade(m_hair, 0.8), 0.95, 0.004});
    }
    m_canvas.fill(outer, {lips, 1, 0.002, {0.5, 0.5 + y0}, {0, 1}, 2.2});
    Outline opening = inner;
    opening.insert(opening.end(), lowerInner.begin(), lowerInner.end());
    const double gap = upOpen + downOpen;
    if (gap > 0.004) {
        m_canvas.fill(opening, {{74, 18, 24}});
        m_canvas.clip(opening);
        if (pose.teeth > 0.05) {
            // upper teeth hang from the upper lip; in a box-shaped opening the lower row shows as well
            const double length = std::min(0.052, 0.75 * gap + 0.012);
            Outline band = inner;
            for (int i = n; i >= 0; --i) {
                const Point p = inner[static_cast<std::size_t>(i)];
                const double u = -1 + 2.0 * i / n;
                band.emplace_back(p.x, p.y + length * std::sqrt(std::max(0.0, 1 - 0.8 * u * u)));
            }
            m_canvas.fill(band, {{246, 242, 232}, std::min(1.0, 1.4 * pose.teeth), 0.002});
            if (pose.square > 0.7)
                m_canvas.fill(ellipse(at(0, y0 + downOpen + 0.004, 0.02), 0.75 * halfWidth, 0.018), {{232, 226, 214}, pose.teeth, 0.002});
        }
        m_canvas.glow(at(0, y0 + downOpen, 0.02), 0.55 * halfWidth, 0.5 * gap + 0.006, {206, 86, 88}, pose.square > 0.7 ? 0 : 0.9);
        m_canvas.unclip();
    }
    // the line between the lips, and their light
    m_canvas.fill(sweep(seam, {0.003, 0.005, 0.006, 0.005, 0.003}), {shade(mix(lips, {40, 8, 12}, 0.6), 0.8), 0.85, 0.002});
    m_canvas.fill(sweep(smooth({at(-0.4 * halfWidth, y0 + downOpen + 0.55 * lowerLip, 0.02), at(0, y0 + downOpen + 0.6 * lowerLip, 0.02),
                                at(0.4 * halfWidth, y0 + downOpen + 0.55 * lowerLip, 0.02)},
                               false),
                        {0.001, 0.005, 0.001}),
                  {{255, 236, 232}, 0.4 * thin, 0.004});
    // dimples at drawn-down or drawn-back corners
    for (const int side : {-1, 1})
        m_canvas.fill(ellipse(at(side * halfWidth * 1.05, y0 + cornerY, 0.02), 0.009, 0.011, 12),
                      {shade(m_skin, 0.5), 0.25 + 0.4 * std::min(1.0, std::abs(pose.corners)), 0.005});
}

void FaceScene::spectacles()
{
    if (f.glasses == 0) return;
    const Colour frame = {40, 36, 40};
    for (const int side : {-1, 1}) {
        Outline ring;
        for (int i = 0; i <= 28; ++i) {
            const double angle = 2 * kPi * i / 28, c = std::cos(angle), s = std::sin(angle);
            ring.push_back(at(side * m_eyeX + 0.098 * std::copysign(std::pow(std::abs(c), 0.75), c),
                              -0.04 + 0.078 * std::copysign(std::pow(std::abs(s), 0.75), s), 0.03));
        }
        m_canvas.fill(Outline(ring.begin(), ring.end() - 1), {{220, 236, 250}, 0.1});
        m_canvas.fill(sweep(ring, {0.0065}), {frame, 0.95});
        m_canvas.fill(sweep({at(side * (m_eyeX + 0.098), -0.055, 0.02), rim(side * 1.0 * m_halfWidth, -0.05)}, {0.006, 0.006}), {frame, 0.9});
    }
    const double inner = m_eyeX - 0.098;
    stroke({{-inner, -0.05}, {0, -0.062}, {inner, -0.05}}, {0.006, 0.006, 0.006}, frame, 0.95, 0);
}

void FaceScene::paint(int frame, std::uint8_t* rgb)
{
    const double t = m_frames > 1 ? static_cast<double>(frame) / (m_frames - 1) : 0;
    // neutral, onset, apex, offset, neutral
    const double start = 0.05 + 0.12 * f.onset, apex = start + 0.17, offset = apex + 0.18 + 0.22 * f.apexDuration, end = offset + 0.18;
    const double envelope = smoothStep(start, apex, t) * (1 - smoothStep(offset, end, t));
    const Pose pose = m_apex.scaled(envelope * (0.62 + 0.38 * f.intensity));
    const double away = std::pow(std::sin(kPi * t), 2);
    m_turn = 0.2 * f.headTurn * away;
    m_tilt = 0.11 * f.headTilt * away;
    m_jawDrop = pose.jawDrop;
    // one blink as the face relaxes
    const double closed = f.blink == 0 ? 0 : std::max(0.0, 1 - std::abs(t - end + 0.02) / 0.08);

    m_canvas.restore();
    hairBehind();
    neckAndClothes();
    head(pose);
    beardBelow(pose);
    nose(pose);
    mouth(pose);
    for (const int side : {-1, 1}) {
        eye(side, pose, smoothStep(0, 1, closed));
        brow(side, pose);
    }
    hairBefore();
    spectacles();
    m_canvas.write(rgb);
}

}  // namespace

const std::vector<Factor>& faceFactors()
{
    static const std::vector<Factor> factors = {
        number("face_width", "appearance", -1, 1),
        number("jaw", "appearance", -1, 1),
        number("skin_tone", "appearance", 0, 1),
        category("hair_style", "appearance", {"short", "parted", "long", "curly", "bun", "bald"}, {0.24, 0.2, 0.24, 0.14, 0.1, 0.08}),
        category("hair_colour", "appearance", {"black", "brown", "red", "blond", "grey"}),
        category("eye_colour", "appearance", {"brown", "green", "blue", "grey"}),
        number("eye_distance", "appearance", -1, 1),
        number("eye_size", "appearance", -1, 1),
        number("nose_size", "appearance", -1, 1),
        number("lip_fullness", "appearance", -1, 1),
        number("brow_thickness", "appearance", -1, 1),
        category("beard", "appearance", {"none", "moustache", "full"}, {0.76, 0.1, 0.14}),
        category("glasses", "appearance", {"no", "yes"}, {0.82, 0.18}),
        number("age", "appearance", 0, 1),
        category("clothes_colour", "appearance", {"white", "red", "green", "blue", "black"}),
        number("background_hue", "appearance", 0, 1),
        number("background_brightness", "appearance", 0, 1),
        number("light_side", "appearance", -1, 1),
        category("expression", "motion", {"anger", "disgust", "fear", "happiness", "sadness", "surprise"}),
        number("intensity", "motion", 0, 1),
        number("onset", "motion", 0, 1),
        number("apex_duration", "motion", 0, 1),
        number("head_turn", "motion", -1, 1),
        number("head_tilt", "motion", -1, 1),
        category("blink", "motion", {"no", "yes"}),
    };
    return factors;
}

std::unique_ptr<Scene> makeFace(std::span<const float> factors, int size, int frames) { return std::make_unique<FaceScene>(factors, size, frames); }

}  // namespace kinora::synthetic
