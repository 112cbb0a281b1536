# Everything a newcomer types. Needs Python 3.11+ and make; sets up .venv beside the code.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo test check serve bench faults setup setup-dev lock

help:            ## 显示本帮助 / show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

# The stamp is newer than the lock file it was made from, so a second call costs nothing.
$(VENV)/.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "需要 Python 3.11 或更高；make PYTHON=python3.12 可指定 / needs Python 3.11+"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "无法创建虚拟环境：Debian/Ubuntu 请先 apt install python3-venv / could not create a venv"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.txt $(VENV)/.stamp
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.stamp
setup-dev: $(VENV)/.stamp-dev

demo: setup      ## 在模拟的企业微信上跑三天日检，打印日报 / three days against a simulated WeCom
	@$(PY) main.py demo

test: setup-dev  ## 运行测试 / run the tests
	@$(PY) -m pytest -n auto

check: setup-dev ## 格式、检查、类型、楼层 / format, lint, types, floors, house test
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m pytest -q tests/house

serve: setup     ## 按 settings.toml 的日程运行 / run the schedules of settings.toml
	@$(PY) main.py serve

bench: setup-dev ## 性能对比，只看比值 / benchmarks, as ratios
	@$(PY) -m tests.benchmarks

faults: setup-dev ## 故障演练：杀进程、断网、数据库重启，逐条清点消息（约 20 分钟）/ the fault campaign, about 20 minutes
	@$(PY) -m tests.scenarios.campaign

lock: setup-dev  ## 重新锁定依赖 / lock the dependencies again (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url -o requirements.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url -c requirements.txt -o requirements-dev.txt
