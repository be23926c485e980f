"""Which cells of a release are hidden so that no hidden one can be worked out from those that are shown.

`lmdt protect CONFIG` fixes one pattern for each measure of a release, beside the data and before any question is asked:
docs/disclosure.md tells how. The node reads the pattern (departments/share/pattern.py) and knows nothing of this.
"""
