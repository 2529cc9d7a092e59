#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "widgets/views/option_form.h"

using namespace kinora;

class TestOptionForm final : public QObject {
    Q_OBJECT
private:
    static std::vector<OptionField> fields()
    {
        return {{"width", OptionType::Integer, std::int64_t(64), range(1, 512), "Channels", "system"},
                {"mode", OptionType::Text, std::string("a"), choices({"a", "b"}), "Kernels", "system"},
                {"attention", OptionType::Boolean, true, anything(), "Attend", "system"},
                {"learning_rate", OptionType::Real, 0.0002, range(0, 1), "Step size", "training"},
                {"note", OptionType::Text, std::string(), anything(), "Free", "training"}};
    }
    static void type(OptionForm& form, const std::string& key, const QString& text)
    {
        auto* edit = qobject_cast<NumberEdit*>(form.editor(key));
        QVERIFY(edit);
        edit->selectAll();
        QTest::keyClicks(edit, text);
    }

private Q_SLOTS:
    void showsDefaults()
    {
        OptionForm form;
        form.setFields(fields());
        QVERIFY(form.valid());
        QVERIFY(form.changedValues().empty());
        QCOMPARE(form.values().size(), 5U);
        QCOMPARE(std::get<std::int64_t>(form.values().at("width")), 64);
        QCOMPARE(std::get<double>(form.values().at("learning_rate")), 0.0002);
    }

    void marksWhatChanged()
    {
        OptionForm form;
        form.setFields(fields());
        form.show();
        QSignalSpy edited(&form, &OptionForm::edited);
        type(form, "width", QStringLiteral("16"));
        QVERIFY(edited.size() >= 1);
        qobject_cast<QCheckBox*>(form.editor("attention"))->click();
        qobject_cast<QComboBox*>(form.editor("mode"))->setCurrentIndex(1);
        const OptionValues changed = form.changedValues();
        QCOMPARE(changed.size(), 3U);
        QCOMPARE(std::get<std::int64_t>(changed.at("width")), 16);
        QCOMPARE(std::get<bool>(changed.at("attention")), false);
        QCOMPARE(std::get<std::string>(changed.at("mode")), std::string("b"));
        // the reset button of the row
        QToolButton* reset = nullptr;
        for (QToolButton* button : form.findChildren<QToolButton*>())
            if (button->accessibleName().contains(QStringLiteral("Width"))) reset = button;
        QVERIFY(reset && reset->isVisible());
        QTest::mouseClick(reset, Qt::LeftButton);
        QVERIFY(!form.changedValues().contains("width"));
        QVERIFY(!reset->isVisible());
        form.reset();
        QVERIFY(form.changedValues().empty());
    }

    void explainsWhatIsNotAllowed_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        QTest::newRow("too large") << "width" << "513" << "1 to 512";
        QTest::newRow("no number") << "width" << "wide" << "whole number";
        QTest::newRow("no whole number") << "width" << "3.5" << "whole number";
        QTest::newRow("empty") << "learning_rate" << " " << "from 0 to 1";
        QTest::newRow("negative") << "learning_rate" << "-1" << "from 0 to 1";
    }
    void explainsWhatIsNotAllowed()
    {
        QFETCH(QString, key);
        QFETCH(QString, text);
        QFETCH(QString, said);
        OptionForm form;
        form.setFields(fields());
        form.show();
        type(form, key.toStdString(), text);
        QVERIFY(!form.valid());
        QCOMPARE(form.problems().size(), 1);
        QVERIFY2(form.problems().first().contains(said), qPrintable(form.problems().first()));
        QVERIFY(!form.values().contains(key.toStdString()));
        form.reset();
        QVERIFY(form.valid());
    }

    void keepsForeignValuesVisible()
    {
        OptionForm form;
        form.setFields(fields());
        form.setValues({{"widht", std::int64_t(3)}, {"mode", std::string("z")}, {"learning_rate", std::int64_t(1)}});
        QVERIFY(!form.valid());
        const QString problems = form.problems().join(QLatin1Char('\n'));
        QVERIFY2(problems.contains(QStringLiteral("widht")) && problems.contains(QStringLiteral("'width'")), qPrintable(problems));
        QVERIFY(problems.contains(QStringLiteral("one of: a, b")));
        QCOMPARE(qobject_cast<QComboBox*>(form.editor("mode"))->currentText(), QStringLiteral("z"));
        QCOMPARE(std::get<double>(form.values().at("learning_rate")), 1.0);  // an integer stands for a real
        form.reset();
        QVERIFY(form.valid() && form.problems().isEmpty());
    }

    void appliesPresets()
    {
        OptionForm form;
        form.setFields(fields(), {{"small", "Small", {{"width", std::int64_t(8)}}}});
        type(form, "learning_rate", QStringLiteral("0.5"));
        form.applyPreset(0);
        QCOMPARE(form.changedValues().size(), 1U);
        QCOMPARE(std::get<std::int64_t>(form.changedValues().at("width")), 8);
        form.applyPreset(-1);
        QVERIFY(form.changedValues().empty());
    }

    void stepsByKey()
    {
        OptionForm form;
        form.setFields(fields());
        QTest::keyClick(form.editor("width"), Qt::Key_Up);
        QCOMPARE(std::get<std::int64_t>(form.values().at("width")), 65);
        QTest::keyClick(form.editor("learning_rate"), Qt::Key_Down);
        QCOMPARE(std::get<double>(form.values().at("learning_rate")), 0.00019);
        type(form, "width", QStringLiteral("512"));
        QTest::keyClick(form.editor("width"), Qt::Key_Up);
        QCOMPARE(std::get<std::int64_t>(form.values().at("width")), 512);
    }

    void everyEditorHasANameAndHelp()
    {
        OptionForm form;
        form.setFields(fields());
        for (const OptionField& field : fields()) {
            QVERIFY(!form.editor(field.key)->accessibleName().isEmpty());
            QVERIFY(form.editor(field.key)->toolTip().contains(QString::fromStdString(field.key)));
        }
    }

    void manyFieldsCanBeFound()
    {
        std::vector<OptionField> fields;
        for (int i = 0; i < 20; ++i) fields.push_back({"field_" + std::to_string(i), OptionType::Integer, std::int64_t(i), range(0, 99), i == 7 ? "Steps of a warm start" : "A number", "training"});
        OptionForm form;
        form.setFields(fields);
        form.show();
        auto* find = form.findChild<QLineEdit*>(QStringLiteral("find an option"));
        QVERIFY(find && find->isVisible());
        QTest::keyClicks(find, QStringLiteral("warm"));
        QVERIFY(form.editor("field_7")->isVisible() && !form.editor("field_8")->isVisible());
        QCOMPARE(form.values().size(), 20U);  // hidden is not left out
        find->clear();
        QVERIFY(form.editor("field_8")->isVisible());
        form.setFields({fields[0], fields[1]});
        QVERIFY(!find->isVisible());
    }
};

QTEST_MAIN(TestOptionForm)
#include "tst_option_form.moc"
