#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLineEdit>
#include <QProgressDialog>
#include <QSignalSpy>
#include <QSpinBox>
#include <QtTest>
#include <filesystem>

#include "core/export/read_back.h"
#include "core/util/error.h"
#include "core/util/random.h"
#include "tests/widgets/window_test_support.h"
#include "widgets/clip_view/clip_copy.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/views/export_dialog.h"

using namespace kinora;

namespace {
Frames noise(int frames, int side, std::uint64_t seed = 1)
{
    Frames clip(frames, side, side);
    Random random(seed);
    for (std::uint8_t& byte : clip.bytes()) byte = static_cast<std::uint8_t>(random.below(256));
    return clip;
}
FigureClips pair() { return {{noise(4, 16, 1), noise(4, 16, 2)}, 1, 2, {"A"}, {"M 1", "M 2"}}; }
}  // namespace

class TestExportDialog final : public QObject {
    Q_OBJECT
    TestHome m_home;
    static QComboBox* boxWith(const QDialog& dialog, const char* data)
    {
        for (QComboBox* box : dialog.findChildren<QComboBox*>())
            if (box->findData(QLatin1String(data)) >= 0) return box;
        return nullptr;
    }
private Q_SLOTS:
    void tellsTheSizeAndWritesJustThat()
    {
        ExportDialog dialog({QStringLiteral("The clip"), QStringLiteral("The pair")}, {QStringLiteral("one"), QStringLiteral("two")}, 10, 2);
        dialog.setClips({[] { return FigureClips{{noise(4, 16)}, 1, 1, {}, {}}; }, [] { return pair(); }});
        dialog.setTarget(m_home.path(QStringLiteral("size.gif")));
        QTRY_VERIFY_WITH_TIMEOUT(dialog.estimate().contains(QStringLiteral("about")), 10000);
        const QString one = dialog.estimate();
        dialog.setSubject(1);
        dialog.setTarget(m_home.path(QStringLiteral("size.gif")));
        QTRY_VERIFY_WITH_TIMEOUT(dialog.estimate().contains(QStringLiteral("about")) && dialog.estimate() != one, 10000);
        ExportController exports;
        QSignalSpy written(&exports, &ExportController::written);
        exports.write(dialog.job());
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, 10000);
        QCOMPARE(dialog.estimate(), ExportDialog::tr("about %1").arg(QLocale().formattedDataSize(written[0][1].toLongLong(), 2, QLocale::DataSizeSIFormat)));
        QCOMPARE(readBack(m_home.path(QStringLiteral("size.gif")).toStdString()).width(), 2 * (16 + 2 + 16));
    }
    /// Recipes hold codes and pictures: they can be longer than the picture itself.
    void theSizeIsThatWithTheRecipe()
    {
        ExportDialog dialog({QStringLiteral("The clip"), QStringLiteral("The pair")}, {QStringLiteral("one"), QStringLiteral("two")}, 10, 1);
        dialog.setClips({[] { return FigureClips{{noise(2, 8)}, 1, 1, {}, {}}; }, [] { return pair(); }});
        dialog.setTarget(m_home.path(QStringLiteral("recipe.gif")));
        QTRY_VERIFY_WITH_TIMEOUT(dialog.estimate().contains(QStringLiteral("about")), 10000);
        const QString bare = dialog.estimate();
        dialog.setComment([](ExportJob& job, int subject) {
            job.comment = [subject](const ExportOptions& taken) { return std::string(subject == 0 ? 20000 : 10, 'x') + std::to_string(taken.colours); };
        });
        QTRY_VERIFY_WITH_TIMEOUT(dialog.estimate().contains(QStringLiteral("about")), 10000);
        QVERIFY(dialog.estimate() != bare);
        ExportController exports;
        QSignalSpy written(&exports, &ExportController::written);
        exports.write(dialog.job());
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, 10000);
        const qint64 bytes = written[0][1].toLongLong();
        QVERIFY(bytes > 20000);
        QCOMPARE(dialog.estimate(), ExportDialog::tr("about %1").arg(QLocale().formattedDataSize(bytes, 2, QLocale::DataSizeSIFormat)));
        dialog.setSubject(1);
        QCOMPARE(dialog.job().comment({}), "xxxxxxxxxx" + std::to_string(ExportOptions{}.colours));
    }
    void whatIsChosenIsInTheJobAndComesBack()
    {
        {
            ExportDialog dialog({QStringLiteral("The pair")}, {QStringLiteral("two")}, 12.5, 3);
            dialog.setClips({[] { return pair(); }});
            boxWith(dialog, "sheet")->setCurrentIndex(boxWith(dialog, "sheet")->findData(QStringLiteral("sheet")));
            boxWith(dialog, "small")->setCurrentIndex(boxWith(dialog, "small")->findData(QStringLiteral("small")));
            boxWith(dialog, "black")->setCurrentIndex(boxWith(dialog, "black")->findData(QStringLiteral("black")));
            dialog.findChild<QCheckBox*>()->setChecked(true);
            dialog.setTarget(m_home.path(QStringLiteral("chosen.apng")));
            const ExportJob job = dialog.job();
            QCOMPARE(job.figure.layout, std::string("sheet"));
            QCOMPARE(job.figure.background, std::string("black"));
            QVERIFY(job.figure.labels);
            QCOMPARE(job.encoder.colours, std::int64_t(64));
            QCOMPARE(job.encoder.frameRateHz, 12.5);
            QCOMPARE(job.encoder.scale, 3.0);
            dialog.accept();
        }
        ExportDialog again({QStringLiteral("The clip")}, {QStringLiteral("name")}, 10, 1);
        QVERIFY(again.target().endsWith(QStringLiteral("name.apng")));  // the format and the folder
        QVERIFY(again.target().startsWith(m_home.path({})));
        QVERIFY(again.figure().labels && again.figure().background == "black");
        QCOMPARE(again.options().colours, std::int64_t(64));
        QCOMPARE(again.options().scale, 1.0);  // goes with the clip
    }
    void aCancelledExportLeavesNothing()
    {
        QWidget page;
        page.show();
        ExportController exports;
        showExportProgress(exports, &page);
        std::vector<ErrorCode> failed;
        connect(&exports, &ExportController::failed, this, [&failed](const QString&, const Error& error) { failed.push_back(error.code()); });
        QSignalSpy finished(&exports, &ExportController::finished), progressed(&exports, &ExportController::progressed);
        const QString target = m_home.path(QStringLiteral("large.gif")), second = m_home.path(QStringLiteral("second.gif"));
        exports.write([] { return noise(60, 256); }, target, {});
        exports.write([] { return noise(60, 256); }, second, {});
        QVERIFY(page.findChild<QProgressDialog*>());
        QTRY_VERIFY_WITH_TIMEOUT(progressed.size() > 1, 30000);
        exports.cancel();
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30000);
        QCOMPARE(failed, (std::vector<ErrorCode>{ErrorCode::Cancelled, ErrorCode::Cancelled}));
        QVERIFY(!QFile::exists(target) && !QFile::exists(second));
        QCOMPARE(QDir(m_home.path({})).entryList({QStringLiteral(".large*"), QStringLiteral(".second*")}, QDir::AllEntries | QDir::Hidden), QStringList());
        QTRY_VERIFY(!page.findChild<QProgressDialog*>());
        // and the next one goes through
        QSignalSpy written(&exports, &ExportController::written);
        exports.write([] { return noise(2, 8); }, target, {});
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, 10000);
    }
    void frameAndClipGoToTheClipboard()
    {
        ClipView view;
        const auto clip = std::make_shared<const Frames>(noise(3, 8));
        ClipPtr shown;
        addCopyActions(view, [&] { return shown; }, [] { return 1; }, [] { return 10.0; });
        auto* frame = view.findChild<QAction*>(QStringLiteral("copy_frame"));
        auto* gif = view.findChild<QAction*>(QStringLiteral("copy_clip"));
        QVERIFY(frame && gif && view.contextMenuPolicy() == Qt::ActionsContextMenu);
        QApplication::clipboard()->setText(QStringLiteral("before"));
        frame->trigger();  // nothing is shown
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("before"));
        shown = clip;
        frame->trigger();
        const QImage image = QApplication::clipboard()->image().convertToFormat(QImage::Format_RGB888);
        QCOMPARE(image.size(), QSize(8, 8));
        for (int y = 0; y < 8; ++y) QVERIFY(std::memcmp(image.constScanLine(y), clip->frame(1) + y * 24, 24) == 0);
        gif->trigger();
        const QList<QUrl> files = QApplication::clipboard()->mimeData()->urls();
        QCOMPARE(files.size(), 1);
        QCOMPARE(readBack(files.first().toLocalFile().toStdString()).count(), 3);
    }
};
QTEST_MAIN(TestExportDialog)
#include "tst_export_dialog.moc"
