#include "widgets/views/evidence_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/controllers/clip_analysis.h"
#include "widgets/text.h"
#include "widgets/views/motion_strip.h"

TimeSliceView::TimeSliceView(QWidget* parent) : QWidget(parent)
{
    setMinimumSize(100, 60);
    setAccessibleName(tr("Slice through time"));
    setToolTip(tr("One line of pixels over time, downwards: the clip on the left, the reference on the right"));
}

void TimeSliceView::setSlices(const ClipPtr& slice, const ClipPtr& reference)
{
    m_slice = slice;
    m_reference = reference;
    update();
}

void TimeSliceView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const int gap = 4, half = (width() - gap) / 2;
    const auto place = [&](const ClipPtr& slice, int left) {
        const QRect area(left, 0, half, height());
        if (slice && !slice->empty()) painter.drawImage(area, frameImage(*slice, 0));
        else painter.fillRect(area, palette().base());
    };
    place(m_slice, 0);
    place(m_reference, half + gap);
}

namespace {
constexpr int kWheel = 44;
constexpr double kUsableSkill = 0.5;   // as swap consistency takes it: below, a judge does not know the factor
constexpr double kChanged = 0.05;      // of what independent clips differ by: a twentieth, as there
}  // namespace

FlowLegend::FlowLegend(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    setAccessibleName(tr("Colours of the optical flow"));
    setToolTip(tr("Hue: the direction that a pixel moves in. Saturation: how far it moves from one frame to the next; white stands still, the rim moves by the number below or more."));
}

QSize FlowLegend::sizeHint() const { return {std::max(kWheel, fontMetrics().horizontalAdvance(tr("%1 px").arg(QStringLiteral("88.88")))) + 4, kWheel + fontMetrics().height() + 4}; }

void FlowLegend::setFullPx(double pixelsPerFrame)
{
    m_fullPx = pixelsPerFrame;
    setAccessibleDescription(tr("The rim moves by %1 pixels a frame").arg(QLocale().toString(m_fullPx, 'f', 2)));
    update();
}

void FlowLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const auto wheel = std::make_shared<const kinora::Frames>(flowWheel(static_cast<int>(kWheel * devicePixelRatioF())));
    const int top = std::max(0, (height() - kWheel - fontMetrics().height()) / 2);
    QPainterPath round;
    const QRect place((width() - kWheel) / 2, top, kWheel, kWheel);
    round.addEllipse(place);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipPath(round);
    painter.drawImage(place, frameImage(*wheel, 0));
    painter.restore();
    painter.drawText(QRect(0, top + kWheel, width(), fontMetrics().height() + 2), Qt::AlignCenter, tr("%1 px", "pixels a frame").arg(QLocale().toString(m_fullPx, 'f', 2)));
}

EvidencePanel::EvidencePanel(ClipClock& clock, const QString& program, QWidget* parent) : QWidget(parent), m_clock(clock), m_flow(program)
{
    m_difference = new ClipView;
    m_difference->setClock(&clock);
    m_difference->setCaption(tr("Difference to the reference"));
    m_difference->setPlaceholder(tr("No reference"));
    m_difference->setMinimumSize(110, 110);
    m_slice = new TimeSliceView;
    m_energy = new MotionStrip(clock);
    m_gain = new QComboBox;
    for (const int gain : {1, 2, 4, 8, 16}) m_gain->addItem(tr("× %1").arg(gain), gain);
    m_gain->setCurrentIndex(2);
    m_gain->setToolTip(tr("How much the difference is enhanced"));
    m_gain->setAccessibleName(tr("Enhancement of the difference"));
    m_picture = new QComboBox;
    m_picture->addItem(tr("Difference"), static_cast<int>(Picture::Difference));
    m_picture->addItem(tr("Flow"), static_cast<int>(Picture::Flow));
    m_picture->addItem(tr("Flow of reference"), static_cast<int>(Picture::ReferenceFlow));
    m_picture->setToolTip(tr("What the picture shows: the difference to the reference, or the optical flow (where every pixel moves to in the next frame) of the clip or of the reference, as hues"));
    m_picture->setAccessibleName(tr("What the picture shows"));
    m_picture->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);  // its longest entry would leave the slider of the slice no room
    m_picture->setMinimumContentsLength(8);
    m_legend = new FlowLegend;
    m_legend->hide();
    m_axis = new QComboBox;
    m_axis->addItem(tr("Row"));
    m_axis->addItem(tr("Column"));
    m_axis->setToolTip(tr("Which line of pixels is followed through time"));
    m_axis->setAccessibleName(tr("Line of the slice"));
    m_place = new QSlider(Qt::Horizontal);
    m_place->setRange(0, 100);
    m_place->setValue(50);
    m_place->setToolTip(tr("Where the line lies"));
    m_place->setAccessibleName(tr("Place of the slice"));
    m_place->setMinimumWidth(48);
    m_set = new QPushButton(tr("Set &Reference"));
    m_set->setToolTip(tr("Compares from now on with the clip that is shown (F)"));
    m_set->setEnabled(false);
    m_numbers = new QLabel;
    m_numbers->setWordWrap(true);
    m_numbers->setTextFormat(Qt::RichText);
    m_numbers->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);

    // the clip itself stays the largest
    for (QWidget* picture : std::initializer_list<QWidget*>{m_difference, m_slice}) {
        picture->setMaximumHeight(150);
        picture->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    }
    auto* pictures = new QHBoxLayout;
    pictures->addWidget(m_difference, 1);
    pictures->addWidget(m_legend);
    pictures->addWidget(m_slice, 1);
    auto* tools = new QHBoxLayout;
    tools->addWidget(m_set);
    tools->addWidget(m_picture);
    tools->addWidget(m_gain);
    tools->addWidget(m_axis);
    tools->addWidget(m_place, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(pictures, 1);
    layout->addLayout(tools);
    layout->addWidget(m_energy);
    m_judgement = new QLabel;
    m_judgement->setWordWrap(true);
    m_judgement->setTextFormat(Qt::RichText);
    m_judgement->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_judgement->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_judgement->setMargin(2);
    m_judgement->setAccessibleName(tr("What the judge reads"));
    auto* scroll = new QScrollArea;
    scroll->setWidget(m_judgement);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(tr("What the judge reads"));
    scroll->setMinimumHeight(60);
    m_tabs = new QTabBar;
    m_tabs->setDrawBase(false);
    m_tabs->setAccessibleName(tr("Numbers of the evidence"));
    m_tabs->setTabToolTip(m_tabs->addTab(tr("Pixels")), tr("How far looks and movement differ from the reference, in grey levels"));
    m_tabs->setTabToolTip(m_tabs->addTab(tr("Judge")), tr("Factors of the built-in datasets, as a network reads them off the clip and off the reference"));
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_numbers);
    m_pages->addWidget(scroll);
    m_pages->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    layout->addWidget(m_tabs);
    layout->addWidget(m_pages);

    m_flowDelay.setSingleShot(true);
    m_flowDelay.setInterval(150);
    connect(&m_flowDelay, &QTimer::timeout, this, [this] {
        std::vector<ClipPtr> clips;
        if (picture() == Picture::Flow) clips = {m_clip, m_reference};
        if (picture() == Picture::ReferenceFlow) clips = {m_reference, m_clip};
        m_flow.want(clips);
        showPicture();
    });
    connect(&m_flow, &FlowController::ready, this, [this] {
        m_flowProblem.clear();
        showPicture();
    });
    connect(&m_flow, &FlowController::failed, this, [this](const QString& problem) {
        m_flowProblem = problem;
        showPicture();
    });
    connect(m_picture, &QComboBox::currentIndexChanged, this, [this] {
        m_gain->setEnabled(picture() == Picture::Difference);
        m_flowProblem.clear();
        m_coloured.reset();
        wantFlow();
        showPicture();
        tell();
    });
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int page) {
        m_pages->setCurrentIndex(page);
        if (wantsJudgement()) Q_EMIT judgementWanted();
    });
    connect(m_set, &QPushButton::clicked, this, &EvidencePanel::referenceWanted);
    connect(m_gain, &QComboBox::currentIndexChanged, this, &EvidencePanel::measure);
    connect(m_axis, &QComboBox::currentIndexChanged, this, &EvidencePanel::reslice);
    connect(m_place, &QSlider::valueChanged, this, &EvidencePanel::reslice);
    tell();
    tellJudgement();
}

EvidencePanel::Picture EvidencePanel::picture() const { return static_cast<Picture>(m_picture->currentData().toInt()); }
void EvidencePanel::setPicture(Picture picture) { m_picture->setCurrentIndex(m_picture->findData(static_cast<int>(picture))); }
bool EvidencePanel::wantsJudgement() const { return m_tabs->currentIndex() == 1 && !isHidden(); }
QString EvidencePanel::judgement() const { return m_judgement->text(); }

void EvidencePanel::wantFlow()
{
    m_flowDelay.start();  // a slider in motion waits until it pauses
}

void EvidencePanel::showPicture()
{
    const bool flow = picture() != Picture::Difference;
    m_legend->setVisible(flow);
    m_difference->setCaption(picture() == Picture::Flow ? tr("Optical flow") : flow ? tr("Optical flow of the reference") : tr("Difference to the reference"));
    if (!flow) {
        m_difference->setPlaceholder(tr("No reference"));
        m_difference->setStale(false);
        return m_difference->setClip(m_differenceClip);
    }
    const ClipPtr of = picture() == Picture::Flow ? m_clip : m_reference;
    m_difference->setPlaceholder(!m_flowProblem.isEmpty() ? m_flowProblem : of ? tr("Computing the optical flow…") : tr("No reference"));
    if (!of || !m_flowProblem.isEmpty()) return m_difference->setClip(nullptr);
    const FlowController::FlowPtr own = m_flow.flow(of);
    m_difference->setStale(!own);  // the old picture stays until the new one is there
    if (!own) return;
    // one scale for the clip and the reference, so that their pictures can be compared
    const FlowController::FlowPtr other = m_flow.flow(of == m_clip ? m_reference : m_clip);
    m_colouring.run([own, other](std::stop_token) {
        const double full = std::max({0.5, own->percentile99(), other ? other->percentile99() : 0.0});
        const bool alike = other && other->height == own->height && other->width == own->width;
        return Coloured{std::make_shared<const kinora::Frames>(flowHues(*own, full)), full, own->meanLength(), alike ? std::optional(other->meanLength()) : std::nullopt, alike ? flowDistance(*own, *other) : 0};
    }, [this, turn = ++m_flowTurn](const kinora::Outcome<Coloured>& outcome) {
        if (turn != m_flowTurn || picture() == Picture::Difference || !outcome) return;
        m_coloured = outcome.value();
        m_legend->setFullPx(m_coloured->fullPx);
        m_difference->setClip(m_coloured->clip);
        tell();
    });
}

void EvidencePanel::setJudgement(const JudgedClips& judged)
{
    m_judged = judged;
    m_noJudgement.clear();
    tellJudgement();
}

void EvidencePanel::setNoJudgement(const QString& why)
{
    m_judged.reset();
    m_noJudgement = why;
    tellJudgement();
}

void EvidencePanel::tellJudgement()
{
    if (!m_judged) return m_judgement->setText(m_noJudgement.isEmpty() ? tr("The judge is asked…") : m_noJudgement.toHtmlEscaped());
    const QLocale locale;
    const JudgedClips& judged = *m_judged;
    const bool compared = judged.readings.size() > 1;
    struct Count {
        int factors = 0, changed = 0;
    } appearance, motion;
    QString rows;
    for (std::size_t k = 0; k < judged.factors.size(); ++k) {
        const JudgedFactor& factor = judged.factors[k];
        const auto shown = [&](double value) {
            if (factor.categories.empty()) return locale.toString(value, 'g', 3);
            const auto index = static_cast<std::size_t>(std::max(0.0, value));
            return index < factor.categories.size() ? catalogueText(factor.categories[index]) : QStringLiteral("–");
        };
        const bool usable = factor.skill >= kUsableSkill, isAppearance = factor.role == "appearance";
        const double now = judged.readings[0][k], then = compared ? judged.readings[1][k] : now;
        // the change as a share of what two independent clips of the dataset differ by, as the judge reads them
        const double share = factor.categories.empty() ? (factor.spread > 0 ? (now - then) * (now - then) / factor.spread : 0) : now != then;
        const bool changed = usable && share > std::max(kChanged, factor.floor);
        if (usable) {
            Count& count = isAppearance ? appearance : motion;
            ++count.factors;
            count.changed += changed;
        }
        const bool leak = changed && ((m_changed == Changed::Appearance && !isAppearance) || (m_changed == Changed::Motion && isAppearance));
        const QString note = !usable ? tr("the judge does not know it well") : !compared ? QString() : leak ? tr("⚠ changed") : changed ? tr("changed") : tr("stayed");
        rows += QStringLiteral("<tr><td>%1&nbsp;</td><td>%2&nbsp;</td><td align='right'>%3&nbsp;</td><td align='right'><b>%4</b>&nbsp;</td><td>%5</td></tr>")
                    .arg(keyText(factor.name).toHtmlEscaped(), isAppearance ? tr("appearance") : tr("motion"), compared ? shown(then).toHtmlEscaped() : QString(), shown(now).toHtmlEscaped(), note);
    }
    QString verdict;
    if (compared) {
        const QString counts = tr("Changed: %1 of %2 appearance factors, %3 of %4 motion factors.").arg(appearance.changed).arg(appearance.factors).arg(motion.changed).arg(motion.factors);
        switch (m_changed) {
        case Changed::Nothing: verdict = tr("The codes are those of the reference."); break;
        case Changed::Appearance: verdict = tr("Only the appearance code was moved: no motion factor should change."); break;
        case Changed::Motion: verdict = tr("Only the motion code was moved: no appearance factor should change."); break;
        case Changed::Both: verdict = tr("Both codes were moved."); break;
        case Changed::Unknown: break;
        }
        verdict += QLatin1Char(' ') + counts;
    } else {
        verdict = tr("Set a reference of this length to see which factors change.");
    }
    m_judgement->setText(QStringLiteral("<p style='margin:0'>%1</p><table><tr><td><i>%2</i></td><td></td><td align='right'><i>%3</i>&nbsp;</td><td align='right'><i>%4</i>&nbsp;</td><td></td></tr>%5</table>")
                             .arg(verdict, QString::fromStdString(judged.dataset).toHtmlEscaped(), compared ? tr("reference") : QString(), tr("now"), rows));
}

void EvidencePanel::setClip(const ClipPtr& clip)
{
    m_clip = clip;
    m_set->setEnabled(clip != nullptr);
    measure();
    reslice();
    if (picture() != Picture::Difference) wantFlow();
    if (wantsJudgement()) Q_EMIT judgementWanted();
}

void EvidencePanel::setReference(const ClipPtr& reference)
{
    m_reference = reference;
    m_change.reset();
    measure();
    reslice();
    if (picture() != Picture::Difference) wantFlow();
    if (wantsJudgement()) Q_EMIT judgementWanted();
}

void EvidencePanel::setChanged(Changed changed)
{
    if (m_changed == changed) return;
    m_changed = changed;
    tell();
    tellJudgement();
}

void EvidencePanel::measure()
{
    const quint64 turn = ++m_turn;
    m_jobs.cancel();  // of a clip that has passed
    if (!m_clip) {
        m_energy->setEnergy({});
        m_differenceClip.reset();
        showPicture();
        m_change.reset();
        return tell();
    }
    struct Found {
        std::vector<double> energy;
        std::optional<ClipChange> change;
        ClipPtr difference;
    };
    const double gain = m_gain->currentData().toDouble();
    const bool same = m_reference && m_reference->width() == m_clip->width() && m_reference->height() == m_clip->height();
    m_jobs.run([clip = m_clip, reference = same ? m_reference : nullptr, gain](std::stop_token) {
        Found found{motionEnergy(*clip), {}, nullptr};
        if (reference) {
            found.change = clipChange(*clip, *reference);
            found.difference = std::make_shared<const kinora::Frames>(differenceClip(*clip, *reference, gain));
        }
        return found;
    }, [this, turn](const kinora::Outcome<Found>& outcome) {
        if (turn != m_turn || !outcome) return;
        m_energy->setEnergy(outcome.value().energy);
        m_change = outcome.value().change;
        m_differenceClip = outcome.value().difference;
        if (picture() == Picture::Difference) showPicture();
        tell();
    });
}

void EvidencePanel::reslice()
{
    const bool column = m_axis->currentIndex() == 1;
    const auto slice = [&](const ClipPtr& clip) -> ClipPtr {
        if (!clip || clip->empty()) return nullptr;
        const int most = (column ? clip->width() : clip->height()) - 1;
        return std::make_shared<const kinora::Frames>(timeSlice(*clip, static_cast<int>(std::lround(m_place->value() / 100.0 * most)), column));
    };
    m_slice->setSlices(slice(m_clip), slice(m_reference));
}

QString EvidencePanel::text() const { return m_numbers->text(); }

void EvidencePanel::tell()
{
    if (!m_change) {
        m_numbers->setText(m_reference ? QString() : tr("Set a reference, then move one code: what moved with it is measured here."));
        return;
    }
    const QLocale locale;
    const auto number = [&](double value, int digits) { return std::isfinite(value) ? locale.toString(value, 'f', digits) : QStringLiteral("–"); };
    const ClipChange& c = *m_change;
    QString what;
    switch (m_changed) {
    case Changed::Nothing: what = tr("The codes are those of the reference."); break;
    case Changed::Appearance: what = tr("Only the appearance code was moved: motion should stay."); break;
    case Changed::Motion: what = tr("Only the motion code was moved: looks should stay."); break;
    case Changed::Both: what = tr("Both codes were moved."); break;
    case Changed::Unknown: break;
    }
    const double ratio = c.referenceEnergy > 0 ? c.energy / c.referenceEnergy : std::numeric_limits<double>::quiet_NaN();
    const auto row = [](const QString& name, const QString& value, const QString& note) { return QStringLiteral("<tr><td>%1&nbsp;</td><td align='right'><b>%2</b>&nbsp;</td><td>%3</td></tr>").arg(name, value, note); };
    QString flow;
    if (picture() != Picture::Difference && m_coloured && m_coloured->other) {
        const bool swapped = picture() == Picture::ReferenceFlow;
        flow = row(tr("Optical flow"), tr("%1 px").arg(number(swapped ? *m_coloured->other : m_coloured->mean, 2)),
                   tr("a frame on average; the reference %1, and every pixel differs from it by %2").arg(number(swapped ? m_coloured->mean : *m_coloured->other, 2), number(m_coloured->distance, 2)));
    }
    m_numbers->setText((what.isEmpty() ? QString() : QStringLiteral("<p style='margin:0'>%1</p>").arg(what)) + QStringLiteral("<table>") +
                       row(tr("Looks"), number(c.still, 2), tr("grey levels: mean change of the picture averaged over time")) +
                       row(tr("Still pixels"), number(c.stillPixels, 2), tr("grey levels: the same where nothing moves in the reference (%1 % of it)").arg(number(100 * c.stillShare, 0))) +
                       row(tr("Movement"), number(c.moving, 2), tr("grey levels: mean change of what differs from that average")) +
                       row(tr("Motion energy"), std::isfinite(ratio) ? tr("× %1").arg(number(ratio, 2)) : QStringLiteral("–"), tr("of the reference's; its course over time correlates by %1").arg(number(c.energyCorrelation, 2))) +
                       flow + QStringLiteral("</table>"));
}
