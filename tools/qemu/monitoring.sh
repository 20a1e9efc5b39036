#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A guest that is monitored by node_exporter and Prometheus; see
# tools/prometheus/e2e.py. Needs the modules of "module.sh 6.12" and the tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/prometheus/fetch.sh
exec python3 tools/prometheus/e2e.py
