"""The places under a data directory, each named once.

Here: paths. Not here: anything that opens, reads or writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything of one data directory stands (interface: files under the data directory)."""

    root: Path
    tenant: str

    @property
    def raw(self) -> Path:
        """Rows as received, by feed and tenant."""
        return self.root / "raw"

    @property
    def lake(self) -> Path:
        """Typed Parquet, by table and tenant."""
        return self.root / "lake"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that analysts open."""
        return self.root / "unite.duckdb"

    @property
    def report(self) -> Path:
        """The report, for people who do not open databases."""
        return self.root / "report" / "index.html"

    @property
    def state(self) -> Path:
        """Request ledger and access token."""
        return self.root / "state.db"

    @property
    def login_token(self) -> Path:
        """The long-lived secret that `provision` obtained."""
        return self.root / "login_token"

    @property
    def locks(self) -> Path:
        """Empty files that kernel locks are taken on."""
        return self.root / "locks"

    @property
    def identity(self) -> Path:
        """Which account this data directory belongs to."""
        return self.root / "account.json"

    @property
    def dagster(self) -> Path:
        """The Dagster instance."""
        return self.root / "dagster"

    @property
    def audio(self) -> Path:
        """Sound of this tenant's recordings, by month; personal data, for its owner's eyes only."""
        return self.root / "audio" / f"tenant={self.tenant}"

    def feed(self, feed: str) -> Path:
        """The raw folder of one feed of this tenant."""
        return self.raw / feed / f"tenant={self.tenant}"

    def table(self, table: str) -> Path:
        """The lake folder of one table of this tenant."""
        return self.lake / table / f"tenant={self.tenant}"
