# SPDX-License-Identifier: GPL-3.0-or-later
"""The widget in calibre's Preferences, Plugins, Customise. The only module that needs Qt."""

from __future__ import annotations

from collections.abc import Mapping

from qt.core import QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from .delivery import test
from .settings import Settings, WrongSettings, resolve

FIELDS = {
    "url": ("Shelfhook's URL", "http://shelfhook.local:8790"),
    "host": ("Name of this calibre in Shelfhook", "calibre"),
    "token": ("Token (hook_token)", ""),
    "secret": ("or secret (hook_secret)", "whsec_…"),
    "ca_file": ("CA file", "only for a certificate of your own"),
}
"""Each setting's label, and what an empty field shows."""
HIDDEN = ("token", "secret")


class Form(QWidget):  # type: ignore[misc] # Qt comes with calibre, without type information
    """A line for each setting, and a button to try them.

    Args:
        stored: what was saved before.
        environment: what counts more than this form.
        baked: what counts where a field is empty.
    """

    def __init__(
        self,
        stored: Mapping[str, str],
        environment: Mapping[str, str],
        baked: Mapping[str, str],
    ) -> None:
        super().__init__()
        self._environment, self._baked = environment, baked
        self._kept = {key: stored.get(key) or "" for key in ("token_file", "secret_file")}
        layout = QFormLayout(self)
        self._lines = {key: self._line(key, stored.get(key) or "") for key in FIELDS}
        for key, line in self._lines.items():
            layout.addRow(FIELDS[key][0], line)
        button = QPushButton("Send a test")
        button.clicked.connect(self.try_out)
        self.told = QLabel()
        self.told.setWordWrap(True)
        layout.addRow(button, self.told)

    def _line(self, key: str, value: str) -> QLineEdit:
        line = QLineEdit(value)
        line.setPlaceholderText(self._baked.get(key, "") or FIELDS[key][1])
        if key in HIDDEN:
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setPlaceholderText("set in the zip" if self._baked.get(key) else FIELDS[key][1])
        return line

    def values(self) -> dict[str, str]:
        """What stands in the lines."""
        return {key: line.text().strip() for key, line in self._lines.items()}

    def validate(self) -> bool:
        """Whether it can be saved; says why not."""
        try:
            self._settings()
        except WrongSettings as error:
            self.told.setText(str(error))
            return False
        return True

    def try_out(self) -> None:
        """Send a test that causes nothing, and say what came of it. Takes seconds at most."""
        if self.validate():
            self.told.setText(test(self._settings()) or "Shelfhook takes deliveries.")

    def _settings(self) -> Settings:
        return resolve(self._environment, {**self._kept, **self.values()}, self._baked)
