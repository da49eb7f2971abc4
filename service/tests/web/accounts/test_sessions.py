import hashlib
import threading

import pytest

from gleaner.errors import InputError
from gleaner.settings import Settings
from gleaner.store.protocol import Store
from gleaner.web.accounts.key import KNOWN_SECONDS, LOOK_SECONDS, Key, replace_key
from gleaner.web.accounts.sessions import FRESH_SECONDS, Session, Sessions
from web.accounts.test_watch import Clock
from web.visitors import Browser

OLGA = Session(name="olga", way="password", stamp="s")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key(store: Store) -> Key:
    return Key(Settings(), store)


@pytest.fixture
def sessions(store: Store, key: Key, clock: Clock) -> Sessions:
    return Sessions(store, key, idle=3600, life=7200, clock=clock)


class Counting:
    """A store that counts what is asked of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> object:
        method = getattr(self._store, name)

        def call(*args: object, **kwargs: object) -> object:
            self.calls.append((name, str(args[0]) if args else ""))
            return method(*args, **kwargs)

        return call


def test_it_works(sessions: Sessions) -> None:
    """Who logged in is known by the cookie until the log-out."""
    cookie = sessions.begin(OLGA)
    assert sessions.find(cookie) == OLGA
    sessions.end(cookie)
    assert sessions.find(cookie) is None


def test_the_store_does_not_hold_what_opens_a_session(store: Store, key: Key) -> None:
    """Whoever reads the database can become nobody."""
    kept: list[tuple[object, ...]] = []

    class Spy(Counting):
        def set_entry(self, *args: object, **kwargs: object) -> None:
            kept.append(args)

    cookie = Sessions(Spy(store), key, idle=3600, life=7200).begin(OLGA)
    session_id = cookie.partition(".")[0]
    assert len(kept) == 2
    assert not any(session_id in str(args) for args in kept)
    assert all(hashlib.sha256(session_id.encode()).hexdigest() == args[1] for args in kept)


def test_a_cookie_that_is_not_ours_costs_nothing(store: Store, key: Key) -> None:
    """Made-up and altered cookies do not reach the database."""
    counting = Counting(store)
    sessions = Sessions(counting, key, idle=3600, life=7200)
    cookie = sessions.begin(OLGA)
    counting.calls.clear()
    for bad in ("", ".", "x", "x.y", cookie[:-1], cookie + "0", cookie[1:], cookie.replace(".", "")):
        assert sessions.find(bad) is None
    assert not counting.calls


def test_another_key_makes_other_cookies(store: Store, sessions: Sessions) -> None:
    """Whoever changes the key ends every session."""
    other = Sessions(store, Key(Settings(session_key="k" * 32), store), idle=3600, life=7200)
    assert other.find(sessions.begin(OLGA)) is None


def test_every_log_in_has_a_new_id(sessions: Sessions) -> None:
    """An id that was planted in a browser is not the one that logs in."""
    assert sessions.begin(OLGA) != sessions.begin(OLGA)


def test_another_process_knows_it(store: Store, sessions: Sessions) -> None:
    """Sessions and the key they are signed with are shared; so is the log-out."""
    elsewhere = Sessions(store, Key(Settings(), store), idle=3600, life=7200)
    cookie = elsewhere.begin(OLGA)
    assert sessions.find(cookie) == OLGA
    sessions.end(cookie)
    assert elsewhere.find(cookie) is None


def test_the_store_is_asked_once_a_second(store: Store, key: Key, clock: Clock) -> None:
    """A page with many parts costs one look."""
    counting = Counting(store)
    sessions = Sessions(counting, key, idle=3600, life=7200, clock=clock)
    cookie = sessions.begin(OLGA)
    sessions.find(cookie)
    counting.calls.clear()
    for _ in range(50):
        sessions.find(cookie)
    assert not counting.calls
    clock.now += FRESH_SECONDS
    for _ in range(50):
        sessions.find(cookie)
    assert counting.calls == [("get_entry", "session"), ("get_entry", "session-used")]


def test_use_keeps_it_alive(store: Store, key: Key, clock: Clock) -> None:
    """Its use is noted after a twentieth of the idle time, not with every request."""
    counting = Counting(store)
    sessions = Sessions(counting, key, idle=3600, life=7200, clock=clock)
    cookie = sessions.begin(OLGA)
    sessions.find(cookie)
    counting.calls.clear()
    clock.now += 179
    sessions.find(cookie)
    assert ("set_entry", "session-used") not in counting.calls
    clock.now += 2
    sessions.find(cookie)
    assert ("set_entry", "session-used") in counting.calls


def test_a_page_that_renews_itself_does_not(store: Store, key: Key, clock: Clock) -> None:
    """An open page lets its session go idle; a click counts, even right after the page's own question."""
    counting = Counting(store)
    sessions = Sessions(counting, key, idle=3600, life=7200, clock=clock)
    cookie = sessions.begin(OLGA)
    for _ in range(20):
        clock.now += 181
        assert sessions.find(cookie, used=False) == OLGA
    assert counting.calls.count(("set_entry", "session-used")) == 1
    sessions.find(cookie)
    assert counting.calls.count(("set_entry", "session-used")) == 2


@pytest.mark.parametrize(("idle", "life"), [(0.0, 60.0), (60.0, 0.0)])
def test_it_ends_by_idleness_and_by_age(store: Store, key: Key, idle: float, life: float) -> None:
    """Whichever comes first."""
    sessions = Sessions(store, key, idle=idle, life=life)
    assert sessions.find(sessions.begin(OLGA)) is None


def test_its_life_is_given_at_the_log_in(store: Store, key: Key) -> None:
    """The entry without which there is no session ends by itself, whatever else goes on."""
    lasting: dict[str, float] = {}

    class Spy(Counting):
        def set_entry(self, kind: str, name: str, value: str, *, lasts: float) -> None:
            lasting[kind] = lasts
            store.set_entry(kind, name, value, lasts=lasts)

    sessions = Sessions(Spy(store), key, idle=60, life=7200)
    cookie = sessions.begin(OLGA)
    assert lasting == {"session": 7200, "session-used": 60}
    store.drop_entry("session", hashlib.sha256(cookie.partition(".")[0].encode()).hexdigest())
    assert sessions.find(cookie) is None


def test_use_does_not_lengthen_its_life(store: Store, key: Key) -> None:
    """Only what notes the use is written again."""
    counting = Counting(store)
    sessions = Sessions(counting, key, idle=3600, life=7200)
    cookie = sessions.begin(OLGA)
    counting.calls.clear()
    sessions.find(cookie)
    assert ("set_entry", "session-used") in counting.calls
    assert ("set_entry", "session") not in counting.calls


def test_a_log_out_wins_over_a_request_under_way(store: Store, key: Key) -> None:
    """A request that read the session before it ended does not bring it back for the next one."""
    reading, ended = threading.Event(), threading.Event()

    class Slow(Counting):
        def get_entry(self, kind: str, name: str) -> str | None:
            found = store.get_entry(kind, name)
            if kind == "session-used" and threading.current_thread().name == "slow":
                reading.set()
                assert ended.wait(10)
            return found

    sessions = Sessions(Slow(store), key, idle=3600, life=7200)
    cookie = sessions.begin(OLGA)
    thread = threading.Thread(target=sessions.find, args=(cookie,), name="slow")
    thread.start()
    assert reading.wait(10)
    sessions.end(cookie)
    ended.set()
    thread.join(10)
    assert sessions.find(cookie) is None


def test_a_short_key_is_refused(store: Store) -> None:
    """A key that could be guessed would be everybody's."""
    with pytest.raises(Exception, match="GLEANER_SESSION_KEY is shorter than 32"):
        Key(Settings(session_key="short"), store)


def test_a_new_key_ends_no_session(store: Store, clock: Clock) -> None:
    """What the former key signed is believed, and what the new one signs, before a process knew of it."""
    here, there = Key(Settings(), store, clock), Key(Settings(), store, clock)
    before = here.sign("session", "x")
    assert there.signed("session", "x", before)
    replace_key(Settings(), store, at_once=False)
    clock.now += KNOWN_SECONDS
    after = here.sign("session", "x")
    assert after != before
    clock.now -= KNOWN_SECONDS - LOOK_SECONDS
    assert there.signed("session", "x", after)
    assert there.signed("session", "x", before)
    assert here.signed("session", "x", before)


def test_the_key_before_the_former_is_forgotten(store: Store, clock: Clock) -> None:
    """After two changes, or one that counts at once, within a minute and in each process."""
    here = Key(Settings(), store, clock)
    for changes in ([False, False], [True]):
        before = here.sign("session", "x")
        for at_once in changes:
            replace_key(Settings(), store, at_once=at_once)
        clock.now += KNOWN_SECONDS
        assert not here.signed("session", "x", before)


def test_wrong_signatures_cost_one_look_a_second(store: Store, clock: Clock) -> None:
    """However many of them somebody sends."""
    counting = Counting(store)
    key = Key(Settings(), counting, clock)
    key.sign("session", "x")
    clock.now += LOOK_SECONDS
    counting.calls.clear()
    assert not any(key.signed("session", "x", str(number)) for number in range(100))
    assert counting.calls == [("get_entry", "key")]


def test_several_keys_of_the_settings(store: Store) -> None:
    """The first one signs, all are believed; each must be long enough; the command does not meddle with them."""
    old, new = "o" * 32, "n" * 32
    both = Key(Settings(session_key=f"{new} {old}"), store)
    assert both.signed("session", "x", Key(Settings(session_key=old), store).sign("session", "x"))
    assert both.sign("session", "x") == Key(Settings(session_key=new), store).sign("session", "x")
    with pytest.raises(InputError, match="or one of its keys"):
        Key(Settings(session_key=f"{new} short"), store)
    with pytest.raises(InputError, match="put a new one before it"):
        replace_key(Settings(session_key=new), store, at_once=False)


def test_signatures_are_for_one_purpose(key: Key) -> None:
    """What signs a session signs no form."""
    assert key.signed("csrf", "x", key.sign("csrf", "x"))
    assert not key.signed("csrf", "x", key.sign("session", "x"))
    assert not key.signed("csrf", "x", "é")


def test_the_script_says_when_nobody_asks(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request with the header of the pages' own script is no use of the session; any other one is."""
    uses: list[bool] = []
    find = Sessions.find

    def spy(self: Sessions, cookie: str, *, used: bool = True) -> Session | None:
        uses.append(used)
        return find(self, cookie, used=used)

    monkeypatch.setattr(Sessions, "find", spy)
    client.get("/runs", headers={"X-Background": "1"})
    client.get("/runs")
    assert uses == [False, True]
