#!/usr/bin/env bash
# Holds the published tables against DuckDB, pyarrow, polars and scikit-learn, and a small benchmark's features
# against DuckDB and polars. Needs Python 3.11 or newer.
#
#   tests/peers/run.sh                                    the quickstart
#   FORETELL_REAL_DATA=… tests/peers/run.sh               Online Retail too
#
# WAREHOUSE (default peers/warehouse below the target folder) gets a folder a pipeline; FORETELL names a
# built binary. Paths are absolute or begin at the project's folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=tests/peers
target=${CARGO_TARGET_DIR:-target}
warehouse=${WAREHOUSE:-$target/peers/warehouse}
python=$target/peers/venv/bin/python
export PYTHONDONTWRITEBYTECODE=1

if [[ ! -x $python ]]; then
    python3 -m venv "$target/peers/venv"
fi
"$python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

if [[ -z ${FORETELL:-} ]]; then
    cargo build --release --workspace --locked
    FORETELL=$target/release/foretell
fi

failed=0
echo "== quickstart"
env -u DATA WAREHOUSE="$warehouse/quickstart" "$FORETELL" run pipelines/quickstart.yaml > /dev/null
"$python" "$here/check.py" "$warehouse/quickstart" || failed=1

if [[ -n ${FORETELL_REAL_DATA:-} ]]; then
    echo "== online-retail"
    DATA="$FORETELL_REAL_DATA/online-retail" WAREHOUSE="$warehouse/online-retail" \
        "$FORETELL" run pipelines/online-retail.yaml > /dev/null
    "$python" "$here/check.py" "$warehouse/online-retail" || failed=1
else
    echo "skip  online-retail: FORETELL_REAL_DATA is not set; the core features were recomputed from the"
    echo "      lake of the quickstart only, not from real raw files"
fi

echo "== bench"
"$python" -m unittest discover --start-directory crates/bench/peers --buffer || failed=1
"$(dirname "$FORETELL")/bench" --size 20k --only ingest,features,start --no-build --python "$python" \
    --work "$target/peers/bench" > /dev/null || failed=1
exit "$failed"
