# SPDX-License-Identifier: Apache-2.0
"""The law test can fail: each rule broken in the stand-in program is seen, and an unbroken one passes."""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from check import Options, check_law  # noqa: E402
from fake import PUBLISHING, RULES, broken, run_fake  # noqa: E402
from generate import Case, make_case  # noqa: E402
from oracle import predict  # noqa: E402
from shrink import shrink  # noqa: E402

ENOUGH = 400


def failures(case: Case, run=run_fake) -> list:
    prediction = predict(case.config_text, case.lines)
    return check_law(prediction, run(case), Options(True, prediction.unjudged))


def fails_broken(case: Case, rule: str) -> bool:
    prediction = predict(case.config_text, case.lines)
    with broken(rule) as run:
        return bool(check_law(prediction, run(case), Options(True, prediction.unjudged)))


class Harness(unittest.TestCase):
    def test_an_unbroken_program_passes(self) -> None:
        for seed in range(60):
            self.assertEqual(failures(make_case(seed)), [])

    def test_every_broken_rule_is_seen(self) -> None:
        for rule in [*RULES, *PUBLISHING]:
            with self.subTest(rule=rule):
                self.assertTrue(any(fails_broken(make_case(seed), rule) for seed in range(ENOUGH)))

    def test_a_lost_and_an_invented_dead_letter_are_seen(self) -> None:
        case = next(c for c in map(make_case, range(ENOUGH)) if predict(c.config_text, c.lines).dead_letters)
        observed = run_fake(case)
        observed.dead_letters = [dict(observed.dead_letters[0], reason="invented"), *observed.dead_letters[1:]]
        kinds = {f.kind for f in check_law(predict(case.config_text, case.lines), observed, Options())}
        self.assertEqual(kinds, {"missing dead letter", "dead letter out of nowhere"})

    def test_shrinking_keeps_the_failure(self) -> None:
        rule = "cap: the oldest count"
        case = next(c for c in map(make_case, range(ENOUGH)) if fails_broken(c, rule))
        small = shrink(case, lambda c: fails_broken(c, rule))
        self.assertTrue(fails_broken(small, rule))
        self.assertLess(small.size, 10)

    def test_a_case_is_a_function_of_its_seed(self) -> None:
        self.assertEqual(make_case(5), make_case(5))


if __name__ == "__main__":
    unittest.main()
