"""The Users page: accounts made, changed, logged out; and nobody but administrators."""

import itertools

import pytest
from conftest import OpenAs

from mgg_kernel.errors import AccessError, ConflictError, LoginError, NotFoundError
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.users import UsersModel, UsersView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Foundation, Workspace

names = itertools.count(1)


@pytest.fixture
def name() -> str:
    """An account that no other test uses."""
    return f"uipage{next(names):03d}"


def loaded(ws: Workspace, **query: str) -> UsersModel:
    model = UsersModel(ws)
    model.load(query)
    return model


def shown(ws: Workspace, language: str = "en", **query: str) -> UsersView:
    t = Words(language)  # type: ignore[arg-type]
    view = UsersView(UsersModel(ws), Viewer("admin", language=t.language, query=query), Guard(t))
    view.load()
    return view


class TestModel:
    def test_an_account_is_made_and_can_log_in(
        self, foundation: Foundation, open_as: OpenAs, name: str
    ) -> None:
        model = loaded(open_as("admin"))
        model.add(f"  {name.upper()} ", "Somebody", "engineer", "lab")
        assert model.account is not None
        assert (model.account.username, model.account.role) == (name, "engineer")
        assert foundation.accounts.login(name, model.password, "127.0.0.7", "test")
        with pytest.raises(ConflictError):
            model.add(name, "Another", "user", "lab")
        model.open(name)
        assert model.password == ""
        assert [(one.address, one.outcome) for one in model.logins] == [("127.0.0.7", "done")]

    def test_who_is_logged_out_is_out(
        self, foundation: Foundation, open_as: OpenAs, name: str
    ) -> None:
        model = loaded(open_as("admin"))
        model.add(name, "", "user", "lab")
        tokens = [
            foundation.accounts.login(name, model.password, "127.0.0.1", "test") for _ in range(2)
        ]
        model.end_sessions()
        assert model.ended == 2
        assert [foundation.accounts.whoami(token) for token in tokens] == [None, None]
        token = foundation.accounts.login(name, _new_password(model), "127.0.0.1", "test")
        model.close_or_reopen()
        assert foundation.accounts.whoami(token) is None
        assert model.account is not None
        assert not model.account.is_active
        with pytest.raises(LoginError):
            foundation.accounts.login(name, "whatever it was", "127.0.0.1", "test")
        model.close_or_reopen()
        assert model.account.is_active

    def test_nobody_changes_the_own_account(self, open_as: OpenAs) -> None:
        model = loaded(open_as("admin"), user="admin")
        for change in (model.close_or_reopen, lambda: model.set_role("user")):
            with pytest.raises(AccessError):
                change()

    def test_the_list_and_its_address(self, open_as: OpenAs, name: str) -> None:
        model = loaded(open_as("admin"))
        model.add(name, "张工", "user", "lab")
        assert [one.username for one in loaded(open_as("admin"), search=name).accounts] == [name]
        assert name in {one.username for one in loaded(open_as("admin"), search="张工").accounts}
        assert "system" not in {one.username for one in loaded(open_as("admin")).accounts}
        with pytest.raises(NotFoundError):
            loaded(open_as("admin"), user="system")

    @pytest.mark.parametrize("who", ["wang", "boss"])
    def test_it_is_for_administrators(self, open_as: OpenAs, name: str, who: str) -> None:
        model = loaded(open_as(who))
        with pytest.raises(AccessError):
            model.add(name, "", "admin", "lab")
        model.open("sun")
        assert model.personal is None
        for change in (
            model.reset_password,
            model.end_sessions,
            model.close_or_reopen,
            model.make_database_login,
            model.end_database_login,
            lambda: model.set_contact("", ""),
        ):
            with pytest.raises(AccessError):
                change()


class TestView:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_contact_and_database_login(self, open_as: OpenAs, name: str, language: str) -> None:
        view = shown(open_as("admin"), language)
        view.username.value, view.new_role.value = name, "engineer"
        view.add.click()
        view.email.value, view.phone.value = "hu@example.cn", "021-5555"
        view.contact.click()
        assert view._guard.trouble is None
        again = shown(open_as("admin"), language)
        again.model.open(name)
        assert (again.email.value, again.phone.value) == ("hu@example.cn", "021-5555")
        view.email.value = "no address"
        view.contact.click()
        assert view._guard.trouble is not None
        assert again.end_login.layout.display == "none"
        again.make_login.click()
        assert f"lab_{name}" in again._told.value
        assert again.model.password in again._told.value
        assert again.end_login.layout.display != "none"
        again.end_login.click()
        assert again.model.personal.database_login is None
        assert again.end_login.layout.display == "none"
        # Of who only looks there is none to be made.
        again.model.set_role("user")
        assert again.make_login.layout.display == "none"

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_a_password_is_shown_once(self, open_as: OpenAs, name: str, language: str) -> None:
        view = shown(open_as("admin"), language)
        view.username.value, view.new_role.value = name, "engineer"
        view.add.click()
        assert view._guard.trouble is None
        password = view.model.password
        assert len(password) >= 10
        assert password in view._told.value
        view.model.open(name)
        assert password not in view._told.value
        assert view._told.layout.display == "none"

    def test_a_name_that_cannot_be_is_said_and_kept(self, open_as: OpenAs) -> None:
        view = shown(open_as("admin"))
        view.username.value = "two words"
        view.add.click()
        assert view._guard.trouble is not None
        assert view.username.value == "two words"

    def test_the_own_account_has_no_tools(self, open_as: OpenAs) -> None:
        view = shown(open_as("admin"), user="admin")
        assert view._of_others.layout.display == "none"
        assert view._own.layout.display is None


def _new_password(model: UsersModel) -> str:
    model.reset_password()
    return model.password
