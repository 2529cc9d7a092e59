#include "widgets/controllers/run_history.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>
#include <vector>

using namespace kinora;

namespace {
struct Words {
    Q_DECLARE_TR_FUNCTIONS(RunHistoryText)
};

// what a foreign line may hold must not throw
std::string plain(const nlohmann::json& event, const char* key)
{
    const auto found = event.find(key);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}
std::int64_t stepOf(const nlohmann::json& event)
{
    const auto found = event.find("step");
    return found != event.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

QString word(const nlohmann::json& event, const char* key)
{
    const auto found = event.find(key);
    if (found == event.end() || found->is_null()) return {};
    if (found->is_string()) return QString::fromStdString(found->get<std::string>());
    if (found->is_number_integer()) return QLocale().toString(static_cast<qint64>(found->get<std::int64_t>()));
    if (found->is_number()) return QLocale().toString(found->get<double>(), 'g', 6);
    return QString::fromStdString(found->dump());
}

/// "learning_rate/G" in words.
QString settingText(const QString& key)
{
    const QString of = key.section(QLatin1Char('/'), 1);
    if (key.startsWith(QLatin1String("learning_rate/"))) return Words::tr("Learning rate of %1").arg(of);
    if (key.startsWith(QLatin1String("loss_weight/"))) return Words::tr("Weight of the loss %1").arg(of);
    return key;
}

QString requestText(const nlohmann::json& event)
{
    const QString request = word(event, "request");
    if (request == QLatin1String("pause")) return Words::tr("Paused");
    if (request == QLatin1String("resume")) return Words::tr("Went on after a pause");
    if (request == QLatin1String("stop")) return Words::tr("Stop asked for");
    if (request == QLatin1String("checkpoint")) return Words::tr("Checkpoint asked for");
    if (request == QLatin1String("metric")) return Words::tr("Metrics asked for: %1").arg(word(event, "value"));
    if (request == QLatin1String("set")) return Words::tr("%1 set to %2").arg(settingText(word(event, "key")), word(event, "value"));
    return request;
}

QString listText(const nlohmann::json& event, const char* key)
{
    QStringList words;
    if (const auto found = event.find(key); found != event.end() && found->is_array())
        for (const auto& entry : *found)
            if (entry.is_string()) words.append(QString::fromStdString(entry.get<std::string>()));
    return words.join(QStringLiteral(", "));
}

QString actionText(const QString& action)
{
    if (action == QLatin1String("stop")) return Words::tr("the run stops");
    if (action == QLatin1String("roll_back")) return Words::tr("the run goes back to its last good checkpoint");
    if (action == QLatin1String("go_on")) return Words::tr("the run goes on");
    return action;
}
}  // namespace

QString eventText(const nlohmann::json& event)
{
    if (!event.is_object()) return QString::fromStdString(event.dump());
    const QString kind = word(event, "kind");
    if (kind == QLatin1String("start")) {
        QString text = Words::tr("Started: %1 on %2, %3 steps, seed %4, on %5").arg(word(event, "system"), word(event, "dataset"), word(event, "total_steps"), word(event, "seed"), word(event, "device"));
        if (!word(event, "host").isEmpty()) text += Words::tr(", host %1").arg(word(event, "host"));
        return text;
    }
    if (kind == QLatin1String("resume")) {
        QString text = Words::tr("Resumed, to %1 steps").arg(word(event, "total_steps"));
        if (const QString aside = word(event, "put_aside"); !aside.isEmpty()) text += Words::tr("; %1 later files were put aside").arg(aside);
        return text;
    }
    if (kind == QLatin1String("request")) return requestText(event);
    if (kind == QLatin1String("refused")) return Words::tr("Refused: %1 (%2)").arg(requestText(event), word(event, "problem"));
    if (kind == QLatin1String("bad_request")) return Words::tr("A request could not be read: %1").arg(word(event, "problem"));
    if (kind == QLatin1String("alarm")) {
        const QString action = actionText(word(event, "action"));
        return action.isEmpty() ? Words::tr("Alarm: %1").arg(word(event, "message")) : Words::tr("Alarm: %1; %2").arg(word(event, "message"), action);
    }
    if (kind == QLatin1String("alarm_over")) return Words::tr("Alarm over: %1").arg(word(event, "alarm"));
    if (kind == QLatin1String("roll_back")) return Words::tr("Went back from step %1 to this one; learning rates times %2").arg(word(event, "from"), word(event, "factor"));
    if (kind == QLatin1String("metric")) {
        QString text = Words::tr("%1 = %2").arg(word(event, "metric"), word(event, "value"));
        if (const QString protocol = word(event, "protocol"); !protocol.isEmpty()) text += QStringLiteral("  ") + protocol;
        return text;
    }
    if (kind == QLatin1String("metric_failed")) return Words::tr("%1 could not be measured: %2").arg(word(event, "metric"), word(event, "problem"));
    if (kind == QLatin1String("fork")) {
        const QString changed = listText(event, "changed");
        QString text = event.contains("to") ? Words::tr("Forked into %1").arg(word(event, "to")) : Words::tr("Forked from %1").arg(word(event, "from"));
        if (!changed.isEmpty()) text += Words::tr("; changed: %1").arg(changed);
        return text;
    }
    if (kind == QLatin1String("dataset")) return Words::tr("The dataset moved from %1 to %2").arg(word(event, "from"), word(event, "to"));
    if (kind == QLatin1String("best")) return Words::tr("Best so far: %1 = %2").arg(word(event, "metric"), word(event, "value"));
    if (kind == QLatin1String("nan")) return Words::tr("%1 is not a number").arg(word(event, "what"));
    if (kind == QLatin1String("finished")) return Words::tr("Finished");
    if (kind == QLatin1String("stopped")) return Words::tr("Stopped");
    if (kind == QLatin1String("failed")) return Words::tr("Failed: %1").arg(word(event, "message"));
    // of another version: as it stands
    nlohmann::json rest = event;
    for (const char* key : {"time", "kind", "step"}) rest.erase(key);
    return rest.empty() ? kind : kind + QLatin1Char(' ') + QString::fromStdString(rest.dump());
}

bool eventMatters(const nlohmann::json& event)
{
    if (!event.is_object()) return false;
    const std::string kind = plain(event, "kind"), request = plain(event, "request");
    if (kind == "request") return request == "set";
    return kind == "resume" || kind == "alarm" || kind == "roll_back" || kind == "fork" || kind == "dataset" || kind == "failed";
}

std::map<std::string, std::string> presentSettings(const RunConfig& config, const RunHistory& history)
{
    std::map<std::string, std::string> settings;
    for (const auto& [key, value] : config.trainingOptions) settings[key] = optionText(value);
    struct Change {
        std::int64_t step;
        std::string key, value;
    };
    std::vector<Change> changes;
    for (const nlohmann::json& event : history.events) {
        if (!event.is_object()) continue;
        const std::string kind = plain(event, "kind");
        const std::int64_t step = stepOf(event);
        if (kind == "resume") std::erase_if(changes, [step](const Change& change) { return change.step > step; });
        if (kind == "request" && plain(event, "request") == "set") changes.push_back({step, plain(event, "key"), plain(event, "value")});
    }
    for (const Change& change : changes) settings[change.key] = change.value;
    return settings;
}
