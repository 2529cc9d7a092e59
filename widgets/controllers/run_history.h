#pragma once
#include <QString>
#include <map>
#include <string>

#include "widgets/controllers/run_monitor.h"

/// An event of a run's history in words: "Learning rate of G set to 0.0001".
QString eventText(const nlohmann::json& event);
/// Whether a person looking for what changed a run should see it at once: settings, forks, resumes, alarms; not metrics or pauses.
bool eventMatters(const nlohmann::json& event);

/// The settings that may have been changed since the start, by the keys that requests use, as texts: those of the configuration, then what was asked for and
/// granted, without what a resume from an earlier step has undone.
std::map<std::string, std::string> presentSettings(const kinora::RunConfig& config, const RunHistory& history);
