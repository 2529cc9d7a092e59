#include "widgets/views/direction_text.h"

#include <QCoreApplication>

#include "widgets/text.h"

QString directionName(const DirectionSet& set, std::size_t k)
{
    switch (set.kind(k)) {
    case DirectionKind::Principal: return QCoreApplication::translate("directions", "principal %1").arg(set.number(k));
    case DirectionKind::ClosedForm: return QCoreApplication::translate("directions", "closed form %1").arg(set.number(k));
    case DirectionKind::Saved: return k < set.names.size() ? QString::fromStdString(set.names[k]) : QString();
    }
    return {};
}

QString directionText(const kinora::Control& control, const DirectionSet& set, std::size_t k) { return QStringLiteral("%1 · %2").arg(catalogueText(control.name), directionName(set, k)); }

QString directionKey(const kinora::Control& control, const DirectionSet& set, std::size_t k)
{
    const QString id = QString::fromStdString(control.id);
    switch (set.kind(k)) {
    case DirectionKind::Principal: return QStringLiteral("%1/principal/%2").arg(id).arg(set.number(k));
    case DirectionKind::ClosedForm: return QStringLiteral("%1/closed_form/%2").arg(id).arg(set.number(k));
    case DirectionKind::Saved: return QStringLiteral("%1/saved/%2").arg(id, k < set.names.size() ? QString::fromStdString(set.names[k]) : QString());
    }
    return id;
}
