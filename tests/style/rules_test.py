#!/usr/bin/env python3
"""The rules themselves: one wrong line is enough, and what is right passes."""
import unittest

import arrows
import no_qt
import words


class Arrows(unittest.TestCase):
    def wrong(self, path, line):
        self.assertIsNotNone(arrows.violation(path, line), f"{path}: {line}")

    def right(self, path, line):
        self.assertIsNone(arrows.violation(path, line), f"{path}: {line}")

    def test_wrong_ways(self):
        self.wrong("engine/core/routing/plan.cpp", '#include "engine/ports/clock.h"')
        self.wrong("engine/core/routing/plan.cpp", "#include <boost/asio/awaitable.hpp>")
        self.wrong("engine/protocol/http/head.h", "#include <boost/asio.hpp>")
        self.wrong("engine/flow/journey.cpp", '#include "engine/adapters/asio/stream.h"')
        self.wrong("engine/flow/journey.cpp", '#include "engine/control/overrides.h"')
        self.wrong("engine/base/result.h", '#include "engine/core/config/config.h"')
        self.wrong("engine/api/gateway.h", '#include "engine/core/config/config.h"')
        self.wrong("engine/flow/journey.cpp", '#include "signalbox/v1/control.pb.h"')
        self.wrong("engine/host/host.cpp", "#include <QString>")
        self.wrong("app/gateway/main.cpp", "#include <QtCore/QString>")
        self.wrong("engine/host/host.cpp", '#include "app/gateway/main.h"')
        self.wrong("ui/pages/page.cpp", '#include "engine/core/config/config.h"')
        self.wrong("engine/core/config/x.cpp", '#include "config.h"')

    def test_right_ways(self):
        self.right("engine/core/routing/plan.cpp", '#include "engine/core/routing/plan.h"')
        self.right("engine/flow/journey.cpp", '#include "engine/core/routing/plan.h"')
        self.right("engine/protocol/http/head.cpp", "#include <boost/beast/http.hpp>")
        self.right("engine/control/service.cpp", '#include "signalbox/v1/control.pb.h"')
        self.right("ui/pages/page.cpp", '#include "engine/api/gateway.h"')
        self.right("ui/pages/page.cpp", "#include <QWidget>")
        self.right("app/console/main.cpp", '#include "engine/host/host.h"')
        self.right("engine/core/x.cpp", "#include <string>")
        self.right("engine/core/x.cpp", "// see engine/ports/clock.h")


class Words(unittest.TestCase):
    def count(self, path, *lines):
        return len(list(words.word_violations(path, lines)))

    def test_wrong_places(self):
        self.assertEqual(1, self.count("engine/flow/a.cpp", "auto t = std::chrono::steady_clock::now();"))
        self.assertEqual(1, self.count("engine/core/a.cpp", "std::random_device device;"))
        self.assertEqual(1, self.count("engine/control/a.cpp", "std::thread worker;"))
        self.assertEqual(1, self.count("tests/unit/a.cpp", "std::this_thread::sleep_for(1ms);"))
        self.assertEqual(1, self.count("tests/ui/a.cpp", "QTest::qWait(100);"))
        self.assertEqual(1, self.count("ui/pages/a.cpp", "dialog.exec();"))
        self.assertEqual(1, self.count("ui/pages/a.cpp", "socket.waitForConnected();"))
        self.assertEqual(1, self.count("engine/core/a.cpp", "// TODO later"))
        self.assertEqual(1, self.count("tests/a.py", "path = '/root/x'"))

    def test_right_places(self):
        self.assertEqual(0, self.count("engine/adapters/asio/a.cpp", "auto t = std::chrono::steady_clock::now();"))
        self.assertEqual(0, self.count("engine/flow/a.cpp", "// never steady_clock::now() here"))
        self.assertEqual(0, self.count("app/console/main.cpp", "return app.exec();"))
        self.assertEqual(0, self.count("ui/pages/a.cpp", "std::thread::id id;"))

    def test_sizes(self):
        self.assertEqual(1, len(list(words.size_violations("a.cpp", ["x" * 121]))))
        self.assertEqual(1, len(list(words.size_violations("a.h", ["x"] * 252))))
        self.assertEqual(1, len(list(words.size_violations("a.cpp", ["void f() {"] + ["    x();"] * 71 + ["}"]))))
        self.assertEqual(0, len(list(words.size_violations("a.cpp", ["void f() {"] + ["    x();"] * 69 + ["}"]))))
        self.assertEqual(0, len(list(words.size_violations("a.h", ["class A {"] + ["    x();"] * 100 + ["};"]))))


class NoQt(unittest.TestCase):
    def test_symbols(self):
        self.assertTrue(no_qt.QT_SYMBOL.search("_ZN7QString4sizeEv"))
        self.assertFalse(no_qt.QT_SYMBOL.search("_ZN9signalbox5Queue4sizeEv"))


if __name__ == "__main__":
    unittest.main()
