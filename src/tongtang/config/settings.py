"""Django settings, all derived from the one parsed environment."""

from pathlib import Path

from tongtang.foundation.environment import database_settings, environment

ENV = environment()
PACKAGE = Path(__file__).resolve().parents[1]
CONTEXTS = [
    "foundation", "organisations", "people", "audit", "access", "oversight", "curriculum", "consent", "notices",
    "alliances", "lessons", "timetable", "library", "preparation", "classroom", "operations", "exchange", "shell",
]  # fmt: skip

SECRET_KEY = ENV.secret("django")
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.hosts)
ROOT_URLCONF = "tongtang.config.urls"
WSGI_APPLICATION = "tongtang.config.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    *[f"tongtang.{name}" for name in CONTEXTS],
    *(["tongtang.demo"] if ENV.demo else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tongtang.shell.middleware.BoundedFormMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tongtang.access.source.SourceMiddleware",
    "tongtang.access.middleware.ActorMiddleware",
    "tongtang.shell.middleware.SecurityHeadersMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "tongtang.shell.navigation.shell_context",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "tongtang.shell.templatetags.kit"],
        },
    }
]
DATABASES = {"default": database_settings(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.Account"
PASSWORD_HASHERS = ["tongtang.access.hashers.LeanArgon2", "django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "tongtang.access.passwords.BlockedWords"},
    {"NAME": "tongtang.access.passwords.Composition"},
    {"NAME": "tongtang.access.passwords.NotAgain"},
]
LOGIN_URL = "access:sign-in"
LOGIN_REDIRECT_URL = "shell:today"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Pictures of one upload of slides; above preparation's own limit, so that its sentence is what a teacher reads.
DATA_UPLOAD_MAX_NUMBER_FILES = 500

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "Chinese")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STATIC_ROOT = ENV.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
MEDIA_ROOT = ENV.media

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "media", "plans"]}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
