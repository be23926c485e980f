"""Two logs that agree, whatever was asked; and whatever is changed in one of them is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from departments.share.answered_lines import Line, OwnLog
from departments.share.entries import Called, Entry
from departments.share.reconcile import Compared, Trusts, compare

BEGAN = datetime(2026, 7, 14, 12, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)
FAILED = (0, 401, 403, 429, 503)


@dataclass(frozen=True)
class Both:
    """What the two sides have."""

    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]

    def compared(self, *waiting: str, now: datetime = NOW) -> Compared:
        return compare([OwnLog(self.lines, begins=True, ends=True)], Trusts(self.entries), waiting, now)


def at(second: float) -> datetime:
    return BEGAN + timedelta(seconds=second)


@st.composite
def histories(draw: st.DrawFn) -> Both:
    """Operations that ask, ask together, join what is out, ask again, have it from the cache, and go before it comes.
    The first line is of an operation that began before the log did."""
    names = [f"op-{number}" for number in range(draw(st.integers(1, 8)))]
    calls: dict[str, list[Called]] = {name: [] for name in names}
    late: list[tuple[str, list[Called]]] = []
    lines = [Line(at(0), "HMRC", "pay", "first", ("early",), None, None, ())]
    for question in range(draw(st.integers(0, 8))):
        asking = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        joining = draw(
            st.lists(st.sampled_from([n for n in names if n not in asking] or [""]), max_size=2, unique=True)
        )
        dataset = draw(st.sampled_from(["pay", "cjrs"]))
        tried = [*draw(st.lists(st.sampled_from(FAILED), max_size=1)), draw(st.sampled_from([200, 200, 200, 0]))]
        made = [Called(dataset, status, f"jti-{question}-{go}", False) for go, status in enumerate(tried)]
        for call in made:
            # An answer may be lost on its way: then the node has it, and the call has no status.
            if call.status == 200 or (call.status == 0 and draw(st.booleans())):
                when = at(60 + question)
                lines.append(Line(when, "HMRC", dataset, call.jti, tuple(asking), "DfE", "planning", ("DSA-001 v1",)))
        for name in asking:
            if draw(st.integers(0, 5)):
                calls[name] += made
            else:
                late.append((name, made))
        for name in filter(None, joining):
            calls[name] += [call._replace(shared=True) for call in made]
    entries = [Entry(0, "operation", "early", at(-1), None, None, [Called("pay", 200, "first", False)])]
    for name in names:
        entries.append(Entry(len(entries), "operation", name, at(30), "DfE", "planning", calls[name]))
    for name, made in late:
        entries.append(Entry(len(entries), "asked", name, at(90), None, None, made))
    return Both(tuple(lines), tuple(entries))


@given(histories())
def test_whatever_is_asked_the_two_agree(both: Both) -> None:
    found = both.compared()
    assert found.differences == []
    assert found.answers == len(both.lines)
    assert not found.left_out
    heard = {call.jti for entry in both.entries for call in entry.calls if call.status == 200}
    assert {one.jti for one in found.unheard} == {line.jti for line in both.lines} - heard


@given(histories(), st.data())
def test_a_line_that_the_node_lost_is_named(both: Both, data: st.DataObject) -> None:
    answered = [line for line in both.lines[1:] if any(c.status == 200 and c.jti == line.jti for c in all_calls(both))]
    if not answered:
        return
    lost = data.draw(st.sampled_from(answered))
    found = replace(both, lines=tuple(line for line in both.lines if line is not lost)).compared()
    assert {one.jti for one in found.differences} == {lost.jti}
    assert {one.lacking for one in found.differences} == {"node"}
    having = {entry.operation for entry in both.entries for call in entry.calls if call.jti == lost.jti}
    assert {one.operation for one in found.differences} == having >= set(lost.operations)


@given(histories(), st.data())
def test_an_entry_that_the_trust_dropped_is_named(both: Both, data: st.DataObject) -> None:
    dropped = data.draw(st.sampled_from(both.entries))
    found = replace(both, entries=tuple(entry for entry in both.entries if entry is not dropped)).compared()
    lost = {
        (dropped.operation, line.jti)
        for line in both.lines
        if dropped.operation in line.operations and line.jti in {call.jti for call in dropped.calls if not call.shared}
    }
    assert {(one.operation, one.jti) for one in found.differences} == lost
    assert {one.lacking for one in found.differences} <= {"trust"}
    missing = "no entry of the operation" if dropped.kind == "operation" else "does not list the call"
    assert all(missing in one.text for one in found.differences)


CHANGES: dict[str, Callable[[Called], Called | None]] = {
    "left out": lambda call: None,
    "another name": lambda call: call._replace(jti="another"),
    "no name": lambda call: call._replace(jti=""),
    "another dataset": lambda call: call._replace(dataset="loans"),
    "refused": lambda call: call._replace(status=403),
}


def all_calls(both: Both) -> Sequence[Called]:
    return [call for entry in both.entries for call in entry.calls]


@given(histories(), st.sampled_from(sorted(CHANGES)), st.data())
def test_a_call_that_the_trust_changed_is_named(both: Both, change: str, data: st.DataObject) -> None:
    known = {line.jti for line in both.lines}
    own = [
        (entry, at)
        for entry in both.entries[1:]
        for at, call in enumerate(entry.calls)
        if call.jti in known and call.status == 200 and not call.shared
    ]
    if not own:
        return
    entry, place = data.draw(st.sampled_from(own))
    name = entry.calls[place].jti
    changed = CHANGES[change](entry.calls[place])
    calls = [*entry.calls[:place], *([changed] if changed else []), *entry.calls[place + 1 :]]
    entries = tuple(entry._replace(calls=calls) if one is entry else one for one in both.entries)
    found = replace(both, entries=entries).compared()
    assert {one.operation for one in found.differences} == {entry.operation}
    assert name in {one.jti for one in found.differences}


def one_of_each(**changes: object) -> Both:
    call = Called("pay", 200, "1", False)
    line = Line(at(60), "HMRC", "pay", "1", ("a",), "DfE", "planning", ("DSA-001 v1",))
    first = Line(at(0), "HMRC", "pay", "0", ("early",), None, None, ())
    early = Entry(0, "operation", "early", at(-1), None, None, [call._replace(jti="0")])
    return Both(
        (first, line._replace(**changes)), (early, Entry(1, "operation", "a", at(59), "DfE", "planning", [call]))
    )


def test_an_answer_given_twice_is_named() -> None:
    both = one_of_each()
    found = replace(both, lines=(*both.lines, both.lines[1])).compared()
    assert [one.text for one in found.differences] == ["the node answered one assertion twice"]


def test_another_organisation_or_purpose_than_the_node_was_told_is_named() -> None:
    for changes in ({"organisation": "DWP"}, {"purpose": "fraud"}):
        (one,) = one_of_each(**changes).compared().differences
        assert one.text.startswith("entry 1: the operation was of DfE for planning, and the node was told of")
    assert one_of_each(organisation=None, purpose=None).compared().differences == []
    simulated = one_of_each(organisation="DWP", agreements=("DSA-009 (simulation) v1",))
    assert simulated.compared().differences == []


def test_an_operation_that_the_node_was_not_told_of_is_named() -> None:
    found = one_of_each(operations=("a", "b")).compared()
    assert [(one.operation, one.lacking) for one in found.differences] == [("b", "trust")]
    assert "no entry of the operation, and others had the answer" in found.differences[0].text
    found = one_of_each(operations=("b",)).compared()
    assert {one.lacking for one in found.differences} == {"trust", ""}
    found = one_of_each(operations=()).compared()
    assert {one.text for one in found.differences} == {
        "the assertion named no operation",
        "entry 1: the node was not told that the call was for this operation",
    }


def test_what_may_not_be_in_the_trusts_log_yet_is_not_compared() -> None:
    both = one_of_each()
    short = replace(both, entries=both.entries[:1])
    found = short.compared(now=at(61))
    assert (found.differences, found.answers) == ([], 1)
    assert found.left_out == {"answers that may not be in the Trust's log yet": 1}
    found = short.compared("a")
    assert (found.differences, found.answers) == ([], 1)
    assert found.left_out == {"answers to operations whose entries wait for their places": 1}
    assert len(short.compared().differences) == 1


def test_what_the_nodes_log_does_not_reach_is_not_compared() -> None:
    both = one_of_each()
    before = Entry(2, "operation", "b", at(-600), "DfE", "planning", [Called("pay", 200, "x", False)])
    found = replace(both, entries=(*both.entries, before)).compared()
    assert (found.differences, found.left_out) == ([], {"calls from before the node's log begins": 1})
    after = before._replace(at=at(600))
    later = replace(both, entries=(*both.entries, after))
    assert [one.lacking for one in later.compared().differences] == ["node"]
    file = compare([OwnLog(both.lines, begins=True, ends=False)], Trusts(later.entries), (), NOW)
    assert file.differences == []
    # What began shortly before the last line may have been answered after it.
    assert file.left_out == {"calls from after the node's log ends": 1}


def test_each_node_of_a_department_has_its_own_beginning() -> None:
    both = one_of_each()
    second = Line(at(1000), "HMRC", "loans", "2", ("c",), None, None, ())
    calls = [Called("loans", 200, "2", False)]
    third = Entry(2, "operation", "c", at(999), "DfE", "planning", calls)
    early = Entry(3, "operation", "d", at(500), "DfE", "planning", [Called("loans", 200, "3", False)])
    logs = [OwnLog(both.lines, begins=True, ends=True), OwnLog((second,), begins=True, ends=True)]
    found = compare(logs, Trusts((*both.entries, third, early)), (), NOW)
    assert (found.differences, found.left_out) == ([], {"calls from before the node's log begins": 1})
