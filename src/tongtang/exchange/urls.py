"""Addresses of imports, of what waits, of sources and changes of schools."""

from django.urls import path

from tongtang.exchange.views import corrections, exports, runs, school_weeks, schools, settling

app_name = "exchange"
urlpatterns = [
    path("", runs.runs, name="runs"),
    path("upload", runs.upload, name="upload"),
    path("<uuid:public_id>/", runs.run, name="run"),
    path("<uuid:public_id>/apply", runs.apply, name="apply"),
    path("<uuid:public_id>/withdraw", runs.withdraw, name="withdraw"),
    path("<uuid:public_id>/findings.xlsx", runs.findings, name="findings"),
    path("<uuid:public_id>/differences.xlsx", runs.differences, name="differences"),
    path("waiting/", settling.waiting, name="waiting"),
    path("<uuid:public_id>/waiting/<int:number>", settling.settle_row, name="settle-row"),
    path("duplicates/", settling.duplicates, name="duplicates"),
    path("duplicates/<uuid:public_id>", settling.settle, name="settle-pair"),
    path("sources/", corrections.rules, name="rules"),
    path("sources/new", corrections.new_rule, name="new-rule"),
    path("sources/correct", corrections.correct, name="correct"),
    path("sources/release", corrections.release, name="release"),
    path("sources/<int:code>/<slug:table>/<path:source_id>", corrections.row, name="row"),
    path("schools/", schools.schools, name="schools"),
    path("schools/<uuid:public_id>/", schools.school, name="school"),
    path("schools/<uuid:public_id>/rename", schools.rename, name="rename-school"),
    path("schools/<uuid:public_id>/merge", schools.merge, name="merge-school"),
    path("schools/<uuid:public_id>/split", schools.split, name="split-school"),
    path("schools/<uuid:public_id>/roster.xlsx", exports.school_roster, name="school-roster"),
    path("weeks/", school_weeks.runs, name="weeks-runs"),
    path("weeks/new", school_weeks.upload, name="weeks-upload"),
    path("weeks/<uuid:public_id>", school_weeks.run, name="weeks-run"),
    path("weeks/<uuid:public_id>/stop", school_weeks.stop, name="weeks-stop"),
    path("weeks/<uuid:public_id>/result.zip", school_weeks.result, name="weeks-result"),
    path("export/oneroster", exports.oneroster, name="export-oneroster"),
]
