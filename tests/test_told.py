"""Refusals and warnings in Chinese: every template is sound, and pages use them."""

import ast
import re
import time
from pathlib import Path

import pytest

import mgg_kernel
from mgg_kernel import errors
from mgg_kernel.errors import NotFoundError
from mgg_kernel.told import catalogue, in_language
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.words import Words

ROOT = Path(mgg_kernel.__file__).parent
KINDS = set(errors.__all__)
# What only the command line and the server's own log tell stays English: they speak nothing else.
ENGLISH = ("cli/", "hot/embedded/", "hot/migrations/", "sweeps/", "web/servers.py", "settings.py")
ENGLISH += ("predecessor/", "workspace/bringing_in.py", "workspace/migrations.py")
ENGLISH += ("workspace/demo.py",)


# Put together of a sentence and an addition: told with each addition that there is.
LISTS = "ws.corridors.list() or `mgg corridor list` shows what there is."
SHAPES = {
    "'{}'{} is refused: {}.": "'{}', sheet '{}', is refused: {}.",
    f"There is no corridor '{{}}'{{}}; {LISTS}": (
        f"There is no corridor '{{}}' with a version {{}}; {LISTS}"
    ),
    "part '{}' {}": "part '{}' is nested deeper than any workbook; remove it",
}


def template(node: ast.expr, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(piece(value, constants) for value in node.values)
    return None


def piece(value: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(value, ast.FormattedValue):
        name = value.value
        return constants.get(name.id, "{}") if isinstance(name, ast.Name) else "{}"
    assert isinstance(value, ast.Constant)
    return value.value


def constants_of(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module gives names to."""
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def raised() -> list[str]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if path.relative_to(ROOT).as_posix().startswith(ENGLISH):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = constants_of(tree)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            # Inside a workbook a scanner says "part 'x'" first.
            begin = "part '{}' " if getattr(node.func, "attr", "") == "_refusal" else ""
            raises = isinstance(node.func, ast.Name) and node.func.id in KINDS
            if (begin or raises) and (text := template(node.args[0], constants)):
                folded = re.sub(r"(\{\})+", "{}", begin + text)
                # What is put together of values alone is told by its values.
                if re.search("[a-z]", folded):
                    found.append(SHAPES.get(folded, folded))
    return found


def strings(node: ast.expr, names: dict[str, set[str]]) -> set[str]:
    """Return the texts that an expression can be, of constants and names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return strings(node.body, names) | strings(node.orelse, names)
    return names.get(node.id, set()) if isinstance(node, ast.Name) else set()


def logged() -> set[str]:
    """Return the actions that the program writes into the operation log."""
    found = set()
    # Where the action stands among the arguments; helpers called `_log` have it first or second.
    places = {"doing": slice(2, 3), "write_log": slice(2, 3), "_log": slice(0, 2)}
    for path in sorted(ROOT.rglob("*.py")):
        names: dict[str, set[str]] = {}
        calls = []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign):
                target, value = node.targets[0], node.value
                pairs = [(target, value)]
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    pairs = list(zip(target.elts, value.elts, strict=True))
                for name, one in pairs:
                    if isinstance(name, ast.Name):
                        names.setdefault(name.id, set()).update(strings(one, names))
            if isinstance(node, ast.Call):
                calls.append(node)
        for call in calls:
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            for argument in call.args[places.get(called, slice(0))]:
                found |= strings(argument, names)
    return found


def test_every_action_of_the_operation_log_has_its_chinese():
    actions = logged()
    assert {"log in", "store a test", "link a test", "restore drill"} <= actions
    assert len(actions) > 70
    assert sorted(action for action in actions if in_language(action, "zh") == action) == []


def test_every_finding_of_the_archive_and_of_a_report_has_its_chinese():
    found = []
    for name in ("cold/verify.py", "reports/verifying.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            called = getattr(getattr(node, "func", None), "id", "")
            if called in ("Finding", "Difference"):
                found.append(template(node.args[2], {}))
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "text":
                found.append(template(node.value, {}))
    texts = [text for text in found if text]
    assert len(texts) > 20
    told = {text: in_language(text.format(*range(700, 705)), "zh") for text in texts}
    assert [text for text, said in told.items() if not re.search("[一-鿿]", said)] == []


def test_every_message_that_a_page_can_show_has_its_chinese():
    messages = raised()
    assert len(messages) > 300
    missing = []
    for message in messages:
        values = [f"{11 * (at + 9)}" for at in range(message.count("{}"))]
        said = in_language(message.format(*values), "zh")
        if not re.search("[一-鿿]", said) or not all(value in said for value in values):
            missing.append(f'"{message}" = ""')
    assert not missing, "write these into mgg_kernel/told/zh:\n" + "\n".join(missing)


@pytest.mark.parametrize(("english", "chinese"), catalogue().items())
def test_a_template_is_told_by_itself_and_keeps_its_values(english, chinese):
    count = english.count("{}")
    places = {int(place) for place in re.findall(r"\{(\d+)\}", chinese)}
    assert places <= set(range(count))
    # The name of a kind may be said once where English says it twice; a number is never lost.
    assert places == set(range(count))
    assert re.search("[一-鿿]", chinese)
    said = in_language(english.format(*(f"{700 + at}" for at in range(count))), "zh")
    assert said == chinese.format(*(f"{700 + at}" for at in range(count)))


def test_a_reason_inside_a_refusal_is_told_too_and_a_name_is_not():
    english = "'simulated' is refused: it is larger than 9 MiB; save only the data to a new file."
    assert in_language(english, "zh") == ("“simulated”被拒绝：大于 9 MiB；请只把数据另存为新文件。")


def test_reasons_of_a_verdict_are_told_each():
    english = (
        "Not accepted by peak_time_ms: 1 of 5 shots did not fire; Ppk is 1, and 2 is asked for."
    )
    assert in_language(english, "zh") == (
        "按峰值时间判定不接收：5 发中有 1 发未点火；Ppk 为 1，要求 2。"
    )


def test_what_is_not_known_or_not_asked_for_stays_as_it_is():
    known = "There is no test 7, or you may not see it."
    assert in_language(known, "en") == known
    assert in_language("Nobody wrote this sentence.", "zh") == "Nobody wrote this sentence."


@pytest.mark.parametrize("piece", ["'", " is refused: ", "'x' is refused: ", "; ", ", a", "{0}"])
def test_a_hostile_sentence_takes_no_time(piece):
    begun = time.monotonic()
    for length in (3_900, 500_000):
        assert in_language((piece * length)[:length], "zh")
    assert time.monotonic() - begun < 5


def test_a_page_in_chinese_shows_its_trouble_in_chinese():
    def fail():
        raise NotFoundError("There is no test 7, or you may not see it.")

    guard = Guard(Words("zh"))
    assert not guard.run(fail)
    assert guard.trouble.sentence == "没有编号为 7 的实测，或您无权查看。"
