"""One line of a report."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from shelfhook.model import Finding, Severity


@dataclass(frozen=True, slots=True)
class Row:
    """A finding, and whose it is.

    Attributes:
        job: id of the job that found it.
        host, library: names, or ids where no name is known.
        series: title of the item's series, or "".
        item_id, item: the host's id, and the file's name.
    """

    job: str
    host: str
    library: str
    series: str
    item_id: str
    item: str
    severity: Severity
    code: str
    place: str
    message: str
    remedy: str
    action: str

    @classmethod
    def of(
        cls,
        finding: Finding,
        *,
        job: str,
        host: str,
        library: str,
        series: str,
        item_id: str,
        item: str,
    ) -> Row:
        """The row of a finding."""
        return cls(
            job=job,
            host=host,
            library=library,
            series=series,
            item_id=item_id,
            item=item,
            severity=finding.severity,
            code=finding.code,
            place=finding.place,
            message=finding.message,
            remedy=finding.remedy,
            action=finding.action,
        )

    def texts(self) -> dict[str, str]:
        """All fields by name."""
        return {name: str(getattr(self, name)) for name in COLUMNS}

    def whole(self) -> Row:
        """The row fit for any encoding: lone surrogates and NUL are replaced."""
        broken = {name: text for name, text in self.texts().items() if not text.isprintable()}
        return replace(self, **{name: _whole(text) for name, text in broken.items()})  # type: ignore[arg-type] # a severity is printable


COLUMNS = tuple(field.name for field in fields(Row))
"""Names of the fields, in the order of the columns."""


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
