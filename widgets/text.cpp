#include "widgets/text.h"

#include <QAbstractButton>
#include <QAction>
#include <QCoreApplication>
#include <QFile>
#include <QGuiApplication>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

static void initResources()  // outside any namespace, as the macro demands
{
    Q_INIT_RESOURCE(kinora);
}

namespace {

/// Draws an SVG whose colour is "currentColor" in the palette's text colour of the moment.
class ThemedIconEngine final : public QIconEngine {
public:
    explicit ThemedIconEngine(QString name) : m_name(std::move(name)) {}
    QIconEngine* clone() const override { return new ThemedIconEngine(m_name); }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        const qreal scale = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        const QPixmap picture = pixmap((QSizeF(rect.size()) * scale).toSize(), mode, state);
        painter->drawPixmap(rect, picture);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QGuiApplication::palette();
        const QColor colour = mode == QIcon::Disabled   ? palette.color(QPalette::Disabled, QPalette::WindowText)
                              : mode == QIcon::Selected ? palette.color(QPalette::HighlightedText)
                                                        : palette.color(QPalette::Active, QPalette::WindowText);
        const QString key = QStringLiteral("kinora/%1/%2/%3x%4").arg(m_name, colour.name(QColor::HexArgb)).arg(size.width()).arg(size.height());
        QPixmap picture;
        if (QPixmapCache::find(key, &picture)) return picture;
        QFile file(QStringLiteral(":/icons/%1.svg").arg(m_name));
        picture = QPixmap(size);
        picture.fill(Qt::transparent);
        if (file.open(QIODevice::ReadOnly)) {
            QSvgRenderer renderer(file.readAll().replace("currentColor", colour.name().toLatin1()));
            QPainter painter(&picture);
            painter.setOpacity(colour.alphaF());
            renderer.render(&painter);
        }
        QPixmapCache::insert(key, picture);
        return picture;
    }
    bool isNull() override { return !QFile::exists(QStringLiteral(":/icons/%1.svg").arg(m_name)); }

private:
    QString m_name;
};

class Texts {
    Q_DECLARE_TR_FUNCTIONS(Texts)
public:
    static QString of(kinora::ErrorCode code)
    {
        using kinora::ErrorCode;
        switch (code) {
        case ErrorCode::Usage: return tr("Not possible");
        case ErrorCode::NotFound: return tr("Not found");
        case ErrorCode::Damaged: return tr("Damaged or foreign file");
        case ErrorCode::CannotRead: return tr("Cannot be read");
        case ErrorCode::CannotWrite: return tr("Cannot be written");
        case ErrorCode::DiskFull: return tr("The disk is full");
        case ErrorCode::Locked: return tr("In use");
        case ErrorCode::DecodeFailed: return tr("Cannot be decoded");
        case ErrorCode::ShapeMismatch: return tr("Does not fit");
        case ErrorCode::Incompatible: return tr("Not compatible");
        case ErrorCode::Numerical: return tr("Numerical failure");
        case ErrorCode::OutOfMemory: return tr("Out of memory");
        case ErrorCode::DeviceUnavailable: return tr("Device not available");
        case ErrorCode::CheckFailed: return tr("Check failed");
        case ErrorCode::Cancelled: return tr("Cancelled");
        case ErrorCode::EngineLost: return tr("The engine was lost");
        case ErrorCode::Internal: break;
        }
        return tr("Internal error");
    }
    static QString both(const QString& what, const QString& detail) { return tr("%1: %2", "kind of error: detail").arg(what, detail); }
};

}  // namespace

QString catalogueText(const QString& english) { return english.isEmpty() ? english : QCoreApplication::translate("catalogue", english.toUtf8().constData()); }

QString choiceText(const std::string& choice) { return QCoreApplication::translate("catalogue", choice.c_str(), "choice"); }

QString keyText(const std::string& key)
{
    const QString translated = QCoreApplication::translate("catalogue", key.c_str());
    if (translated.toStdString() != key) return translated;
    QString words = QString::fromStdString(key).replace(QLatin1Char('_'), QLatin1Char(' '));
    if (!words.isEmpty()) words[0] = words[0].toUpper();
    return words;
}

QString errorText(const kinora::Error& error)
{
    const QString detail = QString::fromUtf8(error.what());
    return detail.isEmpty() ? Texts::of(error.code()) : Texts::both(Texts::of(error.code()), detail);
}

QIcon themedIcon(const QString& name)
{
    static const bool ready = (initResources(), true);
    Q_UNUSED(ready);
    return QIcon(new ThemedIconEngine(name));
}

void bindButton(QAbstractButton* button, QAction* action)
{
    QObject::connect(button, &QAbstractButton::clicked, action, &QAction::trigger);
    QObject::connect(action, &QAction::enabledChanged, button, &QWidget::setEnabled);
    button->setEnabled(action->isEnabled());
}

QString toQString(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }
std::filesystem::path toPath(const QString& path) { return std::filesystem::path(path.toStdString()); }
