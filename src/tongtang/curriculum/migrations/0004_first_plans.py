"""The national plan of compulsory education, and what is known of Zhejiang's own."""

import tomllib
from datetime import date
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SOURCES = tomllib.loads(Path(__file__).with_name("first_plans.toml").read_text(encoding="utf-8"))
# Grades 1-2: 26 periods a week, 3-6: 30, 7-9: 34; 35 weeks, the last year 33.
GRADES = [(grade, 26 if grade <= 2 else 30 if grade <= 6 else 34, 33 if grade == 9 else 35) for grade in range(1, 10)]
ALL, FROM_3, JUNIOR = list(range(1, 10)), list(range(3, 10)), [7, 8]
# Code, subjects, grades that must have it, share in thousandths from and to, compared with the printed plan.
AREAS = [
    ("chinese", ["chinese", "calligraphy"], ALL, 200, 220, True),
    ("maths", ["maths"], ALL, 130, 150, True),
    ("foreign_language", ["english"], FROM_3, 60, 80, True),
    ("ethics", ["ethics"], ALL, 60, 80, False),
    ("history_geography", ["history", "geography"], JUNIOR, 30, 40, False),
    ("science", ["science", "physics", "chemistry", "biology"], ALL, 80, 100, True),
    ("it", ["it"], [], 10, 30, False),
    ("pe", ["pe"], ALL, 100, 110, True),
    ("arts", ["music", "art"], ALL, 90, 110, True),
    ("practice", ["labour", "practice", "local", "wellbeing", "safety", "class_meeting"], [], 140, 180, True),
]
# What the province prints, in ten-thousandths: its shares of three areas, and PE 4/3/3 periods a week: 1,009 periods, 10.6 %.
OWN_SHARES = {"ethics": 660, "history_geography": 325, "it": 220, "pe": 1060}
PE = {grade: 4 if grade <= 2 else 3 for grade in range(1, 10)}


def add_plans(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    plan, grade = apps.get_model("curriculum", "CurriculumPlan"), apps.get_model("curriculum", "CurriculumGrade")
    area, periods = apps.get_model("curriculum", "CurriculumArea"), apps.get_model("curriculum", "CurriculumPeriods")
    for code, province in (("national-2022", None), ("zhejiang-2022", 330000000000)):
        made = plan.objects.create(
            code=code, province=province, valid_from=date(2022, 9, 1), total_periods=9522, source=SOURCES[code]
        )
        grade.objects.bulk_create(
            [grade(plan=made, grade=number, periods_per_week=week, weeks=weeks) for number, week, weeks in GRADES]
        )
        for name, subjects, grades, low, high, certain in AREAS:
            own = OWN_SHARES.get(name) if province else None
            row = area.objects.create(
                plan=made,
                code=name,
                subjects=subjects,
                grades=grades,
                low=low * 10,
                high=high * 10,
                printed=own,
                certain=certain,
                source=SOURCES[code if own else "national-2022"],
            )
            if province and name == "pe":
                periods.objects.bulk_create(
                    [periods(area=row, grade=number, periods_per_week=week) for number, week in PE.items()]
                )


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0003_curriculum_plans")]
    operations = [migrations.RunPython(add_plans, migrations.RunPython.noop)]
