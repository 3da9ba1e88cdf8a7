"""Words of the Users page."""

__all__ = ["USERS"]

USERS: dict[str, tuple[str, str]] = {
    "users.active": ("active", "启用"),
    "users.add": ("Add the account", "添加账户"),
    "users.add_hint": (
        "A password is made up and shown once",
        "将自动生成密码，仅显示一次",
    ),
    "users.answer": ("accounts, {closed} of them closed.", "个账户，其中 {closed} 个已停用。"),
    "users.close": ("Close the account", "停用账户"),
    "users.closed": ("closed", "已停用"),
    "users.done": ("done", "成功"),
    "users.display_name": ("Name that people read", "显示名称"),
    "users.end": ("Log out everywhere", "强制退出登录"),
    "users.ended": ("Logged out of {count} sessions.", "已退出 {count} 个会话。"),
    "users.failed": ("failed", "失败"),
    "users.found_none": (
        "No account matches; search for less.",
        "没有符合条件的账户；请放宽搜索。",
    ),
    "users.history": ("Latest logins", "最近的登录"),
    "users.moment": ("Time", "时间"),
    "users.address": ("From address", "来源地址"),
    "users.outcome": ("Outcome", "结果"),
    "users.name": ("Account", "账户"),
    "users.name_hint": ("a-z, 0-9, dot, dash", "小写字母、数字、点、连字符"),
    "users.new": ("New account", "新账户"),
    "users.no_logins": ("It has not logged in lately.", "近期没有登录。"),
    "users.own": (
        "This is your own account: another administrator can change it.",
        "这是您自己的账户：请由其他管理员修改。",
    ),
    "users.password": (
        "Password of {name}: {password}  It is shown only now.",
        "{name} 的密码：{password}（仅显示这一次）",
    ),
    "users.refused": ("refused", "被拒绝"),
    "users.reopen": ("Open the account again", "重新启用账户"),
    "users.reset": ("New password", "重置密码"),
    "users.role": ("Role", "角色"),
    "users.role_admin": ("Administrator", "管理员"),
    "users.role_engineer": ("Engineer", "工程师"),
    "users.role_user": ("Viewer", "查看者"),
    "users.search": ("Search", "搜索"),
    "users.search_hint": ("Name, role, team", "名称、角色、团队"),
    "users.set_role": ("Set the role", "修改角色"),
    "users.state": ("State", "状态"),
    "users.team": ("Team", "团队"),
}
