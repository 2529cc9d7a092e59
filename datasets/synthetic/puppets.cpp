// builtin:puppets: a jointed person before a scene. Actions along the path are seen from the side, the others from the front.
#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/synthetic/canvas.h"
#include "datasets/synthetic/scene.h"

namespace kinora::synthetic {
namespace {

enum Action { Walk, Run, Jump, Jack, WaveOneHand, WaveTwoHands, Bend };
enum HairStyle { ShortHair, LongHair, Cap };
enum Scenery { Plain, Hills, Wall };

/// The appearance and motion factors, in the order of puppetFactors().
struct PuppetFactors {
    double height, build, legLength, headSize, skinTone;
    int hairStyle, hairColour, shirtColour, trousersColour, sleeves, legwear;
    double skyColour;
    int ground, scenery;
    double horizon, lightSide;
    int action;
    double speed, phase, amplitude;
    int direction;

    explicit PuppetFactors(std::span<const float> v)
    {
        std::size_t i = 0;
        const auto real = [&] { return static_cast<double>(v[i++]); };
        const auto index = [&] { return static_cast<int>(v[i++]); };
        height = real(), build = real(), legLength = real(), headSize = real(), skinTone = real();
        hairStyle = index(), hairColour = index(), shirtColour = index(), trousersColour = index(), sleeves = index(), legwear = index();
        skyColour = real();
        ground = index(), scenery = index();
        horizon = real(), lightSide = real();
        action = index();
        speed = real(), phase = real(), amplitude = real();
        direction = index();
    }
};

/// Angles in radians from hanging straight down. From the side forward is positive; from the front outward is. Index 0 is the far or left limb.
struct Pose {
    bool front = false;
    double lean = 0;                   // of the torso, forward
    std::array<double, 2> shoulder{};  // upper arm
    std::array<double, 2> elbow{};     // forearm against the upper arm
    std::array<double, 2> hip{};       // thigh
    std::array<double, 2> knee{};      // shin against the thigh, backward
    double air = 0;                    // height of the lower foot over the ground
    double shift = 0;                  // of the hip, forward
};

const std::vector<Colour> kSkin = {{255, 222, 198}, {236, 190, 154}, {200, 144, 104}, {148, 96, 64}, {96, 62, 44}};
const std::array<Colour, 5> kHair = {Colour{34, 28, 30}, {88, 54, 34}, {158, 66, 30}, {222, 184, 112}, {168, 166, 168}};
const std::array<Colour, 6> kShirt = {Colour{214, 52, 50}, {236, 166, 40}, {52, 146, 84}, {48, 96, 190}, {132, 70, 160}, {238, 238, 234}};
const std::array<Colour, 5> kTrousers = {Colour{40, 48, 78}, {56, 54, 56}, {122, 88, 58}, {86, 104, 74}, {176, 170, 158}};
const std::array<Colour, 4> kGround = {Colour{112, 152, 76}, {216, 190, 138}, {122, 122, 128}, {228, 232, 240}};
const std::vector<Colour> kSky = {{96, 150, 220}, {150, 196, 226}, {206, 214, 222}, {240, 206, 166}, {206, 138, 148}};

class PuppetScene final : public Scene {
public:
    PuppetScene(std::span<const float> factors, int size) : f(factors), m_canvas(size)
    {
        m_height = 0.66 * (1 + 0.09 * f.height);
        m_thick = 1 + 0.24 * f.build;
        const double legs = 0.47 * (1 + 0.07 * f.legLength);
        m_thigh = 0.52 * legs * m_height;
        m_shin = 0.48 * legs * m_height;
        m_torso = (0.8 - legs) * m_height;
        m_head = 0.082 * m_height * (1 + 0.16 * f.headSize);
        m_upperArm = 0.175 * m_height;
        m_forearm = 0.175 * m_height;
        m_skin = along(kSkin, f.skinTone);
        m_hair = kHair[static_cast<std::size_t>(f.hairColour)];
        m_shirt = kShirt[static_cast<std::size_t>(f.shirtColour)];
        m_trousers = kTrousers[static_cast<std::size_t>(f.trousersColour)];
        m_light = {0.75 * f.lightSide, -0.45};
        backdrop();
        m_canvas.keep();
    }

    void paint(int frame, std::uint8_t* rgb) override;

private:
    void backdrop();
    Pose poseAt(double timeS) const;
    void limb(Point a, double radiusA, Point b, double radiusB, const Colour& colour);
    void leg(Point hip, double thigh, double knee, bool front, int side, double darkness);
    void arm(Point shoulder, double upper, double elbow, bool front, int side, double darkness);
    void torso(Point hip, Point chest, bool front);
    void head(Point centre, bool front, double lean);
    /// A step of \p length along a limb. From the side \p side is the way the person looks, from the front the limb's own side.
    static Point towards(double angle, double length, int side) { return {side * length * std::sin(angle), length * std::cos(angle)}; }

    PuppetFactors f;
    Canvas m_canvas;
    double m_height = 0, m_thick = 1, m_thigh = 0, m_shin = 0, m_torso = 0, m_head = 0, m_upperArm = 0, m_forearm = 0;
    Colour m_skin, m_hair, m_shirt, m_trousers;
    Point m_light;
    static constexpr double kFloor = 0.915;  // where the feet stand
};

void PuppetScene::backdrop()
{
    const Colour sky = along(kSky, f.skyColour), ground = kGround[static_cast<std::size_t>(f.ground)];
    const double horizon = 0.6 + 0.16 * f.horizon;
    m_canvas.clear(shade(sky, 0.86), mix(sky, {255, 255, 255}, 0.55));
    m_canvas.glow({0.5 + 0.5 * f.lightSide, 0.08}, 0.6, 0.5, {255, 252, 238}, 0.45);
    if (f.scenery == Hills) {
        const Colour far = mix(mix(ground, sky, 0.55), {96, 120, 130}, 0.35), near = mix(mix(ground, sky, 0.25), {70, 96, 80}, 0.3);
        m_canvas.fill(smooth({{-0.2, horizon + 0.05},
                              {-0.05, horizon - 0.16},
                              {0.2, horizon - 0.28},
                              {0.45, horizon - 0.12},
                              {0.72, horizon - 0.2},
                              {1.0, horizon - 0.06},
                              {1.2, horizon + 0.05}},
                             true),
                      {far});
        m_canvas.fill(smooth({{-0.2, horizon + 0.06},
                              {0.0, horizon - 0.05},
                              {0.3, horizon - 0.06},
                              {0.62, horizon - 0.13},
                              {0.95, horizon - 0.12},
                              {1.2, horizon + 0.06}},
                             true),
                      {near});
    }
    if (f.scenery == Wall) {
        const Colour wall = mix(mix(sky, {178, 148, 128}, 0.75), {255, 255, 255}, 0.1);
        m_canvas.fill({{-0.1, 0.2}, {1.1, 0.2}, {1.1, horizon + 0.02}, {-0.1, horizon + 0.02}},
                      {wall, 1, 0, {0.5, 0.4}, {f.lightSide >= 0 ? 1.0 : -1.0, 0}, 0.3 * std::abs(f.lightSide)});
        m_canvas.fill({{-0.1, 0.18}, {1.1, 0.18}, {1.1, 0.22}, {-0.1, 0.22}}, {shade(wall, 0.72)});
        m_canvas.fill({{-0.1, horizon - 0.04}, {1.1, horizon - 0.04}, {1.1, horizon + 0.02}, {-0.1, horizon + 0.02}}, {shade(wall, 0.78)});
    }
    m_canvas.fill({{-0.1, horizon}, {1.1, horizon}, {1.1, 1.1}, {-0.1, 1.1}}, {shade(ground, 0.86), 1, 0, {0.5, horizon}, {0, 1}, 0.6});
    m_canvas.fill({{-0.1, horizon - 0.012}, {1.1, horizon - 0.012}, {1.1, horizon + 0.012}, {-0.1, horizon + 0.012}},
                  {shade(ground, 0.7), 0.5, 0.008});
}

Pose PuppetScene::poseAt(double timeS) const
{
    constexpr std::array<double, 7> kSlowHz = {0.8, 1.35, 0.65, 0.8, 1.1, 1.1, 0.6}, kMoreHz = {0.4, 0.5, 0.35, 0.45, 0.8, 0.8, 0.3};
    const auto action = static_cast<std::size_t>(f.action);
    const double cycles = f.phase + timeS * (kSlowHz[action] + kMoreHz[action] * f.speed);
    const double u = cycles - std::floor(cycles), angle = 2 * kPi * u, swing = std::sin(angle), cosine = std::cos(angle);
    const double size = 0.8 + 0.2 * f.amplitude;
    Pose p;
    switch (f.action) {
        case Walk:
            p.lean = 0.05;
            for (const int i : {0, 1}) {
                const double s = i == 0 ? 1 : -1;
                p.hip[i] = 0.52 * size * s * swing + 0.04;
                p.knee[i] = 0.08 + 0.85 * size * std::max(0.0, s * cosine);
                p.shoulder[i] = -0.55 * size * s * swing;
                p.elbow[i] = 0.2 - 0.15 * s * swing;
            }
            p.shift = (timeS - 0.75) * (0.2 + 0.08 * f.speed);
            break;
        case Run:
            p.lean = 0.3;
            for (const int i : {0, 1}) {
                const double s = i == 0 ? 1 : -1;
                p.hip[i] = 0.9 * size * s * swing + 0.25;
                p.knee[i] = 0.35 + 1.75 * size * std::max(0.0, s * cosine);
                p.shoulder[i] = -1.0 * size * s * swing - 0.1;
                p.elbow[i] = 1.65;
            }
            p.air = 0.045 * size * std::abs(cosine);
            p.shift = (timeS - 0.75) * (0.4 + 0.16 * f.speed);
            break;
        case Jump: {
            const double crouch =
                u < 0.38 ? smoothStep(0, 0.22, u) * (1 - smoothStep(0.24, 0.38, u)) : 0.7 * smoothStep(0.72, 0.82, u) * (1 - smoothStep(0.84, 1, u));
            const double flight = std::clamp((u - 0.36) / 0.38, 0.0, 1.0), rise = 4 * flight * (1 - flight);
            p.lean = 0.65 * size * crouch;
            for (const int i : {0, 1}) {
                p.hip[i] = 1.0 * size * crouch + 0.25 * rise + (i == 0 ? 0.05 : -0.05);
                p.knee[i] = 1.85 * size * crouch + 0.55 * rise;
                p.shoulder[i] = -0.9 * crouch + 2.5 * std::sqrt(rise) + (i == 0 ? 0.12 : -0.12);
                p.elbow[i] = 0.25;
            }
            p.air = 0.17 * size * rise;
            p.shift = -0.06 * crouch * size;
            break;
        }
        case Jack: {
            const double spread = 0.5 - 0.5 * cosine;
            p.front = true;
            for (const int i : {0, 1}) {
                p.shoulder[i] = 0.16 + 2.65 * size * spread;
                p.elbow[i] = 0.1 + 0.25 * spread;
                p.hip[i] = 0.05 + 0.5 * size * spread;
            }
            p.air = 0.055 * size * swing * swing;
            break;
        }
        case WaveOneHand:
        case WaveTwoHands:
            p.front = true;
            for (const int i : {0, 1}) {
                const bool waves = f.action == WaveTwoHands || i == f.direction;
                p.shoulder[i] = waves ? 1.95 + 0.12 * swing : 0.14;
                p.elbow[i] = waves ? 0.95 + 0.85 * size * swing : 0.08;
                p.hip[i] = 0.09;
            }
            break;
        default: {  // bend
            const double down = 0.5 - 0.5 * cosine;
            p.lean = 1.75 * size * down;
            for (const int i : {0, 1}) {
                p.shoulder[i] = 0.12 * down + (i == 0 ? 0.06 : -0.06);
                p.elbow[i] = 0.1;
                p.hip[i] = -0.14 * down + (i == 0 ? 0.05 : -0.05);
                p.knee[i] = 0.08 * down;
            }
            p.shift = -0.05 * down;
            break;
        }
    }
    return p;
}

void PuppetScene::limb(Point a, double radiusA, Point b, double radiusB, const Colour& colour)
{
    // a cylinder: the brightness changes across it, with the light
    Point across(-(b.y - a.y), b.x - a.x);
    const double length = std::max(std::hypot(across.x, across.y), 1e-6);
    across *= 1 / length;
    const double slope = 0.36 * across.dot(m_light) / std::max(radiusA, radiusB);
    m_canvas.fill(capsule(a, radiusA, b, radiusB), {colour, 1, 0, a, across, slope});
}

void PuppetScene::leg(Point hip, double thigh, double knee, bool front, int side, double darkness)
{
    const double r = 0.05 * m_height * m_thick;
    const Point kneeAt = hip + towards(thigh, m_thigh, side), ankle = kneeAt + towards(thigh - knee, m_shin, side);
    const Colour cloth = shade(m_trousers, darkness), shin = f.legwear == 1 ? shade(m_skin, darkness) : cloth;
    // shoe: along the shin's normal, flat on the ground when the leg is straight
    const double footAngle = thigh - knee;
    const Point toe = front ? Point(side * 0.014 * m_height, 0.012 * m_height)
                            : Point(side * 0.075 * m_height * std::cos(footAngle), -0.075 * m_height * std::sin(footAngle) * 0.8);
    limb(ankle, 0.026 * m_height, ankle + toe, 0.022 * m_height, shade({52, 44, 44}, darkness));
    limb(kneeAt, 0.78 * r * (f.legwear == 1 ? 0.82 : 1), ankle, 0.52 * r, shin);
    limb(hip, 1.12 * r, kneeAt, 0.8 * r, cloth);
}

void PuppetScene::arm(Point shoulder, double upper, double elbow, bool front, int side, double darkness)
{
    const double r = 0.036 * m_height * m_thick;
    const Point elbowAt = shoulder + towards(upper, m_upperArm, side), hand = elbowAt + towards(upper + elbow, m_forearm, side);
    const Colour skin = shade(m_skin, darkness), cloth = shade(m_shirt, darkness * (front ? 0.9 : 0.86));
    m_canvas.fill(ellipse(hand, 0.032 * m_height, 0.032 * m_height, 16), {skin});
    limb(elbowAt, 0.82 * r, hand, 0.62 * r, f.sleeves == 1 ? cloth : skin);
    limb(shoulder, 1.1 * r, elbowAt, 0.85 * r, cloth);
}

void PuppetScene::torso(Point hip, Point chest, bool front)
{
    if (front) {
        const double shoulders = 0.118 * m_height * (1 + 0.1 * f.build), waist = 0.082 * m_height * m_thick, hips = 0.088 * m_height * m_thick;
        const Outline shape = smooth({{chest.x - shoulders, chest.y + 0.02 * m_height},
                                      {chest.x - 0.55 * shoulders, chest.y - 0.025 * m_height},
                                      {chest.x + 0.55 * shoulders, chest.y - 0.025 * m_height},
                                      {chest.x + shoulders, chest.y + 0.02 * m_height},
                                      {chest.x + 1.02 * waist, hip.y - 0.13 * m_height},
                                      {hip.x + hips, hip.y + 0.015 * m_height},
                                      {hip.x - hips, hip.y + 0.015 * m_height},
                                      {chest.x - 1.02 * waist, hip.y - 0.13 * m_height}},
                                     true);
        limb({hip.x - 0.045 * m_height, hip.y}, 0.05 * m_height * m_thick, {hip.x + 0.045 * m_height, hip.y}, 0.05 * m_height * m_thick, m_trousers);
        m_canvas.fill(shape, {m_shirt, 1, 0, chest, {1, 0}, 0.3 * m_light.x / shoulders});
    } else {
        limb(hip, 0.064 * m_height * m_thick, hip, 0.064 * m_height * m_thick, m_trousers);
        limb(chest, 0.074 * m_height * m_thick, {hip.x + 0.12 * (chest.x - hip.x), hip.y + 0.12 * (chest.y - hip.y)}, 0.064 * m_height * m_thick,
             m_shirt);
    }
}

void PuppetScene::head(Point c, bool front, double lean)
{
    const double r = m_head, tilt = 0.6 * lean;
    const int way = f.direction == 0 ? -1 : 1;
    // a point of the head, forward (or right) and up in radii
    const auto at = [&](double x, double y) {
        const double fx = x * std::cos(tilt) + y * std::sin(tilt), fy = y * std::cos(tilt) - x * std::sin(tilt);
        return Point(c.x + (front ? x : way * fx) * r, c.y - (front ? y : fy) * r);
    };
    const auto placed = [&](const Outline& points) {
        Outline out;
        for (const Point& p : points) out.push_back(at(p.x, p.y));
        return smooth(out, true);
    };
    const Colour hat = mix(m_trousers, {200, 60, 50}, 0.5);
    if (f.hairStyle == LongHair)
        m_canvas.fill(front ? placed({{-0.9, 0.6}, {0, 1.1}, {0.9, 0.6}, {1.15, -0.4}, {1.05, -1.35}, {0, -1.2}, {-1.05, -1.35}, {-1.15, -0.4}})
                            : placed({{-0.2, 1.1}, {0.4, 0.8}, {-0.1, -0.2}, {-0.5, -1.4}, {-1.25, -1.3}, {-1.2, 0}, {-0.95, 0.75}}),
                      {shade(m_hair, 0.85)});
    m_canvas.fill(placed({{0, 1.05}, {0.68, 0.75}, {0.92, 0.05}, {0.7, -0.7}, {0.1, -1.08}, {-0.55, -0.8}, {-0.92, 0.05}, {-0.68, 0.75}}),
                  {m_skin, 1, 0, c, {1, 0}, 0.32 * m_light.x / r});
    if (front) {
        for (const int side : {-1, 1}) m_canvas.fill(ellipse(at(side * 0.34, 0.02), 0.11 * r, 0.15 * r, 12), {{34, 26, 28}});
        m_canvas.fill(sweep(smooth({at(-0.32, -0.45), at(0, -0.56), at(0.32, -0.45)}, false), {0.03 * r, 0.09 * r, 0.03 * r}), {{150, 60, 60}, 0.9});
        if (f.hairStyle == Cap)
            m_canvas.fill(placed({{-1, 0.3}, {-0.9, 0.85}, {0, 1.3}, {0.9, 0.85}, {1, 0.3}, {0, 0.42}}), {hat});
        else
            m_canvas.fill(placed({{-0.98, 0.05}, {-0.95, 0.8}, {0, 1.25}, {0.95, 0.8}, {0.98, 0.05}, {0.75, 0.45}, {0, 0.58}, {-0.75, 0.45}}),
                          {m_hair});
    } else {
        m_canvas.fill(ellipse(at(0.95, -0.12), 0.2 * r, 0.17 * r, 12), {m_skin});
        m_canvas.fill(ellipse(at(0.5, 0.06), 0.1 * r, 0.15 * r, 12), {{34, 26, 28}});
        m_canvas.fill(sweep({at(0.45, -0.55), at(0.78, -0.5)}, {0.06 * r}), {{150, 60, 60}, 0.9});
        if (f.hairStyle == Cap) {
            m_canvas.fill(placed({{-1, 0.25}, {-0.9, 0.9}, {0, 1.3}, {0.8, 0.85}, {0.9, 0.4}, {0, 0.35}}), {hat});
            m_canvas.fill(capsule(at(0.6, 0.45), 0.11 * r, at(1.4, 0.38), 0.08 * r), {shade(hat, 0.75)});
        } else {
            m_canvas.fill(
                placed({{0.78, 0.62}, {0.3, 1.15}, {-0.4, 1.2}, {-1.0, 0.7}, {-1.08, -0.1}, {-0.8, -0.6}, {-0.45, -0.2}, {-0.25, 0.3}, {0.25, 0.55}}),
                {m_hair});
        }
    }
}

void PuppetScene::paint(int frame, std::uint8_t* rgb)
{
    const double timeS = frame / kFrameRateHz;
    const Pose p = poseAt(timeS);
    const int way = f.direction == 0 ? -1 : 1;
    // who leaves the picture comes in again on the other side
    double across = 0.5 + way * p.shift + 0.2;
    if (f.action == Walk || f.action == Run) across -= 1.4 * std::floor(across / 1.4);
    const double x = across - 0.2;
    const double hipGap = p.front ? 0.046 * m_height * m_thick : 0;

    // stand on the lower foot
    double reach = 0;
    for (const int i : {0, 1}) {
        const double thigh = p.hip[static_cast<std::size_t>(i)], shin = thigh - p.knee[static_cast<std::size_t>(i)];
        const double toe = p.front ? 0 : std::max(0.0, -0.06 * m_height * std::sin(shin));
        reach = std::max(reach, m_thigh * std::cos(thigh) + m_shin * std::cos(shin) + toe);
    }
    const Point hip(x, kFloor - 0.026 * m_height - reach - p.air);
    const Point chest =
        p.front ? Point(x, hip.y - m_torso * 0.9) : hip + Point(way * 0.9 * m_torso * std::sin(p.lean), -0.9 * m_torso * std::cos(p.lean));
    const double headLean = p.front ? 0 : 0.85 * p.lean;
    const Point neck = p.front ? Point(chest.x, chest.y - 0.1 * m_torso - 0.6 * m_head)
                               : chest + Point(way * std::sin(headLean), -std::cos(headLean)) * (0.12 * m_torso + 0.7 * m_head);
    const Point headAt = p.front ? Point(chest.x, chest.y - 0.12 * m_torso - 1.3 * m_head)
                                 : chest + Point(way * std::sin(headLean), -std::cos(headLean)) * (0.14 * m_torso + 1.4 * m_head);

    m_canvas.restore();
    const double lift = std::clamp(1 - 3 * p.air, 0.3, 1.0);
    m_canvas.glow({x - 0.05 * f.lightSide, kFloor + 0.008}, (p.front ? 0.2 : 0.17) * lift, 0.035 * lift, {20, 22, 30}, 0.75 * lift);
    if (p.front) {
        for (const int i : {0, 1}) {
            const int side = i == 0 ? -1 : 1;
            leg({hip.x + side * hipGap, hip.y}, p.hip[static_cast<std::size_t>(i)], 0, true, side, 1);
        }
        limb(chest, 0.035 * m_height, neck, 0.033 * m_height, shade(m_skin, 0.8));
        torso(hip, chest, true);
        head(headAt, true, 0);
        for (const int i : {0, 1}) {
            const int side = i == 0 ? -1 : 1;
            arm({chest.x + side * 0.1 * m_height * (1 + 0.1 * f.build), chest.y + 0.022 * m_height}, p.shoulder[static_cast<std::size_t>(i)],
                p.elbow[static_cast<std::size_t>(i)], true, side, 1);
        }
    } else {
        const Point shoulder = hip + (chest - hip) * 0.94;
        arm(shoulder, p.shoulder[0], p.elbow[0], false, way, 0.72);
        leg(hip, p.hip[0], p.knee[0], false, way, 0.7);
        leg(hip, p.hip[1], p.knee[1], false, way, 1);
        limb(chest, 0.035 * m_height, neck, 0.033 * m_height, shade(m_skin, 0.8));
        torso(hip, chest, false);
        head(headAt, false, headLean);
        arm(shoulder, p.shoulder[1], p.elbow[1], false, way, 1);
    }
    m_canvas.write(rgb);
}

}  // namespace

const std::vector<Factor>& puppetFactors()
{
    static const std::vector<Factor> factors = {
        number("height", "appearance", -1, 1),
        number("build", "appearance", -1, 1),
        number("leg_length", "appearance", -1, 1),
        number("head_size", "appearance", -1, 1),
        number("skin_tone", "appearance", 0, 1),
        category("hair_style", "appearance", {"short", "long", "cap"}),
        category("hair_colour", "appearance", {"black", "brown", "red", "blond", "grey"}),
        category("shirt_colour", "appearance", {"red", "yellow", "green", "blue", "violet", "white"}),
        category("trousers_colour", "appearance", {"navy", "black", "brown", "olive", "beige"}),
        category("sleeves", "appearance", {"short", "long"}),
        category("legwear", "appearance", {"trousers", "shorts"}, {0.7, 0.3}),
        number("sky_colour", "appearance", 0, 1),
        category("ground", "appearance", {"grass", "sand", "asphalt", "snow"}),
        category("scenery", "appearance", {"plain", "hills", "wall"}),
        number("horizon", "appearance", 0, 1),
        number("light_side", "appearance", -1, 1),
        category("action", "motion", {"walk", "run", "jump", "jack", "wave_one_hand", "wave_two_hands", "bend"}),
        number("speed", "motion", 0, 1),
        number("phase", "motion", 0, 1),
        number("amplitude", "motion", 0, 1),
        category("direction", "motion", {"left", "right"}),
    };
    return factors;
}

std::unique_ptr<Scene> makePuppet(std::span<const float> factors, int size, int) { return std::make_unique<PuppetScene>(factors, size); }

}  // namespace kinora::synthetic
