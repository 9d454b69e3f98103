"""Dumps the sample files of the running interpreter's version into py3NN/: run it with each supported Python.

Then `decode_test tests/bytecode --bless` writes the expected text, which is to be read before it is kept.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tools"))

from dump_code import code_objects, dump  # noqa: E402


def main():
    minor = sys.version_info[1]
    out = HERE / f"py3{minor:02}"
    out.mkdir(exist_ok=True)
    for old in out.glob("*.code"):
        old.unlink()
    samples = ["sample.py"] + [f"sample_3{v}.py" for v in (11, 12) if minor >= v]
    for sample in samples:
        # The bare file name keeps the fixtures the same wherever they are made.
        module = compile((HERE / sample).read_text(), sample, "exec")
        stem = sample.removesuffix(".py")
        seen = {}
        for qualname, code in [("<module>", module), *code_objects(module)]:
            name = f"{stem}.{qualname}".replace("<", "").replace(">", "").replace(".locals.", ".")
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f"_{seen[name]}"
            (out / f"{name}.code").write_text(dump(code, qualname))


main()
