"""The Users page: the accounts, and what an administrator does with one."""

from html import escape
from typing import Any

from mgg_kernel.hot.log import LogEntry
from mgg_kernel.hot.users import Account
from mgg_kernel.ui import markup, numbers, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.layout import block, labelled, page, show
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.users.model import UsersModel
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["UsersView"]

ROLES = ("user", "engineer", "admin")


class UsersView:
    """The widgets of the Users page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: UsersModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._answer, self._facts, self._told = (widgets.HTML() for _ in range(3))
        self._history = widgets.HTML()
        self.search = labelled(
            t("users.search"),
            widgets.Text(placeholder=t("users.search_hint"), continuous_update=False),
        )
        self._roles = [(self._role(one), one) for one in ROLES]
        self.username = labelled(t("users.name"), widgets.Text(placeholder=t("users.name_hint")))
        self.display_name = labelled(t("users.display_name"), widgets.Text())
        self.new_role = labelled(t("users.role"), widgets.Dropdown(options=self._roles))
        self.team = labelled(t("users.team"), widgets.Text(value="lab"))
        self.add = _button(t("users.add"), t("users.add_hint"), "primary")
        self.role = labelled(t("users.role"), widgets.Dropdown(options=self._roles))
        self.set_role = _button(t("users.set_role"), t("users.set_role"))
        self.close = _button("", "")
        self.reset = _button(t("users.reset"), t("users.add_hint"))
        self.end = _button(t("users.end"), t("users.end"))
        self.email = labelled(t("users.email"), widgets.Text())
        self.phone = labelled(t("users.phone"), widgets.Text())
        self.contact = _button(t("users.set_contact"), t("users.contact_hint"))
        self.make_login = _button(t("users.make_login"), t("users.login_hint"))
        self.end_login = _button(t("users.end_login"), t("users.end_login_hint"))
        self.accounts = RowTable[Account](
            self._columns(),
            t=t,
            on_open=lambda row: guard.run(model.open, row.username),
            action=t("action.open"),
            empty=t("users.found_none"),
        )
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self.search, self._adding(), self._changing()],
            stage=[self._told, self.accounts.widget, self._history],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        self._guard.run(self.model.load, self._viewer.query)
        self._draw()

    def _adding(self) -> Any:
        parts = [self.username, self.display_name, self.new_role, self.team, self.add]
        fold = widgets.Accordion([block("mgg-ui-stack", parts)], titles=[self._t("users.new")])
        fold.add_class("mgg-ui-fold")
        return fold

    def _changing(self) -> Any:
        first, second = (
            widgets.HBox([self.set_role, self.reset]),
            widgets.HBox([self.end, self.close]),
        )
        for line in (first, second):
            line.add_class("mgg-ui-line")
        self._own = widgets.HTML(markup.hint(self._t("users.own")))
        self._logins_line = widgets.HBox([self.make_login, self.end_login])
        self._logins_line.add_class("mgg-ui-line")
        self._of_others = block("mgg-ui-stack", [self.role, first, second])
        contact = block("mgg-ui-stack", [self.email, self.phone, self.contact, self._logins_line])
        self._personal = widgets.Accordion([contact], titles=[self._t("users.contact")])
        self._personal.add_class("mgg-ui-fold")
        parts = [self._facts, self._own, self._of_others, self._personal]
        self._one = block("mgg-ui-stack", parts)
        return self._one

    def _role(self, role: str) -> str:
        t = self._t
        words = {"admin": t("users.role_admin"), "engineer": t("users.role_engineer")}
        return words.get(role) or t("users.role_user")

    def _state(self, account: Account) -> str:
        return self._t("users.active") if account.is_active else self._t("users.closed")

    def _columns(self) -> list[Column[Account]]:
        t = self._t
        return [
            Column(t("users.name"), lambda row: row.username, lambda row: row.username, "2fr"),
            Column(
                t("users.display_name"),
                lambda row: row.display_name,
                lambda row: row.display_name,
                "2fr",
            ),
            Column(t("users.role"), lambda row: self._role(row.role), lambda row: row.role),
            Column(t("users.team"), lambda row: row.team, lambda row: row.team),
            Column(t("users.state"), self._state, lambda row: row.is_active, "5rem"),
        ]

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        self.search.observe(lambda change: guard.run(model.search, change.new), "value")
        self.add.on_click(lambda _: self._add())
        self.set_role.on_click(lambda _: guard.run(model.set_role, self.role.value))
        self.close.on_click(lambda _: guard.run(model.close_or_reopen))
        self.reset.on_click(lambda _: guard.run(model.reset_password))
        self.end.on_click(lambda _: guard.run(model.end_sessions))
        self.contact.on_click(
            lambda _: guard.run(model.set_contact, self.email.value, self.phone.value)
        )
        self.make_login.on_click(lambda _: guard.run(model.make_database_login))
        self.end_login.on_click(lambda _: guard.run(model.end_database_login))
        model.observe(lambda _: self._draw(), ["accounts", "account", "logins", "personal"])
        model.observe(lambda _: self._tell(), ["password", "login", "ended"])

    def _add(self) -> None:
        asked = self.username.value, self.display_name.value, self.new_role.value, self.team.value
        if self._guard.run(self.model.add, *asked):
            self.username.value = self.display_name.value = ""

    def _draw(self) -> None:
        model, t = self.model, self._t
        closed = sum(not one.is_active for one in model.accounts)
        count = numbers.count(len(model.accounts))
        self._answer.value = markup.answer(count, t("users.answer", closed=closed))
        self.accounts.fill(model.accounts)
        chosen = model.account
        show(self._one, chosen is not None)
        if chosen is not None:
            self._facts.value = markup.facts(
                [
                    (t("users.name"), chosen.username),
                    (t("users.display_name"), chosen.display_name),
                    (t("users.role"), self._role(chosen.role)),
                    (t("users.team"), chosen.team),
                    (t("users.state"), self._state(chosen)),
                ]
            )
            self.role.value = chosen.role
            self._draw_personal(chosen)
            is_own = chosen.username == model.own
            show(self._own, is_own)
            show(self._of_others, not is_own)
            self.close.description = t("users.close" if chosen.is_active else "users.reopen")
        self._history.value = "" if chosen is None else self._logins(model.logins)
        self._tell()

    def _draw_personal(self, chosen: Account) -> None:
        found = self.model.personal
        show(self._personal, found is not None)
        if found is not None:
            self.email.value, self.phone.value = found.email or "", found.phone or ""
            has_login = found.database_login is not None
            may_have = chosen.is_active and chosen.role != "user"
            t = self._t
            words = t("users.renew_login") if has_login else t("users.make_login")
            self.make_login.description = words
            show(self.make_login, may_have)
            show(self.end_login, has_login)
            show(self._logins_line, may_have or has_login)

    def _logins(self, entries: tuple[LogEntry, ...]) -> str:
        t, zone = self._t, self.model.timezone
        words = {
            "done": t("users.done"),
            "refused": t("users.refused"),
            "failed": t("users.failed"),
        }
        if not entries:
            return markup.hint(t("users.no_logins"))
        head = [t("users.moment"), t("users.address"), t("users.outcome")]
        rows = [
            [
                numbers.day_and_minute(one.recorded_at, zone),
                one.address or numbers.MISSING,
                words[one.outcome],
            ]
            for one in entries
        ]
        return markup.metrics(head, rows, t("users.history"))

    def _tell(self) -> None:
        model, t = self.model, self._t
        said = ""
        if model.password and model.account is not None:
            name = model.login or model.account.username
            told = (
                t("users.login_password", name=name, password=model.password)
                if model.login
                else t("users.password", name=name, password=model.password)
            )
            said = markup.sentence(told, "good")
        elif model.ended >= 0:
            said = markup.sentence(t("users.ended", count=model.ended), "good")
        self._told.value = f'<div role="status" title="{escape(t("users.add_hint"))}">{said}</div>'
        show(self._told, bool(said))


def _button(text: str, tooltip: str, style: str = "") -> Any:
    return widgets.Button(description=text, tooltip=tooltip, button_style=style)
