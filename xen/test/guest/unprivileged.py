# SPDX-License-Identifier: GPL-2.0-only
"""run --unprivileged: one machine with dom0, in which our tools make each test kernel a guest (unprivileged.sh)."""
import os
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../../.."))


def vcpus(test):
    wanted = [w.split("=")[1] for w in test.options.split() if w.startswith("dom0_max_vcpus=")]
    return int(wanted[0]) if wanted else test.cpus


def command(o, given, tests, listing):
    made = [os.path.join(ROOT, "tests/dom0-run"), "--hv", given, "--smp", str(max(2, o.smp)), "--mem", "1024", "--cpu", o.cpu,
            "--timeout", str(120 + (o.timeout + 3) * len(tests)), "--add", listing + ":/root/tests/list"]
    if o.cmdline:
        made += ["--cmdline", o.cmdline]
    for t in tests:
        made += ["--add", "%s:/root/tests/%s.elf" % (os.path.join(ROOT, "build/guest", t.name + ".elf"), t.name)]
    return made + [os.path.join(HERE, "unprivileged.sh")]


def outcome(text, state, judge):
    """(word, reason): a guest that is to crash says so before, and its domain is found crashed."""
    if state == "crashed":
        text += "\nd0 crashed\n"
    verdict = judge(text)
    if verdict:
        return verdict
    return "FAILURE", "no result, the guest is %s; last line: %s" % (state, (text.strip().split("\n") or [""])[-1])


def run_all(o, given, tests, judge):
    """Yields (test, word, reason, console text, seconds) in order; tests that the machine did not come to are failures."""
    with tempfile.NamedTemporaryFile("w", prefix="tests-", suffix=".list") as listing:
        listing.write("".join("%s %d\n" % (t.name, vcpus(t)) for t in tests))
        listing.flush()
        machine = subprocess.Popen(command(o, given, tests, listing.name), stdout=subprocess.PIPE, text=True, errors="replace")
        left, text, current, started = {t.name: t for t in tests}, "", None, time.monotonic()
        for line in machine.stdout:
            words = line.split()
            if words[:1] == ["@@"] and words[1] == "end" and current:
                yield (current,) + outcome(text, words[2], judge) + (text, time.monotonic() - started)
                current, started = None, time.monotonic()
            elif words[:1] == ["@@"]:
                current, text = left.pop(words[1]), ""
            else:
                text += line
        machine.wait()
        for test in left.values():
            yield test, "FAILURE", "the machine ended before it (status %d)" % machine.returncode, text, 0.0
