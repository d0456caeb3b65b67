"""Rows shared by mechanisms: periodic jobs, commands that were carried out."""

from django.db import models


class PeriodicJob(models.Model):
    """When a job of the table `foundation.jobs.periodic` was last handed to the worker."""

    name = models.CharField(max_length=100, primary_key=True)
    last_due = models.DateTimeField()


class DoneCommand(models.Model):
    """A command that was carried out, by the key of its page; `command` tells a repeat from another one."""

    key = models.UUIDField(primary_key=True)
    command = models.CharField(max_length=64)
    done_at = models.DateTimeField(db_index=True)
