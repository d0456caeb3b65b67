"""The demo's identities, each under a host name of its own: several sit side by side in one browser."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """One sign-in of the demo: the host it is kept under, the user name, who it is."""

    host: str
    user: str
    who: str


IDENTITIES = (
    Identity("a01", "t90", "主讲教师 沈若兰（每 15 分钟一节加课）"),
    Identity("d01", "ld01-1", "本地教师 罗桂英（石桥教学点）"),
    Identity("d02", "ld02-1", "本地教师 廖建国（柳湾教学点）"),
    Identity("d03", "ld03-1", "本地教师 陈守田（云岭教学点）"),
    Identity("visitor", "ld04-1", "本地教师 周小满（没有摄像头也有课看）"),
    Identity("head", "demo-head", "校长（石桥教学点）"),
    Identity("family", "demo-guardian", "家长（石桥教学点一名学生的母亲）"),
    Identity("county", "demo-officer", "县教育局 周立成"),
    Identity("admin", "demo-admin", "县系统管理员"),
    Identity("security", "demo-security", "县安全管理员"),
    Identity("auditor", "demo-auditor", "县审计管理员"),
)
