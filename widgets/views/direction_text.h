#pragma once
#include <QString>

#include "widgets/controllers/latent_state.h"

/// How a direction is named to a person: "Appearance · 2", "Motion · closed form 1", "Motion · wave".
QString directionText(const kinora::Control& control, const DirectionSet& set, std::size_t k);
/// The same without its control.
QString directionName(const DirectionSet& set, std::size_t k);
/// A name for settings: it finds the direction again after a restart, and the like one of another checkpoint.
QString directionKey(const kinora::Control& control, const DirectionSet& set, std::size_t k);
