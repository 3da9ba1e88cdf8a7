"""Every word that the frame around the pages shows, in English and in Chinese."""

from typing import Literal, get_args

__all__ = ["LANGUAGES", "WORDS", "Language", "best_language", "words"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

WORDS: dict[str, tuple[str, str]] = {
    "product": ("MGG Workspace", "MGG 工作台"),
    "tagline": ("PT curves of micro gas generators", "微型气体发生器 PT 曲线"),
    "log_in": ("Log in", "登录"),
    "log_out": ("Log out", "退出登录"),
    "name": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "wrong_login": (
        "",  # in English the store's own sentence is shown
        "登录失败：用户名或密码不正确，或者失败次数过多；请重试，或十分钟后再试。",
    ),
    "no_store": (
        "The database does not answer; try again in a minute, or tell an administrator.",
        "数据库没有响应；请稍后再试，或告知管理员。",
    ),
    "stale_form": (
        "This page had been open for too long; please log in once more.",
        "页面打开时间过长；请重新登录。",
    ),
    "log_out_question": ("Do you want to log out?", "要退出登录吗？"),
    "stay": ("Stay", "留在此处"),
    "pages": ("Pages", "页面"),
    "language": ("Language", "语言"),
    "theme": ("Theme", "外观"),
    "light": ("Light", "浅色"),
    "dark": ("Dark", "深色"),
    "auto": ("Auto", "自动"),
    "role_admin": ("Administrator", "管理员"),
    "role_engineer": ("Engineer", "工程师"),
    "role_user": ("Viewer", "查看者"),
    "loading": ("Opening the page …", "正在打开页面……"),
    "reload": ("Reload", "重新加载"),
    "to_first_page": ("To the first page", "返回首页"),
    "session_ended": (
        "Your session ended. Reload the page to go on.",
        "会话已结束。请重新加载页面以继续。",
    ),
    "unreachable": (
        "The server does not answer. What you see may be out of date.",
        "服务器没有响应。所见内容可能不是最新的。",
    ),
    "too_large": (
        "This is larger than the limit of {limit} MiB, so it was not sent.",
        "内容超过 {limit} MiB 的上限，未发送。",
    ),
    "page_failed": (
        "This page could not be built. Reload it; or tell an administrator incident {incident}.",
        "页面无法生成。请重新加载；若仍不行，请将此事件编号告知管理员：{incident}。",
    ),
    "error_403": ("You may not see this.", "您无权查看此内容。"),
    "error_404": ("There is no such page.", "没有这个页面。"),
    "error_503": (
        "The database does not answer; try again in a minute, or tell an administrator.",
        "数据库没有响应；请稍后再试，或告知管理员。",
    ),
    "error": (
        "Something went wrong on the server; try again, or tell an administrator when it was.",
        "服务器出错；请重试，或将出错时间告知管理员。",
    ),
    "no_lab": (
        "JupyterLab is for engineers and administrators; your account may use the dashboards.",
        "JupyterLab 仅供工程师和管理员使用；您的账户可以使用仪表板。",
    ),
}


def words(language: Language) -> dict[str, str]:
    """Return all words of one language, by key."""
    column = LANGUAGES.index(language)
    return {key: texts[column] for key, texts in WORDS.items()}


def best_language(accept_language: str) -> Language:
    """Return the language that an ``Accept-Language`` header likes best; English if it has none.

    Args:
        accept_language: the header, such as ``zh-CN,zh;q=0.9,en;q=0.8``.
    """
    liked: list[tuple[float, Language]] = []
    for part in accept_language.split(","):
        tag, _, quality = part.partition(";")
        code = tag.strip().lower().partition("-")[0]
        liked += [(_quality(quality), language) for language in LANGUAGES if code == language]
    # `max` keeps the first of equals, and the header's order is the browser's.
    return max(liked, key=lambda pair: pair[0], default=(0.0, "en"))[1]


def _quality(text: str) -> float:
    _, _, number = text.strip().partition("q=")
    try:
        return float(number) if number else 1.0
    except ValueError:
        return 0.0
