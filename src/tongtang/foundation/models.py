"""Rows shared by mechanisms: periodic jobs."""

from django.db import models


class PeriodicJob(models.Model):
    """When a job of the table `foundation.jobs.periodic` was last handed to the worker."""

    name = models.CharField(max_length=100, primary_key=True)
    last_due = models.DateTimeField()
