"""Ask the advisory services of both registries which of the locked versions are known to be vulnerable.

    make audit

Ends with 1 where one is, and with 2 where a service did not answer, since then nothing is known of those versions. What
is locked for a single test server or for other tools alone is no part of what is given away, and is not asked about.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
PAGE = ROOT / "scripts/peacetalks/explorer/page"  # with the lock of what is bundled into the explorer
PIP_AUDIT = ROOT / ".venv-audit/bin/pip-audit"
VULNERABLE, UNKNOWN = 1, 2


def ask_osv(lock: Path, service: str | None) -> list[str] | None:
    """Return a line a vulnerable package of a lock, or None where the service gave no answer."""
    command = [PIP_AUDIT, "--strict", "--disable-pip", "--require-hashes", "--requirement", lock, "--format", "json"]
    where = ["--osv-url", service] if service else []
    run = _run([*command, "--vulnerability-service", "osv", "--progress-spinner", "off", *where])
    try:
        packages = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError):
        print("\n".join(run.stderr.splitlines()[-1:]), file=sys.stderr)
        return None
    return [
        f"{package['name']} {package['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'none'}"
        for package in packages
        for found in package["vulns"]
    ]


def ask_npm(folder: Path, registry: str | None) -> list[str] | None:
    """Return a line a vulnerable package of a package-lock.json, or None where the registry gave no answer."""
    where = ["--registry", registry] if registry else []
    run = _run(["npm", "audit", "--json", "--fetch-retry-mintimeout", "1000", "--prefix", folder, *where])
    try:
        packages = json.loads(run.stdout)["vulnerabilities"]
    except (ValueError, KeyError):
        print("\n".join(line for line in run.stderr.splitlines() if "audit" in line), file=sys.stderr)
        return None
    return [f"{name}: {found['severity']}, {_reasons(found['via'])}" for name, found in packages.items()]


def main() -> int:
    """Ask both, and print what is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lock", type=Path, default=LOCK, help="of Python's packages")
    parser.add_argument("--page", type=Path, default=PAGE, help="a folder with a package-lock.json")
    parser.add_argument("--osv", metavar="URL", help="another service than osv.dev, by its address of queries")
    parser.add_argument("--registry", metavar="URL", help="another npm registry than the one that is set")
    given = parser.parse_args()
    answers = {given.lock: ask_osv(given.lock, given.osv), given.page: ask_npm(given.page, given.registry)}
    for what, found in answers.items():
        said = (
            " no answer, so nothing is known"
            if found is None
            else "".join(f"\n  {line}" for line in found) or " none is known"
        )
        print(f"{what.name}: vulnerable versions:{said}")
    if any(answers.values()):
        return VULNERABLE
    return UNKNOWN if None in answers.values() else 0


def _reasons(via: list[str | dict[str, str]]) -> str:
    """Return what is wrong: an advisory, or the name of a package that is needed and has one."""
    return "; ".join(one if isinstance(one, str) else f"{one['title']} ({one['range']})" for one in via)


def _run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
