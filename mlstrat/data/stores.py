"""Runs in a store that Polars reads: under ``s3://``, ``gs://``, ``az://`` and the like.

Parquet is read as it is needed. Of text every byte is looked at before a row is counted, so it is
fetched whole and held in memory, as standard input is.
Credentials come from the environment, as the store's own tools take them; they stand neither in
an address nor in what is said about it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError, first_line, without_secrets

SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "adl", "abfs", "abfss")
ACCEPTED = (
    "s3://BUCKET/KEY, gs:// or az://: a .parquet, .csv or .tsv file, a glob of one of these, or a "
    "folder of key=value partitioned Parquet, ending in /"
)
TEXT = (".csv", ".tsv")
ENVIRONMENT = "AWS_ACCESS_KEY_ID, AWS_REGION, GOOGLE_APPLICATION_CREDENTIALS and the like"

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SECRET = re.compile(r"://[^/]*:[^/]*@|\?[^/]*=")
_REASONS = (
    (r"169\.254\.169\.254|metadata\.google", "no credentials are found"),  # the last place asked
    (r"AccessDenied|Forbidden|[Uu]nauthorized|InvalidAccessKeyId|SignatureDoesNotMatch",
     "access is denied"),
    (r"NoSuch|[Nn]ot found|\b404\b", "there is no such bucket or object"),
    (r"[Cc]redential|[Mm]issing region", "no credentials are found"),
    (r"dns|[Cc]onnect|timed? ?out|error sending request", "the store cannot be reached"),
)  # fmt: skip


def addresses(source: str) -> tuple[list[str], bool]:
    """Return the addresses of the files that are meant, and whether it is a folder."""
    found = _ADDRESS.match(source)
    shown = without_secrets(source)
    if found is None or found[1].lower() not in SCHEMES:
        raise InputError("an address of no store that is read", file=shown, accepted=ACCEPTED)
    if _SECRET.search(source):
        raise InputError(
            "an address with credentials in it", file=shown, accepted=ACCEPTED,
            hint=f"give them in the environment: {ENVIRONMENT}",
        )  # fmt: skip
    folder = source.endswith("/")
    if not folder and not source.lower().endswith((".parquet", *TEXT)):
        raise InputError(
            "only Parquet, CSV and TSV are read from a store", file=shown, accepted=ACCEPTED,
            hint="fetch the file first, or write the run as Parquet",
        )  # fmt: skip
    if not folder and "*" not in source:
        return [source], False
    listed = _listed(source.rstrip("/") + "/**/*.parquet" if folder else source, shown)
    if not listed:
        raise InputError("no file matches", file=shown, accepted=ACCEPTED)
    return listed, folder


def _listed(pattern: str, shown: str) -> list[str]:
    """Return the addresses that a pattern matches; none of their bytes is read."""
    import polars as pl

    scan = pl.scan_parquet(pattern, schema={"any": pl.Int8}, hive_partitioning=False)
    try:
        # The one listing that Polars has; with a schema given, no file is opened for it.
        node = quietly(lambda: scan._ldf.visit().view_current_node())
    except Exception as error:
        raise explained(error, shown) from None
    # Polars may list paths, in which two slashes are one.
    return sorted(re.sub(r":/+", "://", str(path), count=1) for path in getattr(node, "paths", ()))


def fetched(address: str) -> bytes:
    """Return the bytes of a text file in a store."""
    import polars as pl

    lines = pl.scan_csv(
        address, has_header=False, infer_schema=False, separator="\x01", quote_char=None,
        new_columns=["line"], glob=False,
    )  # fmt: skip
    try:
        found = quietly(lines.collect)
    except pl.exceptions.NoDataError:
        raise BrokenShardError("the file is empty", file=without_secrets(address)) from None
    except Exception as error:
        raise explained(error, without_secrets(address)) from None
    text: str = found["line"].fill_null("").str.join("\n").item()
    return (text + "\n").encode()


def below(folder: str, address: str) -> PurePosixPath:
    """Return the path of a file below a folder of a store."""
    return PurePosixPath(address[len(folder.rstrip("/")) + 1 :])


def explained(error: BaseException, shown: str) -> InputError:
    """Return what a store answered, in our words: theirs may hold what nobody should read."""
    text = str(error)
    reason = next((told for pattern, told in _REASONS if re.search(pattern, text)), None)
    if reason is None:
        reason = f"cannot be read: {without_secrets(first_line(error))}"
    return InputError(
        reason, file=shown,
        hint=f"check its spelling, and the credentials in the environment: {ENVIRONMENT}",
    )  # fmt: skip


def store_error(error: Any) -> bool:
    """Whether an error of Polars is of the store, and not of what lies in it."""
    return isinstance(error, OSError) or bool(
        re.search(r"object-store|object_store|Error performing|credential", str(error))
    )


def quietly(ask: Callable[[], Any]) -> Any:
    """Ask a store, without the hints that Polars gives to programmers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ask()
