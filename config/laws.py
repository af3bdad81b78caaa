"""Laws that hold by region: who must be told of a recording, and that they speak with an AI.

Data, read once. An entry holds for a region: a country ("US"), a part of one ("US-FL"), or
"elsewhere". What a part says takes the place of what its country says.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.calling_rules import ELSEWHERE, Certain

RECORDING = Path(__file__).with_name("recording_laws")
DISCLOSURE = Path(__file__).with_name("disclosure_laws")


class LawsError(Exception):
    """A file of laws is wrong: one sentence says where and what."""


class Law(BaseModel):
    """What holds in one region."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str
    needed: bool  # the other party must be told
    law: str = Field(min_length=1)  # where it stands
    certain: Certain
    source: str = Field(min_length=1)  # by whom we know of it
    checked: date  # when that was last looked at
    since: date | None = None  # in force, where that is of late


@dataclass(frozen=True, kw_only=True, eq=False)
class Laws:
    """All laws of one kind, by region."""

    by_region: Mapping[str, Law]

    def of(self, region: str) -> tuple[Law, ...]:
        """Those that hold for somebody in `region`.

        "US-FL": that of Florida, or of the US where Florida has none. "US": the part is not known,
        so that of every part. A country without laws: that for elsewhere.
        """
        country, _, part = region.partition("-")
        if country not in self.by_region:
            return (self.by_region[ELSEWHERE],)
        if part:
            return (self.by_region.get(region, self.by_region[country]),)
        parts = (law for name, law in self.by_region.items() if name.startswith(f"{country}-"))
        return (self.by_region[country], *parts)

    def that_need_it(self, regions: Iterable[str]) -> tuple[Law, ...]:
        """Of the laws that hold in any of these regions, those by which the other party must be
        told. No region: the place is not known, and the strictest holds.
        """
        known = tuple(regions)
        holding = [law for region in known for law in self.of(region)]
        if not known:
            holding = list(self.by_region.values())
        return tuple(dict.fromkeys(law for law in holding if law.needed))


@lru_cache(maxsize=2)
def load_laws(folder: Path) -> Laws:
    """The laws of one folder. Raises LawsError, naming the file, the region and the field."""
    laws: dict[str, Law] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise LawsError(f"{path}: {error}") from error
        for region, table in tables.items():
            if region in laws:
                raise LawsError(f"{path}: {region} is in another file already")
            try:
                laws[region] = Law.model_validate({"region": region, **table})
            except (ValidationError, TypeError) as error:
                raise LawsError(f"{path}: {region}: {error}") from error
    if ELSEWHERE not in laws:
        raise LawsError(f"{folder} does not say what holds elsewhere")
    return Laws(by_region=MappingProxyType(laws))
