"""The operation log's chain: whoever rewrites it past the triggers is found out."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_help import ArchiveLab, day, engine_of
from sqlalchemy import text

from mgg_kernel.audit.chain import ChainWalk, Entry
from mgg_kernel.audit.encoding import digest_of, genesis_of, link_of
from mgg_kernel.audit.verify import AuditReport
from mgg_kernel.errors import AccessError, MggError, StoreError
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.log import write_log

PAST_THE_TRIGGERS = "SET session_replication_role = replica; "


def write(lab: ArchiveLab, *actions: str) -> None:
    for action in actions:
        with lab.foundation.database.begin(Caller("wang", "10.0.0.9")) as (connection, _):
            write_log(connection, "ingest", action, object_id=7, details={"名": "值", "n": 1.50})


def verify(lab: ArchiveLab) -> AuditReport:
    return lab.open_as().audit.verify()


def found(lab: ArchiveLab) -> list[tuple[str, int | None, str | None]]:
    return [(one.kind, one.id, one.file) for one in verify(lab).findings]


def id_of(lab: ArchiveLab, action: str) -> int:
    return lab.count("SELECT id FROM operation_logs WHERE action = %s", action)


def cold(lab: ArchiveLab) -> Path:
    """Three entries of 2024-01 in a file, and two hot ones, all sealed."""
    for action in ("first", "second", "third"):
        lab.add_log(day(2024, 1, 10), action, '{"k": 1}')
    (batch,) = lab.open_as().archive.run(table="operation_logs")
    write(lab, "hot one", "hot two")
    lab.open_as().audit.seal()
    return Path(str(lab.place.file(batch.path)))


def test_python_and_postgresql_write_an_entry_down_alike(lab: ArchiveLab) -> None:
    write(lab, "odd 值 ; 3:x,")
    (row,) = lab.ask(
        "SELECT id, (extract(epoch FROM recorded_at) * 1000000)::bigint, actor, user_id,"
        " session_actor::text, log_type, action, object_type, object_id, outcome, address,"
        " application, details::text, digest FROM operation_logs WHERE action LIKE 'odd%'"
    )
    assert row[7] is None
    assert row[10] == "10.0.0.9"
    assert digest_of(row[:13]) == row[13]
    ((linked,),) = lab.ask("SELECT audit_link(12, %s, %s)", row[13], row[13])
    assert linked == link_of(12, row[13], row[13])
    ((note, head),) = lab.ask("SELECT note::text, head FROM audit_seals WHERE last_number = 0")
    assert head == genesis_of(note)


def test_every_column_of_an_entry_counts() -> None:
    row = (1, 2, "a", 3, "s", "t", "act", None, "o", "done", None, "app", "{}")
    digests = {digest_of(row)}
    for at in range(len(row)):
        digests.add(digest_of((*row[:at], "other", *row[at + 1 :])))
    # nothing can be moved from one column to the next
    digests.add(digest_of((*row[:6], "ac", "t", *row[8:])))
    digests.add(digest_of((*row[:7], "", *row[8:])))
    assert len(digests) == len(row) + 3


def test_a_log_that_nobody_rewrote_is_whole(lab: ArchiveLab) -> None:
    write(lab, "one", "two")
    before = verify(lab)
    assert (before.is_whole, before.entries, before.open_entries >= 2) == (True, 0, True)
    sealed = lab.open_as().audit.seal()
    assert sealed >= 3
    after = verify(lab)
    assert after.is_whole
    assert after.entries == sealed
    assert lab.open_as().audit.head().number == sealed
    assert lab.open_as().audit.seal() > 0, "that it was verified was logged as well"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'nobody'"),
        ("session_actor", "'postgres'"),
        ("address", "NULL"),
        ("application", "'x'"),
        ("recorded_at", "recorded_at + interval '1 microsecond'"),
        ("details", "'{}'"),
    ],
)
def test_an_entry_that_a_superuser_altered_is_named(
    lab: ArchiveLab, column: str, value: str
) -> None:
    write(lab, "one", "two", "three")
    lab.open_as().audit.seal()
    lab.ask(
        f"{PAST_THE_TRIGGERS} UPDATE operation_logs SET {column} = {value} WHERE action = 'two'"
    )
    assert found(lab) == [("altered", id_of(lab, "two"), None)]


def test_an_altered_entry_with_hashes_made_to_fit_is_named(lab: ArchiveLab) -> None:
    write(lab, "one", "two", "three")
    lab.open_as().audit.seal()
    lab.ask(
        PAST_THE_TRIGGERS + "UPDATE operation_logs l SET actor = 'nobody', digest = d.digest,"
        " hash = audit_link(chain_number, previous_hash, d.digest) FROM (SELECT id,"
        " audit_digest(id, recorded_at, 'nobody', user_id, session_actor::text, log_type, action,"
        " object_type, object_id, outcome, address, application, details) AS digest"
        " FROM operation_logs) d WHERE d.id = l.id AND action = 'two'"
    )
    assert found(lab) == [("altered", id_of(lab, "two"), None)]


def test_a_removed_entry_is_named_by_the_one_before(lab: ArchiveLab) -> None:
    write(lab, "one", "two", "three")
    lab.open_as().audit.seal()
    lab.ask(f"{PAST_THE_TRIGGERS} DELETE FROM operation_logs WHERE action = 'two'")
    (finding,) = verify(lab).findings
    assert (finding.kind, finding.id) == ("removed", id_of(lab, "one"))
    assert finding.recorded_at is not None
    assert "in PostgreSQL" in finding.text


def test_a_removed_end_is_found_by_the_books(lab: ArchiveLab) -> None:
    write(lab, "one", "two")
    lab.open_as().audit.seal()
    lab.ask(f"{PAST_THE_TRIGGERS} DELETE FROM operation_logs WHERE action = 'two'")
    assert found(lab) == [("removed", id_of(lab, "one"), None)]


def test_an_inserted_entry_is_named(lab: ArchiveLab) -> None:
    write(lab, "one", "two")
    lab.open_as().audit.seal()
    copy = (
        PAST_THE_TRIGGERS + "INSERT INTO operation_logs (id, recorded_at, actor, session_actor,"
        " log_type, action, outcome, application, digest, chain_number, previous_hash, hash)"
        " OVERRIDING SYSTEM VALUE SELECT 900000 + {0}, recorded_at, actor, session_actor, log_type,"
        " 'forged', outcome, application, {1} FROM operation_logs WHERE action = 'one'"
    )
    lab.ask(copy.format(1, "NULL, NULL, NULL, NULL"))
    assert found(lab) == [("inserted", 900001, None)]
    lab.open_as().audit.seal()
    assert ("inserted", 900001, None) in found(lab), "a sealer takes no foreign entry in"
    lab.ask(copy.format(2, "digest, chain_number, previous_hash, hash"))
    kinds = found(lab)
    assert ("altered", 900002, None) in kinds
    assert ("inserted", 900002, None) in kinds


def test_what_was_altered_before_it_was_sealed_is_not_sealed(lab: ArchiveLab) -> None:
    write(lab, "one", "two")
    lab.ask(f"{PAST_THE_TRIGGERS} UPDATE operation_logs SET actor = 'x' WHERE action = 'one'")
    lab.open_as().audit.seal()
    assert found(lab) == [("altered", id_of(lab, "one"), None)]


def test_archived_entries_keep_their_place_in_the_chain(lab: ArchiveLab) -> None:
    cold(lab)
    report = verify(lab)
    assert report.is_whole
    assert report.cold_entries == 3
    assert report.entries > 5


def test_what_was_rewritten_before_it_was_archived_is_found_in_the_file(lab: ArchiveLab) -> None:
    for action in ("first", "second", "third"):
        lab.add_log(day(2024, 1, 10), action)
    lab.open_as().audit.seal()
    lab.ask(f"{PAST_THE_TRIGGERS} UPDATE operation_logs SET actor = 'x' WHERE action = 'second'")
    number = id_of(lab, "second")
    lab.open_as().archive.run(table="operation_logs")
    assert found(lab) == [("altered", number, "operation_logs/2024-01.parquet")]


@pytest.mark.parametrize("deed", ["alter", "remove", "insert"])
def test_a_rewritten_file_is_found_even_if_the_books_fit_it(lab: ArchiveLab, deed: str) -> None:
    file = cold(lab)
    rows = pq.read_table(file).to_pylist()
    if deed == "alter":
        rows[1]["actor"] = "x"
    elif deed == "remove":
        del rows[1]
    else:
        rows.append({**rows[1], "id": 900003, "actor": "forger"})
    schema = pq.read_schema(file)
    file.chmod(0o600)
    pq.write_table(pa.Table.from_pylist(rows, schema), file, write_page_checksum=True)
    named = "operation_logs/2024-01.parquet"
    kind, number, where = found(lab)[0]
    expected = {
        "alter": ("altered", rows[1]["id"], named),
        "remove": ("removed", rows[0]["id"], named),
        "insert": ("altered", 900003, named),
    }
    assert (kind, number, where) == expected[deed]


def test_a_file_that_is_missing_or_damaged_is_named(lab: ArchiveLab) -> None:
    file = cold(lab)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-30])
    kinds = [one.kind for one in verify(lab).findings]
    assert "unreadable" in kinds
    file.unlink()
    texts = [one.text for one in verify(lab).findings]
    assert "the file operation_logs/2024-01.parquet is missing" in texts


def test_a_tail_that_was_cut_off_with_its_seals_is_found_by_the_published_head(
    lab: ArchiveLab,
) -> None:
    write(lab, "one")
    lab.open_as().audit.seal()
    write(lab, "two")
    told = lab.open_as().audit.publish()
    heads = lab.settings.audit_heads
    assert heads.stat().st_mode & 0o777 == 0o600
    assert json.loads(heads.read_text())["hash"] == told.hash
    assert verify(lab).is_whole
    lab.ask(
        PAST_THE_TRIGGERS + "DELETE FROM operation_logs WHERE action IN ('two', %s);"
        " DELETE FROM audit_seals WHERE last_number = %s",
        "verify the operation log",
        told.number,
    )
    (finding,) = verify(lab).findings
    assert finding.kind == "cut"
    assert f"entry {told.number} of the chain was published" in finding.text


def test_a_chain_that_was_made_anew_is_found_by_the_published_head(lab: ArchiveLab) -> None:
    write(lab, "one", "two")
    told = lab.open_as().audit.publish()
    lab.ask(
        PAST_THE_TRIGGERS + "DELETE FROM audit_seals WHERE last_number > 0;"
        " UPDATE operation_logs SET hash = NULL, chain_number = NULL, previous_hash = NULL,"
        " actor = 'x'; UPDATE operation_logs SET digest = audit_digest(id, recorded_at, actor,"
        " user_id, session_actor::text, log_type, action, object_type, object_id, outcome, address,"
        " application, details)"
    )
    lab.open_as().audit.seal()
    assert [(one.kind, one.number) for one in verify(lab).findings] == [("altered", told.number)]


def test_lines_that_are_no_heads_and_heads_of_another_chain_are_told(lab: ArchiveLab) -> None:
    lab.open_as().audit.publish()
    heads = lab.settings.audit_heads
    line = json.loads(heads.read_text())
    other = json.dumps({**line, "genesis": "0" * 64, "number": 10**6})
    heads.write_text(f"{json.dumps(line)}\nnonsense\n{other}\n")
    report = verify(lab)
    assert [one.kind for one in report.findings] == ["cut", "cut"]
    assert "line 2" in report.findings[0].text
    assert "another chain" in report.findings[1].text


def test_the_beginning_of_the_chain_counts(lab: ArchiveLab) -> None:
    write(lab, "one")
    lab.open_as().audit.seal()
    kept = lab.ask("SELECT note::text FROM audit_seals WHERE last_number = 0")[0][0]
    change = PAST_THE_TRIGGERS + "UPDATE audit_seals SET note = %s WHERE last_number = 0"
    lab.ask(change, json.dumps({**json.loads(kept), "entries": 5}))
    try:
        assert "the beginning of the chain" in verify(lab).findings[0].text
    finally:
        lab.ask(change, kept)
    assert verify(lab).is_whole


def test_writers_at_once_make_one_chain(lab: ArchiveLab) -> None:
    failed: list[MggError] = []

    def work(number: int) -> None:
        try:
            for at in range(12):
                write(lab, f"writer {number} entry {at}")
                if at % 4 == number % 4:
                    lab.open_as().audit.seal()
        except MggError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    lab.open_as().audit.seal()
    report = verify(lab)
    assert report.is_whole
    assert report.entries >= 96
    assert report.open_entries == 0


def test_an_entry_that_commits_late_is_sealed_later(lab: ArchiveLab) -> None:
    with lab.foundation.database.begin(Caller("wang")) as (connection, _):
        write_log(connection, "ingest", "slow")
        write(lab, "quick")
        assert lab.open_as().audit.seal() >= 1, "a sealer does not wait for who writes"
    lab.open_as().audit.seal()
    rows = lab.ask("SELECT action FROM operation_logs WHERE actor = 'wang' ORDER BY chain_number")
    assert [action for (action,) in rows] == ["quick", "slow"]
    assert verify(lab).is_whole


def test_a_sealer_that_dies_leaves_no_trace(lab: ArchiveLab) -> None:
    write(lab, "one", "two")
    engine = engine_of(lab)
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('mgg.actor', 'admin', false)"))
        assert connection.execute(text("SELECT audit_seal(1)")).scalar_one() == 1
        connection.invalidate()  # its connection goes before it commits
    engine.dispose()
    assert lab.count("SELECT count(*) FROM operation_logs WHERE hash IS NOT NULL") == 0
    lab.open_as().audit.seal()
    assert verify(lab).is_whole


def test_a_sealed_entry_cannot_be_linked_anew(lab: ArchiveLab) -> None:
    write(lab, "one")
    lab.open_as().audit.seal()
    engine = engine_of(lab)
    statements = (
        "UPDATE operation_logs SET hash = NULL",
        "UPDATE operation_logs SET hash = audit_link(1, hash, digest), previous_hash = hash",
        "UPDATE audit_seals SET head = head",
        "DELETE FROM audit_seals",
    )
    for statement in statements:
        with pytest.raises(StoreError, match="takes new rows only"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()


def test_only_administrators_seal_verify_and_publish(lab: ArchiveLab) -> None:
    for name in ("wang", "boss"):
        audit = lab.open_as(name).audit
        deeds: tuple[Callable[[], object], ...] = (
            audit.verify, audit.seal, audit.head, audit.publish, audit.state
        )  # fmt: skip
        for deed in deeds:
            with pytest.raises(AccessError):
                deed()
    with (
        pytest.raises(AccessError),
        lab.foundation.database.begin(Caller("wang")) as (connection, _),
    ):
        connection.execute(text("SELECT audit_seal(10)"))


def test_the_state_tells_when_the_chain_was_followed(lab: ArchiveLab) -> None:
    audit = lab.open_as().audit
    assert audit.state().verified_at is None
    audit.publish()
    audit.verify()
    state = audit.state()
    assert state.verified_at is not None
    assert state.findings == 0
    assert state.published is not None
    assert state.published.number == state.head.number


def test_a_file_of_heads_that_cannot_be_written_is_told(lab: ArchiveLab) -> None:
    heads = lab.settings.audit_heads
    heads.parent.mkdir(parents=True)
    heads.mkdir()
    with pytest.raises(StoreError, match="could not be published"):
        lab.open_as().audit.publish()


def test_a_walk_in_any_order_keeps_one_stretch() -> None:
    hashes = ["start"]
    for number in range(1, 9):
        hashes.append(link_of(number, hashes[-1], f"d{number}"))
    walk = ChainWalk({}, {})
    for number in (3, 1, 2, 8, 6, 7, 5, 4):
        entry = Entry(number, day(2024, 1, 1), None, number, hashes[number - 1], hashes[number])
        walk.add(entry, f"d{number}")
    walk.end("start", 8)
    assert walk.findings == []
    assert len(walk._stretches) == 1
