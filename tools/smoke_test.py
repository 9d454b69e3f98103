"""Run in an empty environment with an installed wheel: the package works, on its own, from its installed place."""

import os
import subprocess
import sys
import warnings

warnings.simplefilter("error")
import justjit  # noqa: E402


@justjit.jit
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@justjit.jit
def careful(values):
    found = []
    for value in values:
        try:
            found.append(10 // value)
        except ZeroDivisionError as error:
            found.append(str(error))
    return found


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    assert not os.path.abspath(justjit.__file__).startswith(os.path.join(root, "python")), justjit.__file__
    assert fibonacci(20) == 6765
    assert careful([1, 0, 5])[:1] == [10]
    for function in (fibonacci, careful):
        record = justjit.stats(function)
        assert record["compiled"] and record["native_calls"] > 0, (function, dict(record))
    code = "def f(x): return x + 1\nfor i in range(9): f(i)\nimport justjit; print(justjit.is_compiled(f))"
    result = subprocess.run(
        [sys.executable, "-m", "justjit", "--threshold", "0", "-c", code], capture_output=True, text=True
    )
    assert result.stdout == "True\n", (result.stdout, result.stderr)
    print(f"smoke test passed on CPython {sys.version.split()[0]}: {os.path.dirname(justjit.__file__)}")


if __name__ == "__main__":
    main()
