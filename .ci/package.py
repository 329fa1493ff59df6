"""Build the package and check it: metadata, the long description and its links, and the size."""

import email
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

LARGEST = 1_560_000
"""Bytes of a wheel, at most; it is lowered as the wheel gets smaller, and aims at 1,500,000."""

KINDS = {".py", ".typed", ".md", ".css", ".js", ".html", ".svg", ".toml", ""}
"""Endings of what is packed: code and its pages, so that no data, picture or test slips in."""


def main() -> None:
    """Build both, and stop at the first thing that is wrong."""
    with tempfile.TemporaryDirectory() as name:
        where = Path(sys.argv[1]) if sys.argv[1:] else Path(name)
        subprocess.run([sys.executable, "-m", "build", "--outdir", where], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        (wheel,), (source,) = where.glob("*.whl"), where.glob("*.tar.gz")
        check = [sys.executable, "-m", "twine", "check", "--strict", wheel, source]
        subprocess.run(check, check=True)
        with zipfile.ZipFile(wheel) as packed:
            files = [x for x in packed.namelist() if not x.startswith("mlstrat-")]
            (path,) = (x for x in packed.namelist() if x.endswith(".dist-info/METADATA"))
            metadata = email.message_from_bytes(packed.read(path))
        told = str(metadata.get_payload())
        links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", told, flags=re.S | re.M))
        relative = [x for x in links if not x.startswith(("https://", "#"))]
        assert links and not relative, f"links that hold in the checkout alone: {relative}"
        assert len(metadata.get_all("Project-URL")) == 5
        strange = [x for x in files if Path(x).suffix not in KINDS]
        assert not strange, f"neither code nor a page: {strange}"
        size = wheel.stat().st_size
        assert size <= LARGEST, f"the wheel has {size:,} bytes, more than {LARGEST:,}"
        least = -(-size // 10_000) * 10_000
        sys.stdout.write(
            f"{wheel.name}: {size:,} bytes in {len(files)} files, {len(links)} links "
            "in its description\n"
        )
        if least < LARGEST:
            sys.stdout.write(f"LARGEST can be {least:_}\n")


if __name__ == "__main__":
    main()
