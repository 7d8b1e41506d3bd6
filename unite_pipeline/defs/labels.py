"""What an asset's page says before anything ran: owners, tags, vendor's sections, fields, freshness, its source.

Here: labels put on assets that are defined elsewhere; they stand on definitions, where they cost a run nothing.
Not here: what a run tells (`metadata.py`).
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

import unite_pipeline
import unite_pipeline.warehouse
from unite_pipeline.defs import audio, lake, raw, report, vendor, warehouse
from unite_pipeline.defs.lineage import column_lineage
from unite_pipeline.defs.requests import PROOF
from unite_pipeline.lake.table import Table
from unite_pipeline.settings import Settings
from unite_pipeline.warehouse.checks.known import KNOWN_FIELDS
from unite_pipeline.warehouse.model import MODELS, WAREHOUSE_TABLES

PERSONAL_TAG = "personal-data"
_HOURLY = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=2), fail_window=timedelta(hours=4))
"""The refresh runs each hour: one that was left out is no news yet, two are, and four are a fault."""
_FRESH = (raw.CDR_LOGS, warehouse.key_of("calls"))
_PAGES = {
    raw.GROUP: "docs/api-coverage.md",
    lake.GROUP: "docs/dagster-ui.md",
    warehouse.GROUP: "docs/dagster-ui.md",
    report.GROUP: "docs/report.md",
    "audio": "docs/audio.md",
    "proof": "docs/dagster-ui.md",
}
"""The page of our documentation that a group's assets are explained on."""
_SQL = Path(unite_pipeline.warehouse.__file__).parent / "sql"
_FEEDS = {**raw.FEED_OF, audio.AUDIO: "audio"}
_MODELS = {model.table.name: model for model in MODELS}
_TABLES = {table.name: table for table in WAREHOUSE_TABLES}


def labelled(assets: Sequence[dg.AssetsDefinition], settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets with all that can be told of them without a run."""
    with_labels = dg.map_asset_specs(lambda spec: _labelled(spec, settings), assets)
    with warnings.catch_warnings():
        # Marked as beta; without them a page does not lead to the code that makes the asset.
        warnings.simplefilter("ignore", dg.BetaWarning)
        referenced: Sequence[Any] = [_with_code(each) for each in with_labels]
        if settings.git_url:
            package = Path(unite_pipeline.__file__).parent
            referenced = dg.link_code_references_to_git(
                referenced,
                git_url=settings.git_url,
                git_branch=settings.git_branch,
                file_path_mapping=dg.AnchorBasedFilePathMapping(package, package.name),
                platform="gitlab" if "gitlab" in settings.git_url else "github",
            )
    return [each for each in referenced if isinstance(each, dg.AssetsDefinition)]


def _with_code(definition: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset with the code that makes it: its SQL where there is some, and the function of its step.

    Dagster's own `with_source_code_references` knows neither, and names what a function is wrapped in.
    """
    computed: Any = definition.op.compute_fn
    step = inspect.unwrap(computed.decorated_fn)
    code = _at(Path(inspect.getfile(step)), inspect.getsourcelines(step)[1], step.__name__)

    def referenced(spec: dg.AssetSpec) -> dg.AssetSpec:
        layer, name = spec.key.path
        sql = _SQL / f"{name}.sql"
        sources = [code]
        if layer == warehouse.GROUP and sql.exists():
            sources.insert(0, _at(sql, 1, sql.name))
        return spec.merge_attributes(
            metadata={"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[*sources])}
        )

    return definition.map_asset_specs(referenced)


def _at(path: Path, line: int, label: str) -> dg.LocalFileCodeReference:
    return dg.LocalFileCodeReference(file_path=str(path), line_number=line, label=label)


def _labelled(spec: dg.AssetSpec, settings: Settings) -> dg.AssetSpec:
    layer, name = spec.key.path
    tags = {"layer": layer, PERSONAL_TAG: "true" if is_personal(layer, name) else "false"}
    if spec.key in _FEEDS:
        tags["feed"] = _FEEDS[spec.key]
    fresh = spec.replace_attributes(freshness_policy=_HOURLY) if spec.key in _FRESH else spec
    return fresh.merge_attributes(owners=settings.owner_teams, tags=tags, metadata=_metadata(spec.key, settings))


def is_personal(layer: str, name: str) -> bool:
    """Whether an asset's data tell of a person; of the raw layer, of sound and of the report that is presumed."""
    if layer in (lake.GROUP, warehouse.GROUP):
        return not _TABLES[name].is_impersonal
    return layer != PROOF.path[0]


def _metadata(key: dg.AssetKey, settings: Settings) -> dict[str, Any]:
    layer, name = key.path
    metadata: dict[str, Any] = {"documentation": _page(_PAGES[layer], settings)}
    if key in _FEEDS:
        feed = _FEEDS[key]
        metadata["vendor_sections"] = vendor.sections_of(feed)
        metadata["endpoints"] = vendor.paths_of(feed)
    if layer == raw.GROUP:
        metadata["dagster/column_schema"] = _fields(name)
    if layer == warehouse.GROUP and name in _MODELS:
        lineage = column_lineage(_MODELS[name], lake.key_of(name))
        metadata |= {} if lineage is None or not _has_lake_asset(_TABLES[name]) else {"dagster/column_lineage": lineage}
    return metadata


def _has_lake_asset(table: Table) -> bool:
    return table.name != "rejected_rows"


def _page(page: str, settings: Settings) -> dg.MetadataValue:
    if not settings.git_url:
        return dg.MetadataValue.text(page)
    return dg.MetadataValue.url(f"{settings.git_url}/blob/{settings.git_branch}/{page}")


def _fields(feed: str) -> dg.TableSchema:
    """The fields of a row as the API sends it. The document gives no types; what becomes of a field, the lake tells."""
    known = KNOWN_FIELDS[feed]
    used = [dg.TableColumn(field, "JSON", "A table of the lake is made of it") for field in known.used]
    rest = [field for field in known.others if field not in known.used]
    others = [dg.TableColumn(field, "JSON", "Kept as sent; no table has it") for field in rest]
    return dg.TableSchema([*used, *others])
