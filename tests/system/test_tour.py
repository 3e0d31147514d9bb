"""test_tour.py: the tour in README.md, typed as it stands there, does what it says."""
import contextlib, os, re, signal, subprocess

from harness import BUILD, ROOT, case, check, free_port, has, main


def tour(world):
    """Its blocks as one script, stopping at the first command that fails; built already, and at a port of its own."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        section = f.read().split("## A tour", 1)[1].split("\n## ", 1)[0]
    script = "set -euo pipefail\n" + "".join("echo '== block'\n" + b for b in re.findall(r"```sh\n(.*?)```", section, re.S))
    for before, after in ((".ci/setup && make -j2\n", ""), ("$PWD/build", BUILD), (":7400", ":%d" % free_port())):
        check(before in script, "the tour has not", before)
        script = script.replace(before, after)
    return script


@case
def the_tour_of_the_readme_goes_as_it_is_written(world):
    inside = world.path("tmp")
    os.mkdir(inside)
    with open(world.path("said"), "w+b") as out:  # no pipe: daemons left behind would keep it open
        process = subprocess.Popen(["bash", "-c", tour(world)], cwd=ROOT, env=dict(world.environment, TMPDIR=inside),
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            process.wait(120)
        finally:
            if process.poll() != 0:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait()
        out.seek(0)
        said = out.read().decode()
    check(process.returncode == 0, "exit %s:\n%s" % (process.returncode, said[-3000:]))
    has(said, "Check words", "joined as KAZ", "KAZ is cut off now", "Accepted of KAZ since")
    check(os.listdir(inside) == [], "it cleans up after itself:", os.listdir(inside))


main()
