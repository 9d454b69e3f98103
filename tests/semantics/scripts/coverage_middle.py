"""coverage.py starts and stops while functions and generators run."""
import coverage, sys, os
here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "coverage_target.py")
# started in the middle, dynamic contexts, stopped again
ns = {"__name__": "__main__"}
exec(compile(open(target).read(), target, "exec"), ns)
for core in ("ctrace", "pytrace", "sysmon"):
    if core == "sysmon" and sys.version_info < (3, 12): continue
    os.environ["COVERAGE_CORE"] = core
    cov = coverage.Coverage(data_file=None, branch=core != "sysmon", config_file=False, include=[target, __file__])
    def work(n):
        total = 0
        for i in range(n):
            if i == 2:
                cov.start()
            total += len(ns["branches"](i))
            if i == 5:
                cov.stop()
            total *= 1
        return total
    def g():
        yield 1
        yield 2
        yield 3
    it = g(); next(it)
    print(work(9))
    cov.start(); next(it); print(ns["comps"](3)); cov.stop(); next(it)
    data = cov.get_data()
    for f in sorted(data.measured_files()):
        print(core, os.path.basename(f), sorted(data.lines(f) or []), sorted(data.arcs(f) or []))
