"""What a sandbox can be told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Login:
    """One account: its e-mail, its password and perhaps an API key."""

    email: str
    password: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, api_key: str | None = None) -> "Login":
        """Read `email:password`; a password may itself hold colons."""
        email, separator, password = text.partition(":")
        if not (email and separator and password):
            raise ValueError("a user is written as email:password")
        return cls(email, password, api_key)


@dataclass(frozen=True)
class WebhookTarget:
    """Where the end of a scan is announced, and how the announcement is signed."""

    url: str
    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)  # Standard Webhooks: "whsec_" and base64
    attempts: int = 6
    backoff_s: float = 0.5


@dataclass(frozen=True)
class Options:
    """Everything about one sandbox; the defaults suit a test."""

    folders: tuple[Path, ...] = ()  # each becomes a library named after its folder
    books: int = 0  # synthetic books, in memory, without files
    synthetic_libraries: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    base_path: str = ""
    admin: Login = field(
        default_factory=lambda: Login("admin@example.org", "admin-password", "sandbox-admin-key")
    )
    reader: Login = field(
        default_factory=lambda: Login("reader@example.org", "reader-password", "sandbox-reader-key")
    )
    webhook: WebhookTarget | None = None
    journal_file: Path | None = None
    journal_size: int = 200_000
    heartbeat_s: float = 15.0
    task_status_s: float = 10.0
    send_nulls: bool = False  # Komga writes absent optional fields as null; its contract omits them

    def __post_init__(self) -> None:
        if self.base_path and (not self.base_path.startswith("/") or self.base_path.endswith("/")):
            raise ValueError("a base path begins with / and does not end with it")
