#!/usr/bin/env python3
"""What an image tells its engine, and what it weighs above its base; for scripts/check_images.sh.

    scripts/image_facts.py INSPECTED MANIFEST VERSION MEGABYTES

INSPECTED is what `buildah inspect --type image` prints, MANIFEST that of the image as a directory, with layers that are
not compressed, the base's first. Prints both, and ends with 1 if an engine would run the image in another way than
docs/docker.md says, or if its own layers take more than MEGABYTES.
"""

import json
import sys

WANTED = {
    "user": "10000:10000",
    "directory": "/runs",
    "entry point": ["matinee"],
    "health": ["CMD", "matinee", "doctor"],
    "volumes": ["/data", "/runs"],
}
LABELS = ("title", "description", "licenses", "version", "source")


def told(config):
    """The facts of WANTED and the labels, as the image has them."""
    facts = {
        "user": config.get("User"),
        "directory": config.get("WorkingDir"),
        "entry point": config.get("Entrypoint"),
        "health": (config.get("Healthcheck") or {}).get("Test"),
        "volumes": sorted(config.get("Volumes") or {}),
    }
    labels = config.get("Labels") or {}
    return facts, {name: labels.get("org.opencontainers.image." + name) for name in LABELS}


def main():
    inspected, manifest, version, megabytes = sys.argv[1:]
    with open(inspected, encoding="utf-8") as file:
        config = json.load(file)["Docker"]["config"]
    with open(manifest, encoding="utf-8") as file:
        sizes = [layer["size"] for layer in json.load(file)["layers"]]
    facts, labels = told(config)
    faults = [f"{name} is {facts[name]}, not {wanted}" for name, wanted in WANTED.items() if facts[name] != wanted]
    faults += [f"no label {name}" for name in LABELS if not labels[name]]
    if labels["version"] != version:
        faults.append(f"version {labels['version']}, not {version}")
    own = sum(sizes[1:]) / 1e6
    if not own <= float(megabytes):
        faults.append(f"own layers of {own:.1f} MB, more than {megabytes}")
    for name, value in {**facts, **labels}.items():
        print(f"{name}: {value}")
    print(f"own layers: {own:.1f} MB, {len(sizes) - 1} of them; base: {sizes[0] / 1e6:.1f} MB")
    if faults:
        sys.exit("images: " + "; ".join(faults))


if __name__ == "__main__":
    main()
