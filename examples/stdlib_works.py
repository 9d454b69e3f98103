"""The works of the main job: pure-Python standard-library code run over the standard library's own sources.

Each work is a function of the sources ({file name: text}) that returns a value to be digested; equal values on the
interpreter and the JIT mean identical results. The C accelerators are blocked, so that the pure-Python
versions run.
"""

import os
import sys

BLOCKED = ("_json", "_heapq", "_decimal", "_statistics", "_bisect")
REPLACED = ("json", "heapq", "bisect", "statistics", "decimal")


def block_accelerators():
    """From now on imports find the pure-Python versions, also of what was imported before."""
    for name in list(sys.modules):
        if name.split(".")[0] in REPLACED:
            del sys.modules[name]
    for name in BLOCKED:
        sys.modules[name] = None


def read_sources():
    folder = os.path.dirname(os.__file__)
    sources = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".py") and 3_000 < os.path.getsize(path) < 40_000:
            with open(path, encoding="utf-8", errors="replace") as f:
                sources[name] = f.read()
    return sources


def take(sources, count, start=0):
    return list(sources.items())[start : start + count]


def json_encode(sources):
    import json

    data = {n: {"lines": t.split("\n")[:60], "size": len(t), "ratio": len(t) / 7} for n, t in take(sources, 24)}
    return json.dumps(data, indent=1, sort_keys=True), json.dumps(data, ensure_ascii=False)


def json_decode(sources):
    import json
    from json import decoder

    data = {n: {"lines": t.split("\n")[:90], "size": len(t), "ratio": len(t) / 7} for n, t in take(sources, 24)}
    text = json.dumps(data)
    reader = decoder.JSONDecoder(parse_float=str)
    return [reader.decode(text), json.loads(text)]


def difflib_compare(sources):
    import difflib

    texts = [t.split("\n")[:110] for _, t in take(sources, 6)]
    results = []
    for a, b in zip(texts, texts[1:]):
        changed = [line for i, line in enumerate(a) if i % 7]
        results.append(list(difflib.unified_diff(a, changed, "a", "b", n=2)))
        results.append(difflib.SequenceMatcher(None, a, b).get_opcodes())
    results.append(list(difflib.ndiff(texts[0][:30], texts[1][:30])))
    return results, difflib.get_close_matches("SequenceMatch", " ".join(texts[0]).split(), n=5)


def textwrap_fill(sources):
    import textwrap

    results = []
    for _, text in take(sources, 12):
        paragraphs = text.split("\n\n")
        results += [textwrap.fill(p, width=50, subsequent_indent="  ") for p in paragraphs[:20]]
        results.append(textwrap.indent(textwrap.dedent(text[:3000]), "> "))
        results.append(textwrap.shorten(text[:2000], width=200))
    return results


def heapq_merge(sources):
    import heapq

    heap, popped = [], []
    for name, text in take(sources, 40):
        for number, line in enumerate(text.split("\n")[:60]):
            heapq.heappush(heap, (len(line), name, number))
            if len(heap) > 500:
                popped.append(heapq.heappop(heap))
    sizes = [[len(w) for w in t.split()[:300]] for _, t in take(sources, 6)]
    for part in sizes:
        heapq.heapify(part)
    merged = list(heapq.merge(*map(sorted, sizes)))
    return (
        popped,
        heap,
        merged,
        heapq.nlargest(40, merged),
        heapq.nsmallest(40, merged, key=lambda v: -v % 13),
    )


def statistics_summary(sources):
    import statistics

    results = []
    for _, text in take(sources, 4):
        sizes = [len(line) for line in text.split("\n")][:400]
        floats = [s / 3 for s in sizes]
        results.append((statistics.mean(sizes), statistics.fmean(floats), statistics.pvariance(sizes)))
        results.append((statistics.stdev(floats), statistics.median_grouped(sizes), statistics.multimode(sizes)))
        results.append((statistics.quantiles(floats, n=10), statistics.harmonic_mean([s + 1 for s in sizes])))
        normal = statistics.NormalDist.from_samples(floats)
        results.append([repr(normal.cdf(x)) for x in range(40)] + [normal.inv_cdf(p / 50) for p in range(1, 50)])
    return results


def fractions_sum(sources):
    from fractions import Fraction

    total, limited = Fraction(0), []
    for _, text in take(sources, 30):
        words = [len(w) for w in text.split()[:60]]
        for a, b in zip(words, words[1:]):
            part = Fraction(a, b + 1)
            total = (total + part) % 1000
            limited.append((part * part - part / 3).limit_denominator(50))
        total = total.limit_denominator(10**6)
    return total, limited, sorted(limited)[:50], [float(f) for f in limited], [str(f) for f in limited]


def decimal_arithmetic(sources):
    import _pydecimal as decimal

    decimal.setcontext(decimal.Context(prec=28))
    results, total = [], decimal.Decimal(0)
    for name, text in take(sources, 24):
        value = decimal.Decimal(len(text)) / decimal.Decimal(len(name))
        total += value.sqrt() * decimal.Decimal("1.1") - value.quantize(decimal.Decimal("0.01"))
        results.append(
            (str(value), f"{value:,.3f}", hash(value), value.compare(total), str(value % 7), total.as_tuple())
        )
    results.append((decimal.Decimal(2).ln(), decimal.Decimal(2).exp(), decimal.Decimal(2) ** decimal.Decimal("0.5")))
    return total, results


def tokenize_files(sources):
    import io
    import tokenize

    results = []
    for _, text in take(sources, 3, 10):
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        results.append([(t.type, t.string, t.start, t.end) for t in tokens])
        results.append(tokenize.untokenize(tokens))
    return results


def ast_unparse(sources):
    import ast

    results = []
    for _, text in take(sources, 5, 20):
        tree = ast.parse(text)
        results.append(ast.unparse(tree))
        results.append([type(node).__name__ for node in ast.walk(tree)])
        results.append([ast.get_docstring(n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)])
    results.append(ast.dump(ast.parse(take(sources, 1)[0][1])))
    return results


def html_parse(sources):
    import html
    from html.parser import HTMLParser

    class Collector(HTMLParser):
        def __init__(self):
            super().__init__()
            self.events = []

        def handle_starttag(self, tag, attrs):
            self.events.append((tag, attrs, self.getpos()))

        def handle_endtag(self, tag):
            self.events.append(tag)

        def handle_data(self, data):
            self.events.append(data)

    rows = []
    for name, text in take(sources, 12):
        lines = text.split("\n")[:80]
        rows.append(f"<h2 id='{name}' class=source>{name}</h2><!-- {len(text)} --><pre>")
        rows += [f'<a href="#{i}">{i:4}</a> {html.escape(line)}<br/>' for i, line in enumerate(lines)]
        rows.append("</pre>&copy;&#169; &lt;end&gt;<script>if (a < b) {}</script>")
    parser = Collector()
    parser.feed("\n".join(rows))
    parser.close()
    return parser.events, [html.unescape(row) for row in rows]


def csv_and_config(sources):
    import configparser
    import csv
    import io

    output = io.StringIO()
    writer = csv.DictWriter(output, ["file", "number", "text"], extrasaction="ignore")
    writer.writeheader()
    config = ["[DEFAULT]", "root = /lib", ""]
    for name, text in take(sources, 16):
        config.append(f"[{name}]")
        for number, line in enumerate(text.split("\n")[:50]):
            writer.writerow({"file": name, "number": number, "text": line, "more": 1})
            words = "".join(c if c.isalnum() else " " for c in line).split()
            config.append(f"line{number} = {' '.join(words)} %(root)s")
    rows = list(csv.DictReader(io.StringIO(output.getvalue())))
    dialect = csv.Sniffer().sniff("a;b;c\n" + "".join(f"{i};{i * 2};'x'\n" for i in range(30)))
    parser = configparser.ConfigParser()
    parser.read_string("\n".join(config))
    written = io.StringIO()
    parser.write(written)
    values = {section: dict(parser.items(section)) for section in parser.sections()}
    return rows, dialect.delimiter, written.getvalue(), values


WORKS = {
    "json encode": json_encode,
    "json decode": json_decode,
    "difflib": difflib_compare,
    "textwrap": textwrap_fill,
    "heapq": heapq_merge,
    "statistics": statistics_summary,
    "fractions": fractions_sum,
    "_pydecimal": decimal_arithmetic,
    "tokenize": tokenize_files,
    "ast unparse": ast_unparse,
    "html.parser": html_parse,
    "csv, configparser": csv_and_config,
}
