# One command for each habit. `./setup` comes first; `make` builds again what changed.
PY ?=
ARGS ?=

build:            ; @./setup --no-main
main:             ; @python3 tools/main_job.py $(ARGS)
test:             ; @PY=$(PY) python3 tools/run_tests.py $(ARGS)
cpython:          ; @for python in .venv/3.*/bin/python; do $$python tools/cpython_tests.py $(ARGS) || exit 1; done
bench:            ; @python3 bench/bench.py $(ARGS) && python3 bench/peers.py $(ARGS) && python3 bench/startup.py && python3 bench/compile_time.py && python3 bench/latency.py
check:            ; @python3 tools/check.py $(ARGS)
format:           ; @python3 tools/check.py --fix
clean:            ; rm -rf build .venv dist

.PHONY: build main test cpython bench check format clean
.DEFAULT_GOAL := build
