"""README's "Change a rule safely", command by command, as a newcomer would type it."""
import os
import re
import subprocess

import rd_router
from open_place import open_place
from rd_router import Router, run_cases, submission


def blocks():
    """The section's indented blocks, without their indentation."""
    text = (rd_router.SOURCE / "README.md").read_text()
    section = text.split("## Change a rule safely\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    return ["".join(line[4:] for line in block.splitlines(True)) for block in found]


def a_newcomer_can_follow_it():
    router = Router()
    demo = router.folder / "demo"
    demo.mkdir()
    router.place = open_place(str(rd_router.PLACE), str(demo / "place"))
    with router:
        intake = router.session("intake", router.key("gp", "adapter", ["lambourne-road-surgery"]))
        held = intake.submit(submission(feed="lambourne-road-surgery", postcode="E18 2QB"))
        environment = {**os.environ, "REFERRALD_STATE": str(router.state), "REFERRALD_BY": "Sam Example",
                       "PATH": f"{rd_router.BUILD}/router/ctl:{os.environ['PATH']}"}
        said = []
        for number, block in enumerate(blocks()):
            block = re.sub(r"^export .*\n", "", block, flags=re.MULTILINE)
            block = block.replace("build/demo", str(demo)).replace("build/", f"{router.folder}/")
            block = block.replace("7K3Q9-M2X4T", held.referral)
            done = subprocess.run(["bash", "-ec", block], capture_output=True, text=True, timeout=300, env=environment,
                                  stdin=subprocess.DEVNULL, cwd=router.folder)
            fails = block.startswith("cat >")  # step 2: the new case must fail before the change
            assert done.returncode == (1 if fails else 0), f"block {number}:\n{block}\n{done.stdout}{done.stderr}"
            said.append(done.stdout)
        everything = "".join(said)
        for expected in ("1 failed", "76 passed, 0 failed", "100.00 %", "proved:", "0 would have been decided otherwise",
                         "1 would have been decided otherwise", "acts on nothing", "is in force; its 76 cases pass",
                         "the same, byte for byte", "locality-fairlop does not have it"):
            assert expected in everything, expected
        assert "Clinical safety officer" in (router.folder / "sheet.html").read_text()
        intake.close()


if __name__ == "__main__":
    run_cases(a_newcomer_can_follow_it)
