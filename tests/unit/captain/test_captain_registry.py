"""What goes out of the registry: nothing that anybody needs, and all that nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.builds.unneeded import needed
from captain.errors import CaptainError
from captain.labels import LOGIN_LABEL
from captain.registry.bundle_plan import bundle_images, login_mark, without_login
from captain.registry.settings import ADDRESS, VARIABLE, from_environment
from captain.registry.unneeded import Pushed, pushed_at, tag_of, unneeded
from swarm.engine_login import Login
from swarm.engine_objects import Service
from tests.unit.captain.app_examples import app, release

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(hours=2), NOW - timedelta(minutes=59)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def pushed(repository: str, number: int, at: datetime) -> Pushed:
    return Pushed(repository, tag_of(digest(number), at), digest(number))


REPOSITORIES = st.sampled_from(("apps/shop", "apps/cache", "apps/shop/inner"))
TAGS = st.one_of(
    st.builds(
        lambda number, hours: tag_of(digest(number), NOW - timedelta(hours=hours)), st.integers(0, 3), st.integers(0, 4)
    ),
    st.sampled_from(("latest", "20269999t999999z-0123456789ab", "1")),
)
ALL = st.lists(st.builds(Pushed, REPOSITORIES, TAGS, st.integers(0, 4).map(digest)), max_size=20)
WANTED = st.sets(
    st.one_of(
        st.builds(lambda name, number: f"{ADDRESS}/{name}@{digest(number)}", REPOSITORIES, st.integers(0, 4)),
        st.builds(lambda name, tag: f"{ADDRESS}/{name}:{tag}", REPOSITORIES, TAGS),
        st.just("nginx:1"),
    ),
    max_size=6,
)  # fmt: skip


@given(ALL, WANTED)
def test_what_is_needed_young_or_not_captains_stays_and_the_rest_goes(found: list[Pushed], wanted: set[str]) -> None:
    """Of each manifest, with all the names that would go with it, whatever is pushed and wanted."""
    gone = set(unneeded(found, wanted, ADDRESS, NOW))
    staying = {
        (each.repository, each.digest)
        for each in found
        if (at := pushed_at(each.tag)) is None
        or NOW - at <= timedelta(hours=1)
        or {f"{ADDRESS}/{each.repository}:{each.tag}", f"{ADDRESS}/{each.repository}@{each.digest}"} & wanted
    }
    assert gone == {(each.repository, each.digest) for each in found} - staying


def test_a_kept_release_and_a_service_before_its_rollout_need_their_images() -> None:
    """By digest, also with a tag beside it, which is how an engine may write it."""
    name = f"{ADDRESS}/apps/shop"
    spec = {"TaskTemplate": {"ContainerSpec": {"Image": f"{name}:any@{digest(2)}"}}}
    before = {"TaskTemplate": {"ContainerSpec": {"Image": f"{name}@{digest(3)}"}}}
    service = Service("s", "shop", 1, spec, before, None, "", None, None)
    wanted = needed([[release(app(image=f"{name}@{digest(1)}"))]], [service])
    found = [pushed("apps/shop", number, OLD) for number in range(1, 6)] + [pushed("apps/shop", 5, YOUNG)]
    assert unneeded(found, wanted, ADDRESS, NOW) == (("apps/shop", digest(4)),)
    # Elsewhere the same content is another's.
    assert unneeded([pushed("apps/other", 1, OLD)], wanted, ADDRESS, NOW) == (("apps/other", digest(1)),)


def test_the_login_is_there_in_the_stack_alone(tmp_path: Path) -> None:
    """Without the variable there is no registry; with it, a file that is missing is an error that names it."""
    assert from_environment({}) is None
    file = tmp_path / "password"
    file.write_text("secret\n")
    found = from_environment({VARIABLE: str(file), "FLOTILLA_REGISTRY_URL": "http://r:5000"})
    assert found is not None
    assert (found.address, found.password, found.url) == (ADDRESS, "secret", "http://r:5000")
    assert "secret" not in repr(found)
    with pytest.raises(CaptainError, match=VARIABLE):
        from_environment({VARIABLE: str(tmp_path / "none")})


def test_services_get_the_login_once_and_never_in_a_rollout() -> None:
    """Those whose image is in the registry by tag; another password makes it due again."""
    login = Login(ADDRESS, "flotilla", "secret")
    marked = {LOGIN_LABEL: login_mark(login)}

    def service(name: str, image: str, labels: dict[str, str], state: str | None = None) -> Service:
        spec = {"Name": name, "Labels": labels, "TaskTemplate": {"ContainerSpec": {"Image": image}}}
        return Service(name, name, 1, spec, None, state, "", None, None)

    bundle = f"{ADDRESS}/flotilla/app:0123456789ab"
    services = [
        service("due", bundle, {}),
        service("settled", bundle, {}, "completed"),
        service("rolling", bundle, {}, "updating"),
        service("done", bundle, marked),
        service("of another password", bundle, {LOGIN_LABEL: "0123456789ab"}),
        service("elsewhere", "nginx:1", {}),
        service("an app", f"{ADDRESS}/apps/shop@{digest(1)}", {}),
    ]
    assert [found.name for found in without_login(services, login)] == ["due", "settled", "of another password"]
    assert bundle_images(services, login) == {bundle}
    assert "secret" not in login_mark(login)
