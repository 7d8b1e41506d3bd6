"""state.db: whose eyes it is for, and what happens when it breaks."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from unite_pipeline.errors import LakeError
from unite_pipeline.state import State, account_key, budget_key

TOKEN = "canary-access-token"


@pytest.fixture
def state(tmp_path) -> State:
    """A state.db of the test's own."""
    return State(tmp_path / "data" / "state.db")


def write_token(state: State, token: str = TOKEN) -> None:
    """Store a token."""
    with state.transaction() as db:
        db.execute("insert or replace into tokens values ('account', 'boot', ?, 0)", (token,))


def tokens(state: State) -> list[str]:
    """All tokens that are stored."""
    with state.transaction() as db:
        return [token for (token,) in db.execute("select token from tokens")]


def delete_tokens_and_raise(state: State, error: type[BaseException]) -> None:
    """A transaction that comes to nothing."""
    with state.transaction() as db:
        db.execute("delete from tokens")
        raise error


def test_it_is_for_its_owner_alone(state):
    """The file is made with 0600, its folder is made if missing, and use does not change that."""
    write_token(state)
    assert state.path.stat().st_mode & 0o777 == 0o600


def test_the_token_stands_in_no_other_file(state):
    """After a commit and after a rollback no other file is there: no log, no journal."""
    write_token(state)
    with pytest.raises(KeyError):
        delete_tokens_and_raise(state, KeyError)
    assert [each.name for each in state.path.parent.iterdir()] == ["state.db"]


def test_under_way_the_token_is_for_its_owner_alone(state):
    """While a transaction is under way any file beside state.db is as closed to others as state.db."""
    write_token(state)
    with state.transaction() as db:
        db.execute("pragma cache_spill = 1")
        db.execute("update tokens set token = ?", (TOKEN * 100_000,))
        for path in state.path.parent.iterdir():
            assert path.stat().st_mode & 0o077 == 0


def test_a_transaction_commits(state):
    """What a body writes is there for the next, and in another State of the same path."""
    write_token(state)
    assert tokens(State(state.path)) == [TOKEN]


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, GeneratorExit], ids=lambda error: error.__name__)
def test_a_failed_transaction_is_rolled_back(state, error):
    """Whatever ends a body early, Ctrl-C included, nothing of it stays, and the next can begin at once."""
    write_token(state)
    with pytest.raises(error):
        delete_tokens_and_raise(state, error)
    assert tokens(state) == [TOKEN]


def test_a_wrong_statement_is_rolled_back(state):
    """A statement that fails in the middle takes back what stood before it."""

    def write_half() -> None:
        with state.transaction() as db:
            db.execute("insert into tokens values ('account', 'boot', 'x', 0)")
            db.execute("insert into tokens values (null, null, null, null)")

    with pytest.raises(LakeError):
        write_half()
    assert tokens(state) == []


def test_transactions_are_alone(state):
    """Threads that each add one a hundred times lose no addition."""
    with state.transaction() as db:
        db.execute("insert into tokens values ('account', 'boot', 'x', 0)")

    def add() -> None:
        for _ in range(100):
            with state.transaction() as db:
                (number,) = db.execute("select obtained_at from tokens").fetchone()
                db.execute("update tokens set obtained_at = ?", (number + 1,))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with state.transaction() as db:
        assert db.execute("select obtained_at from tokens").fetchone() == (400,)


def may_another_process_write(path: Path) -> bool:
    """Whether a process of its own could begin a write transaction just now."""
    command = (
        "import sqlite3, sys\n"
        "try: sqlite3.connect(sys.argv[1], timeout=0.2, isolation_level=None).execute('begin immediate')\n"
        "except sqlite3.OperationalError: sys.exit(75)\n"
    )
    code = subprocess.run([sys.executable, "-c", command, str(path)], check=False).returncode
    assert code in (0, 75)
    return code == 0


@pytest.mark.processes
def test_a_second_state_frees_no_lock_of_the_first(state):
    """While one State of a process is in a transaction, making another of the same file lets no other process in."""
    assert may_another_process_write(state.path)
    with state.transaction():
        second = threading.Thread(target=State, args=(state.path,))
        second.start()
        second.join(0.5)
        assert not may_another_process_write(state.path)
    second.join()
    assert may_another_process_write(state.path)


@pytest.mark.parametrize("when", ["at the beginning", "later"])
@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_says_what_to_do(state, damage, when):
    """A file that is no database is a LakeError that names it and its remedy: delete it, at the cost of one log-in."""
    write_token(state)
    state.path.write_bytes(damage)
    with pytest.raises(LakeError, match=r"state\.db.*Delete it: it costs one log-in"):
        State(state.path) if when == "at the beginning" else tokens(state)


def test_the_remedy_works(state):
    """After deleting the file everything works again, from nothing."""
    state.path.write_bytes(b"damaged" * 100)
    state.path.unlink()
    assert tokens(State(state.path)) == []


def test_a_busy_or_full_state_is_not_to_be_deleted(state):
    """What passes by itself (locked, full, not writable) is told without the advice to delete a live ledger."""

    def write_too_much() -> None:
        with state.transaction() as db:
            db.execute("pragma max_page_count = 1")
            db.executemany("insert into tokens values (?, 'b', ?, 0)", [(str(at), "x" * 4000) for at in range(100)])

    with pytest.raises(LakeError) as raised:
        write_too_much()
    assert "full" in str(raised.value)
    assert "Delete it" not in str(raised.value)


def test_nothing_is_left_open(state):
    """Transactions leave no descriptor open, whether they commit, roll back or cannot begin."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        write_token(state)
        with pytest.raises(KeyError), state.transaction():
            raise KeyError
    state.path.write_bytes(b"damaged" * 100)
    for _ in range(5):
        with pytest.raises(LakeError):
            tokens(state)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_it_is_an_ordinary_database(state):
    """Anybody with sqlite3 can look into it: four tables and no write-ahead log."""
    with sqlite3.connect(state.path) as db:
        names = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
        assert db.execute("pragma journal_mode").fetchone() == ("delete",)
    db.close()
    assert names == {"slots", "waiters", "pacing", "tokens"}


def test_a_budget_key_is_the_servers():
    """Requests are counted by the API they go to: on another port of this machine stands another one."""
    keys = {budget_key(url) for url in ("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1", "https://pbx.example/v1")}
    assert len(keys) == 3
    assert budget_key("https://pbx.example/v1") in keys


def test_an_account_key_tells_nothing():
    """The name of an account holds neither address nor login, and differs with either."""
    key = account_key("https://pbx.example", "canary")
    assert len(key) == 32
    assert "canary" not in key
    assert key == account_key("https://pbx.example", "canary")
    assert len({key, account_key("https://pbx.example", "other"), account_key("https://other.example", "canary")}) == 3
