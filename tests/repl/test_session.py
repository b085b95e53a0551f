"""A session: what each line answers, what it changes, and that a mistake changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc import zoo
from convcalc.errors import SpecError, wrong
from convcalc.render.units import ASCII
from convcalc.repl.commands import COMMANDS
from convcalc.repl.session import Reply, Session


class Files:
    """Files that are a mapping."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def read(self, name: str) -> tuple[str, str]:
        if name.removeprefix("zoo:") in zoo.names():
            name = name.removeprefix("zoo:")
            return zoo.text(name), f"zoo:{name}"
        if name not in self.texts:
            raise wrong(f"there is no file {name}")
        return self.texts[name], name

    def write(self, name: str, text: str, replace: bool) -> None:
        if name in self.texts and not replace:
            raise wrong("the file is there already")
        self.texts[name] = text


def new(*entries: str) -> Session:
    """A session in which these lines were typed, all of them right."""
    files = Files()
    session = Session(files.read, files.write)
    for entry in entries:
        reply = session.execute(entry)
        assert reply.ok, reply.text
    return session


def replies(session: Session, *entries: str) -> list[str]:
    return [session.execute(entry).text for entry in entries]


def test_each_line_answers_with_its_rows() -> None:
    assert replies(
        new(),
        'title "Tiny"',
        "let w = 16",
        "input 3x32x32",
        "conv w 3x3 pad=1 ; relu",
        "maxpool 2x2",
        "fc 10",
    ) == [
        "",
        "",
        "input                3×32×32",
        "conv1               16×32×32   padding 1 · 448 parameters · 442,368 MACs\n"
        "relu1               16×32×32",
        "maxpool1            16×16×16",
        "fc1                       10   40,970 parameters · 40,960 MACs",
    ]


def test_a_mistake_is_told_under_the_line_and_changes_nothing() -> None:
    session = new("input 3x8x8", "conv 4 3x3")
    state = session.state
    reply = session.execute("conv 8 9x9")
    assert reply == Reply(
        "error: a 9x9 window does not fit a 6x6 input\n"
        "  <session>:3:1\n"
        "  3 | conv 8 9x9\n"
        "    | ^^^^^^^^^^\n"
        "  height: 6 + 0 padding < 9\n"
        "  width: 6 + 0 padding < 9\n"
        "  help: pad=2 or more would fit; the smallest input this network accepts is 3x11x11",
        ok=False,
    )
    assert session.state == state
    assert session.execute("undo").text == "undone: conv 4 3x3\nno layer yet"


def test_what_is_new_below_a_line_is_said_once() -> None:
    session = new("input 3x7x7")
    first = session.execute("conv 4 2x2 s=2 -> 4x4x4").text.splitlines()
    assert first[0] == "conv1                  4×3×3   52 parameters · 432 MACs"
    assert first[1] == "wrong: line 2, conv1: expected output 4×4×4, actual 4×3×3"
    assert first[2].startswith("note: conv1")
    assert replies(session, "relu") == ["relu1                  4×3×3"]


def test_many_rows_are_put_together_by_blocks_or_cut() -> None:
    session = new("input 8x8x8", "def pair { conv 8 3x3 pad=1 ; relu }")
    (text,) = replies(session, "repeat 7 { b: pair }")
    assert text.splitlines() == [
        f"b{n}                     8×8×8   2 layers · 584 parameters · 36,864 MACs"
        for n in range(1, 8)
    ]
    lines = replies(session, "repeat 20 { relu }")[0].splitlines()
    assert [line.split()[0] for line in lines] == [
        *(f"relu{n}" for n in range(1, 11)),
        "…",
        "relu20",
    ]
    assert lines[10] == "… 9 more; show has them all"


def test_rows_fit_a_narrow_terminal() -> None:
    session = new("input 3x224x224")
    session.width = 60
    text = session.execute("conv 64 7x7 s=2 pad=3").text
    assert text == (
        "conv1             64×112×112   padding 3 · 9,472 parameters\n"
        "                               118,013,952 MACs\n"
        "note: conv1: drops 1 row and 1 column of padding at the end\n"
        "      (stride 2 on 224 + 6)"
    )
    text = session.execute("show").text
    assert max(map(len, text.splitlines())) <= 60


def test_prose_is_broken_at_blanks_and_what_is_quoted_is_not() -> None:
    session = new("input 3x8x8")
    session.width = 40
    assert session.execute("conv 4 9x9 pad=0 dilation=1 groups=1 bias=no").text == (
        "error: a 9x9 window does not fit an 8x8\n"
        "       input\n"
        "  <session>:2:1\n"
        "  2 | conv 4 9x9 pad=0 dilation=1 groups=1 bias=no\n"
        "    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  height: 8 + 0 padding < 9\n"
        "  width: 8 + 0 padding < 9\n"
        "  help: pad=1 or more would fit; the\n"
        "        smallest input this network\n"
        "        accepts is 3x9x9"
    )
    lines = session.execute("help").text.splitlines()
    assert "  set NAME=VALUE   give a let or a" in lines
    assert "                   symbol this value" in lines
    for entry in ("help", "help conv", "help solve", "load vgg16", "zoo", "undo"):
        assert max(map(len, session.execute(entry).text.splitlines())) <= 40


def test_only_ascii_where_no_more_can_be_shown() -> None:
    files = Files()
    session = Session(files.read, files.write, spelling=ASCII)
    lines = (
        "input 3xHxW",
        "conv 4 3x3 pad=1 s=2 -> 4x5x5 # é",
        "repeat 20 { relu }",
        "undo",
        "list",
    )
    for entry in (*lines, "show", "explain conv1", "solve", "check", "help conv", "help"):
        reply = session.execute(entry)
        assert reply.ok, reply.text
        assert reply.text.isascii(), entry


def test_undo_and_redo_go_through_every_change() -> None:
    session = new()
    entries = ["input 3x16x16", "conv 4 3x3", "set none=1", "relu", "delete 2", "insert 2 fc 9"]
    states = [session.state]
    for entry in entries:
        if session.execute(entry).ok:
            states.append(session.state)
    assert len(states) == 6
    for state in reversed(states[:-1]):
        assert session.execute("undo").ok
        assert session.state == state
    assert session.execute("undo") == Reply("error: there is nothing to undo", ok=False)
    for state in states[1:]:
        assert session.execute("redo").ok
        assert session.state == state
    assert session.execute("redo") == Reply("error: nothing was undone", ok=False)


def test_a_change_after_undo_ends_what_could_be_done_again() -> None:
    session = new("input 3x16x16", "conv 4 3x3", "undo", "conv 5 3x3")
    assert not session.execute("redo").ok
    assert session.state.lines == ("input 3x16x16", "conv 5 3x3")


def test_lines_are_inserted_edited_and_deleted() -> None:
    session = new("input 3x16x16", "conv 4 3x3", "fc 10")
    assert replies(session, "insert 3 maxpool 2x2", "edit 2 conv 8 3x3 pad=1", "delete 2-3") == [
        "maxpool1               4×7×7\n"
        "fc1                       10   1,970 parameters · 1,960 MACs\n"
        "3 layers · output 10 · 2,082 parameters · 23,128 MACs · at most 6.1 KiB alive at once",
        "conv1                8×16×16   padding 1 · 224 parameters · 55,296 MACs\n"
        "maxpool1               8×8×8\n"
        "fc1                       10   5,130 parameters · 5,120 MACs\n"
        "3 layers · output 10 · 5,354 parameters · 60,416 MACs · at most 11.0 KiB alive at once",
        "fc1                       10   7,690 parameters · 7,680 MACs\n"
        "1 layer · output 10 · 7,690 parameters · 7,680 MACs · at most 3.0 KiB alive at once",
    ]
    assert session.state.lines == ("input 3x16x16", "fc 10")


def test_edit_without_a_line_offers_the_old_one() -> None:
    session = new("input 3x16x16", "c: conv 4 3x3  # first")
    assert session.execute("edit 2") == Reply(prefill="edit 2 c: conv 4 3x3  # first")


def test_list_numbers_the_lines_as_errors_do() -> None:
    session = new("input 3x16x16", "", "def b {\n  relu\n}", "# done", "b")
    assert session.execute("list").text == (
        "1 | input 3x16x16\n2 | def b {\n3 |   relu\n4 | }\n5 | # done\n6 | b"
    )


@pytest.mark.parametrize(
    ("before", "typed", "lines"),
    [
        (("input 3x8x8", "relu"), "input 3x9x9", ("input 3x9x9", "relu")),
        (("  input 3x8x8 # RGB", "relu"), "input 3xHxW", ("  input 3xHxW # RGB", "relu")),
        (("left: input 3x8x8", "relu"), "input 1x9x9", ("left: input 1x9x9", "relu")),
        (("left: input 3x8x8", "relu"), "left: input 1x9", ("left: input 1x9", "relu")),
        (
            ("left: input 3x8x8",),
            "right: input 1x9x9",
            ("left: input 3x8x8", "right: input 1x9x9"),
        ),
        (("input 3x8x8; relu",), "input 3x5x5", ("input 3x5x5; relu",)),
        (("let n = 2", "input 3x(n)x8"), "input 3x8x(4*n)", ("let n = 2", "input 3x8x(4*n)")),
        (
            ("input 3x8x8",),
            "input 3x5x5 ; relu",
            ("input 3x8x8", "input 3x5x5 ; relu"),
        ),
    ],
)
def test_a_second_input_is_another_shape_of_it(
    before: tuple[str, ...], typed: str, lines: tuple[str, ...]
) -> None:
    session = new(*before, typed)
    assert session.state.lines == lines


def test_another_input_shows_what_it_changes() -> None:
    session = new("input 3x8x8", "conv 4 3x3", "gap", "fc 2")
    assert session.execute("input 3x20x20").text == (
        "input                3×20×20\n"
        "conv1                4×18×18   112 parameters · 34,992 MACs\n"
        "3 layers · output 2 · 122 parameters · 35,000 MACs · at most 9.8 KiB alive at once"
    )
    assert not session.execute("input 3x2x2").ok
    assert session.state.lines[0] == "input 3x20x20"


@pytest.mark.parametrize(
    ("before", "typed", "lines"),
    [
        (("let w = 4", "input 3x8x8"), "set w=6", ("let w = 6", "input 3x8x8")),
        (("let w = 4 # w", "input 3x8x8"), "set w = 2 * 3", ("let w = 2 * 3 # w", "input 3x8x8")),
        (("input 3xHxW", "relu"), "set W=5", ("let W = 5", "input 3xHxW", "relu")),
        (
            ("symbol F S", "input 3x8x8", "conv F 3x3"),
            "set F=7",
            ("symbol S; let F = 7", "input 3x8x8", "conv F 3x3"),
        ),
        (
            ("symbol F", "let k = 3", "input 3x8x8", "conv F k"),
            "set F=7 k=5",
            ("let F = 7", "let k = 5", "input 3x8x8", "conv F k"),
        ),
    ],
)
def test_set_changes_the_text(before: tuple[str, ...], typed: str, lines: tuple[str, ...]) -> None:
    session = new(*before, typed)
    assert session.state.lines == lines


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("set", "set needs NAME=VALUE\n  help: for example: set width=32"),
        ("set w", "set needs NAME=VALUE\n  help: for example: set width=32"),
        ("set width=", "set needs NAME=VALUE\n  help: for example: set width=32"),
        (
            "set widht=3",
            "widht is neither a let nor a symbol of the network\n  help: did you mean width?",
        ),
        ("set q=3", "q is neither a let nor a symbol of the network"),
        (
            "insert",
            "insert needs the number of a line\n"
            "  help: for example: insert 2 conv 16 3x3; list has them all",
        ),
        ("insert 2", "insert needs what to insert\n  help: for example: insert 2 conv 16 3x3"),
        ("insert 9 relu", "there is no line 9\n  help: the last is line 3"),
        ("delete 0", "there is no line 0\n  help: the last is line 3"),
        ("delete 3-2", "line 2 stands above line 3"),
        ("delete c1", "delete needs the number of a line\n  help: c1 is on line 3"),
        ("undo 3", "undo takes nothing behind it, not 3"),
        ("save", "the network has no file yet\n  help: for example: save mynet.conv"),
        ("load", "load needs a file or a network of the zoo\n  help: zoo lists these"),
        ("load none.conv", "there is no file none.conv"),
        (
            "solve 7",
            "solve cannot do anything with 7\n"
            "  help: it is near 350, why 350x525, want 512x7x7, strict, or a layer with ? in it",
        ),
        (
            "help cnv",
            "there is no command and no layer cnv\n  help: did you mean conv?",
        ),
        (":nothing", "there is no command nothing\n  help: help lists the commands"),
        (":shwo", "there is no command shwo\n  help: did you mean show?"),
        ("caf\udce9", "the line is not UTF-8 text"),
    ],
)
def test_mistakes_in_commands(typed: str, told: str) -> None:
    session = new("let width = 4", "input 3x8x8", "c1: conv width 3x3")
    state = session.state
    assert session.execute(typed) == Reply(f"error: {told}", ok=False)
    assert session.state == state


@pytest.mark.parametrize(
    ("typed", "help"),
    [
        ("udno", "did you mean the command undo?"),
        ("qiut", "did you mean the command quit?"),
        ("covn 3 3x3", "did you mean conv?"),
        ("shown: cvon 3 3x3", "did you mean conv?"),
    ],
)
def test_a_misspelt_word_may_have_meant_a_command(typed: str, help: str) -> None:
    reply = new("input 3x8x8").execute(typed)
    assert not reply.ok
    assert reply.text.splitlines()[-1] == f"  help: {help}"


def test_set_takes_only_a_value() -> None:
    session = new("let w = 4", "input 3x8x8")
    assert not session.execute("set w=3; conv 4 3x3").ok
    assert not session.execute("set w=3\nconv 4 3x3").ok
    assert session.state.lines == ("let w = 4", "input 3x8x8")


def test_what_the_network_defines_goes_before_a_command() -> None:
    session = new("def undo { relu }", "let show = 3", "input 3x8x8", "conv show 3x3", "undo")
    assert session.report is not None
    assert [layer.kind for layer in session.report.layers] == ["conv", "relu"]
    assert session.execute(":undo").text.startswith("undone: undo\n")
    assert session.execute("list: conv 2 3x3").text.startswith("list ")
    assert session.execute("list").text.startswith("1 | def undo")


def test_lets_and_defs_are_checked_before_there_is_an_input() -> None:
    session = new("let w = 3")
    assert not session.execute("let v = 2*u").ok
    assert not session.execute("def b { conv }}").ok
    assert session.execute("show") == Reply(
        "error: there is no network yet\n  help: a network begins with, say, input 3x224x224",
        ok=False,
    )


@pytest.mark.parametrize(
    ("entry", "open_"),
    [
        ("repeat 2 {", True),
        ("repeat 2 {\n relu\n}", False),
        ("add { relu |", True),
        ("relu # {", False),
        ('title "{"', False),
        ("}", False),
        ("insert 2 repeat 2 {", True),
        ("save {", False),
        ("", False),
    ],
)
def test_an_entry_goes_on_while_a_brace_is_open(entry: str, open_: bool) -> None:
    assert new().unfinished(entry) is open_


def test_saving_and_loading() -> None:
    session = new()
    unsaved = [
        session.unsaved
        for entry in ("input 3x8x8", "relu", "save a.conv", "fc 10", "save")
        if session.execute(entry).ok
    ]
    assert unsaved == [True, True, False, True, False]
    assert session.read("a.conv")[0] == "input 3x8x8\nrelu\nfc 10\n"
    new_session = Session(session.read, session.write)
    assert new_session.execute("load a.conv").text.startswith("2 layers · output 10")
    assert new_session.state.lines == session.state.lines
    assert not new_session.unsaved


def test_a_file_is_not_written_over_by_accident() -> None:
    session = new("input 3x8x8", "save a.conv", "new", "input 1x1x1")
    assert not session.execute("save a.conv").ok
    assert session.execute("save! a.conv").ok
    assert session.read("a.conv")[0] == "input 1x1x1\n"
    assert session.execute("save").ok


def test_undo_goes_back_to_the_network_before_loading_and_its_file() -> None:
    session = new("input 3x8x8", "save a.conv", "relu", "load lenet5", "fc 3", "undo", "undo")
    assert session.state.lines == ("input 3x8x8", "relu")
    assert session.execute("save").text == "a.conv: 2 lines"


def test_what_was_left_for_another_network_is_unsaved_too() -> None:
    session = new("input 3x8x8", "load lenet5")
    assert not session.state.unsaved
    assert session.unsaved
    saved = new("input 3x8x8", "save a.conv", "load lenet5", "new")
    assert not saved.unsaved


def test_blank_lines_are_no_work() -> None:
    assert not new().unsaved
    assert not new("", "   ").unsaved
    assert not new("input 3x8x8", "undo").unsaved


def test_every_network_of_the_zoo_is_loaded_as_it_is() -> None:
    session = new()
    for name in zoo.names():
        assert session.execute(f"load {name}").ok
        assert session.state.text == zoo.text(name)
        assert not session.unsaved


def test_windows_line_ends_are_read() -> None:
    session = new()
    session.write("a.conv", "input 3x8x8\r\nrelu\r\n", False)
    session.execute("load a.conv")
    assert session.state.lines == ("input 3x8x8", "relu")


def test_zoo_lists_and_prints() -> None:
    session = new()
    assert session.execute("zoo").text.split() == list(zoo.names())
    assert session.execute("zoo lenet5").text == zoo.text("lenet5").rstrip("\n")
    session.width = 30
    assert max(map(len, session.execute("zoo").text.splitlines())) <= 30


def test_explain_tells_of_the_last_layer_or_the_one_named() -> None:
    session = new("input 3x227x227", "conv 96 11x11 s=4", "relu", "fc 10")
    assert "(11·11·3 + 1)·96" in session.execute("explain conv1").text
    assert session.execute("explain").text == session.execute("explain fc1").text
    assert session.execute("explain :2").text == session.execute("explain conv1").text
    assert not session.execute("explain conv7").ok


def test_solve_tells_the_sizes_that_work() -> None:
    session = new("input 3x32x32", "maxpool 2x2", "deconv 4 2x2 s=2", "concat { | relu }")
    assert session.execute("solve").text.splitlines()[0] == "H and W: every size from 2."
    assert "6" in session.execute("solve want 8x6x6").text
    assert not session.execute("solve near").ok


def test_solve_tells_what_the_blanks_of_a_next_layer_may_be() -> None:
    session = new("input 3x8x8")
    state = session.state
    lines = session.execute("solve conv 4 ? s=2 -> 4x3x3").text.splitlines()
    assert lines[0] == "conv1: conv 4 ? s=2 makes 4x3x3 of 3x8x8 where k = 3 or 4."
    assert session.state == state
    assert not session.execute("conv 4 ? s=2 -> 4x3x3").ok


def test_check_marks_the_answers() -> None:
    session = new("input 3x227x227", "conv 96 11x11 s=4 -> 96x54x54 params=34944")
    assert session.execute("check").text.splitlines() == [
        "wrong  conv1 output      96x54x54, right is 96×55×55",
        "       leaving out the + 1 at the end gives 54",
        "right  conv1 parameters  34944",
        "",
        "1 of 2 points: 1 right, 1 wrong",
    ]


def test_help_has_every_command_and_every_layer() -> None:
    session = new()
    text = session.execute("help").text
    assert max(map(len, text.splitlines())) <= 80
    for name, command in COMMANDS.items():
        assert f"\n  {command.usage} " in text
        assert session.execute(f"help {name}").text.startswith(f"{command.usage}: ")
    assert session.execute("help dense").text.startswith("fc ")
    assert "`" not in session.execute("help conv").text


def test_quit_leaves() -> None:
    assert new().execute("quit") == Reply(leave=True)
    assert new().execute("  :QUIT ") == Reply(leave=True)


LINES = st.sampled_from(
    [
        *("input 3x8x8", "input 2xHxW", "a: conv 4 3x3 s=2", "conv w 1x1", "let w = 3", "fc 5"),
        *(
            "add { relu | }",
            "from @a",
            "def b n { conv n 1x1 }",
            "b 4",
            "maxpool 9x9",
            "}",
            "nosuch",
        ),
        *("undo", "redo", "delete 1", "delete 2-3", "insert 1 relu", "insert 2 let w = 2"),
        *("edit 2 conv 6 2x2", "set w=5", "set H=9 W=9", "new", "load lenet5", "save x", "save!"),
        *(
            "show",
            "list",
            "explain",
            "solve",
            "check",
            "repeat 3 { relu }",
            "input 5",
            'title "t',
            "# c",
        ),
    ]
)


@given(st.lists(LINES, max_size=12))
def test_the_report_is_always_that_of_the_lines(entries: list[str]) -> None:
    session = new()
    for entry in entries:
        before, report = session.state, session.report
        reply = session.execute(entry)
        if not reply.ok:
            assert reply.text.startswith("error: ")
            assert (session.state, session.report) == (before, report)
        try:
            expected = convcalc.analyze(session.state.text)
        except SpecError:
            expected = None  # no layer yet
        got = session.report
        assert (got and (got.layers, got.inputs)) == (
            expected and (expected.layers, expected.inputs)
        )
        if session.state != before and entry not in ("undo", "redo"):
            assert session.execute("undo").ok
            assert session.state == before
            assert session.execute("redo").ok
