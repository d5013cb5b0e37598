"""A directory of the country as published becomes an image, and a place answers from it: referralctl places."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from rd_router import run_cases

ROOT = pathlib.Path(os.environ["RD_SOURCE_DIR"])
CTL = pathlib.Path(os.environ["RD_BINARY_DIR"]) / "router" / "ctl" / "referralctl"
RELEASE = """pcd7,pcd8,pcds,dointr,doterm,usrtypind,east1m,north1m,gridind,lad25cd,wd25cd,icb23cd
IG1 1DN,IG1  1DN,IG1 1DN,198001,,0,5,5,1,E09000026,E05000501,E54000029
IG6 1HS,IG6  1HS,IG6 1HS,198001,,0,5,5,1,E07000072,,E54000026
E18 2QB,E18  2QB,E18 2QB,198001,202311,0,5,5,1,E09000026,,E54000029
LE1 5WW,LE1  5WW,LE1 5WW,198001,,0,5,5,1,E06000016,,E54000015
LE1 5WX,LE1  5WX,LE1 5WX,198001,201912,0,5,5,1,E06000016,,E54000015
NPT 1AA,NPT  1AA,NPT 1AA,198001,199612,0,5,5,1,W06000022,,
"""


def ctl(*arguments, status=0, given=""):
    done = subprocess.run([CTL, "places", *map(str, arguments)], input=given, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout if status == 0 else done.stderr


def scratch():
    return tempfile.TemporaryDirectory(dir=os.environ["RD_BINARY_DIR"])


def a_release_becomes_an_image_and_a_place_answers_from_it():
    with scratch() as folder:
        folder = pathlib.Path(folder)
        release, place = folder / "ONSPD_NOV_2025_UK.csv", folder / "place"
        release.write_text(RELEASE, encoding="utf-8")
        shutil.copytree(ROOT / "rules" / "places" / "redbridge", place)
        made = json.loads(ctl("compile", release, "--out", place / "gb.image", "--json"))
        assert (made["vintage"], made["postcodes"], made["ended"], made["left_out"]) == ("2025-11", 5, 2, 1), made
        shown = json.loads(ctl("show", place / "gb.image", "--json"))
        assert shown["title"] == "ONSPD_NOV_2025_UK.csv" and shown["postcodes"] == 5, shown
        yaml = (place / "place.yaml").read_text(encoding="utf-8")
        (place / "place.yaml").write_text(yaml + "\npostcodes-image: gb.image\n", encoding="utf-8")
        checked = subprocess.run([CTL, "rules", "check", place], capture_output=True, text=True, check=True).stdout
        assert "puts 1 into another authority (split) and has 1 no longer in use" in checked, checked
        lines = ctl("postcodes", place, "--json", given="ig11dn\nIG6 1HS\nE18 2QB\nLE1 5WW\nLE1 5WX\nIGI 1DN\n\nLS10 4YU\n")
        answers = [json.loads(line) for line in lines.splitlines()]
        assert [(each["class"], each["locality"]) for each in answers] == [
            ("known", "Cranbrook and Loxford"), ("split", None), ("terminated", None), ("out-of-area", None),
            ("terminated", None), ("malformed", None), ("missing", None), ("unknown", None)], answers
        assert answers[2]["ended"] == 202311 and answers[4]["ended"] == 201912, answers
        assert answers[5]["suggestions"] == ["IG1 1DN"], answers
        assert answers[3]["vintage"] == "2025-11" and answers[3]["health"] == "E54000015", answers
        assert "perhaps IG1 1DN" in ctl("postcodes", place, given="IGI 1DN\n")
        # A new image while the old one may be mapped: another file; a damaged one does not load.
        before = os.stat(place / "gb.image").st_ino
        ctl("compile", release, "--out", place / "gb.image")
        assert os.stat(place / "gb.image").st_ino != before
        damaged = bytearray((place / "gb.image").read_bytes())
        damaged[-20] ^= 1
        os.remove(place / "gb.image")
        (place / "gb.image").write_bytes(damaged)
        said = ctl("postcodes", place, given="IG1 1DN\n", status=1)
        assert "place.yaml:" in said and "gb.image: " in said and "again" in said, said


def a_boundary_change_is_seen_by_its_day():
    havering = ROOT / "tests" / "data" / "places" / "havering"
    for at, locality in (("2026-11-30T23:59:59Z", "Romford"), ("2026-12-01T00:00:00Z", "North")):
        answer = json.loads(ctl("postcodes", havering, "--at", at, "--json", given="RM1 4QL\n"))
        assert answer["locality"] == locality, (at, answer)


def mistakes_are_named():
    with scratch() as folder:
        folder = pathlib.Path(folder)
        unnamed = folder / "postcodes.csv"
        unnamed.write_text(RELEASE, encoding="utf-8")
        assert "--vintage" in ctl("compile", unnamed, "--out", folder / "gb.image", status=2)
        ctl("compile", unnamed, "--out", folder / "gb.image", "--vintage", "2026-02")
        archive = folder / "ONSPD_2025-11.zip"
        archive.write_bytes(b"PK\x03\x04....")
        assert "unpack it" in ctl("compile", archive, "--out", folder / "x.image", status=1)
        unnamed.write_text(RELEASE + "IG11DN,,IG1 1DN,198001,,0,5,5,1,E09000026,,\n", encoding="utf-8")
        said = ctl("compile", unnamed, "--out", folder / "x.image", "--vintage", "2026-02", status=1)
        assert "found 'IG1 1DN' again" in said and "line 8" in said, said
        assert not (folder / "x.image").exists() and not (folder / "x.image.new").exists()
        assert "cannot be read" in ctl("show", folder / "x.image", status=1)
        assert "another format" in ctl("show", ROOT / "README.md", status=1)


if __name__ == "__main__":
    run_cases(a_release_becomes_an_image_and_a_place_answers_from_it, a_boundary_change_is_seen_by_its_day,
               mistakes_are_named)
