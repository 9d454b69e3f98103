"""coverage.py measures the same lines and arcs with each of its tracers."""
import coverage, sys, os, io, json
core = sys.argv[1] if len(sys.argv) > 1 else "ctrace"
here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "coverage_target.py")
for core in ("ctrace", "pytrace", "sysmon"):
    if core == "sysmon" and sys.version_info < (3, 12): continue
    os.environ["COVERAGE_CORE"] = core
    for branch in (False, True):
        try:
            cov = coverage.Coverage(data_file=None, branch=branch, config_file=False, include=[target], messages=False)
            cov.start()
        except Exception as e:
            print(core, branch, type(e), e); continue
        try:
            exec(compile(open(target).read(), target, "exec"), {"__name__": "__main__"})
        finally:
            cov.stop()
        data = cov.get_data()
        print(core, branch, cov._collector.tracer_name())
        for f in data.measured_files():
            print(sorted(data.lines(f) or []))
            print(sorted(data.arcs(f) or []))
        a = cov.analysis2(target)
        print(a[1:])
