#include "widgets/views/evidence_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/controllers/clip_analysis.h"
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

EvidencePanel::EvidencePanel(ClipClock& clock, QWidget* parent) : QWidget(parent), m_clock(clock)
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
    pictures->addWidget(m_slice, 1);
    auto* tools = new QHBoxLayout;
    tools->addWidget(m_set);
    tools->addWidget(m_gain);
    tools->addWidget(m_axis);
    tools->addWidget(m_place, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(pictures, 1);
    layout->addLayout(tools);
    layout->addWidget(m_energy);
    layout->addWidget(m_numbers);

    connect(m_set, &QPushButton::clicked, this, &EvidencePanel::referenceWanted);
    connect(m_gain, &QComboBox::currentIndexChanged, this, &EvidencePanel::measure);
    connect(m_axis, &QComboBox::currentIndexChanged, this, &EvidencePanel::reslice);
    connect(m_place, &QSlider::valueChanged, this, &EvidencePanel::reslice);
    tell();
}

void EvidencePanel::setClip(const ClipPtr& clip)
{
    m_clip = clip;
    m_set->setEnabled(clip != nullptr);
    measure();
    reslice();
}

void EvidencePanel::setReference(const ClipPtr& reference)
{
    m_reference = reference;
    m_change.reset();
    measure();
    reslice();
}

void EvidencePanel::setChanged(Changed changed)
{
    m_changed = changed;
    tell();
}

void EvidencePanel::measure()
{
    const quint64 turn = ++m_turn;
    m_jobs.cancel();  // of a clip that has passed
    if (!m_clip) {
        m_energy->setEnergy({});
        m_difference->setClip(nullptr);
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
        m_difference->setClip(outcome.value().difference);
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
    m_numbers->setText((what.isEmpty() ? QString() : QStringLiteral("<p style='margin:0'>%1</p>").arg(what)) + QStringLiteral("<table>") +
                       row(tr("Looks"), number(c.still, 2), tr("grey levels: mean change of the picture averaged over time")) +
                       row(tr("Still pixels"), number(c.stillPixels, 2), tr("grey levels: the same where nothing moves in the reference (%1 % of it)").arg(number(100 * c.stillShare, 0))) +
                       row(tr("Movement"), number(c.moving, 2), tr("grey levels: mean change of what differs from that average")) +
                       row(tr("Motion energy"), std::isfinite(ratio) ? tr("× %1").arg(number(ratio, 2)) : QStringLiteral("–"), tr("of the reference's; its course over time correlates by %1").arg(number(c.energyCorrelation, 2))) +
                       QStringLiteral("</table>"));
}
