"""What a share node costs on each database can be measured, whatever the machine."""

import pytest

from bench import engines


@pytest.mark.sockets
@pytest.mark.parametrize("people", [[], ["--people"]])
def test_each_kind_of_database_gives_a_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, people: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["engines", "duckdb", "csv", "--rows", "20000", *people])
    assert engines.main() == 0
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head.count("|") == 9
    for line, kind in zip(lines, ("duckdb", "csv"), strict=True):
        name, rows, *figures = [cell.strip() for cell in line.strip("|").split("|")]
        assert (name.partition(",")[0], rows) == (kind, "20,000")
        assert all(float(figure.replace(",", "")) > 0 for figure in figures) and len(figures) == 6
