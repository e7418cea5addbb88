"""One face and everything known of it: what was measured, what models say, where they looked, and whether that is true.

explain(face, models=[load("guided-mini")])     Explanation
"""

from explab.lab.check import Check
from explab.lab.explain import explain
from explab.lab.explanation import Agreement, Attribution, Explanation, Judged

__all__ = ["Agreement", "Attribution", "Check", "Explanation", "Judged", "explain"]
