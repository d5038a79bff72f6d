#!/usr/bin/env bash
# The files of docker/ without an engine: what they install is what the program is linked with, what they say of it is
# true, old builders read them, and YAML and scripts parse. Usage: test_docker.sh ROOT PROGRAM VERSION
set -euo pipefail
export LC_ALL=C
root=$1
program=$2
version=$3
cd "$root"
dockerfiles=(docker/Dockerfile docker/Dockerfile.cpu)

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# The packages of the last stage, a line each; variables and what stands in $(...) are not among them.
installed() {
    # shellcheck disable=SC2016
    sed -n '/^FROM \${BASE}$/,$ p' "$1" | sed -n '/apt-get install/,/rm -rf/ p' | sed '1d; $d; s/\$(.*)//; s/\${.*}//' |
        grep -oE '[a-z][a-z0-9.+-]+' | sort
}

# The packages of the libraries that the program names itself, as Debian calls them. Where /lib is /usr/lib the files
# may be listed in either.
linked() {
    local paths
    mapfile -t paths < <(awk 'NR == FNR { named[$2] = $1 == "NEEDED"; next }
        named[$1] { sub("^/usr", "", $3); print $3 }' <(objdump -p "$program") <(ldd "$program"))
    { dpkg -S "${paths[@]}" "${paths[@]/#//usr}" 2>/dev/null || true; } |
        sed 's/:.*//; s/t64$//' | grep -vxE 'libc6|libgcc-s1' | sort -u
}

for file in "${dockerfiles[@]}"; do
    [ -n "$(installed "$file")" ] || fail "$file: no packages found in its last stage"
    grep -qx 'RUN scripts/setup.sh' "$file" || fail "$file: does not install what scripts/setup.sh names"
    grep -qx "ARG VERSION=$version" "$file" || fail "$file: VERSION is not $version"
    ! grep -nE '<<|--link' "$file" || fail "$file: buildah 1.28 knows no heredocs and no COPY --link"
done
diff <(installed docker/Dockerfile) <(installed docker/Dockerfile.cpu) || fail "the images install different packages"
if command -v dpkg >/dev/null; then
    diff <(installed docker/Dockerfile) <(linked) || fail "left: what the images install; right: what the program needs"
fi

for file in "${dockerfiles[@]}"; do
    wanted=$(grep -oE 'COMPONENT [a-z]+' cmake/Install.cmake | awk '{ print $2 }' | sort -u)
    [[ $file != *.cpu ]] || wanted=$(grep -vx cuda <<<"$wanted")
    diff <(sed -n 's/.*for component in \(.*\); do.*/\1/p' "$file" | tr ' ' '\n' | sort) <(echo "$wanted") ||
        fail "$file: left: the components that it installs; right: those of cmake/Install.cmake"
done

# What the pages tell users to type: a process 1 that passes signals on, files that are theirs, and figures.
grep -q 'docker run' docs/docker.md && grep -q 'docker run' README.md || fail "no docker run in README.md or docs/docker.md"
! grep -n 'docker run' README.md docs/docker.md | grep -v -e ' --init ' || fail "without --init"
! grep -n 'docker run.* -v "\$PWD' README.md docs/docker.md | grep -v -e ' --user ' || fail "cannot write: no --user"
! grep -nE '\b[A-Z]+_MB\b' docs/docker.md || fail "docs/docker.md: a figure is missing"

for file in docker/slurm/*.sbatch; do
    bash -n "$file"
    # sbatch reads its options up to the first command.
    awk '/^#SBATCH/ { if (commands) exit 1; next } /^[^#]/ { commands = 1 }' "$file" ||
        fail "$file: options after a command"
done

if python3 -c 'import yaml' 2>/dev/null; then
    python3 - docker/compose.yaml docker/kubernetes/*.yaml <<'EOF'
import re
import sys
import yaml

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    for document in documents:
        if path.endswith("compose.yaml"):
            assert set(document["services"]) == {"cpu", "gpu"}, path
            assert all({"image", "build", "volumes"} <= set(s) for s in document["services"].values()), path
            continue
        assert re.fullmatch("[a-z0-9-]+", document["metadata"]["name"]) and document["apiVersion"], path
        if document["kind"] != "Job":
            continue
        pod = document["spec"]["template"]["spec"]
        images = {container["image"] for container in pod["containers"]}
        assert "matinee" not in images or pod.get("shareProcessNamespace") is True, f"{path}: matinee is process 1"
        declared = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == declared, f"{path}: volumes"
            gpus = container.get("resources", {}).get("limits", {}).get("nvidia.com/gpu", 0)
            for asked in re.findall(r"--gpus (\d+)", " ".join(container["args"])):
                assert int(asked) == gpus, f"{path}: --gpus {asked} with {gpus} GPUs"
EOF
else
    echo "python3 has no yaml here: docker/*.yaml were not looked at"
fi
